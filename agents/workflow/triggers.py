"""The triggers that are known without reading words, each with the first thing after it that counts as its action: one SQL statement for all deals."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, String, and_, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from agents.workflow.ground import Span, open_deals, touches
from infra.spine.activity import Activity, Participant
from infra.spine.base import Instant
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_buyer, from_us, is_booked, is_word
from sales.silence import HELD

_SHOWN = ("deal_id", "trigger_id", "triggered_at", "seen_id")


class Triggers:
    """Builds the statement. Its rows: trigger, days (of silence), deal_id, owner_id, stage, trigger_id, triggered_at, seen_id, done_at, done_by.

    Of silence, `triggered_at` is the last word: the days are added by whoever reads the row.
    """

    def __init__(self, span: Span) -> None:
        self.span = span
        self.deals: CTE = open_deals(span)
        self.touches: CTE = touches(span, self.deals)

    def statement(self, kinds: Collection[str], silences: Collection[int]) -> Any | None:
        """Return the rows of some kinds of triggers; None where none of them is found here."""
        found = []
        if "call_held" in kinds:
            found.append(self._row("call_held", self._calls()))
        if "meeting_cancelled" in kinds:
            found.append(self._row("meeting_cancelled", self._cancelled()))
        if "new_stakeholder" in kinds:
            found.append(self._row("new_stakeholder", self._newcomers()))
        found += [self._row("silence", self._silence(days), days) for days in sorted(silences)]
        return union_all(*found) if found else None

    def _row(self, trigger: str, found: Any, days: int = 0) -> Any:
        one, deal = found.subquery(), self.deals.c
        return select(
            literal(trigger).label("trigger"),
            literal(days).label("days"),
            deal.deal_id,
            deal.owner_id,
            deal.stage,
            *(one.c[name] for name in (*_SHOWN[1:], "done_at", "done_by")),
        ).join(one, one.c.deal_id == deal.deal_id)

    def first_after(self, started: Any, counts: Any, *also: Any) -> Any:
        """Return each row of `started` with the first touch after it that `counts` holds for, by `counts(touch)`."""
        begun, touch = started.subquery(), self.touches.alias()
        ranked = (
            select(
                *(begun.c[name] for name in _SHOWN),
                touch.c.at.label("done_at"),
                touch.c.id.label("done_by"),
                func.row_number()
                .over(partition_by=(begun.c.deal_id, begun.c.trigger_id), order_by=(touch.c.at, touch.c.id))
                .label("place"),
            )
            .select_from(begun)
            .outerjoin(
                touch,
                and_(touch.c.deal_id == begun.c.deal_id, touch.c.at > begun.c.triggered_at, counts(touch.c, begun.c), *also),
            )
            .subquery()
        )  # fmt: skip
        return select(*(ranked.c[name] for name in (*_SHOWN, "done_at", "done_by"))).where(ranked.c.place == 1)

    def _calls(self) -> Any:
        """Calls and meetings that were held; the recap is our first mail after."""
        touch = self.touches.alias()
        ended = func.coalesce(touch.c.ended_at, touch.c.at)
        held = select(
            touch.c.deal_id, touch.c.id.label("trigger_id"), ended.label("triggered_at"), touch.c.id.label("seen_id")
        ).where(
            is_word(touch.c),
            touch.c.direction == "mutual",
            touch.c.kind.in_(HELD),
            touch.c.at >= self.span.since,
            ended <= self.span.as_of,
        )
        return self.first_after(held, lambda later, _begun: and_(from_us(later), later.kind == "mail", self._by(later)))

    def _cancelled(self) -> Any:
        """Meetings that were cancelled; a new date is one that is booked, or was held, after."""
        touch = self.touches.alias()
        moment = case((touch.c.at <= self.span.as_of, touch.c.at), else_=touch.c.source_at)
        gone = select(
            touch.c.deal_id, touch.c.id.label("trigger_id"), moment.label("triggered_at"), touch.c.id.label("seen_id")
        ).where(
            touch.c.status == "cancelled", touch.c.kind.in_(HELD), moment >= self.span.since, moment <= self.span.as_of
        )
        return self.first_after(
            gone,
            lambda later, _begun: and_(
                later.kind.in_(HELD), or_(and_(is_word(later), later.direction == "mutual"), is_booked(later))
            ),
        )

    def _newcomers(self) -> Any:
        """People of the buyer's side who take part for the first time on a deal that others of theirs have spoken on; we have written to, or met, them after."""
        touch, person = self.touches.alias(), aliased(Participant)
        first = (
            select(
                touch.c.deal_id,
                person.contact_id,
                func.min(touch.c.at).label("at"),
            )
            .join(person, person.activity_id == touch.c.id)
            .where(
                person.contact_id.is_not(None),
                person.side == "buyer",
                is_word(touch.c),
                touch.c.at >= self.span.since,
            )
            .group_by(touch.c.deal_id, person.contact_id)
            .subquery()
        )
        seen, there = self.touches.alias(), aliased(Participant)
        before, who = aliased(Activity), aliased(Participant)
        known = (
            select(literal(1))
            .select_from(who)
            .join(before, before.id == who.activity_id)
            .where(who.contact_id == first.c.contact_id, before.at < first.c.at, self._of_deal(before, first.c.deal_id))
            .correlate(first)
            .exists()
        )
        word = aliased(Activity)
        running = (
            select(literal(1))
            .select_from(word)
            .where(word.deal_id == first.c.deal_id, from_buyer(word), word.at < first.c.at)
            .correlate(first)
            .exists()
        )
        trigger = literal("person:") + first.c.contact_id
        begun = (
            select(
                first.c.deal_id,
                trigger.label("trigger_id"),
                first.c.at.label("triggered_at"),
                func.min(seen.c.id).label("seen_id"),
            )
            .select_from(first)
            .join(
                seen, and_(seen.c.deal_id == first.c.deal_id, seen.c.at == first.c.at, seen.c.direction != "outbound")
            )
            .join(there, and_(there.activity_id == seen.c.id, there.contact_id == first.c.contact_id))
            .where(~known, running)
            .group_by(first.c.deal_id, first.c.contact_id, first.c.at)
        )
        met = aliased(Participant)

        def reached(later: Any, one: Any) -> Any:
            there = select(literal(1)).where(
                met.activity_id == later.id, literal("person:") + met.contact_id == one.trigger_id
            )
            return and_(from_us(later), there.exists())

        return self.first_after(begun, reached)

    @staticmethod
    def _of_deal(activity: Any, deal_id: Any) -> Any:
        return or_(activity.deal_id == deal_id, activity.deal_id.is_(None))

    def _silence(self, days: int) -> Any:
        """Words that nobody followed for so many days, with our mail or call that ended it; what they ended, or a meeting that was held, asked for nothing."""
        touch = self.touches.alias()
        along: dict[str, Any] = {"partition_by": touch.c.deal_id, "order_by": (touch.c.at, touch.c.id)}
        words = (
            select(
                touch.c.deal_id,
                touch.c.id,
                touch.c.at,
                func.lead(touch.c.at).over(**along).label("next_at"),
                func.lead(touch.c.id).over(**along).label("next_id"),
                func.lead(touch.c.direction).over(**along).label("next_direction"),
            )
            .where(is_word(touch.c), touch.c.direction.in_(("inbound", "outbound", "mutual")), self._by(touch.c))
            .subquery()
        )
        ahead = self.touches.alias()
        booked = (
            select(literal(1))
            .where(ahead.c.deal_id == words.c.deal_id, is_booked(ahead.c), ahead.c.at > self.span.as_of)
            .exists()
        )
        until = func.coalesce(words.c.next_at, literal(self.span.as_of, Instant()))
        return select(
            words.c.deal_id,
            words.c.id.label("trigger_id"),
            words.c.at.label("triggered_at"),
            words.c.id.label("seen_id"),
            words.c.next_at.label("done_at"),
            words.c.next_id.label("done_by"),
        ).where(
            SecondsBetween(until, words.c.at) >= days * 86_400,
            or_(words.c.next_direction == "outbound", and_(words.c.next_at.is_(None), ~booked)),
        )

    def _by(self, touch: Any) -> Any:
        return touch.at <= self.span.as_of

    def mails(self) -> Any:
        """Return the buyer's mails since the span began, with their words: subject, body, how the reply was sorted, our first word after, and the next meeting."""
        from infra.spine.touches import Reply

        touch = self.touches.alias()
        mail = select(
            touch.c.deal_id, touch.c.id.label("trigger_id"), touch.c.at.label("triggered_at"), touch.c.id.label("seen_id")
        ).where(
            is_word(touch.c), touch.c.kind == "mail", touch.c.direction == "inbound", touch.c.at >= self.span.since
        )  # fmt: skip
        answered = self.first_after(
            mail, lambda later, _begun: or_(from_us(later), and_(is_booked(later), later.at > self.span.as_of))
        ).subquery()
        deal, words = self.deals.c, aliased(Activity)
        return (
            select(
                deal.deal_id,
                deal.owner_id,
                deal.stage,
                *(answered.c[name] for name in (*_SHOWN[1:], "done_at", "done_by")),
                words.subject,
                words.body,
                words.content_hash,
                cast(Reply.kind, String).label("sorted_as"),
            )
            .join(answered, answered.c.deal_id == deal.deal_id)
            .join(words, words.id == answered.c.trigger_id)
            .outerjoin(Reply, Reply.activity_id == words.id)
        )
