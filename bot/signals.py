"""What every surface can have done with signals and with the profile of whom we sell to. All of it blocks: run it in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.app import App
from bot.asker import Asker, Door, find_asker
from bot.jobs import Job
from infra.errors import Denied, Fatal
from infra.spine.desk import AuditEntry

if TYPE_CHECKING:
    from datetime import datetime

    from agents.signals.feed import FeedItem
    from agents.signals.rulebook import RuleBook, Version
    from agents.signals.service import Told
    from sales.icp import Fault

STATES = ("new", "judged", "drafted", "handed_over", "nurtured", "skipped", "review", "expired")
_REFUSED_TOLD = 100


def import_signals(app: App, paths: Sequence[Path], source: str | None, job: Job) -> dict[str, Any]:
    """Take the signals of files; return `{accepted, duplicates, merged, new, states, refused: [{id, reason}]}`."""
    return _told(app.signals.import_files(paths, source, job.say))


def fetch_signals(app: App, only: str | None, job: Job) -> list[dict[str, Any]]:
    """Ask the sources of `signals.toml`; return for each `{source, unchanged, trouble, …}` with the counts of an import."""
    job.say("Asking the sources…")
    found = app.signals.fetch(only)
    return [
        {"source": one.name, "unchanged": one.unchanged, "trouble": one.trouble, **_told(told)} for one, told in found
    ]


def _told(told: Told) -> dict[str, Any]:
    kept = told.ingested
    return {
        "accepted": kept.accepted,
        "duplicates": kept.duplicates,
        "merged": len(kept.merged),
        "new": len(kept.signals),
        "states": dict(told.states),
        "refused": [{"id": one.id, "reason": one.reason} for one in kept.refused[:_REFUSED_TOLD]],
        "refused_count": len(kept.refused),
    }


def feed(app: App, email: str | None, door: Door, k: int | None = None) -> tuple[FeedItem, ...]:
    """Return a person's feed, best first; for a program that names nobody, everybody's. Raises Denied for somebody unknown."""
    asker = find_asker(app, email, door)
    return app.signals.feed(asker.user_id, asker.scope, k)


def list_signals(
    app: App, email: str | None, door: Door, *, states: Sequence[str] = (), ids: Sequence[str] = (), limit: int = 100
) -> tuple[FeedItem, ...]:
    """Return the signals that the asker may see, the newest first. Raises Denied for somebody unknown."""
    asker = find_asker(app, email, door)
    return app.signals.listed(asker.scope, states=states, ids=ids, limit=limit)


def decide_signal(
    app: App,
    email: str | None,
    door: Door,
    signal: str,
    decision: Literal["pursue", "nurture", "skip"],
    revisit_at: datetime | None = None,
    reason: str | None = None,
) -> FeedItem:
    """Settle what a signal asks a person: whoever may decide for its owner, or where nobody owns it whoever sees it.

    Raises Denied, and Fatal with what stands against it; a signal that may not be seen is not there.
    """
    asker = find_asker(app, email, door)
    if not app.signals.listed(asker.scope, ids=[signal]):
        raise Fatal("There is no such signal.", "`dealwright signals list` shows them.", status=404)
    if not _may_settle(app, asker, signal):
        _denied(app, asker, door, "signal decide")
        raise Denied("This signal is somebody else's to decide.", "Its owner can, their manager or an admin.")
    app.signals.decide(signal, decision, asker.user_id, door, revisit_at=revisit_at, reason=reason)
    return app.signals.listed(asker.scope, ids=[signal])[0]


def _may_settle(app: App, asker: Asker, signal: str) -> bool:
    from agents.proposals.rights import right_to_decide
    from infra.spine.models import Signal

    if asker.user_id is None:
        return True
    with app.database.session() as session:
        row = session.get(Signal, signal)
        if row is None or row.owner_id is None:
            return True
        return right_to_decide(session, asker.user_id, row.owner_id, app.clock.now()) is not None


def icp_state(app: App) -> dict[str, Any]:
    """Return the profile in force: `{version, text, by, note, at, path, faults}`; version 0 is the example that a new file starts with."""
    book, now = app.signals.rules, app.clock.now()
    found = book.current(now)
    return {
        **(_version(found) if found else {"version": 0, "by": None, "note": None, "at": None, "text": book.text(now)}),
        "path": str(book.path),
        "faults": [_fault(one) for one in book.faults()],
    }


def icp_check(app: App, text: str | None, weeks: int) -> dict[str, Any]:
    """Return what a profile (the file's, or `text`) would have let through in the last weeks, or its faults: `{valid, faults, preview}`."""
    from agents.signals.preview import preview
    from agents.signals.rulebook import icp_in_force
    from sales.icp import parse_icp

    book, now = app.signals.rules, app.clock.now()
    faults = book.faults(text)
    if faults:
        return {"valid": False, "faults": [_fault(one) for one in faults], "preview": None}
    in_force = icp_in_force(book, now)
    wanted = in_force if text is None else parse_icp(text)
    found = preview(app.database, app.settings, wanted, in_force, now, weeks)
    return {"valid": True, "faults": [], "preview": found.public()}


def icp_save(
    app: App, email: str | None, door: Door, text: str, note: str | None, expected: int | None
) -> dict[str, Any]:
    """Put a profile in force. Only who leads people may. Raises Denied, and Fatal for faults (422) or when it was changed meanwhile (409)."""
    return save_rules(app, email, door, app.signals.rules, text, note, expected)


def save_rules(
    app: App, email: str | None, door: Door, book: RuleBook, text: str, note: str | None, expected: int | None
) -> dict[str, Any]:
    """Put a text of any rule file in force; as `icp_save`."""
    what = book.name.removesuffix(".toml")
    asker = _leading(app, email, door, f"{what} save")
    made = book.save(text, asker.user_id or door, note, app.clock.now(), expected=expected)
    _note(app, asker, door, f"{what} saved", made.version)
    _judge_again(app, book)
    return _version(made)


def icp_log(app: App) -> list[dict[str, Any]]:
    """Return all versions of the profile, the newest first."""
    app.signals.rules.current(app.clock.now())
    return [_version(one) for one in app.signals.rules.log()]


def icp_rollback(app: App, email: str | None, door: Door, version: int) -> dict[str, Any]:
    """Put an earlier version in force again. Raises Denied, and Fatal where there is none of that number."""
    return roll_back_rules(app, email, door, app.signals.rules, version)


def roll_back_rules(app: App, email: str | None, door: Door, book: RuleBook, version: int) -> dict[str, Any]:
    """Put an earlier version of any rule file in force again; as `icp_rollback`."""
    what = book.name.removesuffix(".toml")
    asker = _leading(app, email, door, f"{what} rollback")
    made = book.rollback(version, asker.user_id or door, app.clock.now())
    _note(app, asker, door, f"{what} rolled back", made.version)
    _judge_again(app, book)
    return _version(made)


def _judge_again(app: App, book: RuleBook) -> None:
    """Judge what still waits by rules that have just come into force."""
    if book in (app.signals.rules, app.signals.sources) and app.signals.look_again():
        app.signals.judge_waiting()


def _leading(app: App, email: str | None, door: Door, what: str) -> Asker:
    # The terminal of the machine itself, where nobody is named, is its admin's: they could as well write the file.
    asker = find_asker(app, email, "api" if email is None else door)
    if asker.scope.role not in ("manager", "admin"):
        _denied(app, asker, door, what)
        raise Denied("Only managers and admins change whom we sell to and how.", "Ask one of them.")
    return asker


def _denied(app: App, asker: Asker, door: Door, what: str) -> None:
    with app.database.transaction() as session:
        session.add(
            AuditEntry(
                at=app.clock.now(),
                actor=asker.user_id or door,
                surface=door,
                action="denied",
                detail={"reason": what},
            )
        )


def _note(app: App, asker: Asker, door: Door, action: str, version: int) -> None:
    with app.database.transaction() as session:
        session.add(
            AuditEntry(
                at=app.clock.now(),
                actor=asker.user_id or door,
                surface=door,
                action=action,
                detail={"version": version},
            )
        )


def _version(one: Version) -> dict[str, Any]:
    return {"version": one.version, "text": one.text, "by": one.by, "note": one.note, "at": one.at.isoformat()}


def _fault(one: Fault) -> dict[str, Any]:
    return {"line": one.line, "message": one.message}
