"""From a draft to plans: what the question is about, what it computes, and the defaults that it leaves unsaid.

More than one plan comes out where words have more than one meaning; the caller runs them, and asks back where their answers differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise, product
from math import prod

from agents.structured.accounting import check_accounts
from agents.structured.catalog import FIELDS, Subject
from agents.structured.draft import Draft, Filter
from agents.structured.filters import FilterMaker
from agents.structured.measures import MeasureMaker
from agents.structured.plan import AnyOf, Condition, GroupKey, Plan, Predicate, Related, Within
from agents.structured.refusals import (
    check_amounts,
    check_closed,
    check_columns,
    check_each,
    check_prices,
    check_records,
    check_series,
    check_sets,
    check_subject,
)
from agents.structured.shaping import Shaper
from agents.structured.specials import silence_of, special_filters
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from agents.structured.windows import WindowReader

_CLOSED_MEASURES = ("revenue", "win_rate", "loss_rate", "ratio", "size", "cycle", "attainment")
_MOST_READINGS = 8
_ITEMS = ("account", "user", "product")


@dataclass(frozen=True)
class Asker:
    """Who asks: their user id and team, the ids of who reports to them."""

    user_id: str | None
    team: str | None = None
    reports: tuple[str, ...] = ()


@dataclass
class Candidate:
    """One meaning of a question: its plan, and the words that tell it apart."""

    plan: Plan
    words: tuple[str, ...] = ()
    edits: tuple[tuple[int, int, str], ...] = ()


@dataclass
class Parts:
    """The conditions of one meaning, by what they came from."""

    statuses: list[Filter] = field(default_factory=list)
    windows: list[Filter] = field(default_factory=list)
    others: list[Filter] = field(default_factory=list)

    def all(self) -> list[Filter]:
        """Return all filters in the order of the question."""
        return sorted([*self.statuses, *self.windows, *self.others], key=lambda one: one.at)


class Assembler:
    """Makes the plans of one draft."""

    def __init__(self, draft: Draft, words: Vocabulary, windows: WindowReader, today: date, asker: Asker) -> None:
        self.draft = draft
        self.words = words
        self.windows = windows
        self.today = today
        self.asker = asker
        self.notes: list[str] = list(draft.notes)
        self.measures = MeasureMaker(draft, words)
        self.subject: Subject = self.measures.subject()
        self.maker = FilterMaker(draft, words, windows, self.subject, today, self.notes)
        self.measures.maker = self.maker
        self.silence, unsaid = silence_of(draft, today, self.maker.plain_number)
        if unsaid is not None:
            self.notes.append(unsaid)

    def candidates(self) -> list[Candidate]:
        """Return every meaning of the question, the likeliest first. Raises Trouble where it has none or too many."""
        self._check_leads()
        parts = self._parts()
        filters = parts.all()
        open_ones = [one for one in filters if len(one.readings) > 1]
        # Words with the same choice of meanings are read alike: West and East are both teams, or both regions.
        kinds = list(dict.fromkeys(_kind(one) for one in open_ones))
        sizes = [len(next(one for one in open_ones if _kind(one) == kind).readings) for kind in kinds]
        groupings = self.measures.groupings(self.subject)
        if prod([len(groupings), *sizes]) > _MOST_READINGS:
            raise Trouble(ask_back("This can mean too many things; say which field each word is of.", ()))
        made = []
        for grouping in groupings:
            for choice in product(*(range(size) for size in sizes)):
                index = dict(zip(kinds, choice, strict=True))
                picked = {id(one): index[_kind(one)] for one in open_ones}
                words = tuple(one.readings[picked[id(one)]][1] for one in open_ones)
                plan = self._plan(parts, picked, grouping.keys)
                check_accounts(self.draft, plan)
                check_amounts(plan, self.words)
                check_columns(plan, self.words)
                check_closed(plan, self.words)
                check_subject(plan, self.words)
                check_sets(self.draft, plan)
                check_prices(self.draft, plan)
                check_series(self.draft, plan)
                check_records(plan)
                check_each(self.draft, plan)
                edits = tuple(
                    (*one.place, one.readings[picked[id(one)]][1]) for one in open_ones if one.place is not None
                )
                named = (grouping.words,) if grouping.words else ()
                made.append(Candidate(plan, (*words, *named), (*edits, *grouping.edits)))
        return [other for one in made for other in self._sold_by(one)]

    def _check_leads(self) -> None:
        """Ask which status is meant where leads are said to be won, lost or converted: they have statuses of their own."""
        if self.subject != "lead" or not self.draft.statuses:
            return
        piece = self.draft.pieces[self.draft.statuses[0].at]
        names = self.words.values_of("lead.status")[:6]
        text = self.draft.text
        choices = tuple((name, f"{text[: piece.start]}{name}{text[piece.end :]}") for name in names)
        raise Trouble(
            ask_back(
                f"Leads have statuses of their own, and “{piece.text}” is none of them. Which is meant?",
                choices,
                words=(piece.text,),
            )
        )

    def _sold_by(self, candidate: Candidate) -> list[Candidate]:
        """Return one plan for each way in which somebody can have sold the most: by amount and by number of deals."""
        plan, order = candidate.plan, candidate.plan.order
        if not self.draft.sold or plan.shape != "groups" or order is None or len(plan.measures) != 2:
            return [candidate]
        other = plan.model_copy(update={"order": order.model_copy(update={"measure": 1})})
        rest = self.draft.text.rstrip("?. ")
        return [
            Candidate(plan, (*candidate.words, "by amount"), ((0, len(self.draft.text), f"{rest} by revenue"),)),
            Candidate(
                other,
                (*candidate.words, "by number of deals"),
                ((0, len(self.draft.text), f"{rest} by number of won deals"),),
            ),
        ]

    def _parts(self) -> Parts:
        parts = Parts()
        draft = self.draft
        parts.statuses = self._statuses()
        parts.others = [self.maker.values(group) for group in draft.values]
        self._split_values(parts)
        parts.others += [self.maker.quantity(one) for one in draft.quantities if self._is_filter(one.at)]
        parts.others += [self._reached(one) for one in draft.filters]
        parts.others += special_filters(self.draft, self.words, self.asker, self.today, self.subject)
        parts.windows = [
            self.maker.window(use, self._anchors(use.anchor, use.span.future))
            for use in draft.windows
            if not self._is_silence_span(use.at)
        ]
        return parts

    def _reached(self, one: Filter) -> Filter:
        """Leave out the readings of a filter that the subject's records have no way to, where others remain."""
        kept = [
            reading
            for reading in one.readings
            if not isinstance(reading[0], Predicate) or self.measures.reachable(self.subject, reading[0].field)
        ]
        return replace(one, readings=kept) if kept else one

    def _is_filter(self, at: int) -> bool:
        quantity = next(one for one in self.draft.quantities if one.at == at)
        if quantity.fields == ("silence",) or quantity.counts_deals:
            return False
        return not self.measures.is_having(quantity)

    def _is_silence_span(self, at: int) -> bool:
        return "silence" in self.draft.special and self.draft.special.get("silence_span") == at

    def _split_values(self, parts: Parts) -> None:
        """Join with OR what the words join with OR though the fields differ (`in Propose or owned by Dana`)."""
        values = sorted(parts.others, key=lambda one: one.at)
        for left, right in pairwise(values):
            between = self.draft.pieces[left.at].end, self.draft.pieces[right.at].start
            words = self.draft.text[between[0] : between[1]].lower().split()
            if "or" in words:
                right.joined = "or"
                right.part_of = left.at

    def _statuses(self) -> list[Filter]:
        """Return the statuses that are named: joined ones are alternatives, `closed` is won or lost."""
        if self.draft.share_at is not None:
            return [
                _status_filter(use.at, self._spread({use.value}), "is_not" if use.negated else "is")
                for use in self.draft.statuses
            ]
        said = {use.value for use in self.draft.statuses if not use.negated}
        if said == {"closed"} and self.draft.how_much and not any(use.noun_after for use in self.draft.statuses):
            # "how much was closed": lost deals brought nothing in.
            said = {"won"}
        denied = {use.value for use in self.draft.statuses if use.negated}
        made: list[Filter] = []
        if said:
            values = self._spread(said)
            if "closed" in said and said & {"won", "lost"}:
                values = self._spread(said - {"closed"})
            at = min(use.at for use in self.draft.statuses if not use.negated)
            made.append(_status_filter(at, values, "is"))
            if said == {"closed"} and "active_close" in self.draft.special and (self.draft.supers or self.draft.limit):
                # Who "closed the most" may have won them, or only ended them.
                made[-1] = self._either_closed(at)
        if denied:
            at = min(use.at for use in self.draft.statuses if use.negated)
            made.append(_status_filter(at, self._spread(denied), "is_not"))
        return made

    def _either_closed(self, at: int) -> Filter:
        piece = self.draft.pieces[at]
        readings = [
            (_status_filter(at, values, "is").readings[0][0], " or ".join(values))
            for values in (("won",), ("won", "lost"))
        ]
        return Filter(at, list(readings), (piece.start, piece.end))

    @staticmethod
    def _spread(values: set[str]) -> tuple[str, ...]:
        spread = (values - {"closed"}) | ({"won", "lost"} if "closed" in values else set())
        return tuple(status for status in ("open", "won", "lost") if status in spread)

    def _anchors(self, anchor: str | None, future: bool) -> list[str]:
        """Return the dates that a window may be about: the one said, else what the measure or the status implies, else all that are usual."""
        draft = self.draft
        if self.subject == "lead":
            return ["lead.first_touch"] if anchor == "first_touch" else ["lead.created"]
        if self.subject == "activity":
            return ["activity.at"]
        if (
            self.subject == "account"
            and anchor in ("created", None)
            and not draft.deal_nouns
            and not draft.statuses
            and not draft.measures
        ):
            return ["account.created"]
        if anchor is not None:
            return [anchor]
        statuses = {use.value for use in draft.statuses if not use.negated}
        if any(name in _CLOSED_MEASURES for name in self.measures.named()) or any(
            one.measure in _CLOSED_MEASURES for one in draft.supers
        ):
            return ["closed"]
        if statuses & {"won", "lost", "closed"}:
            return ["closed"]
        if "pipeline" in self.measures.named():
            return ["closing"]
        grouped = {key for group in draft.groups for key in group.fields} | set(draft.focus_fields)
        if "deal.loss_reason" in grouped:
            return ["closed"]
        named = {ref.field for group in draft.values for options in group.refs for ref in options}
        if "deal.forecast_category" in named | grouped:
            # A forecast is of what is to close.
            return ["closing"]
        if future:
            return ["closing"]
        if "silence" in draft.special:
            return ["closing"]
        return ["closing", "created"] if statuses == {"open"} else ["created", "closed"]

    def _plan(self, parts: Parts, picked: dict[int, int], keys: Sequence[GroupKey]) -> Plan:
        conditions = [(one, one.readings[picked.get(id(one), 0)][0]) for one in parts.all()]
        conditions = _joined_by_or(conditions)
        shaper = Shaper(self.draft, self.measures, self.subject, self.silence, self._related)
        return shaper.plan(conditions, keys, self.notes)

    def _related(self, conditions: list[tuple[Filter, Condition]]) -> tuple[list[Condition], Related | None]:
        """Split conditions into those on the subject itself and those on its deals."""
        own = {"user": "owner"}.get(self.subject, self.subject)
        direct: list[Condition] = []
        through: list[Condition] = []
        draft = self.draft
        about_deals = bool(
            draft.deal_nouns or draft.statuses or draft.none_at or any(one.counts_deals for one in draft.quantities)
        )
        for _, condition in conditions:
            entities = {_entity(part) for part in (condition.of if isinstance(condition, AnyOf) else (condition,))}
            keeps = (
                self.subject == "account"
                and entities == {"owner"}
                and not about_deals
                and self.words.has("account.owner")
            )
            if entities == {own} or keeps:
                direct.append(condition)
            else:
                through.append(condition)
        if not through and not about_deals:
            return direct, None
        counted = next((one for one in draft.quantities if one.counts_deals), None)
        where = tuple(one for one in through if not isinstance(one, Related))
        if any(isinstance(one, Within) and one.negated for one in where):
            raise Trouble(
                ask_back("I can hold one kind of deal at a time; ask for the one period, then for the other.", ())
            )
        if counted is not None:
            quantity = counted.op if counted.op in ("gt", "ge", "lt", "le", "eq") else "eq"
            return direct, Related(where=where, quantity=quantity, count=int(counted.numbers[0].value))
        return direct, Related(where=where, quantity="none" if draft.none_at else "some")


def _kind(one: Filter) -> tuple[str, ...]:
    """Return what a filter's meanings have to choose between: their fields, in order."""
    return tuple(getattr(condition, "field", type(condition).__name__) for condition, _ in one.readings)


def _entity(condition: Condition) -> str:
    if isinstance(condition, Predicate | Within):
        return condition.field.partition(".")[0]
    return "deal"


def _status_filter(at: int, values: tuple[str, ...], op: str) -> Filter:
    shown = tuple(values)
    return Filter(at, [(Predicate(field="deal.status", op=op, values=values, shown=shown), " or ".join(shown))])


def _joined_by_or(conditions: list[tuple[Filter, Condition]]) -> list[tuple[Filter, Condition]]:
    made: list[tuple[Filter, Condition]] = []
    for one, condition in conditions:
        previous = next(
            (at for at, (other, _) in enumerate(made) if one.joined == "or" and other.at == one.part_of), None
        )
        if previous is not None and isinstance(condition, Predicate | Within | AnyOf):
            other, left = made[previous]
            parts = [
                *(left.of if isinstance(left, AnyOf) else (left,)),
                *(condition.of if isinstance(condition, AnyOf) else (condition,)),
            ]
            if all(isinstance(part, Predicate | Within) for part in parts):
                made[previous] = (other, AnyOf(of=tuple(parts)))
                continue
        made.append((one, condition))
    return made


def label_of(words: Vocabulary, key: str) -> str:
    """Return what people call a field, a custom one by the label it came with."""
    known = FIELDS.get(key)
    return known.label if known is not None else words.custom_labels.get(key, key)
