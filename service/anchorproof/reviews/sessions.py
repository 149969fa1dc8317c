"""Signing in: opaque tokens whose hashes are stored, ending after a while, and sooner when idle."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from anchorproof.databases import Row, Session
from anchorproof.errors import NotSignedIn
from anchorproof.reviews import throttle
from anchorproof.reviews.accounts import account_from
from anchorproof.reviews.books import Books, account_name
from anchorproof.reviews.passwords import check_strength, fits, hash_password, needs_rehash
from anchorproof.settings import ReviewSettings
from anchorproof.times import microseconds, now, to_time
from anchorproof.types import SessionInfo

TOKEN_BYTES = 32
#: "Seen just now" is written at most this often.
SEEN_EVERY_S = 30.0
ACCOUNT_ID_LENGTH, PASSWORD_LENGTH, ADDRESS_LENGTH = 64, 200, 64


class Sessions:
    """Who is signed in."""

    def __init__(self, books: Books, settings: ReviewSettings) -> None:
        self._books = books
        self._settings = settings

    def begin(self, account_id: str, password: str, address: str) -> tuple[str, SessionInfo]:
        """A token, which is stored nowhere, and the session.

        Raises:
            NotSignedIn: SIGN_IN_FAILED, whatever the cause.
            SignInThrottled, ExtraMissing
        """
        account_id, address = account_id[:ACCOUNT_ID_LENGTH].strip().lower(), address[:ADDRESS_LENGTH]
        with self._books.database.writing() as session:
            throttle.check(session, account_id, address)
            # Counted before the password is looked at, so that guesses made at once are counted like others.
            throttle.count_failure(session, account_id, address)
            row = session.row("get_account", account_id=account_id)
        is_usable = row is not None and not row["is_disabled"]
        stored = row["password_hash"] if row is not None and is_usable else ""
        if len(password) > PASSWORD_LENGTH or not fits(stored, password):
            self._note_failure(row, account_id)
            raise NotSignedIn("SIGN_IN_FAILED", "name and password do not fit, or the account is not in use")
        new_hash = hash_password(password) if needs_rehash(stored) else ""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._books.database.writing() as session:
            moment = now()
            throttle.forget(session, account_id, address)
            session.run("forget_sessions", **self._ended(moment))
            session.run("insert_session", token_sha256=_hash(token), account_id=account_id, now=moment)
            session.run("note_sign_in", account_id=account_id, now=moment, password_hash=new_hash)
            actor = account_name(account_id)
            self._books.note(session, actor, "session.began", actor, opened=session_id(token))
            return token, self._info(_row(session, token))

    def find(self, token: str) -> SessionInfo:
        """The session of a token; its idle time begins anew.

        Raises:
            NotSignedIn: SESSION_MISSING without a token, SESSION_ENDED with one that is over or unknown.
        """
        if not token:
            raise NotSignedIn("SESSION_MISSING", "sign in first: the call carries no session")
        with self._books.database.reading() as session:
            row = session.row("get_session", token_sha256=_hash(token))
        moment = now()
        if row is None or row["is_disabled"] or self._is_over(row, moment):
            raise NotSignedIn("SESSION_ENDED", "the session has ended; sign in again")
        if moment - row["seen_time"] > microseconds(SEEN_EVERY_S):
            with self._books.database.writing() as session:
                session.run("note_seen", token_sha256=_hash(token), now=moment)
                row = _row(session, token)
        return self._info(row)

    def end(self, token: str) -> None:
        """Nothing happens when it ended already."""
        with self._books.database.writing() as session:
            row = session.row("get_session", token_sha256=_hash(token))
            if row is not None:
                session.run("end_session", token_sha256=_hash(token))
                actor = account_name(row["account_id"])
                self._books.note(session, actor, "session.ended", actor, opened=session_id(token))

    def change_password(self, token: str, old: str, new: str, address: str) -> None:
        """Of the session's own account; its other sessions end.

        Raises:
            NotSignedIn: the session ended, or SIGN_IN_FAILED for a wrong old password.
            PasswordTooWeak, SignInThrottled, ExtraMissing
        """
        account_id = self.find(token).account.account_id
        check_strength(new, account_id)
        with self._books.database.writing() as session:
            throttle.check(session, account_id, address)
            throttle.count_failure(session, account_id, address)
            row = session.row("get_account", account_id=account_id)
        if row is None or not fits(row["password_hash"], old[: PASSWORD_LENGTH + 1]):
            self._note_failure(row, account_id)
            raise NotSignedIn("SIGN_IN_FAILED", "the old password is not right")
        password_hash = hash_password(new)
        with self._books.database.writing() as session:
            throttle.forget(session, account_id, address)
            session.run("set_password", account_id=account_id, password_hash=password_hash)
            session.run("end_sessions_of", account_id=account_id, but=_hash(token))
            actor = account_name(account_id)
            self._books.note(session, actor, "account.changed", actor, password="changed")

    def _note_failure(self, row: Row | None, account_id: str) -> None:
        """What was typed for a name may be a password: only names of accounts are written down."""
        with self._books.database.writing() as session:
            subject = account_name(account_id) if row is not None else ""
            self._books.note(session, "unknown", "session.refused", subject)

    def _ended(self, moment: int) -> dict[str, int]:
        settings = self._settings
        return {
            "created_before": moment - microseconds(settings.session_s),
            "seen_before": moment - microseconds(settings.session_idle_s),
        }

    def _is_over(self, row: Row, moment: int) -> bool:
        limits = self._ended(moment)
        return bool(row["session_time"] <= limits["created_before"] or row["seen_time"] <= limits["seen_before"])

    def _info(self, row: Row) -> SessionInfo:
        return SessionInfo(
            account=account_from(row),
            expire_time=to_time(row["session_time"] + microseconds(self._settings.session_s)),
            idle_expire_time=to_time(row["seen_time"] + microseconds(self._settings.session_idle_s)),
        )


def csrf_token(session_token: str) -> str:
    """What a page's forms carry: it follows from the session's token and does not tell it."""
    return hmac.new(session_token.encode(), b"anchorproof csrf", hashlib.sha256).hexdigest()


def is_csrf_token(session_token: str, given: str) -> bool:
    return bool(session_token) and hmac.compare_digest(csrf_token(session_token).encode(), given.encode())


def session_id(token: str) -> str:
    """How the log names a session; nobody can use it to get in."""
    return _hash(token)[:12]


def _row(session: Session, token: str) -> Row:
    row = session.row("get_session", token_sha256=_hash(token))
    if row is None:
        raise NotSignedIn("SESSION_ENDED", "the session has ended; sign in again")
    return row


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
