"""How rows are ranked: by which measure or field, in which direction, and how many are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.structured.catalog import FIELDS, Subject
from agents.structured.draft import Draft, Filter
from agents.structured.measures import MeasureMaker
from agents.structured.plan import (
    Condition,
    GroupKey,
    Measure,
    Order,
    Related,
)
from agents.structured.trouble import Trouble, ask_back

Conditions = list[tuple[Filter, Condition]]
Splitter = Callable[[Conditions], tuple[list[Condition], Related | None]]
_OPEN_FIELDS = {
    "deal.next_step", "deal.next_step_date", "deal.forecast_category", "deal.probability", "deal.close_date", "deal.age_days", "deal.stage_days", "deal.slips",
    "deal.next_meeting",
    "deal.slipped_days", "deal.last_slip",
}  # fmt: skip
_RATES = ("win_rate", "loss_rate", "win_loss_ratio")
_SETTLES_STATUS = {"deal.status", "deal.stage", "deal.closed", "deal.loss_reason", "deal.name"}
_SETTLED_BY_DENIAL = {"deal.status", "deal.closed"}


@dataclass
class Ordering:
    """Finds the order of one draft's answer."""

    draft: Draft
    measures: MeasureMaker
    subject: Subject

    def _super_field(self, kind: str) -> str:
        draft = self.draft
        closed = {use.value for use in draft.statuses} & {"won", "lost", "closed"}
        if draft.has_measure("cycle"):
            return "deal.cycle_days"
        if kind in ("oldest", "newest"):
            first = any(sup.text.lower() == "first" for sup in draft.supers)
            return "deal.closed" if closed and (kind == "newest" or first) else "deal.created"
        if kind in ("longest", "shortest"):
            took = any(piece.sense("filler") for piece in draft.pieces)
            return "deal.cycle_days" if closed or took else "deal.created"
        return "deal.amount"

    def _order(self, measures: list[Measure], keys: Sequence[GroupKey], shape: str) -> tuple[Order | None, int | None]:
        draft = self.draft
        limit = draft.limit
        if (
            draft.supers
            and limit is None
            and not draft.focus_plural
            and (draft.focus is not None or any(sup.noun and not sup.plural for sup in draft.supers))
        ):
            limit = 1
        if shape == "groups":
            if draft.supers or draft.order_by or draft.ascending is not None or (limit is not None):
                return Order(
                    measure=self._ranking_measure(measures),
                    descending=self.measures.descending() != self._reversed(measures),
                ), limit
            return None, None
        if shape != "list":
            return None, None
        return self._list_order(limit)

    def _reversed(self, measures: list[Measure]) -> bool:
        """Whether the best is the lowest: the best sales cycle is the shortest."""
        kinds = [sup.kind for sup in self.draft.supers]
        return (
            bool(kinds) and kinds[0] in ("best", "worst") and bool(measures) and measures[0].field == "deal.cycle_days"
        )

    def _ranking_measure(self, measures: list[Measure]) -> int:
        draft = self.draft
        wanted = [sup.measure for sup in draft.supers if sup.measure] + [name for _, name, _ in draft.order_by if name]
        if wanted and len(draft.measures) > 1:
            names = [name for _, name in draft.measures]
            return min(names.index(wanted[0]), len(measures) - 1) if wanted[0] in names else 0
        return 0

    def _list_order(self, limit: int | None) -> tuple[Order | None, int | None]:
        draft = self.draft
        if draft.order_by:
            keys = self.measures.maker.fields(draft.order_by[0][2])
            reachable = [key for key in keys if self.measures.reachable(self.subject, key)]
            if reachable:
                return Order(field=reachable[0], descending=self._descending_by(reachable[0])), limit
        if not draft.supers:
            return None, limit
        sup = draft.supers[0]
        fields = [
            key
            for key in self.measures.maker.fields(self.measures.super_fields(sup))
            if self.measures.reachable(self.subject, key)
        ]
        descending = self.measures.descending()
        if not fields:
            if self.subject == "product":
                fields = ["product.price"]
            elif self.subject != "deal":
                choices = tuple(
                    (label, f"{draft.text.rstrip('?. ')} by {label}")
                    for label in ("won revenue", "number of employees", "annual revenue")
                )
                raise Trouble(ask_back(f"“{sup.text}” by what?", choices if self.subject == "account" else ()))
            else:
                fields = [self._super_field(sup.kind)]
                if sup.kind == "longest" and fields[0] == "deal.created":
                    descending = False
                elif sup.kind == "shortest" and fields[0] == "deal.created":
                    descending = True
        elif fields[0] in FIELDS and FIELDS[fields[0]].key == "account.founded" and sup.kind in ("oldest", "newest"):
            descending = sup.kind == "newest"
        return Order(field=fields[0], descending=descending), limit

    def _descending_by(self, key: str) -> bool:
        draft = self.draft
        if draft.ascending is not None:
            return not draft.ascending
        known = FIELDS.get(key)
        return (
            self.measures.descending()
            if draft.supers
            else known is not None and known.type not in ("text", "name", "date")
        )

    def _zeros(self, order: Order | None, measures: list[Measure], keys: Sequence[GroupKey]) -> bool:
        if order is None or order.descending or not keys or not measures or order.measure is None:
            return False
        return measures[order.measure].aggregate in ("count", "sum") and all(key.grain == "value" for key in keys)
