"""The registry of anchors on SQLite: who is enrolled, from which media, with which templates."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from anchorproof import pages
from anchorproof.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    EnrolmentRejected,
    NotFound,
    Overloaded,
    RequestInvalid,
    StorageFailed,
)
from anchorproof.identity import names
from anchorproof.identity.compare import ModelReferences, ReferenceSet
from anchorproof.sqlite import BUSY_TIMEOUT_S, Database, Schema, Session
from anchorproof.types import Anchor, Enrolment, Rejection, RosterEntry, Template, Vector

SCHEMA = Schema(kind="registry", package="anchorproof.identity", application_id=0x414E4352)  # "ANCR"
CHANGEABLE = frozenset({"display_name", "outlet", "aliases", "notes"})
#: A repeated request is recognised for this long.
REQUESTS_KEPT = timedelta(days=7)
REQUEST_ID_LENGTH = 200

_log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REJECTIONS: TypeAdapter[tuple[Rejection, ...]] = TypeAdapter(tuple[Rejection, ...])


@dataclass(frozen=True, slots=True)
class EnrolmentMaterial:
    """What one piece of media yields for the registry; ``speech_s`` is the speech behind its voice templates."""

    media_sha256: str
    templates: tuple[Template, ...]
    rejections: tuple[Rejection, ...]
    speech_s: float


class Registry:
    """Anchors, enrolments and templates in one file; safe from several threads and processes.

    A method that returns has its change on disk; one that raises changed nothing. ``request_id`` makes a call
    repeatable: the same id with the same content is answered with the first result.

    Raises:
        StorageFailed: the file cannot be opened, or is damaged or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)
        self._references: tuple[int, ReferenceSet] | None = None
        self._references_lock = threading.Lock()
        self._erasing_lock = threading.Lock()
        self._erase(patience_s=0.0)  # what a process that died had left to do

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    # ------------------------------------------------------------------------------------------------ anchors

    def create_anchor(
        self,
        display_name: str,
        outlet: str = "",
        aliases: Sequence[str] = (),
        notes: str = "",
        anchor_id: str = "",
        request_id: str = "",
    ) -> Anchor:
        """A new anchor; without ``anchor_id`` one is made from the name.

        Raises:
            RequestInvalid: a field breaks a rule.
            AlreadyExists: the id is taken, or the outlet has an anchor of this name.
        """
        fields = _checked({"display_name": display_name, "outlet": outlet, "aliases": aliases, "notes": notes})
        if anchor_id:
            names.check_anchor_id(anchor_id)
        request = _Request("create_anchor", request_id, {**fields, "anchor_id": anchor_id})
        with self._database.writing() as session:
            done = request.result(session)
            if done:
                return _get_anchor(session, done)
            _refuse_second(session, fields)
            new_id = _free_id(session, anchor_id, fields["display_name"])
            session.run("insert_anchor", anchor_id=new_id, now=_now(), **_columns(fields))
            request.remember(session, new_id)
            return _get_anchor(session, new_id)

    def get_anchor(self, anchor_id: str) -> Anchor:
        """Raises NotFound."""
        with self._database.reading() as session:
            return _get_anchor(session, anchor_id)

    def list_anchors(self, page_size: int = 0, page_token: str = "") -> tuple[list[Anchor], str]:
        """One page in the order of creation, and the next page's token (empty: no more)."""
        limit = pages.rows_per_page(page_size)
        (after,) = pages.read_token(page_token, "anchors", 1) if page_token else (0,)
        with self._database.reading() as session:
            rows = session.rows("list_anchors", after=after, rows=limit + 1)
        return [_anchor_from_row(row) for row in rows[:limit]], _next_token(rows, limit, "anchors")

    def update_anchor(self, anchor_id: str, changes: Mapping[str, Any], etag: str = "") -> Anchor:
        """The anchor with ``changes`` (of display_name, outlet, aliases, notes) made.

        Raises:
            NotFound: no such anchor.
            ChangedMeanwhile: ``etag`` was given and is not the current one.
            RequestInvalid: an unknown field, or a value that breaks a rule.
            AlreadyExists: the outlet has another anchor of this name.
        """
        unknown = sorted(changes.keys() - CHANGEABLE)
        if unknown:
            raise RequestInvalid(f"of an anchor, only {', '.join(sorted(CHANGEABLE))} can change; got {unknown}")
        with self._database.writing() as session:
            old = _get_anchor(session, anchor_id)
            _check_etag(old, etag)
            fields = _checked({field: changes.get(field, getattr(old, field)) for field in CHANGEABLE})
            _refuse_second(session, fields, besides=anchor_id)
            session.run("update_anchor", anchor_id=anchor_id, now=_now(), **_columns(fields))
            return _get_anchor(session, anchor_id)

    def delete_anchor(self, anchor_id: str, etag: str = "") -> None:
        """Erase the anchor, its enrolments and its templates, in the file too.

        Raises:
            NotFound: no such anchor.
            ChangedMeanwhile: ``etag`` was given and is not the current one.
        """
        with self._database.writing() as session:
            _check_etag(_get_anchor(session, anchor_id), etag)
            session.run("delete_anchor", anchor_id=anchor_id)
            session.run("insert_erasure")
        self._erase()

    # --------------------------------------------------------------------------------------------- enrolments

    def add_enrolment(
        self, anchor_id: str, material: EnrolmentMaterial, media_name: str = "", request_id: str = ""
    ) -> Enrolment:
        """Store what one piece of media yielded.

        Media that the anchor has already gives the existing enrolment, completed by templates of models it lacked.

        Raises:
            NotFound: no such anchor.
            EnrolmentRejected: the material holds no template.
            RequestInvalid: templates that do not fit the model's earlier ones, a request id used for another call, or a
            media name beyond all measure.
        """
        if not material.templates:
            codes = tuple(dict.fromkeys(rejection.reason for rejection in material.rejections))
            raise EnrolmentRejected(_why_rejected(material.rejections), codes)
        content = {"anchor_id": anchor_id, "media_sha256": material.media_sha256}
        request = _Request("add_enrolment", request_id, content)
        media_name = names.clean_media_name(media_name)
        with self._database.writing() as session:
            done = request.result(session)
            if done:
                return _get_enrolment(session, anchor_id, done)
            _get_anchor(session, anchor_id)
            enrolment_id = _find_media(session, anchor_id, material.media_sha256)
            if enrolment_id is None:
                enrolment_id = uuid.uuid4().hex
                _insert_enrolment(session, anchor_id, enrolment_id, material, media_name)
            _insert_templates(session, enrolment_id, material.templates)
            request.remember(session, enrolment_id)
            return _get_enrolment(session, anchor_id, enrolment_id)

    def find_enrolment(self, anchor_id: str, media_sha256: str) -> Enrolment | None:
        """The enrolment of this media for this anchor, so that its templates need not be computed again."""
        with self._database.reading() as session:
            enrolment_id = _find_media(session, anchor_id, media_sha256)
            return _get_enrolment(session, anchor_id, enrolment_id) if enrolment_id else None

    def get_enrolment(self, anchor_id: str, enrolment_id: str) -> Enrolment:
        """Raises NotFound."""
        with self._database.reading() as session:
            return _get_enrolment(session, anchor_id, enrolment_id)

    def list_enrolments(self, anchor_id: str, page_size: int = 0, page_token: str = "") -> tuple[list[Enrolment], str]:
        """One page in the order of creation, and the next page's token (empty: no more).

        Raises:
            NotFound: no such anchor.
        """
        limit, scope = pages.rows_per_page(page_size), f"enrolments of {anchor_id}"
        (after,) = pages.read_token(page_token, scope, 1) if page_token else (0,)
        with self._database.reading() as session:
            _get_anchor(session, anchor_id)
            rows = session.rows("list_enrolments", anchor_id=anchor_id, after=after, rows=limit + 1)
        return [_enrolment_from_row(row) for row in rows[:limit]], _next_token(rows, limit, scope)

    def delete_enrolment(self, anchor_id: str, enrolment_id: str) -> None:
        """Erase one enrolment and its templates, in the file too; raises NotFound."""
        with self._database.writing() as session:
            if not session.run("delete_enrolment", anchor_id=anchor_id, enrolment_id=enrolment_id):
                raise NotFound("enrolment", enrolment_id)
            session.run("insert_erasure")
        self._erase()

    def _erase(self, patience_s: float = BUSY_TIMEOUT_S) -> None:
        """Rid the files of what was deleted so far, by this or another process; one rewriting serves many deletions.

        The deletions stand, whatever happens here: what cannot be done now is done after the next one, or at the next
        opening.
        """
        try:
            self._rewrite(patience_s)
        except (StorageFailed, Overloaded) as error:
            _log.warning("traces of deleted templates stay in the registry's file for now: %s", error)

    def _rewrite(self, patience_s: float) -> None:
        with self._erasing_lock:
            with self._database.reading() as session:
                row = session.row("last_erasure")
            if row is None or row["sequence"] is None:
                return
            if not self._database.compact(patience_s):
                _log.warning("traces of deleted templates stay in the registry's log until its readers finish")
                return
            with self._database.writing() as session:
                session.run("finish_erasures", sequence=row["sequence"])

    # --------------------------------------------------------------------------------------------- references

    def references(self) -> ReferenceSet:
        """All enrolled templates as they are now; read again only after this or another process changed them."""
        with self._references_lock:
            # The version is read before the rows: a change in between costs one reading too many, never one too few.
            version = self._database.data_version()
            if self._references is None or self._references[0] != version:
                self._references = (version, self._read_references())
            return self._references[1]

    def _read_references(self) -> ReferenceSet:
        with self._database.reading() as session:
            named = session.rows("list_names")
            rows = session.rows("list_references")
        display_names = {row["anchor_id"]: row["display_name"] for row in named}
        roster = tuple(
            RosterEntry(row["anchor_id"], (row["display_name"], *json.loads(row["aliases"])), row["outlet"])
            for row in named
        )
        by_model: dict[str, list[sqlite3.Row]] = {}
        for row in rows:
            by_model.setdefault(row["model_id"], []).append(row)
        places = {anchor_id: place for place, anchor_id in enumerate(display_names)}
        models = {model_id: _model_references(owned, places) for model_id, owned in by_model.items()}
        return ReferenceSet(display_names, models, roster)


class _Request:
    """One call that a client may repeat; without an id nothing is remembered."""

    def __init__(self, method: str, request_id: str, content: Mapping[str, Any]) -> None:
        if len(request_id) > REQUEST_ID_LENGTH:
            raise RequestInvalid(
                f"request_id must have at most {REQUEST_ID_LENGTH} characters; got {len(request_id)}", "request_id"
            )
        self._method = method
        self._request_id = request_id
        self._content_sha256 = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def result(self, session: Session) -> str | None:
        """The id of what this request made the first time.

        Raises:
            RequestInvalid: the id was used for another call.
        """
        row = session.row("find_request", request_id=self._request_id) if self._request_id else None
        if row is None:
            return None
        if (row["method"], row["content_sha256"]) != (self._method, self._content_sha256):
            raise RequestInvalid(
                f"request_id {self._request_id!r} was used before for a call with other content; "
                "send a new request_id with every new request, and repeat one only with the same content",
                "request_id",
            )
        return str(row["result_id"])

    def remember(self, session: Session, result_id: str) -> None:
        if not self._request_id:
            return
        now = _now()
        session.run("forget_requests", before=now - REQUESTS_KEPT // timedelta(microseconds=1))
        session.run(
            "insert_request",
            request_id=self._request_id,
            method=self._method,
            content_sha256=self._content_sha256,
            result_id=result_id,
            now=now,
        )


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "display_name": names.check_name("display_name", fields["display_name"]),
        "outlet": names.check_name("outlet", fields["outlet"], is_required=False),
        "aliases": names.check_aliases(tuple(fields["aliases"])),
        "notes": names.check_notes(fields["notes"]),
    }


def _columns(fields: Mapping[str, Any]) -> dict[str, str]:
    return {
        **fields,
        "aliases": json.dumps(fields["aliases"], ensure_ascii=False),
        "name_key": names.name_key(fields["display_name"]),
        "outlet_key": names.name_key(fields["outlet"]),
    }


def _refuse_second(session: Session, fields: Mapping[str, Any], besides: str = "") -> None:
    """Two people of one name at one outlet would be indistinguishable in every report."""
    columns = _columns(fields)
    row = session.row("find_name", name_key=columns["name_key"], outlet_key=columns["outlet_key"])
    if row is not None and row["anchor_id"] != besides:
        at_outlet = f" at {fields['outlet']}" if fields["outlet"] else ""
        raise AlreadyExists("anchor", fields["display_name"] + at_outlet)


def _free_id(session: Session, anchor_id: str, display_name: str) -> str:
    if anchor_id:
        if session.row("find_anchor", anchor_id=anchor_id):
            raise AlreadyExists("anchor", anchor_id)
        return anchor_id
    base = candidate = names.slug(display_name)
    number = 1
    while session.row("find_anchor", anchor_id=candidate):
        number += 1
        suffix = f"-{number}"
        candidate = base[: names.ANCHOR_ID_LENGTH - len(suffix)] + suffix
    return candidate


def _get_anchor(session: Session, anchor_id: str) -> Anchor:
    row = session.row("get_anchor", anchor_id=anchor_id)
    if row is None:
        raise NotFound("anchor", anchor_id)
    return _anchor_from_row(row)


def _check_etag(anchor: Anchor, etag: str) -> None:
    if etag and etag != anchor.etag:
        raise ChangedMeanwhile("anchor", anchor.anchor_id)


def _find_media(session: Session, anchor_id: str, media_sha256: str) -> str | None:
    row = session.row("find_media", anchor_id=anchor_id, media_sha256=media_sha256)
    return None if row is None else str(row["enrolment_id"])


def _get_enrolment(session: Session, anchor_id: str, enrolment_id: str) -> Enrolment:
    row = session.row("get_enrolment", anchor_id=anchor_id, enrolment_id=enrolment_id)
    if row is None:
        raise NotFound("enrolment", enrolment_id)
    return _enrolment_from_row(row)


def _insert_enrolment(
    session: Session, anchor_id: str, enrolment_id: str, material: EnrolmentMaterial, media_name: str
) -> None:
    session.run(
        "insert_enrolment",
        enrolment_id=enrolment_id,
        anchor_id=anchor_id,
        media_sha256=material.media_sha256,
        media_name=media_name,
        now=_now(),
        speech_s=material.speech_s,
        rejections=_REJECTIONS.dump_json(material.rejections).decode(),
    )


def _insert_templates(session: Session, enrolment_id: str, templates: Sequence[Template]) -> None:
    present = {row["model_id"] for row in session.rows("list_models", enrolment_id=enrolment_id)}
    new = [template for template in templates if template.model_id not in present]
    for model_id in sorted({template.model_id for template in new}):
        lengths = {len(_to_blob(template.vector)) for template in new if template.model_id == model_id}
        row = session.row("vector_bytes", model_id=model_id)
        if len(lengths | ({row["bytes"]} if row else set())) > 1:
            raise RequestInvalid(f"templates of model {model_id!r} differ in length from those already enrolled")
    session.run_many("insert_template", (_template_columns(enrolment_id, template) for template in new))


def _template_columns(enrolment_id: str, template: Template) -> dict[str, Any]:
    return {
        "enrolment_id": enrolment_id,
        "modality": template.modality.value,
        "model_id": template.model_id,
        "quality": float(template.quality),
        "start_s": template.span.start_s if template.span else None,
        "end_s": template.span.end_s if template.span else None,
        "vector": _to_blob(template.vector),
    }


def _why_rejected(rejections: Sequence[Rejection]) -> str:
    reasons = dict.fromkeys(rejection.message for rejection in rejections)
    return "nothing in the media could be enrolled: " + ("; ".join(reasons) or "no face and no speech was found")


# Rows and values: the only lines that know how things are stored.


def _anchor_from_row(row: sqlite3.Row) -> Anchor:
    version = f"{row['anchor_id']}/{row['sequence']}/{row['revision']}"
    return Anchor(
        anchor_id=row["anchor_id"],
        display_name=row["display_name"],
        outlet=row["outlet"],
        aliases=tuple(json.loads(row["aliases"])),
        notes=row["notes"],
        create_time=_to_time(row["create_time"]),
        update_time=_to_time(row["update_time"]),
        etag=hashlib.sha256(version.encode()).hexdigest()[:16],
        face_templates=row["face_templates"],
        voice_templates=row["voice_templates"],
    )


def _enrolment_from_row(row: sqlite3.Row) -> Enrolment:
    return Enrolment(
        enrolment_id=row["enrolment_id"],
        anchor_id=row["anchor_id"],
        media_sha256=row["media_sha256"],
        media_name=row["media_name"],
        create_time=_to_time(row["create_time"]),
        face_templates=row["face_templates"],
        voice_templates=row["voice_templates"],
        speech_s=row["speech_s"],
        rejections=_REJECTIONS.validate_json(row["rejections"]),
    )


def _model_references(rows: Sequence[sqlite3.Row], places: Mapping[str, int]) -> ModelReferences:
    """``places``: the order of the anchors."""
    anchor_ids = np.array([row["anchor_id"] for row in rows])
    order = np.argsort([places[row["anchor_id"]] for row in rows], kind="stable")
    matrix = _from_blobs([row["vector"] for row in rows])[order]
    ordered = anchor_ids[order]
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    owners = np.cumsum(is_first) - 1
    return ModelReferences(tuple(map(str, ordered[is_first])), owners, matrix)


def _to_blob(vector: Vector) -> bytes:
    return vector.astype("<f4").tobytes()


def _from_blobs(blobs: Sequence[bytes]) -> Vector:
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1).astype(np.float32, copy=False)


def _now() -> int:
    return (datetime.now(UTC) - _EPOCH) // timedelta(microseconds=1)


def _to_time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _next_token(rows: Sequence[sqlite3.Row], limit: int, scope: str) -> str:
    return pages.write_token([rows[limit - 1]["sequence"]], scope) if len(rows) > limit else ""
