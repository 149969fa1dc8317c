"""The keys of one registry: where they are kept, whether they fit its templates, and their change."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from anchorproof.databases import Database, Session
from anchorproof.errors import RegistryLocked
from anchorproof.identity.rows import label, retained_label
from anchorproof.identity.seal import (
    KEY_BYTES,
    KNOWN_TEXT,
    Seal,
    make_key_file,
    parse_keys,
    read_key_file,
    replace_key_file,
    wrong_key,
)

#: Templates sealed anew in one transaction.
BATCH_ROWS = 2000


class KeySource(Protocol):
    """Where the keys are kept, the one in use first."""

    def read(self) -> list[bytes] | None:
        """None: there is no key yet."""

    def make(self) -> list[bytes]: ...

    def replace(self, keys: list[bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file that only its owner can read; made when there is none."""

    path: Path

    def read(self) -> list[bytes] | None:
        return read_key_file(self.path)

    def make(self) -> list[bytes]:
        return make_key_file(self.path)

    def replace(self, keys: list[bytes]) -> None:
        replace_key_file(self.path, keys)


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys from the settings or the environment: ``new,old`` while they are being changed."""

    text: str

    def read(self) -> list[bytes] | None:
        return parse_keys(self.text, "ANCHORPROOF_REGISTRY_KEY")

    def make(self) -> list[bytes]:
        raise RegistryLocked("ANCHORPROOF_REGISTRY_KEY is empty")

    def replace(self, keys: list[bytes]) -> None:
        """The user does it."""


def open_one_template(session: Session, source: KeySource) -> str | None:
    """Says what the keys opened, a template where there is one; None: nothing was sealed yet. Changes nothing.

    Raises:
        RegistryLocked: the key is missing, or is not the one that the templates are sealed with.
    """
    checks = {row["key_id"]: row["sealed"] for row in session.rows("list_key_checks")}
    keys = source.read()
    if not checks:
        return None
    if keys is None:
        raise RegistryLocked(f"the registry's key is missing: its templates are sealed with key {next(iter(checks))}")
    seal = Seal(keys)
    if not any(name in seal for name in checks):
        raise wrong_key(next(iter(checks)))
    for name in checks:
        if name in seal:
            seal.open(checks[name], KNOWN_TEXT.decode(), name)
    samples = session.rows("any_sealed")
    for row in samples:
        seal.open(row["vector"], label(row), row["key_id"])
    return "a template of each key" if samples else "no template yet"


class Keeper:
    """The seal of one registry.

    Raises:
        RegistryLocked: the key is missing, or is not the one that the templates are sealed with.
    """

    def __init__(self, database: Database, source: KeySource) -> None:
        self._database = database
        self._source = source
        self._seal = self._fitting_seal()
        self._claim()

    @property
    def key_id(self) -> str:
        return self._seal.key_id

    def open(self, sealed: bytes, label: str, name: str) -> bytes:
        """Opens what any of the keys sealed; looks whether the key was changed meanwhile before giving up."""
        if name not in self._seal:
            self._seal = self._fitting_seal()
        return self._seal.open(sealed, label, name)

    def seal_for(self, session: Session) -> Seal:
        """The seal to write with in this transaction: the key may have been changed by another process."""
        if self._seal.key_id not in {row["key_id"] for row in session.rows("list_key_checks")}:
            self._seal = self._fitting_seal()
        return self._seal

    def rotate(self) -> int:
        """Seal everything with a new key; the old one is of no use for the registry afterwards.

        A rotation that broke off is completed by the next call. Returns the number of templates sealed anew.

        Raises:
            RegistryLocked: the key comes from the environment, and no new one stands before the old one there.
        """
        keys = self._source.read() or []
        if len(keys) == 1:
            if isinstance(self._source, GivenKeys):
                raise RegistryLocked(
                    "put a new key before the old one (ANCHORPROOF_REGISTRY_KEY=new,old), then rotate again, then take "
                    "the old one away"
                )
            keys = [secrets.token_bytes(KEY_BYTES), *keys]
            self._source.replace(keys)
        self._seal = Seal(keys)
        self._claim()
        with self._database.writing() as session:  # from now on nobody writes with an old key
            session.run("drop_key_checks", key_id=self._seal.key_id)
        done = self.seal_all()
        self._source.replace(keys[:1])
        self._seal = Seal(keys[:1])
        return done

    def seal_open(self) -> int:
        """Seal the templates from before they were sealed; gives their number."""
        return self._reseal("unsealed", "reseal_template", "vector")

    def seal_all(self) -> int:
        """Seal what lies open or is sealed with an older key."""
        return self._reseal("sealed_otherwise", "reseal_template", "vector") + self._reseal(
            "retained_otherwise", "reseal_retained", "content"
        )

    def _reseal(self, list_query: str, write_query: str, column: str) -> int:
        done = after = 0
        while True:
            with self._database.writing() as session:
                page = session.rows(list_query, key_id=self.key_id, after=after, rows=BATCH_ROWS)
                for row in page:
                    is_template = column == "vector"
                    bound_to = label(row) if is_template else retained_label(row["enrolment_id"], row["modality"])
                    content = row[column]
                    if row["key_id"]:
                        content = self._seal.open(content, bound_to, row["key_id"])
                    sealed = self._seal.close(content, bound_to)
                    session.run(write_query, sequence=row["sequence"], key_id=self.key_id, **{column: sealed})
            if not page:
                return done
            done += len(page)
            after = int(page[-1]["sequence"])

    def _fitting_seal(self) -> Seal:
        with self._database.reading() as session:
            checks = {row["key_id"]: row["sealed"] for row in session.rows("list_key_checks")}
        keys = self._source.read()
        if keys is None and checks:
            raise RegistryLocked(
                f"the registry's key file is missing: its templates are sealed with key {next(iter(checks))}; put the "
                "file back, or name it by registry_key_file"
            )
        seal = Seal(self._source.make() if keys is None else keys)
        known = [name for name in checks if name in seal]
        if checks and not known:
            raise wrong_key(next(iter(checks)))
        for name in known:
            seal.open(checks[name], KNOWN_TEXT.decode(), name)
        return seal

    def _claim(self) -> None:
        """Note that this key is in use, before anything is sealed with it."""
        with self._database.reading() as session:
            checks = {row["key_id"] for row in session.rows("list_key_checks")}
        if self.key_id in checks:
            return
        with self._database.writing() as session:
            checks = {row["key_id"] for row in session.rows("list_key_checks")}
            if checks and not any(name in self._seal for name in checks):
                raise wrong_key(next(iter(checks)))
            if self.key_id not in checks:
                sealed = self._seal.close(KNOWN_TEXT, KNOWN_TEXT.decode())
                session.run("insert_key_check", key_id=self.key_id, sealed=sealed)
