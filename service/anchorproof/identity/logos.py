"""Outlets' marks as pictures, kept beside the outlet and erased with it."""

from __future__ import annotations

import uuid
import zlib

import numpy as np

from anchorproof.databases import Row, Session
from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.identity import outlets
from anchorproof.identity.audit import note
from anchorproof.times import now, to_time
from anchorproof.types import Logo, LogoMaterial, LogoPicture

#: Logos of one outlet.
LIMIT_LOGOS = 20


def add(session: Session, outlet_id: str, material: LogoMaterial, actor: str) -> Logo:
    """A logo of the outlet; the one that is there, if it was made of the same file.

    Raises:
        NotFound: no such outlet.
        RequestInvalid: the outlet has as many as it may.
    """
    outlets.get(session, outlet_id)
    found = session.row("find_logo", outlet_id=outlet_id, media_sha256=material.media_sha256)
    if found is not None:
        return get(session, outlet_id, found["logo_id"])
    if len(session.rows("list_logos", outlet_id=outlet_id)) >= LIMIT_LOGOS:
        raise RequestInvalid(f"an outlet has at most {LIMIT_LOGOS} logos; delete one first")
    logo_id = uuid.uuid4().hex[:12]
    height, width, _ = material.picture.shape
    insert(session, logo_id, outlet_id, material.media_sha256, (width, height), material.picture.tobytes(), now())
    note(session, actor, "outlet.logo_add", outlets.audit_id(session, outlet_id), logo=logo_id)
    return get(session, outlet_id, logo_id)


def insert(
    session: Session,
    logo_id: str,
    outlet_id: str,
    media_sha256: str,
    size: tuple[int, int],
    picture: bytes,
    create_time: int,
) -> None:
    """``picture``: RGBA of ``size`` (width, height)."""
    columns = {"logo_id": logo_id, "outlet_id": outlet_id, "media_sha256": media_sha256, "now": create_time}
    session.run("insert_logo", width=size[0], height=size[1], picture=zlib.compress(picture, 6), **columns)


def get(session: Session, outlet_id: str, logo_id: str) -> Logo:
    """Raises NotFound."""
    row = session.row("get_logo", outlet_id=outlet_id, logo_id=logo_id)
    if row is None:
        raise NotFound("logo", logo_id)
    return _from_row(row)


def of_outlet(session: Session, outlet_id: str) -> list[Logo]:
    """In the order of creation; raises NotFound without such an outlet."""
    outlets.get(session, outlet_id)
    return [_from_row(row) for row in session.rows("list_logos", outlet_id=outlet_id)]


def delete(session: Session, outlet_id: str, logo_id: str, actor: str) -> None:
    """Raises NotFound."""
    if not session.run("delete_logo", outlet_id=outlet_id, logo_id=logo_id):
        raise NotFound("logo", logo_id)
    note(session, actor, "outlet.logo_delete", outlets.audit_id(session, outlet_id), logo=logo_id)


def pictures(session: Session) -> tuple[LogoPicture, ...]:
    """All of them, as they are looked for."""
    return tuple(picture_of(row) for row in session.rows("list_all_logos"))


def picture_of(row: Row) -> LogoPicture:
    content = np.frombuffer(zlib.decompress(row["picture"]), np.uint8)
    return LogoPicture(row["logo_id"], row["display_name"], content.reshape(row["height"], row["width"], 4))


def _from_row(row: Row) -> Logo:
    return Logo(
        logo_id=row["logo_id"],
        outlet_id=row["outlet_id"],
        media_sha256=row["media_sha256"],
        width=row["width"],
        height=row["height"],
        create_time=to_time(row["create_time"]),
    )
