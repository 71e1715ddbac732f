"""What every surface can have done with the guardrails: the gate, pausing and resuming a domain, the suppression list. All of it blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bot.app import App
from bot.asker import Door, find_asker
from infra.errors import Denied, Fatal

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from infra.spine.people import User
    from infra.spine.touches import Suppression

Surface = Literal["api", "terminal", "console", "slack", "teams"]


def gates(app: App, domain: str | None, *, at_once: bool = True) -> list[dict[str, Any]]:
    """Return the gate of one domain, or of each that we send from, as JSON; with `at_once` after asking the DNS anew."""
    from agents.guard.gatekeeper import gate_of, sending_domains
    from sales.addresses import ascii_domain

    if domain is not None and ascii_domain(domain) is None:
        raise Fatal("That is not a domain.", "Name it like acme.example.", status=422)
    with app.database.session() as session:
        chosen = [ascii_domain(domain) or ""] if domain else sending_domains(session, app.settings)
    now = app.clock.now()
    for one in chosen:
        app.guard_tending.gatekeeper.refresh(one, now, at_once=at_once)
    with app.database.session() as session:
        return [gate_of(session, app.settings, one, now).public() for one in chosen]


def set_paused(
    app: App, domain: str, *, paused: bool, reason: str, user_id: str | None, surface: Surface
) -> dict[str, Any]:
    """Pause sending from a domain, or resume it: the one operation behind the command, the API, the console and chat.

    `user_id` is who does it, None for a program, which may pause and not resume. Returns `{domain, paused, reason, cards}`. Raises Denied
    and Fatal with what stands against it; a refused resumption is written down.
    """
    from agents.guard.kill_switch import cards_of, is_paused, pause, resume
    from agents.guard.trail import note
    from infra.spine.people import User
    from infra.spine.touches import SendingDomain
    from sales.addresses import ascii_domain

    now = app.clock.now()
    known = ascii_domain(domain.strip().removeprefix("@")) or ""
    try:
        with app.database.transaction() as session:
            user = session.get(User, user_id) if user_id else None
            if paused:
                pause(session, domain, reason=reason, user=user, by=surface, surface=surface, now=now)
            else:
                resume(session, app.settings, domain, reason=reason, user=user, surface=surface, now=now)
            cards = cards_of(session, known)
            row = session.get(SendingDomain, known)
            told = {"domain": known, "paused": is_paused(row), "reason": row.pause_reason if row else None}
    except Denied:
        with app.database.transaction() as session:
            note(session, now, "denied", by=user_id, surface=surface, subject=known, wanted="resume")
        raise
    for card in cards:
        app.announcer.changed(card)
    return {**told, "cards": len(cards)}


def user_of(app: App, email: str | None, door: Door) -> str | None:
    """Return the id of whoever acts, None for a program or a terminal that names nobody. Raises Denied for somebody unknown."""
    return find_asker(app, email, door).user_id if email else None


def listed(app: App, containing: str = "") -> list[dict[str, Any]]:
    """Return the suppression list as JSON, the newest first."""
    from agents.guard.suppressing import entries

    with app.database.session() as session:
        return [_entry(row) for row in entries(session, containing=containing)]


def _entry(row: Suppression) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "value": row.value,
        "reason": row.reason,
        "note": row.note,
        "source": row.source,
        "at": row.at.isoformat(),
        "until": row.until.isoformat() if row.until else None,
    }


def suppress(
    app: App,
    values: list[str],
    *,
    reason: str,
    note: str | None,
    until: str | None,
    user_id: str | None,
    surface: Surface,
) -> dict[str, Any]:
    """Put addresses and domains on the list; return `{changed, unchanged}`. Raises Fatal where one is neither, and nothing is done then."""
    from agents.guard.suppressing import Entry, suppress_all
    from bot.moments import read_moment
    from sales.suppression import REASONS, read_reason, read_value

    known = read_reason(reason)
    if known is None:
        raise Fatal("That is not a reason of the suppression list.", f"There are {', '.join(REASONS)}.", status=422)
    ends = read_moment(until, app.settings.zone) if until else None
    read = [(value, read_value(value)) for value in values]
    if wrong := [value for value, found in read if found is None]:
        raise Fatal(
            f"{len(wrong)} of these {'is' if len(wrong) == 1 else 'are'} neither a mail address nor a domain.",
            "Write them like ann@acme.example or acme.example.",
            status=422,
        )
    wanted = [Entry(found[0], found[1], known, note, ends) for _, found in read if found is not None]
    with app.database.transaction() as session:
        changed = suppress_all(session, wanted, source=surface, by=user_id, surface=surface, now=app.clock.now())
        cards = _held_cards(session)
    _draw(app, cards)
    return {"changed": changed, "unchanged": len(wanted) - changed}


def unsuppress(app: App, value: str, *, reason: str, user_id: str | None, surface: Surface) -> dict[str, Any]:
    """Take one off the list; return `{removed, stays}`, the latter the lighter reason for which it stays on it. Raises Denied without the right, Fatal where it is not on it."""
    from agents.guard.suppressing import unsuppress as take_off
    from infra.spine.people import User
    from sales.suppression import read_value

    found = read_value(value)
    if found is None:
        raise Fatal("That is neither a mail address nor a domain.", "Write it like ann@acme.example.", status=422)
    with app.database.transaction() as session:
        user: User | None = session.get(User, user_id) if user_id else None
        stays = take_off(session, *found, user=user, reason=reason, surface=surface, now=app.clock.now())
    return {"removed": found[1], "stays": stays}


def import_list(app: App, text: str, *, reason: str, user_id: str | None, surface: Surface) -> dict[str, Any]:
    """Import a CSV of addresses and domains; return `{changed, unchanged, refused: [{line, why}]}`. What can't be read is left out and told."""
    from agents.guard.suppressing import suppress_all
    from agents.guard.suppression_csv import read
    from sales.suppression import REASONS, read_reason

    known = read_reason(reason)
    if known is None:
        raise Fatal("That is not a reason of the suppression list.", f"There are {', '.join(REASONS)}.", status=422)
    wanted, refused = read(text, default_reason=known, zone=app.settings.zone)
    with app.database.transaction() as session:
        changed = suppress_all(session, wanted, source="import", by=user_id, surface=surface, now=app.clock.now())
        cards = _held_cards(session)
    _draw(app, cards)
    return {
        "changed": changed,
        "unchanged": len(wanted) - changed,
        "refused": [{"line": one.line, "why": one.why} for one in refused],
    }


def export_list(app: App) -> str:
    """Return the whole list as CSV."""
    from agents.guard.suppressing import entries
    from agents.guard.suppression_csv import written

    with app.database.session() as session:
        return written(entries(session, limit=10_000_000))


def _held_cards(session: Session) -> list[str]:
    from sqlalchemy import select

    from infra.spine.proposals import Proposal

    waiting = select(Proposal.id).where(
        Proposal.held.is_not(None), Proposal.state.in_(("pending", "snoozed", "approved"))
    )
    return list(session.scalars(waiting.limit(500)))


def _draw(app: App, cards: list[str]) -> None:
    for card in cards:
        app.announcer.changed(card)
