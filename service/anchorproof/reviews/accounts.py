"""Local accounts: who may sign in, and with which role."""

from __future__ import annotations

import re
import unicodedata

from anchorproof import pages
from anchorproof.databases import Row, Session
from anchorproof.errors import AlreadyExists, LastAdmin, NotFound, RequestInvalid
from anchorproof.reviews.books import Books, account_name
from anchorproof.reviews.passwords import check_strength, hash_password
from anchorproof.times import now, to_time
from anchorproof.types import Account, Role

_ACCOUNT_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
NAME_LENGTH = 100


class Accounts:
    """All accounts of one desk. Every change is noted in the audit log, as that of ``actor``."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def create(self, actor: str, account_id: str, role: Role, password: str, display_name: str = "") -> Account:
        """A new account.

        Raises:
            RequestInvalid: the id or the name cannot be used.
            PasswordTooWeak, AlreadyExists, ExtraMissing
        """
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise RequestInvalid(
                f"an account's id has 1 to 64 of a-z, 0-9, '.', '_' and '-', the first and the last a letter or digit; "
                f"got {account_id!r}",
                "account_id",
            )
        shown = _clean_name(display_name or account_id)
        check_strength(password, account_id)
        password_hash = hash_password(password)  # takes a while, so before the database is held
        with self._books.database.writing() as session:
            if session.row("get_account", account_id=account_id) is not None:
                raise AlreadyExists("account", account_id)
            session.run(
                "insert_account",
                account_id=account_id,
                display_name=shown,
                role=role.value,
                password_hash=password_hash,
                now=now(),
            )
            self._books.note(session, actor, "account.created", account_name(account_id), role=role.value)
            return _found(session, account_id)

    def get(self, account_id: str) -> Account:
        """Raises NotFound."""
        with self._books.database.reading() as session:
            return _found(session, account_id)

    def list(self, page_size: int = 0, page_token: str = "") -> tuple[list[Account], str]:
        """By id; and the next page's token (empty: no more). Raises RequestInvalid for another list's token."""
        limit = pages.rows_per_page(page_size)
        (first,) = pages.read_token(page_token, "accounts", 1) if page_token else (0,)
        with self._books.database.reading() as session:
            rows = session.rows("list_accounts", first=first, rows=limit + 1)
        token = pages.write_token([first + limit], "accounts") if len(rows) > limit else ""
        return [account_from(row) for row in rows[:limit]], token

    def update(
        self,
        actor: str,
        account_id: str,
        display_name: str = "",
        role: Role | None = None,
        is_disabled: bool | None = None,
        password: str = "",
    ) -> Account:
        """Changes what is given; an account that is disabled or gets another password or role is signed out everywhere.

        Raises:
            LastAdmin: nobody would be left to keep the accounts.
            NotFound, RequestInvalid, PasswordTooWeak, ExtraMissing
        """
        if password:
            check_strength(password, account_id)
        password_hash = hash_password(password) if password else ""
        with self._books.database.writing() as session:
            before = _found(session, account_id)
            new_role = role or before.role
            disabled = before.is_disabled if is_disabled is None else is_disabled
            _check_admins(session, before, new_role, disabled)
            session.run(
                "update_account",
                account_id=account_id,
                display_name=_clean_name(display_name) if display_name else before.display_name,
                role=new_role.value,
                is_disabled=int(disabled),
                password_hash=password_hash,
            )
            if password or disabled or new_role is not before.role:
                session.run("end_sessions_of", account_id=account_id, but="")
            if disabled:
                session.run("release_all_of", holder=account_id)
            changes = {
                "display_name": "changed" if display_name else "",
                "role": new_role.value if new_role is not before.role else "",
                "disabled": str(disabled).lower() if disabled is not before.is_disabled else "",
                "password": "changed" if password else "",
            }
            self._books.note(session, actor, "account.changed", account_name(account_id), **changes)
            return _found(session, account_id)


def account_from(row: Row) -> Account:
    last = row["last_sign_in"]
    return Account(
        account_id=row["account_id"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        is_disabled=bool(row["is_disabled"]),
        create_time=to_time(row["create_time"]),
        last_sign_in=to_time(last) if last else None,
    )


def _found(session: Session, account_id: str) -> Account:
    row = session.row("get_account", account_id=account_id)
    if row is None:
        raise NotFound("account", account_id)
    return account_from(row)


def _check_admins(session: Session, account: Account, role: Role, is_disabled: bool) -> None:
    is_admin = account.role is Role.ADMIN and not account.is_disabled
    if is_admin and (role is not Role.ADMIN or is_disabled):
        row = session.row("count_admins")
        if row is not None and row["admins"] <= 1:
            raise LastAdmin(account.account_id)


def _clean_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if not 0 < len(name) <= NAME_LENGTH or any(unicodedata.category(mark) in ("Cc", "Cs") for mark in name):
        raise RequestInvalid(f"a display name is one line of 1 to {NAME_LENGTH} characters", "display_name")
    return name
