"""``anchorproof reviews ...`` and ``anchorproof accounts ...``.

Without ``--server`` they work on the data folder itself, for those who keep it; what they do is on record as theirs.
With ``--server`` they sign in as an account.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from anchorproof.console import (
    CONFLICT,
    JsonOption,
    ServerOption,
    account,
    err,
    examples,
    load_settings,
    out,
    print_lines,
)
from anchorproof.errors import RequestInvalid
from anchorproof.types import Account, Decision, LogCheck, ReviewFilters, ReviewOrder, ReviewOutcome, ReviewState, Role

if TYPE_CHECKING:
    from anchorproof.review_client import ReviewClient
    from anchorproof.review_local import LocalDesk

PASSWORD_VARIABLE = "ANCHORPROOF_PASSWORD"

reviews_app = typer.Typer(help="The reviewers' desk: the queue, exports, the audit log.", no_args_is_help=True)
accounts_app = typer.Typer(help="Who may sign in at the reviewers' desk.", no_args_is_help=True)

AccountOption = Annotated[
    str, typer.Option("--account", metavar="NAME", help="Sign in as; with --server only. Its password is asked for.")
]
ReviewArgument = Annotated[str, typer.Argument(metavar="REVIEW", help="The review's id, which is its report's.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account: a-z, 0-9, '.', '_' and '-'.")]


@contextmanager
def _open_desk(context: typer.Context, server: str, name: str) -> Iterator[ReviewClient | LocalDesk]:
    if not server:
        from anchorproof.review_local import LocalDesk

        with LocalDesk(load_settings(context), account()) as local:
            yield local
        return
    from anchorproof.review_client import ReviewClient

    if not name:
        raise RequestInvalid("say as whom to sign in: --account NAME")
    with ReviewClient(server) as client:
        client.sign_in(name, _password(f"password of {name}"))
        try:
            yield client
        finally:
            client.sign_out()


def _password(words: str, is_new: bool = False) -> str:
    """From ANCHORPROOF_PASSWORD, from the terminal unseen, or the first line of what is piped in."""
    if PASSWORD_VARIABLE in os.environ:
        return os.environ[PASSWORD_VARIABLE]
    if sys.stdin.isatty():
        return str(typer.prompt(words, hide_input=True, confirmation_prompt=is_new, err=True))
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise RequestInvalid(f"nobody is there to type the password: pipe it in, or set {PASSWORD_VARIABLE}")
    return line


# --------------------------------------------------------------------------- reviews


@reviews_app.command(
    "list",
    epilog=examples(
        "anchorproof reviews list",
        "anchorproof reviews list --state decided --outcome confirmed_spoof --limit 500 --json",
        "anchorproof reviews list --server 127.0.0.1:50551 --account rosa",
    ),
)
def list_reviews(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 20,
    state: Annotated[list[ReviewState] | None, typer.Option(help="Only of this state; may be repeated.")] = None,
    decision: Annotated[Decision | None, typer.Option(help="Only with this verdict of the analysis.")] = None,
    outcome: Annotated[ReviewOutcome | None, typer.Option(help="Only with this decision of a person.")] = None,
    scenario: Annotated[str, typer.Option(help="Only that look like this, such as A1.")] = "",
    anchor: Annotated[str, typer.Option(help="Only where this anchor is seen, heard or named (by id).")] = "",
    outlet: Annotated[str, typer.Option(help="Only where this outlet is shown, or works one of the anchors.")] = "",
    order: Annotated[ReviewOrder, typer.Option(help="In which order.")] = ReviewOrder.OLDEST_FIRST,
    server: ServerOption = "",
    account_name: AccountOption = "",
    as_json: JsonOption = False,
) -> None:
    """The queue, the oldest first."""
    from itertools import islice

    from anchorproof.review_display import reviews_table

    filters = ReviewFilters(
        states=tuple(state or ()),
        decision=decision,
        outcome=outcome,
        scenario=scenario,
        anchor_id=anchor,
        outlet=outlet,
    )
    with _open_desk(context, server, account_name) as desk:
        found = list(islice(desk.reviews(filters, order), limit))
    if as_json:
        print_lines(map(_review_json, found))
    else:
        out.print(reviews_table(found) if found else "no such reviews")


@reviews_app.command("show", epilog=examples("anchorproof reviews show 5b0e..."))
def show_review(
    context: typer.Context,
    review_id: ReviewArgument,
    server: ServerOption = "",
    account_name: AccountOption = "",
    as_json: JsonOption = False,
) -> None:
    """One review: the report's verdict, and what people decided. That it was seen is noted in the audit log."""
    from anchorproof.review_display import review_panel

    with _open_desk(context, server, account_name) as desk:
        review, _ = desk.get_review(review_id)
    if as_json:
        print(_review_json(review))
    else:
        out.print(review_panel(review))


@reviews_app.command(
    "export",
    epilog=examples(
        "anchorproof reviews export 5b0e... --as pdf --language zh --out case-17.pdf",
        "anchorproof reviews export 5b0e... --as bundle",
        "anchorproof reviews export --outcomes > outcomes.jsonl      (for anchorproof calibration refit)",
    ),
)
def export_review(
    context: typer.Context,
    review_id: Annotated[str, typer.Argument(metavar="[REVIEW]", help="The review's id.")] = "",
    kind: Annotated[str, typer.Option("--as", help="json, pdf or bundle (a signed zip).")] = "json",
    language: Annotated[str, typer.Option(help="Of the words in a PDF: en or zh.")] = "en",
    target: Annotated[Path | None, typer.Option("--out", help="The file to write; by default review-ID here.")] = None,
    outcomes: Annotated[
        bool, typer.Option("--outcomes", help="All decided reviews, one JSON line each, without names and notes.")
    ] = False,
    server: ServerOption = "",
    account_name: AccountOption = "",
) -> None:
    """One review for the record; or what people decided, for calibration. Exports are noted in the audit log."""
    if outcomes == bool(review_id):
        raise RequestInvalid("name one review, or say --outcomes for all that are decided")
    if kind not in ("json", "pdf", "bundle"):
        raise RequestInvalid(f"--as must be json, pdf or bundle; got {kind!r}")
    with _open_desk(context, server, account_name) as desk:
        if outcomes:
            for review in desk.reviews(ReviewFilters(states=(ReviewState.DECIDED,))):
                print(_outcome_json(review))
            return
        made = desk.export_review(review_id, kind, language)
    path = target or Path(made.file_name)
    path.write_bytes(made.content)
    out.print(f"wrote {path} (SHA-256 {made.sha256})", highlight=False, markup=False, soft_wrap=True)


@reviews_app.command(
    "verify",
    epilog=examples("anchorproof reviews verify", "anchorproof reviews verify --expect 1203:9f2c...  (noted earlier)"),
)
def verify_log(
    context: typer.Context,
    expect: Annotated[
        str, typer.Option(metavar="HEAD", help="A head that an earlier verification gave: it must still be there.")
    ] = "",
    server: ServerOption = "",
    account_name: AccountOption = "",
    as_json: JsonOption = False,
) -> None:
    """Recompute the audit log's chain of hashes, hold the decisions against it; exit code 6 when something is wrong."""
    with _open_desk(context, server, account_name) as desk:
        check = desk.verify_log(expect)
    if as_json:
        print(_check_json(check))
    else:
        for fault in check.faults:
            where = f"entry {fault.number}: " if fault.number else ""
            err.print(f"{where}{fault.message} [{fault.code}]", style="red", markup=False, highlight=False)
        words = "the audit log is sound" if check.is_sound else "THE AUDIT LOG IS NOT SOUND"
        head = f"; its head, to be noted elsewhere: {check.head}" if check.head else ""
        out.print(f"{words}: {check.entries} entries{head}", highlight=False, markup=False, soft_wrap=True)
    if not check.is_sound:
        raise typer.Exit(CONFLICT)


def _review_json(review: Any) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.review_convert import review_message

    return message_json(review_message(review))


def _outcome_json(review: Any) -> str:
    """What calibration needs: no names, no notes."""
    return json.dumps(
        {
            "report_id": review.review_id,
            "outcome": str(review.outcome),
            "clip_sha256": review.clip_sha256,
            "report_decision": str(review.decision),
            "report_time": review.report_time.isoformat(),
        }
    )


def _check_json(check: LogCheck) -> str:
    faults = [{"number": one.number, "code": one.code, "message": one.message} for one in check.faults]
    return json.dumps({"sound": check.is_sound, "entries": check.entries, "head": check.head, "faults": faults})


# --------------------------------------------------------------------------- accounts


@accounts_app.command("list", epilog=examples("anchorproof accounts list"))
def list_accounts(
    context: typer.Context, server: ServerOption = "", account_name: AccountOption = "", as_json: JsonOption = False
) -> None:
    """All accounts."""
    from anchorproof.review_display import accounts_table

    with _open_desk(context, server, account_name) as desk:
        found = list(desk.accounts())
    if as_json:
        print_lines(map(_account_json, found))
    else:
        out.print(accounts_table(found) if found else "no accounts yet: anchorproof accounts add NAME --role admin")


@accounts_app.command(
    "add",
    epilog=examples(
        'anchorproof accounts add rosa --role reviewer --name "Rosa Sample"',
        "printf '%s\\n' \"$SECRET\" | anchorproof accounts add lena --role lead",
    ),
)
def add_account(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[Role, typer.Option(help="viewer sees; reviewer decides; lead audits; admin keeps accounts.")],
    shown: Annotated[str, typer.Option("--name", help="The name to show, in any script.")] = "",
    server: ServerOption = "",
    account_name: AccountOption = "",
) -> None:
    """Let somebody sign in. The password is asked for, piped in, or taken from ANCHORPROOF_PASSWORD."""
    with _open_desk(context, server, account_name) as desk:
        made = desk.create_account(name, role, _password(f"password for {name}", is_new=True), shown)
    out.print(f"{made.account_id} may sign in as {made.role}", highlight=False, markup=False)


@accounts_app.command("disable", epilog=examples("anchorproof accounts disable rosa"))
def disable_account(
    context: typer.Context, name: NameArgument, server: ServerOption = "", account_name: AccountOption = ""
) -> None:
    """Sign somebody out everywhere, for good; what they decided stays on record."""
    _change(context, server, account_name, name, lambda desk: desk.update_account(name, is_disabled=True), "disabled")


@accounts_app.command("enable", epilog=examples("anchorproof accounts enable rosa"))
def enable_account(
    context: typer.Context, name: NameArgument, server: ServerOption = "", account_name: AccountOption = ""
) -> None:
    """Let somebody sign in again."""
    _change(context, server, account_name, name, lambda desk: desk.update_account(name, is_disabled=False), "enabled")


@accounts_app.command("set-role", epilog=examples("anchorproof accounts set-role rosa lead"))
def set_role(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[Role, typer.Argument(help="The new role.")],
    server: ServerOption = "",
    account_name: AccountOption = "",
) -> None:
    """Give somebody another role; they sign in again."""
    _change(context, server, account_name, name, lambda desk: desk.update_account(name, role=role), f"now {role}")


@accounts_app.command("set-password", epilog=examples("anchorproof accounts set-password rosa"))
def set_password(
    context: typer.Context, name: NameArgument, server: ServerOption = "", account_name: AccountOption = ""
) -> None:
    """Give somebody another password; they are signed out everywhere."""

    def change(desk: ReviewClient | LocalDesk) -> Account:
        return desk.update_account(name, password=_password(f"new password for {name}", is_new=True))

    _change(context, server, account_name, name, change, "has a new password")


def _change(
    context: typer.Context,
    server: str,
    account_name: str,
    name: str,
    change: Callable[[ReviewClient | LocalDesk], Account],
    words: str,
) -> None:
    with _open_desk(context, server, account_name) as desk:
        change(desk)
    out.print(f"{name}: {words}", highlight=False, markup=False)


def _account_json(one: Account) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.review_convert import account_message

    return message_json(account_message(one))
