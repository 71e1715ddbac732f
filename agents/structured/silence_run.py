"""Answering which deals are silent: the table with the last word and its quote, what we did since, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, String, and_, func, literal, select, type_coerce
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
from infra.spine.base import MONEY_SCALE, as_instant
from infra.spine.business import Account
from infra.spine.people import User
from infra.spine.scope import Scope
from sales.sentences import sentences, without_opening

_LISTED = ("silent", "meeting")
_QUOTED = 100
_NAMED = 6
_CLAIMED = 25
_LONGEST_QUOTE = 160
_TIMES = {0: "nothing", 1: "wrote once", 2: "wrote twice"}


class _Silent(NamedTuple):
    """One deal of the list. `amount` is in ten-thousandths, as the database holds it; `sent` is how often we wrote since the last word."""

    verdict: str
    deal_id: str
    name: str
    account: str | None
    owner: str | None
    amount: int | None
    currency: str
    days: int
    last_word: datetime | None
    next_meeting: datetime | None
    sent: int


def _longest_and_largest(row: _Silent) -> tuple[int, int, str]:
    return -row.days, 1 if row.amount is None else -row.amount, row.deal_id


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
        found, counts = self._rows(sql, where, columns.source())
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

    def _rows(self, sql: SilenceSql, where: list[Any], source: Any) -> tuple[list[_Silent], dict[str, int]]:
        """Return the silent deals and those left out for a meeting, longest and largest first, and the number of each verdict."""
        states = sql.states(where, source).subquery("states")
        of = states.c
        since = sql.sent_since(of) if sql.rule.by == "buyer" else literal(0)
        statement = (
            select(
                of.verdict, of.deal_id, of.name, Account.name, User.name, type_coerce(of.amount, BigInteger), of.currency,
                *(type_coerce(one, String) for one in (of.since, of.last_word, of.next_meeting)), since,
            )
            .select_from(states)
            .outerjoin(Account, Account.id == of.account_id)
            .outerjoin(User, User.id == of.owner_id)
        )  # fmt: skip
        found = self.session.connection().execute(statement).all()
        days, instant = sql.days.of, as_instant
        told = [
            _Silent(
                verdict, deal, name, account, owner, amount, currency, days(instant(at)), last and instant(last), meeting and instant(meeting), sent,
            )
            for verdict, deal, name, account, owner, amount, currency, at, last, meeting, sent in found
            if verdict in _LISTED
        ]  # fmt: skip
        told.sort(key=_longest_and_largest)
        return told, dict(Counter(row[0] for row in found))

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

    def _table(self, rows: Sequence[_Silent], quotes: dict[str, Evidence], rule: Silence) -> Table:
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
        # Thousands of rows: they are made of what SQL gave, and not looked at again cell by cell.
        dropped = {"currency", "last_word", "since_we"} - {column.key for column in columns}
        made: list[dict[str, Cell]] = []
        for _, deal, name, account, owner, amount, currency, days, last, meeting, sent in rows:
            quote = quotes.get(deal)
            cells: dict[str, Cell] = {
                "record_id": deal, "name": name, "account": account, "owner": owner, "amount": _exact(amount), "currency": currency,
                "silent_days": days, "last_at": last, "last_word": quote.quote if quote else None,
                "since_we": _TIMES.get(sent) or f"wrote {sent} times", "next_meeting": meeting,
            }  # fmt: skip
            for key in dropped:
                del cells[key]
            made.append(cells)
        return Table.model_construct(columns=tuple(columns), rows=tuple(made))

    @staticmethod
    def _claims(rows: Sequence[_Silent], quotes: dict[str, Evidence]) -> tuple[Claim, ...]:
        return tuple(
            Claim(text=f"{row.name}: last from them {quotes[row.deal_id].at:%Y-%m-%d}, {row.days} days ago", evidence=(quotes[row.deal_id],))
            for row in rows[:_CLAIMED] if row.deal_id in quotes
        )  # fmt: skip

    @staticmethod
    def _figures(rows: Sequence[_Silent], checked: int) -> tuple[Figure, ...]:
        sums: dict[str, int] = {}
        for row in rows:
            if row.amount is not None:
                sums[row.currency] = sums.get(row.currency, 0) + row.amount
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

    def _notes(self, rows: Sequence[_Silent]) -> tuple[str, ...]:
        """Name the deals that were left out for a booked meeting, as far as a few fit."""
        if not rows:
            return ()
        zone = self.settings.zone
        told = "; ".join(
            f"{row.name} ({days_said(row.days)}, meeting {row.next_meeting.astimezone(zone):%Y-%m-%d})"
            for row in rows[: _NAMED - 1]
            if row.next_meeting is not None
        )
        return (f"Silent too, but with a meeting booked: {told}{' and more' if len(rows) >= _NAMED else ''}.",)


def _exact(amount: int | None) -> Decimal | None:
    """Return ten-thousandths as an amount with two decimals at least, and more only where it has more."""
    if amount is None:
        return None
    if amount % (MONEY_SCALE // 100) == 0:
        return Decimal(amount // (MONEY_SCALE // 100)).scaleb(-2)
    return (Decimal(amount) / MONEY_SCALE).normalize()


def _quote(text: str) -> str:
    """Return the first telling sentence of a text, verbatim: no greeting, and cut at a word where it is long."""
    every = sentences(text)
    telling = [sentence for sentence in every if len(sentence.text.split()) >= 4]
    found = telling[0] if telling else max(every, key=lambda sentence: len(sentence.text), default=None)
    chosen = without_opening(found).text if found is not None else text.strip()
    if len(chosen) <= _LONGEST_QUOTE:
        return chosen
    return chosen[:_LONGEST_QUOTE].rsplit(" ", 1)[0]
