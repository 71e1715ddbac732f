"""What a review tells besides its week: the one change that the operating review argues for, and which signals are answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from agents.answer import Action, Evidence
from agents.digest.arranging import arranged
from agents.digest.ground import Ground, section
from agents.digest.pictures import RepliesPicture, ReplyRow
from agents.digest.record import Audience, Digest, Line, Section
from agents.metrics.figuring import figures
from agents.metrics.ground import Ground as Counted
from agents.metrics.ground import Span
from agents.metrics.metric import Window
from agents.metrics.of_outreach import REPLY_SPLITS
from agents.operating.record import Change
from infra.spine.scope import Scope

WEEKS = 13
"""Replies are told of a quarter of a year: a week has too few of a kind of signal to compare them. Ours."""

_RULE_MAKERS: frozenset[Audience] = frozenset({"manager", "company"})
"""Who reads of a change to the rules: whoever can adopt it."""

_RANK = 0.5
"""A change waits a week longer if it must: what happens to deals comes first."""

_MOST_KINDS = 8
_TITLE = "One change to how we work"
_NOTE = "Proposed where the figures differ by more than luck would; an operating review tells how it was compared."


class ChangeProposing(Protocol):
    """Who argues for a change: `agents.operating.service.OperatingReviews`."""

    def proposed(self, session: Session, scope: Scope, as_of: datetime) -> Change | None:
        """Return the change that the figures of a scope argue for as of a moment, None where they argue for none."""
        ...


def with_besides(ground: Ground, digest: Digest, changes: ChangeProposing | None) -> Digest:
    """Return a review with what it tells besides its week, its first screen chosen anew."""
    found = change_section(ground, changes)
    picture = replies_picture(ground)
    if found is None and picture is None:
        return digest
    more = {
        "sections": (*digest.sections, *((found,) if found is not None else ())),
        "pictures": (*digest.pictures, *((picture,) if picture is not None else ())),
    }
    return arranged(digest.model_copy(update=more))


def change_section(ground: Ground, changes: ChangeProposing | None) -> Section | None:
    """Return the change with the figures that argue for it, None where none is argued for or the reader does not make the rules."""
    if changes is None or ground.who.audience not in _RULE_MAKERS:
        return None
    change = changes.proposed(ground.session, ground.who.scope, ground.at)
    if change is None:
        return None
    counted = f"{change.with_won} of {change.with_all} against {change.without_won} of {change.without_all}"
    compared = "1 comparison" if change.tried == 1 else f"{change.tried} comparisons"
    evidence = Evidence(
        source="deal",
        id=f"change:{change.id}",
        quote=f"{counted}; p = {change.p:.3f} after {compared}",
        at=ground.at,
        label="Counted from what became of them",
    )
    line = Line(
        key=f"change:{change.id}",
        text=f"{change.sentence} {change.argument}",
        evidence=(evidence,),
        action=Action(label="Decide on it", verb="ask", value="Operating review"),
        rank=_RANK,
    )
    return section("change", _TITLE, [line], note=_NOTE)


def replies_picture(ground: Ground) -> RepliesPicture | None:
    """Return the reply rate by kind of signal of those whose review it is, None where no mail was sent because of a signal."""
    who = ground.who
    window = Window(begin=ground.at - timedelta(weeks=WEEKS), end=ground.at)
    counted = Counted(
        who.reach if who.audience == "rep" or who.team is not None else who.scope,
        ground.settings,
        ground.at,
        (Span(f"last {WEEKS} weeks", window),),
        team=who.team,
        user_id=who.about if who.audience == "rep" else None,
    )
    by_signal = next(one for one in REPLY_SPLITS if one.key == "reply_rate_by_signal")
    rows = [
        ReplyRow(signal=(one.split or "").replace("_", " "), sent=int(one.denominator), replies=int(one.numerator or 0))
        for one in figures(ground.session, counted, by_signal)
        if one.denominator
    ]
    rows.sort(key=lambda one: (-one.sent, one.signal))
    rest = len(rows) - _MOST_KINDS
    notes = (f"{rest} rarer kinds of signal are left out.",) if rest > 0 else ()
    return RepliesPicture(window=f"last {WEEKS} weeks", rows=tuple(rows[:_MOST_KINDS]), notes=notes) if rows else None
