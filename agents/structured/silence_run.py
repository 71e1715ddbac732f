"""Answering which deals are silent: the table with the last word and its quote, what we did since, and what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Cell, Claim, Column, Evidence, Excluded, Figure, Table
from agents.question import Question
from agents.structured.columns import Columns
from agents.structured.conditions import Conditions
from agents.structured.plan import Plan, Predicate, Silence
from agents.structured.silence_sql import SilenceSql
from agents.structured.vocabulary import Vocabulary
from agents.structured.wording import SILENCE_HEADS, SILENCE_RULES, Words, days_said, noun
from infra.settings import Settings
from infra.spine.activity import Activity, Participant, Turn
from infra.spine.business import Account, Deal
from infra.spine.people import User
from infra.spine.scope import Scope
from sales.sentences import sentences, without_opening

_QUOTED = 100
_NAMED = 6
_CLAIMED = 25
_LONGEST_QUOTE = 160
_TIMES = {0: "nothing", 1: "wrote once", 2: "wrote twice"}


def silent_ids(rule: Silence, scope: Scope, settings: Settings, as_of: datetime) -> Any:
    """Return a select of the ids of deals that are silent by the rule, for counts and groups."""
    states = SilenceSql(rule, scope, settings, as_of).states().subquery("silence_states")
    return select(states.c.deal_id).where(states.c.verdict == "silent").correlate(None)


class SilenceRunner:
    """Runs a plan with silence that lists deals."""

    def __init__(self, session: Session, settings: Settings, vocabulary: Vocabulary) -> None:
        self.session = session
        self.settings = settings
        self.vocabulary = vocabulary
        self.words = Words(vocabulary)

    def answer(self, plan: Plan, question: Question) -> Answer:
        """Return the silent deals, longest and largest first, and how many were heard of, have a meeting, or can't be told."""
        assert plan.silence is not None
        rule = plan.silence
        columns = Columns("deal", question.scope, self.settings, question.as_of)
        kept = [one for one in plan.where if not (isinstance(one, Predicate) and one.field == "deal.status")]
        where = Conditions(columns, self.vocabulary.custom_types).all_of(kept)
        sql = SilenceSql(rule, question.scope, self.settings, question.as_of)
        states = sql.states(where, columns.source()).subquery("states")
        found = self._rows(sql, states)
        counts = {row.verdict: int(row.of_verdict) for row in found}
        rows = [row for row in found if row.verdict == "silent"][: plan.limit]
        quotes = self._quotes(sql, [row.deal_id for row in rows[:_QUOTED]], rule)
        checked = sum(counts.values())
        head = SILENCE_HEADS[rule.by].format(days=days_said(rule.at_least_days))
        unsure = counts.get("unknown", 0) + counts.get("unclear", 0)
        tail = f" ({unsure} more can't be told)" if unsure else ""
        headline = f"{len(rows)} of {checked} open {noun('deal', checked)}: {head}{tail}"
        others = self.words.conditions(plan.model_copy(update={"where": tuple(kept)}))
        zone = self.settings.time_zone
        rule_text = "; ".join(
            [
                SILENCE_RULES[rule.by].format(zone=zone),
                "open deals only",
                *([others] if others else []),
                *(one for one in plan.defaults if one != "open deals only"),
                "a mail without a deal counts where its account has one open deal",
            ]
        )
        return Answer(
            kind="structured", headline=headline, table=self._table(rows, quotes, rule), claims=self._claims(rows, quotes),
            figures=self._figures(rows, checked), rule=rule_text[0].upper() + rule_text[1:] + ".", checked=checked, excluded=self._excluded(counts, rule),
            notes=self._notes([row for row in found if row.verdict == "meeting"]), as_of=question.as_of,
        )  # fmt: skip

    def _rows(self, sql: SilenceSql, states: Any) -> list[Any]:
        """Return every silent deal, and of each other verdict the first few with the number of all."""
        order = (states.c.days.desc(), Deal.amount.desc().nulls_last(), Deal.id)
        told = (
            select(
                states,
                Deal.name,
                Deal.amount,
                Deal.currency,
                Account.name.label("account"),
                User.name.label("owner"),
                func.count().over(partition_by=states.c.verdict).label("of_verdict"),
                func.row_number().over(partition_by=states.c.verdict, order_by=order).label("place"),
            )
            .join(Deal, Deal.id == states.c.deal_id)
            .outerjoin(Account, Account.id == Deal.account_id)
            .outerjoin(User, User.id == Deal.owner_id)
            .subquery("placed")
        )
        kept = or_(told.c.verdict == "silent", told.c.place <= _NAMED)
        since = sql.sent_since(told.c) if sql.rule.by == "buyer" else literal(0)
        statement = select(told, since.label("sent_since")).where(kept).order_by(told.c.verdict, told.c.place)
        return list(self.session.execute(statement))

    def _quotes(self, sql: SilenceSql, deals: Sequence[str], rule: Silence) -> dict[str, Evidence]:
        """Return the buyer's last words on these deals, verbatim, with where they stand."""
        if not deals or rule.by not in ("buyer", "reply"):
            return {}
        touch = sql.touches(deals).c
        place = func.row_number().over(partition_by=touch.deal_id, order_by=(touch.at.desc(), touch.activity_id))
        last = (
            select(touch.deal_id, touch.activity_id, place.label("place"))
            .where(sql.from_buyer(touch))
            .subquery("last_words")
        )
        rows = list(
            self.session.execute(
                select(last.c.deal_id, Activity)
                .join(Activity, Activity.id == last.c.activity_id)
                .where(last.c.place == 1)
            )
        )
        ids = [activity.id for _, activity in rows]
        turns = self._last_turns(ids)
        names = (
            select(Participant.activity_id, func.min(Participant.name))
            .where(Participant.activity_id.in_(ids), Participant.role == "from")
            .group_by(Participant.activity_id)
        )
        senders = {row[0]: row[1] for row in self.session.execute(names)}
        found = {}
        for deal, activity in rows:
            made = self._evidence(activity, turns.get(activity.id), senders.get(activity.id))
            if made is not None:
                found[deal] = made
        return found

    def _last_turns(self, ids: Sequence[str]) -> dict[str, Turn]:
        """Return the last turn of the buyer's side in each call that has more than a few words."""
        if not ids:
            return {}
        last = (
            select(Turn.activity_id, func.max(Turn.position).label("position"))
            .where(Turn.activity_id.in_(ids), Turn.side == "buyer", func.length(Turn.text) >= 25)
            .group_by(Turn.activity_id)
            .subquery("last_turns")
        )
        rows = self.session.scalars(
            select(Turn).join(last, and_(last.c.activity_id == Turn.activity_id, last.c.position == Turn.position))
        )
        return {turn.activity_id: turn for turn in rows}

    @staticmethod
    def _evidence(activity: Activity, turn: Turn | None, sender: str | None) -> Evidence | None:
        if turn is not None:
            return Evidence(
                source=activity.kind,
                id=activity.id,
                quote=_quote(turn.text),
                speaker=turn.speaker,
                at=activity.at,
                turns=(turn.turn_id,),
                label=activity.subject,
            )
        text = activity.body or activity.subject
        if not text or not text.strip():
            return None
        return Evidence(
            source=activity.kind,
            id=activity.id,
            quote=_quote(text),
            speaker=sender,
            at=activity.at,
            label=activity.subject,
        )

    def _table(self, rows: Sequence[Any], quotes: dict[str, Evidence], rule: Silence) -> Table:
        codes = {row.currency for row in rows if row.amount is not None}
        one = next(iter(codes)) if len(codes) == 1 else None
        columns = [
            Column(key="name", label="Deal", type="text"), Column(key="account", label="Account", type="text"), Column(key="owner", label="Owner", type="text"),
            Column(key="amount", label="Amount", type="money", unit=one), Column(key="silent_days", label="Silent", type="days", unit="days"),
            Column(key="last_at", label="Since", type="datetime"),
        ]  # fmt: skip
        if len(codes) > 1:
            columns.insert(4, Column(key="currency", label="Currency", type="text"))
        if rule.by in ("buyer", "reply"):
            columns.append(Column(key="last_word", label="Last from them", type="quote"))
        if rule.by == "buyer":
            columns.append(Column(key="since_we", label="Since then we", type="text"))
        columns.append(Column(key="next_meeting", label="Next meeting", type="datetime"))
        made = []
        for row in rows:
            quote = quotes.get(row.deal_id)
            cells: dict[str, Cell] = {
                "record_id": row.deal_id, "name": row.name, "account": row.account, "owner": row.owner, "amount": _exact(row.amount), "currency": row.currency,
                "silent_days": int(row.days), "last_at": row.last_word, "last_word": quote.quote if quote else None,
                "since_we": _times(int(row.sent_since)), "next_meeting": row.next_meeting,
            }  # fmt: skip
            kept = {"record_id", *(column.key for column in columns)}
            made.append({key: value for key, value in cells.items() if key in kept})
        return Table(columns=tuple(columns), rows=tuple(made))

    @staticmethod
    def _claims(rows: Sequence[Any], quotes: dict[str, Evidence]) -> tuple[Claim, ...]:
        return tuple(
            Claim(text=f"{row.name}: last from them {quotes[row.deal_id].at:%Y-%m-%d}, {row.days} days ago", evidence=(quotes[row.deal_id],))
            for row in rows[:_CLAIMED] if row.deal_id in quotes
        )  # fmt: skip

    @staticmethod
    def _figures(rows: Sequence[Any], checked: int) -> tuple[Figure, ...]:
        sums: dict[str, Decimal] = {}
        for row in rows:
            if row.amount is not None:
                sums[row.currency] = sums.get(row.currency, Decimal(0)) + row.amount
        return (
            Figure(key="count", value=len(rows), unit="deals"), Figure(key="checked", value=checked, unit="deals", label="Open deals checked"),
            *(Figure(key="sum_amount", value=_exact(total), unit=code) for code, total in sorted(sums.items())),
        )  # fmt: skip

    @staticmethod
    def _excluded(counts: dict[str, int], rule: Silence) -> tuple[Excluded, ...]:
        reasons = {
            "meeting": "with a meeting booked", "unknown": "can't be told: no mail, call or calendar data",
            "unclear": "can't be told: somebody of the account spoke, and it is not known about which deal",
        }  # fmt: skip
        return tuple(
            Excluded(reason=reason, count=counts[verdict]) for verdict, reason in reasons.items() if counts.get(verdict)
        )

    def _notes(self, rows: Sequence[Any]) -> tuple[str, ...]:
        """Name the deals that were left out for a booked meeting, as far as a few fit."""
        if not rows:
            return ()
        zone = self.settings.zone
        told = "; ".join(
            f"{row.name} ({days_said(row.days)}, meeting {row.next_meeting.astimezone(zone):%Y-%m-%d})"
            for row in rows[: _NAMED - 1]
        )
        return (f"Silent too, but with a meeting booked: {told}{' and more' if len(rows) >= _NAMED else ''}.",)


def _exact(amount: Decimal | None) -> Decimal | None:
    from agents.structured.runner import exact

    return None if amount is None else exact(amount)


def _times(count: int) -> str:
    return _TIMES.get(count, f"wrote {count} times")


def _quote(text: str) -> str:
    """Return the first telling sentence of a text, verbatim: no greeting, and cut at a word where it is long."""
    every = sentences(text)
    telling = [sentence for sentence in every if len(sentence.text.split()) >= 4]
    found = telling[0] if telling else max(every, key=lambda sentence: len(sentence.text), default=None)
    chosen = without_opening(found).text if found is not None else text.strip()
    if len(chosen) <= _LONGEST_QUOTE:
        return chosen
    return chosen[:_LONGEST_QUOTE].rsplit(" ", 1)[0]
