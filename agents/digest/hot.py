"""Hot leads: what came in that is worth an hour now, and people who wrote to us and were never answered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select, true

from agents.answer import Action, Evidence
from agents.digest.ground import Ground, section, told
from agents.digest.record import Line, Section
from agents.signals.feed import SHOWN, headline
from infra.spine.models import Account, Contact, Lead, Signal
from sales.signals import Kind

MOST = 5
UNTOUCHED_DAYS = 30
"""How far back somebody who was never answered is still told of as a lead."""


def hot_section(ground: Ground) -> Section | None:
    """Return the signals that rank highest as of the moment, and the leads that nobody has touched."""
    signals, total = _signals(ground)
    lines = [*signals, *_untouched(ground)]
    return section(
        "hot", "Hot leads", sorted(lines, key=lambda one: -one.rank), total=total + len(lines) - len(signals)
    )


def _signals(ground: Ground) -> tuple[list[Line], int]:
    at = ground.at
    live = [
        Signal.received_at >= ground.begin,
        Signal.received_at <= at,
        or_(Signal.expires_at.is_(None), Signal.expires_at > at),
        _owned(ground, Signal.owner_id.expression),
        ground.who.reach.signals(),
    ]
    # Whether it was skipped since is not kept with a day: of a past week all are told that were worth something.
    live.append(Signal.rank > 0 if ground.past else Signal.state.in_(SHOWN))
    total = ground.session.scalar(select(func.count()).select_from(Signal).where(*live)) or 0
    rows = ground.session.execute(
        select(Signal, Account.name, Contact.name)
        .outerjoin(Account, Account.id == Signal.account_id)
        .outerjoin(Contact, Contact.id == Signal.contact_id)
        .where(*live)
        .order_by(Signal.rank.desc(), Signal.id)
        .limit(MOST)
    )
    return [_signal_line(ground, signal, account, contact) for signal, account, contact in rows], total


def _signal_line(ground: Ground, signal: Signal, account: str | None, contact: str | None) -> Line:
    company = account or signal.company or signal.domain
    person = signal.person or contact
    words = headline(Kind(signal.kind), company, person, signal.title)
    name, _, rest = words.partition(": ")
    ends = signal.expires_at
    soon = ends is not None and ends - ground.at <= timedelta(days=3)
    urgent = f"; worth little after {ground.day(ends)}" if ends is not None and soon else ""
    to = person or company
    return Line(
        key=f"hot:{signal.id}",
        label="Hot",
        subject=name,
        text=f"{rest}, {ground.day(signal.occurred_at)}{urgent}.",
        url=ground.links.evidence("account", signal.account_id) if signal.account_id else None,
        account_id=signal.account_id,
        owner_id=signal.owner_id if ground.who.personal else None,
        evidence=(
            Evidence(source="signal", id=signal.id, quote=(signal.text or words)[:400], at=signal.occurred_at, url=signal.url, label=words),
        ),
        action=Action(label=f"Draft to {to}", verb="ask", value=f"Draft a mail to {signal.person_email or to}"),
        rank=signal.rank,
    )  # fmt: skip


def _untouched(ground: Ground) -> list[Line]:
    """Return one line on the people who came in and whom nobody wrote to or called, the one who waits longest first."""
    waiting = [
        Lead.created_at >= ground.at - timedelta(days=UNTOUCHED_DAYS),
        Lead.created_at <= ground.at,
        or_(Lead.first_touch_at.is_(None), Lead.first_touch_at > ground.at),
        _owned(ground, Lead.owner_id.expression),
        ground.who.reach.leads(),
    ]
    count = ground.session.scalar(select(func.count()).select_from(Lead).where(*waiting)) or 0
    if not count:
        return []
    oldest = ground.session.scalars(select(Lead).where(*waiting).order_by(Lead.created_at, Lead.id).limit(3)).all()
    first = oldest[0]
    assert first.created_at is not None
    names = ", ".join(f"{one.name}{f' ({one.company})' if one.company else ''}" for one in oldest)
    waits = (ground.today - first.created_at.astimezone(ground.zone).date()).days
    who = f"{names}{f' and {count - len(oldest)} more' if count > len(oldest) else ''}"
    have = "has" if count == 1 else "have"
    since = "since today" if waits < 1 else f"for {told(waits, 'day')}" if count == 1 else f"the first for {told(waits, 'day')}"  # fmt: skip
    evidence = tuple(
        Evidence(source="lead", id=one.id, quote=one.name, at=one.created_at, url=ground.links.evidence("lead", one.id), label=one.company)
        for one in oldest
    )  # fmt: skip
    return [
        Line(
            key="hot:untouched",
            label="Not answered",
            text=f"{told(count, 'lead')} {have} heard nothing from us, {since}: {who}.",
            tone="trouble",
            evidence=evidence,
            action=Action(label=f"Draft to {first.name}", verb="ask", value=f"Draft a mail to {first.email or first.name}"),
            rank=0.5 + min(0.4, waits / 20),
        )
    ]  # fmt: skip


def _owned(ground: Ground, column: ColumnElement[str | None]) -> ColumnElement[bool]:
    owners = ground.who.owners
    return true() if owners is None else column.in_(owners)
