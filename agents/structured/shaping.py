"""The last step to a plan: its shape, the statuses that it takes for granted, comparisons, shares, rankings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.structured.default_status import StatusDefaults, flat
from agents.structured.draft import Filter
from agents.structured.plan import (
    AnyOf,
    Branch,
    Condition,
    GroupKey,
    Having,
    Measure,
    Plan,
    Predicate,
    Related,
    Within,
)
from agents.structured.question_subject import ITEMS
from agents.structured.trouble import Trouble, ask_back

Conditions = list[tuple[Filter, Condition]]
Splitter = Callable[[Conditions], tuple[list[Condition], Related | None]]
_RUNNING = ("cumulative", "added up", "summed")
_RATES = ("win_rate", "loss_rate", "win_loss_ratio")


@dataclass
class Shaper(StatusDefaults):
    """Shapes the plan of one draft. `silence` is what the question asks of silence, `defaults` what the rule has to own up to."""

    split: Splitter

    def plan(self, conditions: Conditions, keys: Sequence[GroupKey], notes: Sequence[str]) -> Plan:
        """Return the plan for one choice of meanings. Raises Trouble where the parts don't make a question."""
        defaults = list(dict.fromkeys(notes))
        draft = self.draft
        if draft.share_at is not None:
            return self._share(conditions, keys, defaults)
        measures = self._measures(keys)
        branches, conditions = self._branches(conditions, measures, keys)
        where = self._where(conditions, measures, keys, defaults)
        figure = self._is_figure(measures, keys)
        shape = "groups" if keys else "lookup" if self._columns_looked_up() else "figure" if figure else "list"
        if shape == "list" and branches:
            where, branches = [*where, *_united(branches)], ()
        if (
            (
                (draft.compare_at is not None or (draft.change and not keys))
                and not branches
                and "deal.status" not in [key.field for key in keys]
            )
            and not (draft.change and keys)
            and not (keys and any(len(one.values) > 1 for one in where if isinstance(one, Predicate)))
        ):
            raise Trouble(ask_back("Compare what with what? Name two periods, people, teams or products.", ()))
        self._check_change(keys, where)
        self._check_ratio(keys)
        order, limit = self._order(measures, keys, shape)
        breakdown = (
            self.subject == "deal"
            and any(one.aggregate in ("count", "sum") for one in measures)
            and self._breaks_down(where, branches, measures)
        )
        return Plan(
            subject=self.subject, shape=shape, measures=tuple(measures) if shape in ("figure", "groups") else (), where=tuple(where),
            group_by=tuple(keys), having=self._having(measures), order=order, limit=limit, limit_each=self._limits_each(limit, keys), branches=branches, columns=self._columns(shape),
            silence=self.silence, breakdown=breakdown, growth=draft.change, difference=draft.change or draft.compare_at is not None, zeros=self._zeros(order, measures, keys), defaults=tuple(defaults),
        )  # fmt: skip

    def _check_change(self, keys: Sequence[GroupKey], where: Sequence[Condition]) -> None:
        """Ask back where a change is asked for that a table of groups would not tell."""
        draft = self.draft
        grown = [draft.pieces[at].text for at, _ in draft.aggregates if draft.pieces[at].norm in _RUNNING]
        if grown and any(key.grain != "value" for key in keys):
            raise Trouble(
                ask_back(f"I can't run up a {grown[0]} total over time; shall I give each period by itself?", ())
            )
        if not draft.change or not keys:
            return
        if all(key.grain == "value" for key in keys):
            raise Trouble(ask_back(
                "I can't tell the change of each group at once; ask for one of them over two periods, or for the figures of each period.", ()
            ))  # fmt: skip
        days = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
        longest = max(days[key.grain] for key in keys if key.grain != "value")
        for one in flat(where):
            if isinstance(one, Within) and one.first and one.until and (one.until - one.first).days <= longest:
                raise Trouble(ask_back(
                    f"{one.label} is a single period; compared with which other? Name both, as in “compare {one.label} with the one before it”.", ()
                ))  # fmt: skip

    def _measures(self, keys: Sequence[GroupKey]) -> list[Measure]:
        if self.silence is not None and self.draft.count_at is None and not keys:
            return []
        measures = self.measures.measures(self.subject)
        if keys and not measures:
            measures = [Measure(aggregate="count")]
        if not measures and self.draft.compare_at is not None and self.subject == "deal":
            # "Dana against Priya: deals won" compares how many, and how much.
            measures = [Measure(aggregate="count"), Measure(aggregate="sum", field="deal.amount")]
        if self.draft.sold and self.draft.supers and len(measures) == 1 and keys:
            measures.append(Measure(aggregate="count"))
        if keys and self.draft.has_measure("pipeline") and len(measures) == 1:
            measures.append(Measure(aggregate="count"))
        return measures

    def _is_figure(self, measures: list[Measure], keys: Sequence[GroupKey]) -> bool:
        if not measures or keys or self._lists_and_adds(measures):
            return False
        return not (
            self.draft.asks_list and all(one.aggregate == "count" for one in measures) and self.draft.count_at is None
        )

    def _lists_and_adds(self, measures: list[Measure]) -> bool:
        """Whether deals are asked for and then their sum (`which deals close in May, and what do they add up to`): a list tells both."""
        draft = self.draft
        adding = [at for at, name in draft.aggregates if name == "sum"]
        if draft.focus != "deal" or not draft.focus_plural or draft.supers or draft.measures:
            return False
        if any((one.aggregate, one.field) not in (("sum", "deal.amount"), ("count", None)) for one in measures):
            return False
        after = [at for at in adding if at > draft.focus_at]
        said = any(piece.sense("pronoun") for piece in draft.pieces[draft.focus_at + 1 :])
        listed = draft.asks_list or draft.text.lower().lstrip().startswith(("which ", "what "))
        asked = bool(after) or (draft.how_much and listed)
        return asked and draft.count_at is None and (said or listed)

    def _columns(self, shape: str) -> tuple[str, ...]:
        draft = self.draft
        asked = [(at, fields) for at, fields, _ in draft.fields]
        asked += [(draft.focus_at, draft.focus_fields)] if draft.focus == "dimension" else []
        asked += [(99 + at, fields) for at, _, fields in draft.order_by]
        keys: list[str] = []
        for at, fields in sorted(asked):
            usable = fields if at > 98 else self.measures.maker.fields(fields)
            keys += [key for key in usable if self.measures.reachable(self.subject, key)][:1]
        if shape == "lookup":
            special = {
                "owner": "owner.name",
                "manager": "owner.manager",
                "location": "account.country",
                "founded": "account.founded",
            }
            if draft.lookup in special:
                keys.insert(0, special[draft.lookup])
            elif draft.lookup == "when":
                keys.insert(0, self._when())
            if not keys:
                raise Trouble(ask_back("Which detail of it?", ()))
        return tuple(dict.fromkeys(keys)) if shape in ("lookup", "list") else ()

    def _when(self) -> str:
        names = [name for _, name, _ in self.draft.anchors]
        if self.subject == "account":
            return "account.founded"
        return {"created": "deal.created", "closed": "deal.closed"}.get(names[0] if names else "", "deal.close_date")

    def _where(
        self, conditions: Conditions, measures: list[Measure], keys: Sequence[GroupKey], defaults: list[str]
    ) -> list[Condition]:
        _refuse_contradictions(conditions)
        if self.subject in ITEMS:
            direct, related = self.split(conditions)
            if related is not None:
                direct.append(related)
            if self.subject == "user" and self._only_sellers(direct):
                direct.append(Predicate(field="owner.role", op="is", values=("rep",), shown=("rep",)))
                defaults.append("managers and admins are not counted as reps")
            return direct
        where = [condition for _, condition in conditions]
        if self.subject != "deal":
            return where
        status = self._default_status(where, measures, keys)
        statuses = self.measures.words.statuses
        if (
            status == ("open",)
            and not statuses.get("open")
            and "pipeline" not in self.measures.named()
            and any(statuses.values())
        ):
            # Nothing is open in these data: what is asked can only be meant of the closed ones.
            status = None
        if status is not None:
            where.append(Predicate(field="deal.status", op="is", values=status, shown=status))
            defaults.append(f"{' and '.join(status)} deals only")
        return where

    def _only_sellers(self, direct: list[Condition]) -> bool:
        """Whether `reps` leaves out those who only lead: unless somebody is named, or people in general are asked for."""
        if any(isinstance(one, Predicate) and one.field == "owner.name" for one in direct) or self._columns_looked_up():
            return False
        words = self.measures.words
        asked = self.draft.pieces[self.draft.focus_at].norm if self.draft.focus_at >= 0 else "who"
        people = asked in ("user", "users", "people", "person", "colleague", "colleagues", "individual", "individuals")
        return not people and any(not person.leads_people for person in words.people.values())

    def _breaks_down(self, where: list[Condition], branches: tuple[Branch, ...], measures: list[Measure]) -> bool:
        if branches:
            return False
        statuses = [one for one in flat(where) if isinstance(one, Predicate) and one.field == "deal.status"]
        said = any(use.value for use in self.draft.statuses)
        several = any(len(one.values) > 1 for one in statuses)
        if any(one.aggregate in _RATES for one in measures) or self.silence is not None:
            return False
        return several or (not said and not statuses and not any(one.field == "deal.stage" for one in flat(where)))

    def _check_ratio(self, keys: Sequence[GroupKey]) -> None:
        """Ask back where `per` divides (`the manager with the highest revenue per agent`) and does not group."""
        draft = self.draft
        divided = any(group.at and draft.pieces[group.at - 1].norm == "per" for group in draft.groups)
        if divided and draft.supers and draft.focus is not None and len(keys) > 1:
            raise Trouble(
                ask_back("I can't divide one count by another; shall I give the figure of each by itself?", ())
            )

    def _limits_each(self, limit: int | None, keys: Sequence[GroupKey]) -> bool:
        """Whether the first few of each group are asked for: `top product in each region`."""
        return limit is not None and len(keys) > 1 and self.draft.focus is not None and bool(self.draft.groups)

    def _having(self, measures: list[Measure]) -> tuple[Having, ...]:
        made = []
        for quantity in self.draft.quantities:
            if not self.measures.is_having(quantity):
                continue
            index = 0
            if quantity.op not in ("gt", "ge", "lt", "le", "eq"):
                raise Trouble(ask_back(f"“{quantity.text}” needs one bound.", ()))
            if quantity.measure is not None:
                index = measures.index(self.measures._named(quantity.measure, []))
            made.append(Having(measure=index, op=quantity.op, value=str(quantity.numbers[0].value)))
        return tuple(made)

    def _branches(
        self, conditions: Conditions, measures: list[Measure], keys: Sequence[GroupKey]
    ) -> tuple[tuple[Branch, ...], Conditions]:
        """Take apart what is compared, or told side by side: two windows, two people, two teams."""
        draft = self.draft
        places = {use.at for use in draft.windows}
        windows = [
            (one, condition) for one, condition in conditions if one.at in places and isinstance(condition, Within)
        ]
        if (
            len(windows) > 1
            and len({condition.field for _, condition in windows}) == 1
            and not any(condition.negated for _, condition in windows)
        ):
            rest = [pair for pair in conditions if pair not in windows]
            branches = tuple(Branch(label=condition.label, where=(condition,)) for _, condition in windows)
            if keys:
                united = windows[0][0], AnyOf(of=tuple(condition for _, condition in windows))
                return (), [*rest, united]
            return branches, rest
        return self._value_branches(conditions, keys)

    def _value_branches(
        self, conditions: Conditions, keys: Sequence[GroupKey]
    ) -> tuple[tuple[Branch, ...], Conditions]:
        draft = self.draft
        comparing = draft.compare_at is not None or draft.change
        joined = {group.at for group in draft.values if group.conjunction in ("and", ",")}
        values = [
            (one, condition) for one, condition in conditions
            if isinstance(condition, Predicate) and condition.op == "is" and one.at in {group.at for group in draft.values}
        ]  # fmt: skip
        for one, condition in values:
            same = [pair for pair in values if isinstance(pair[1], Predicate) and pair[1].field == condition.field]
            together = len(condition.shown) > 1 and (comparing or one.at in joined)
            if not (together or (comparing and len(same) > 1)) or self.subject != "deal":
                continue
            rest = [pair for pair in conditions if pair not in same]
            if keys:
                values_ = tuple(value for _, other in same for value in other.values)
                shown = tuple(name for _, other in same for name in other.shown)
                return (), [*rest, (one, Predicate(field=condition.field, op="is", values=values_, shown=shown))]
            return tuple(branch for _, other in same for branch in _branch_each(other)), rest
        return (), conditions

    def _share(self, conditions: Conditions, keys: Sequence[GroupKey], defaults: list[str]) -> Plan:
        from agents.structured.shares import share_plan

        return share_plan(self, conditions, keys, defaults)


def _branch_each(condition: Predicate) -> list[Branch]:
    if len(condition.values) != len(condition.shown):
        return [Branch(label=" and ".join(condition.shown), where=(condition,))]
    return [
        Branch(label=name, where=(Predicate(field=condition.field, op="is", values=(value,), shown=(name,)),))
        for value, name in zip(condition.values, condition.shown, strict=True)
    ]


def _united(branches: tuple[Branch, ...]) -> list[Condition]:
    parts = [part for branch in branches for part in branch.where]
    predicates = [part for part in parts if isinstance(part, Predicate)]
    if len(predicates) == len(parts) and len({part.field for part in predicates}) == 1:
        return [Predicate(
            field=predicates[0].field, op="is", values=tuple(value for part in predicates for value in part.values),
            shown=tuple(name for part in predicates for name in part.shown),
        )]  # fmt: skip
    return [AnyOf(of=tuple(part for part in parts if isinstance(part, Predicate | Within)))]


def _refuse_contradictions(conditions: Conditions) -> None:
    """Refuse two values of one field that no word joins: a record can't have both, and nought would be a wrong answer."""
    seen: dict[str, Predicate] = {}
    for _, condition in conditions:
        if not isinstance(condition, Predicate) or condition.op != "is" or condition.field == "deal.status":
            continue
        known = seen.get(condition.field)
        if known is not None and not set(known.values) & set(condition.values):
            raise Trouble(
                ask_back(f"{' '.join(known.shown)} and {' '.join(condition.shown)}: both at once, or either?", ())
            )
        seen[condition.field] = condition
