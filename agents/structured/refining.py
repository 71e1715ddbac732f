"""Follow-ups in a thread: the last plan changed by a few words ("only mine", "over 50k", "and last quarter?", "by team")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from agents.structured.assembly import Asker, Candidate
from agents.structured.draft import Draft, Filter
from agents.structured.filters import DATE_FIELD, FilterMaker
from agents.structured.measures import MeasureMaker
from agents.structured.plan import AnyOf, Condition, GroupKey, Measure, Order, Plan, Predicate, Within
from agents.structured.specials import special_filters
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from agents.structured.windows import WindowReader

_OPENERS = {
    "only", "just", "and", "what", "how", "same", "now", "but", "also", "by", "over", "under", "without", "excluding", "except", "in", "for", "last", "this", "next",
    "sorted", "sort", "top", "not", "with", "or", "more", "less", "those", "these", "of", "them", "show", "mine", "my", "per", "closing", "won", "lost", "open",
    "then", "ok", "okay", "the", "from", "since", "before", "after", "between", "at", "on",
}  # fmt: skip
_OWN = ("measures", "count_at", "share_at", "lookup")


def is_fragment(draft: Draft, text: str) -> bool:
    """Whether a question only changes the one before it: it names no measure and asks for nothing of its own."""
    words = text.lower().replace("?", " ").replace(",", " ").split()
    if not words or len(words) > 12:
        return False
    if (
        any(getattr(draft, name) not in (None, []) for name in _OWN)
        or draft.how_much
        or draft.how_long
        or draft.aggregates
    ):
        return False
    if draft.focus not in (None, "deal") or "silence" in draft.special:
        return False
    if draft.focus == "deal":
        return words[0] in ("only", "just", "and", "those", "these", "same", "but", "now") and not draft.asks_list
    return words[0] in _OPENERS or len(words) <= 4


@dataclass
class Refiner:
    """Changes one plan by one fragment."""

    previous: Plan
    draft: Draft
    words: Vocabulary
    windows: WindowReader
    today: date
    asker: Asker
    notes: list[str] = field(default_factory=list)

    def candidates(self) -> list[Candidate]:
        """Return the changed plans, one for each meaning of the fragment. Raises Trouble where the fragment does not fit the plan."""
        if self.previous.branches or (self.draft.supers and not self.draft.limit):
            raise Trouble(ask_back("Ask that as a whole question, please; the last one compared several things.", ()))
        maker = FilterMaker(self.draft, self.words, self.windows, self.previous.subject, self.today, self.notes)
        filters = self._filters(maker)
        plan = self._grouped(self._ordered(self.previous, maker), maker)
        if plan == self.previous and not filters:
            raise Trouble(ask_back("What of the last answer shall I change?", ()))
        plans = [plan]
        for one in filters:
            plans = [_with(base, condition) for base in plans for condition, _ in self._likely(one)]
        told = tuple(dict.fromkeys([*self.previous.defaults, *self.notes]))
        return [Candidate(_settled(one, self.draft, told)) for one in plans]

    def _filters(self, maker: FilterMaker) -> list[Filter]:
        draft = self.draft
        made = [maker.values(group) for group in draft.values]
        made += [maker.quantity(one) for one in draft.quantities]
        made += draft.filters
        made += special_filters(draft, self.words, self.asker, self.today, self.previous.subject)
        made += self._statuses()
        for use in draft.windows:
            made.append(maker.window(use, self._anchors(use.anchor)))
        return made

    def _statuses(self) -> list[Filter]:
        values = tuple(
            dict.fromkeys(
                value
                for use in self.draft.statuses
                for value in (("won", "lost") if use.value == "closed" else (use.value,))
            )
        )
        if not values:
            return []
        denied = any(use.negated for use in self.draft.statuses)
        return [
            Filter(
                0,
                [
                    (
                        Predicate(field="deal.status", op="is_not" if denied else "is", values=values, shown=values),
                        " or ".join(values),
                    )
                ],
            )
        ]

    def _anchors(self, anchor: str | None) -> list[str]:
        """Return the date that a window is about: the one said, else that of the last question's window, else what its measure implies."""
        if anchor is not None:
            return [anchor]
        known = [one.field for one in self.previous.where if isinstance(one, Within)]
        names = {key: name for name, key in DATE_FIELD.items()}
        if known and known[0] in names:
            return [names[known[0]]]
        statuses = {
            value
            for one in self.previous.where
            if isinstance(one, Predicate) and one.field == "deal.status"
            for value in one.values
        }
        if statuses == {"open"}:
            return ["closing"]
        rates = any(one.aggregate in ("win_rate", "loss_rate", "win_loss_ratio") for one in self.previous.measures)
        return ["closed"] if rates or statuses & {"won", "lost"} else ["created", "closed"]

    def _likely(self, one: Filter) -> list[tuple[Condition, str]]:
        """Prefer the meaning whose field the last question used."""
        used = {condition.field for condition in self.previous.where if isinstance(condition, Predicate | Within)} | {
            key.field for key in self.previous.group_by
        }
        likely = [reading for reading in one.readings if getattr(reading[0], "field", None) in used]
        return likely or one.readings

    def _ordered(self, plan: Plan, maker: FilterMaker) -> Plan:
        draft = self.draft
        changes: dict[str, Any] = {}
        if draft.limit is not None:
            changes["limit"] = draft.limit
        fields = [key for _, _, keys in draft.order_by for key in maker.fields(keys)]
        if fields and plan.shape == "list":
            changes["order"] = Order(field=fields[0], descending=not draft.ascending)
        elif plan.order is not None and draft.ascending is not None:
            changes["order"] = plan.order.model_copy(update={"descending": not draft.ascending})
        elif draft.limit is not None and plan.shape == "list" and plan.order is None and plan.subject == "deal":
            changes["order"] = Order(field="deal.amount")
        elif draft.limit is not None and plan.shape == "groups" and plan.order is None:
            changes["order"] = Order(measure=0)
        return plan.model_copy(update=changes) if changes else plan

    def _grouped(self, plan: Plan, maker: FilterMaker) -> Plan:
        if not self.draft.groups:
            return plan
        measures = MeasureMaker(self.draft, self.words)
        measures.maker = maker
        keys: list[GroupKey] = []
        for group in self.draft.groups:
            options = measures._options(plan.subject, group.fields, group.grain, group.text)
            if group.grain is not None:
                dates = [one.field for one in plan.where if isinstance(one, Within)]
                options = [key for key in options if key.field in dates] or options
            keys.append(options[0])
        kept = plan.measures or (Measure(aggregate="count"),)
        return plan.model_copy(
            update={
                "shape": "groups",
                "group_by": tuple(keys)[:3],
                "measures": kept,
                "columns": (),
                "order": None,
                "limit": self.draft.limit,
            }
        )


def _with(plan: Plan, condition: Condition) -> Plan:
    """Return a plan in which a condition takes the place of what it contradicts, or is added."""
    key = getattr(condition, "field", None)
    replaced = [one for one in plan.where if not _gives_way(one, condition, key)]
    return plan.model_copy(update={"where": (*replaced, condition)})


def _gives_way(old: Condition, new: Condition, key: str | None) -> bool:
    if isinstance(old, AnyOf):
        return any(getattr(part, "field", None) == key for part in old.of)
    if getattr(old, "field", None) != key or key is None:
        return False
    if isinstance(old, Predicate) and isinstance(new, Predicate):
        # "over 10k" after "under 50k" narrows; another value of the same kind replaces.
        opposite = {
            "gt": ("lt", "le"),
            "ge": ("lt", "le"),
            "lt": ("gt", "ge"),
            "le": ("gt", "ge"),
            "is_not": ("is", "is_not"),
        }
        return old.op not in opposite.get(new.op, ())
    return True


def _settled(plan: Plan, draft: Draft, defaults: tuple[str, ...]) -> Plan:
    """Return the plan with its own words for what is taken for granted; validated anew."""
    if draft.statuses:
        defaults = tuple(one for one in defaults if not one.endswith("deals only"))
    return Plan.model_validate(plan.model_copy(update={"defaults": defaults}).model_dump())
