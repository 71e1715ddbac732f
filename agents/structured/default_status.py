"""Which deals a question takes for granted where it names no status: open ones for what lies ahead, won ones for revenue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.structured.catalog import NAME_OF
from agents.structured.ordering import Ordering
from agents.structured.plan import AnyOf, Condition, GroupKey, Measure, Predicate, Related, Silence, Within

_OPEN_FIELDS = {
    "deal.next_step", "deal.next_step_date", "deal.forecast_category", "deal.probability", "deal.close_date", "deal.age_days", "deal.stage_days", "deal.slips",
    "deal.next_meeting",
    "deal.slipped_days", "deal.last_slip",
}  # fmt: skip
_RATES = ("win_rate", "loss_rate", "win_loss_ratio")
_SETTLES_STATUS = {"deal.status", "deal.stage", "deal.closed", "deal.loss_reason", "deal.name"}
_SETTLED_BY_DENIAL = {"deal.status", "deal.closed"}


@dataclass
class StatusDefaults(Ordering):
    """Finds the statuses that one draft leaves unsaid. `silence` is what it asks of silence."""

    silence: Silence | None

    def _columns_looked_up(self) -> bool:
        draft = self.draft
        if not self.measures.looks_up() or (draft.asks_list and not draft.fields):
            return False
        if (
            draft.focus == "deal"
            and not draft.one_deal
            and not any(ref.field == "deal.name" for group in draft.values for options in group.refs for ref in options)
        ):
            return False
        names = {NAME_OF.get(self.subject), "owner.name", "account.name", "product.name", "deal.name"}
        named = any(ref.field in names for group in draft.values for options in group.refs for ref in options)
        wanted = draft.lookup is not None or draft.fields or draft.focus == "dimension"
        return named and bool(wanted)

    def _default_status(
        self, where: list[Condition], measures: list[Measure], keys: Sequence[GroupKey]
    ) -> tuple[str, ...] | None:
        """Return the statuses that the question takes for granted; None where it names them or means all."""
        used = {one.field for one in flat(where) if not is_denial(one)} | {key.field for key in keys}
        named = self.measures.named()
        stated = {one.field for one in flat(where) if not is_denial(one)} | (
            {"deal.status"} & {key.field for key in keys}
        )
        if "deal.loss_reason" in {key.field for key in keys} and not stated & {"deal.status", "deal.stage"}:
            return ("lost",)
        if "pipeline" in named and not stated & {"deal.status", "deal.stage"}:
            return ("open",)
        if "revenue" in named and not stated & {"deal.status", "deal.stage"}:
            return ("won",)
        if not used & {"deal.status", "deal.stage"} and (
            {"revenue", "size", "cycle"} & set(named) or any(one.field == "deal.cycle_days" for one in measures)
        ):
            return ("won",)
        if not used & {"deal.status", "deal.stage"} and "pipeline" in named:
            return ("open",)
        if not used & (_SETTLES_STATUS - {"deal.stage"}) and self._stage_is_mixed(where):
            return ("open",)
        if used & _SETTLES_STATUS or (self.measures.looks_up() and self._columns_looked_up()):
            return None
        if "deal.last_activity" in used or self.silence is not None:
            return ("open",)
        if any(one.aggregate in _RATES for one in measures):
            return None
        if "deal.cycle_days" in used:
            return None
        if used & _OPEN_FIELDS:
            return ("open",)
        return self._by_measure(measures, used, bool(keys))

    def _stage_is_mixed(self, where: list[Condition]) -> bool:
        """Whether deals keep the stage they were won or lost from: whoever asks for a stage means those still in it."""
        known = self.measures.words.stage_statuses
        named = [one for one in where if isinstance(one, Predicate) and one.field == "deal.stage" and one.op == "is"]
        stages = [value for one in named for value in one.values]
        return (
            bool(stages) and not self.measures.named() and all({"open"} < known.get(stage, set()) for stage in stages)
        )

    def _by_measure(self, measures: list[Measure], used: set[str], grouped: bool) -> tuple[str, ...] | None:
        amounts = self.measures.words.amounts
        over_amount = [one for one in measures if one.field == "deal.amount"]
        if any(one.aggregate in ("average", "median") for one in over_amount):
            return ("won",)
        if over_amount:
            return self._amount_status(amounts)
        if any(one.aggregate == "count" for one in measures):
            return None
        if measures:
            return ("open",) if any(one.field in _OPEN_FIELDS for one in measures) else None
        if any(self._super_field(sup.kind) == "deal.cycle_days" for sup in self.draft.supers):
            return ("won", "lost")
        by_amount = any("deal.amount" in fields for _, _, fields in self.draft.order_by) or any(
            self._super_field(sup.kind) == "deal.amount" for sup in self.draft.supers
        )
        if by_amount:
            return self._amount_status(amounts)
        if self._says_all():
            return None
        if "deal.created" in used or ("deal.amount" in used and not amounts.get("open")):
            return None
        return ("open",)

    def _says_all(self) -> bool:
        """Whether every deal is asked for (`all deals with Acme`): then closed ones belong to them."""
        words = self.draft.text.lower().replace(",", " ").replace(" the ", " ").split()
        nouns = ("deals", "opportunities", "opps", "deal")
        return any(left in ("all", "every") and right.rstrip("?.!") in nouns for left, right in pairwise(words))

    @staticmethod
    def _amount_status(amounts: dict[str, int]) -> tuple[str, ...]:
        return ("open",) if amounts.get("open") else ("won",)


def is_denial(one: Predicate | Within) -> bool:
    """Whether a condition only leaves something out, and so says nothing of which statuses are meant."""
    return isinstance(one, Predicate) and one.op == "is_not" and one.field not in _SETTLED_BY_DENIAL


def flat(where: Sequence[Condition]) -> list[Predicate | Within]:
    """Return the single conditions inside of others."""
    found: list[Predicate | Within] = []
    for one in where:
        if isinstance(one, AnyOf | Related):
            found += flat(one.of if isinstance(one, AnyOf) else one.where)
        else:
            found.append(one)
    return found
