"""The registry of anchors: who is enrolled, from which media, with which templates; over SQLite or PostgreSQL."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from anchorproof import pages
from anchorproof.databases import Database, Session
from anchorproof.errors import (
    EnrolmentForbidden,
    EnrolmentRejected,
    NotFound,
    Overloaded,
    StorageFailed,
)
from anchorproof.identity import anchors, archive, audit, enrolments, logos, names, outlets
from anchorproof.identity.anchors import CHANGEABLE as CHANGEABLE
from anchorproof.identity.compare import ReferenceSet
from anchorproof.identity.enrolments import EnrolmentMaterial as EnrolmentMaterial
from anchorproof.identity.index import ReferenceIndex
from anchorproof.identity.keys import Keeper, KeySource
from anchorproof.identity.requests import Request
from anchorproof.identity.rows import (
    anchor_from_row,
    audit_entry_from_row,
    enrolment_from_row,
    next_token,
    outlet_from_row,
    retained_label,
)
from anchorproof.sqlite import BUSY_TIMEOUT_S, Schema
from anchorproof.types import (
    Anchor,
    AuditEntry,
    Consent,
    Enrolment,
    LocalizedName,
    Logo,
    LogoMaterial,
    Modality,
    NameMatch,
    Outlet,
    Template,
)

SCHEMA = Schema(kind="registry", package="anchorproof.identity", application_id=0x414E4352)  # "ANCR"
#: Changes that the log keeps for readers to follow.
CHANGES_KEPT = 100_000
LIMIT_MATCHES = 100

_log = logging.getLogger(__name__)


class Registry:
    """Anchors, outlets, enrolments and templates; safe from several threads and processes.

    A method that returns has its change on disk; one that raises changed nothing. ``request_id`` makes a call
    repeatable: the same id with the same content is answered with the first result.

    Raises:
        StorageFailed: the database cannot be opened, or is damaged or of a newer version.
        RegistryLocked: the key is missing or another one.
    """

    def __init__(self, database: Database, keys: KeySource, actor: str = "") -> None:
        self._database = database
        self._actor = audit.check_actor(actor)
        try:
            self._keeper = Keeper(database, keys)
            if self._keeper.seal_open():  # templates from before they were sealed
                with database.writing() as session:
                    session.run("insert_erasure")
        except BaseException:
            database.close()
            raise
        self._index = ReferenceIndex(database, self._keeper.open)
        self._erasing_lock = threading.Lock()
        self._erase(patience_s=0.0)  # what a process that died had left to do

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def by(self, actor: str) -> Registry:
        """The same registry, its changes noted in the audit trail as this caller's."""
        other = copy.copy(self)
        other._actor = audit.check_actor(actor)
        return other

    # ------------------------------------------------------------------------------------------------ anchors

    def create_anchor(
        self,
        display_name: str,
        outlet: str = "",
        aliases: Sequence[str] = (),
        notes: str = "",
        anchor_id: str = "",
        request_id: str = "",
        *,
        localized_names: Sequence[LocalizedName] = (),
        consent: Consent = Consent.UNSPECIFIED,
        consent_reference: str = "",
        legal_basis: str = "",
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
    ) -> Anchor:
        """A new anchor; without ``anchor_id`` one is made from the name, and an outlet of a new name is made too.

        Raises:
            RequestInvalid: a field breaks a rule.
            AlreadyExists: the id is taken, or the outlet has an anchor of this name.
        """
        fields = anchors.checked(
            {
                "display_name": display_name,
                "outlet": outlet,
                "aliases": aliases,
                "notes": notes,
                "localized_names": localized_names,
                "consent": consent,
                "consent_reference": consent_reference,
                "legal_basis": legal_basis,
                "valid_from": valid_from,
                "valid_until": valid_until,
            }
        )
        if anchor_id:
            names.check_anchor_id(anchor_id)
        request = Request("create_anchor", request_id, {**fields, "anchor_id": anchor_id})
        with self._database.writing() as session:
            done = request.result(session)
            if done:
                return anchors.get(session, done)
            new_id = anchors.create(session, fields, anchor_id, self._actor)
            request.remember(session, new_id)
            return anchors.get(session, new_id)

    def get_anchor(self, anchor_id: str) -> Anchor:
        """Raises NotFound."""
        with self._database.reading() as session:
            return anchors.get(session, anchor_id)

    def list_anchors(self, page_size: int = 0, page_token: str = "", outlet_id: str = "") -> tuple[list[Anchor], str]:
        """One page in the order of creation (of one outlet, if named), and the next page's token (empty: no more)."""
        limit, scope = pages.rows_per_page(page_size), f"anchors of {outlet_id}" if outlet_id else "anchors"
        (after,) = pages.read_token(page_token, scope, 1) if page_token else (0,)
        with self._database.reading() as session:
            if outlet_id:
                rows = session.rows("list_anchors_of", outlet_id=outlet_id, after=after, rows=limit + 1)
            else:
                rows = session.rows("list_anchors", after=after, rows=limit + 1)
        return [anchor_from_row(row) for row in rows[:limit]], next_token(rows, limit, scope)

    def search_anchors(self, query: str, outlet_id: str = "", limit: int = 10) -> list[NameMatch]:
        """Anchors whose name, alias or localized name resembles the query, the best first."""
        query = names.check_name("query", query)
        with self._database.reading() as session:
            return anchors.search(session, query, outlet_id, min(max(1, limit), LIMIT_MATCHES))

    def update_anchor(self, anchor_id: str, changes: Mapping[str, Any], etag: str = "") -> Anchor:
        """The anchor with ``changes`` (of ``CHANGEABLE``) made.

        Raises:
            NotFound: no such anchor.
            ChangedMeanwhile: ``etag`` was given and is not the current one.
            RequestInvalid: an unknown field, or a value that breaks a rule.
            AlreadyExists: the outlet has another anchor of this name.
        """
        with self._database.writing() as session:
            return anchors.update(session, anchor_id, changes, etag, self._actor)

    def delete_anchor(self, anchor_id: str, etag: str = "") -> str:
        """Erase the anchor, its enrolments and its templates, in the file too; gives its id in the audit trail.

        Raises:
            NotFound: no such anchor.
            ChangedMeanwhile: ``etag`` was given and is not the current one.
        """
        with self._database.writing() as session:
            audit_id = anchors.delete(session, anchor_id, etag, self._actor)
            session.run("insert_erasure")
        self._erase()
        return audit_id

    def merge_anchors(self, from_id: str, into_id: str, etag: str = "") -> Anchor:
        """One anchor with both's enrolments and names; ``from_id`` is erased. ``etag``: of ``into_id``.

        Raises:
            NotFound, ChangedMeanwhile, RequestInvalid, EnrolmentForbidden
        """
        with self._database.writing() as session:
            anchors.check_etag(anchors.get(session, into_id), etag)
            merged = anchors.merge(session, from_id, into_id, self._actor)
            session.run("insert_erasure")
        self._erase()
        return merged

    # ------------------------------------------------------------------------------------------------ outlets

    def create_outlet(
        self,
        display_name: str,
        aliases: Sequence[str] = (),
        country: str = "",
        notes: str = "",
        outlet_id: str = "",
        request_id: str = "",
    ) -> Outlet:
        """Raises RequestInvalid, or AlreadyExists when the id or one of the names is taken."""
        given = {"display_name": display_name, "aliases": aliases, "country": country, "notes": notes}
        fields = outlets.checked(given)
        if outlet_id:
            names.check_anchor_id(outlet_id, "outlet_id")
        request = Request("create_outlet", request_id, {**fields, "outlet_id": outlet_id})
        with self._database.writing() as session:
            done = request.result(session)
            if done:
                return outlets.get(session, done)
            made = outlets.create(session, fields, outlet_id, self._actor)
            request.remember(session, made.outlet_id)
            return made

    def get_outlet(self, outlet_id: str) -> Outlet:
        """Raises NotFound."""
        with self._database.reading() as session:
            return outlets.get(session, outlet_id)

    def list_outlets(self, page_size: int = 0, page_token: str = "") -> tuple[list[Outlet], str]:
        """One page in the order of creation, and the next page's token (empty: no more)."""
        limit = pages.rows_per_page(page_size)
        (after,) = pages.read_token(page_token, "outlets", 1) if page_token else (0,)
        with self._database.reading() as session:
            rows = session.rows("list_outlets", after=after, rows=limit + 1)
        return [outlet_from_row(row) for row in rows[:limit]], next_token(rows, limit, "outlets")

    def update_outlet(self, outlet_id: str, changes: Mapping[str, Any], etag: str = "") -> Outlet:
        """Raises NotFound, ChangedMeanwhile, RequestInvalid, AlreadyExists."""
        with self._database.writing() as session:
            return outlets.update(session, outlet_id, changes, etag, self._actor)

    def delete_outlet(self, outlet_id: str, etag: str = "") -> None:
        """Raises NotFound, ChangedMeanwhile, and ResourceInUse while anchors work for it."""
        with self._database.writing() as session:
            has_logos = bool(session.rows("list_logos", outlet_id=outlet_id))
            outlets.delete(session, outlet_id, etag, self._actor)
            if has_logos:
                session.run("insert_erasure")
        if has_logos:
            self._erase()

    def add_logo(self, outlet_id: str, material: LogoMaterial) -> Logo:
        """A mark of the outlet as a picture; the same file makes one. Raises NotFound, RequestInvalid."""
        with self._database.writing() as session:
            return logos.add(session, outlet_id, material, self._actor)

    def list_logos(self, outlet_id: str) -> list[Logo]:
        """In the order of creation; raises NotFound."""
        with self._database.reading() as session:
            return logos.of_outlet(session, outlet_id)

    def delete_logo(self, outlet_id: str, logo_id: str) -> None:
        """Erase it, in the file too; raises NotFound."""
        with self._database.writing() as session:
            logos.delete(session, outlet_id, logo_id, self._actor)
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
            EnrolmentForbidden: the anchor's consent was refused or withdrawn.
            RequestInvalid: templates that do not fit the model's earlier ones, a request id used for another call, or a
            media name beyond all measure.
        """
        if not material.templates:
            codes = tuple(dict.fromkeys(rejection.reason for rejection in material.rejections))
            raise EnrolmentRejected(enrolments.why_rejected(material.rejections), codes)
        content = {"anchor_id": anchor_id, "media_sha256": material.media_sha256}
        request = Request("add_enrolment", request_id, content)
        media_name = names.clean_media_name(media_name)
        with self._database.writing() as session:
            done = request.result(session)
            if done:
                return enrolments.get(session, anchor_id, done)
            anchor = anchors.get(session, anchor_id)
            _refuse_forbidden(anchor)
            seal = self._keeper.seal_for(session)
            enrolment_id = enrolments.find(session, anchor_id, material.media_sha256)
            if enrolment_id is None:
                enrolment_id = enrolments.insert(session, anchor_id, material, media_name, seal)
            added = enrolments.insert_templates(session, enrolment_id, material.templates, seal)
            if added:
                reason = "given" if material.override_reason else ""
                details = {"enrolment": enrolment_id, "templates": added, "spoof_override": reason}
                audit.note(session, self._actor, "enrolment.add", anchor.audit_id, **details)
            request.remember(session, enrolment_id)
            self._trim_changes(session)
            return enrolments.get(session, anchor_id, enrolment_id)

    def check_may_enrol(self, anchor_id: str) -> Anchor:
        """Before media are sent and worked on; raises NotFound or EnrolmentForbidden."""
        anchor = self.get_anchor(anchor_id)
        _refuse_forbidden(anchor)
        return anchor

    def find_enrolment(self, anchor_id: str, media_sha256: str) -> Enrolment | None:
        """The enrolment of this media for this anchor, so that its templates need not be computed again."""
        with self._database.reading() as session:
            enrolment_id = enrolments.find(session, anchor_id, media_sha256)
            return enrolments.get(session, anchor_id, enrolment_id) if enrolment_id else None

    def get_enrolment(self, anchor_id: str, enrolment_id: str) -> Enrolment:
        """Raises NotFound."""
        with self._database.reading() as session:
            return enrolments.get(session, anchor_id, enrolment_id)

    def list_enrolments(self, anchor_id: str, page_size: int = 0, page_token: str = "") -> tuple[list[Enrolment], str]:
        """One page in the order of creation, and the next page's token (empty: no more).

        Raises:
            NotFound: no such anchor.
        """
        limit, scope = pages.rows_per_page(page_size), f"enrolments of {anchor_id}"
        (after,) = pages.read_token(page_token, scope, 1) if page_token else (0,)
        with self._database.reading() as session:
            anchors.get(session, anchor_id)
            rows = session.rows("list_enrolments", anchor_id=anchor_id, after=after, rows=limit + 1)
        return [enrolment_from_row(row) for row in rows[:limit]], next_token(rows, limit, scope)

    def delete_enrolment(self, anchor_id: str, enrolment_id: str) -> None:
        """Erase one enrolment and its templates, in the file too; raises NotFound."""
        with self._database.writing() as session:
            if not session.run("delete_enrolment", anchor_id=anchor_id, enrolment_id=enrolment_id):
                raise NotFound("enrolment", enrolment_id)
            audit_id = anchors.get(session, anchor_id).audit_id
            audit.note(session, self._actor, "enrolment.erase", audit_id, enrolment=enrolment_id)
            session.run("insert_erasure")
        self._erase()

    # ------------------------------------------------------------------------------------ another model's templates

    def lacking(self, modality: Modality, model_id: str) -> list[tuple[str, str, str, bool]]:
        """Enrolments without templates of this model: their id, anchor, media's name; True: can be made anew."""
        with self._database.reading() as session:
            rows = session.rows("enrolments_lacking", modality=modality.value, model_id=model_id)
        return [(row["enrolment_id"], row["anchor_id"], row["media_name"], row["retained"] > 0) for row in rows]

    def retained(self, enrolment_id: str, modality: Modality) -> list[bytes]:
        """What was kept of the media to make other models' templates from."""
        with self._database.reading() as session:
            rows = session.rows("list_retained", enrolment_id=enrolment_id)
        bound_to = retained_label(enrolment_id, modality.value)
        mine = [row for row in rows if row["modality"] == modality.value]
        return [self._keeper.open(row["content"], bound_to, row["key_id"]) for row in mine]

    def add_templates(self, anchor_id: str, enrolment_id: str, templates: Sequence[Template]) -> int:
        """Templates of another model for an existing enrolment; gives how many were added. Raises NotFound."""
        with self._database.writing() as session:
            anchor = anchors.get(session, anchor_id)
            enrolments.get(session, anchor_id, enrolment_id)
            seal = self._keeper.seal_for(session)
            added = enrolments.insert_templates(session, enrolment_id, templates, seal)
            if added:
                details = {"enrolment": enrolment_id, "templates": added}
                audit.note(session, self._actor, "enrolment.rebuild", anchor.audit_id, **details)
            return added

    # ------------------------------------------------------------------------------------------ keys and the trail

    def rotate_key(self) -> int:
        """Seal everything with a new key; gives the number of templates sealed anew. Raises RegistryLocked."""
        done = self._keeper.rotate()
        with self._database.writing() as session:
            audit.note(session, self._actor, "registry.rotate_key", "", key=self._keeper.key_id, templates=done)
            session.run("insert_erasure")
        self._erase()
        return done

    def list_audit(self, page_size: int = 0, page_token: str = "", subject: str = "") -> tuple[list[AuditEntry], str]:
        """One page of the audit trail in the order of time, of one ``audit_id`` where it is named."""
        limit, scope = pages.rows_per_page(page_size), f"audit of {subject}"
        (after,) = pages.read_token(page_token, scope, 1) if page_token else (0,)
        with self._database.reading() as session:
            rows = session.rows("list_audit", after=after, subject=subject, rows=limit + 1)
        return [audit_entry_from_row(row) for row in rows[:limit]], next_token(rows, limit, scope)

    # ------------------------------------------------------------------------------------------- moving it whole

    def export(self, path: Path, passphrase: str) -> archive.Moved:
        """Everything but the audit trail in one file that the passphrase opens. Raises StorageFailed."""
        with self._database.reading() as session:
            moved = archive.write(session, self._keeper, path, passphrase)
        with self._database.writing() as session:
            audit.note(session, self._actor, "registry.export", "", anchors=moved.anchors, templates=moved.templates)
        return moved

    def import_from(self, path: Path, passphrase: str) -> archive.Moved:
        """What ``export`` wrote, added to this registry, all or nothing.

        Raises:
            ArchiveUnreadable, AlreadyExists, StorageFailed
        """
        with self._database.writing() as session:
            moved = archive.read(session, self._keeper, path, passphrase, self._actor)
            audit.note(session, self._actor, "registry.import", "", anchors=moved.anchors, templates=moved.templates)
        return moved

    # --------------------------------------------------------------------------------------------- references

    def references(self) -> ReferenceSet:
        """All enrolled templates that count now; only what this or another process changed is read again."""
        return self._index.current()

    # ------------------------------------------------------------------------------------------------ erasing

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

    def _trim_changes(self, session: Session) -> None:
        log = session.row("last_change")
        if log is not None and log["newest"] - log["oldest"] > 2 * CHANGES_KEPT:
            session.run("forget_changes", before=log["newest"] - CHANGES_KEPT)


def _refuse_forbidden(anchor: Anchor) -> None:
    if anchor.consent.forbids:
        raise EnrolmentForbidden(
            f"the anchor's consent is {anchor.consent.value}: nothing of them may be enrolled; change the record first "
            "if that is wrong"
        )
