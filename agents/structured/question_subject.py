"""Whose records a question counts or lists, and whether it ranks them by figures of their deals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.structured.catalog import Subject
from agents.structured.draft import Draft, Quantity, Superlative
from agents.structured.vocabulary import Vocabulary

if TYPE_CHECKING:
    from agents.structured.filters import FilterMaker

ITEMS = ("account", "user", "product")
NAME_FIELD = {"account": "account.name", "user": "owner.name", "product": "product.name"}
DEAL_MEASURES = ("revenue", "pipeline", "win_rate", "loss_rate", "ratio", "cycle", "size", "attainment")
_NATURAL: dict[str, Subject] = {
    "account": "account",
    "owner": "user",
    "product": "product",
    "deal": "deal",
    "lead": "lead",
    "contact": "contact",
}
_AGGREGATES = {"sum": "sum", "average": "average", "median": "median", "min": "min", "max": "max"}
_FALLING = ("desc", "best", "common", "newest", "longest")


class SubjectFinder:
    """Finds the subject of a draft."""

    maker: FilterMaker

    def __init__(self, draft: Draft, words: Vocabulary) -> None:
        self.draft = draft
        self.words = words

    def subject(self) -> Subject:
        """Return whose records the question counts or lists."""
        draft = self.draft
        if draft.focus in ("lead", "contact", "activity", "target"):
            return draft.focus  # type: ignore[return-value]
        if draft.focus in ITEMS and not self.deal_measured():
            return draft.focus  # type: ignore[return-value]
        if draft.focus in ("deal",) or draft.measures or draft.focus in ITEMS:
            return "deal"
        counted = next((sup.noun for sup in draft.supers if sup.noun in ITEMS), None)
        if draft.focus == "dimension" and counted is not None:
            return counted  # type: ignore[return-value]
        if draft.deal_nouns or draft.statuses or "silence" in draft.special:
            return "deal"
        return self._by_fields()

    def _by_fields(self) -> Subject:
        """Tell the subject by the fields that are asked for: employees are of accounts, list prices of products."""
        draft = self.draft
        entities: list[str] = []
        for keys in (
            *(one[1] for one in draft.fields),
            *(sup.fields for sup in draft.supers),
            *(one.fields for one in draft.quantities),
        ):
            entities += [key.partition(".")[0] for key in keys if self.words.filled.get(key, 1) > 0]
        if draft.focus == "dimension" and not draft.focus_grain and (not entities or set(entities) == {"deal"}):
            entities = [key.partition(".")[0] for key in self.filled(draft.focus_fields)] or entities
        named = [ref.entity for group in draft.values for options in group.refs for ref in options]
        for entity in ("account", "product", "owner"):
            if entity in entities and "deal" not in entities:
                return _NATURAL[entity]
        if entities and entities[0] != "deal" and entities[0] in named and entities[0] in _NATURAL:
            return _NATURAL[entities[0]]
        if draft.lookup in ("owner", "manager", "location", "when", "founded"):
            return self._looked_up(named)
        if entities and "deal" not in entities and entities[0] in _NATURAL:
            return _NATURAL[entities[0]]
        return "deal"

    def _looked_up(self, named: list[str]) -> Subject:
        for entity in ("deal", "account", "owner", "product", "lead"):
            if entity in named:
                return _NATURAL[entity]
        return "deal"

    def deal_measured(self) -> bool:
        """Whether accounts, people or products are ranked or shown by figures of their deals."""
        draft = self.draft
        if draft.measures or any(self.is_having(one) for one in draft.quantities):
            return True
        if draft.share_at is not None:
            return False
        for sup in draft.supers:
            if sup.noun == "deal" or sup.measure in DEAL_MEASURES:
                return True
            if self.super_fields(sup):
                return any(key.startswith("deal.") for key in self.super_fields(sup))
            if draft.statuses or sup.kind in ("best", "worst"):
                return not any(not measure for _, measure, _ in draft.order_by)
        grouped_by_item = any(NAME_FIELD.get(draft.focus or "") in group.fields for group in draft.groups)
        return grouped_by_item or any(measure for _, measure, _ in draft.order_by)

    def super_fields(self, sup: Superlative) -> tuple[str, ...]:
        """Return the fields that a superlative is about, told by the word itself where no field follows."""
        if sup.fields:
            return sup.fields
        text = sup.text.lower()
        if any(word in text for word in ("expensive", "priciest", "cheapest", "highest priced", "lowest priced")):
            return ("product.price",) if self.draft.focus == "product" else ("deal.amount",)
        if sup.kind == "employees" or "headcount" in text:
            return ("account.employees",)
        if self.draft.focus == "account" and sup.kind in ("oldest", "newest") and not self.draft.deal_nouns:
            return ("account.founded",) if self.words.has("account.founded") else ("account.created",)
        return ()

    def is_having(self, quantity: Quantity) -> bool:
        """Whether a number is compared with a group's measure rather than with a record's field."""
        draft = self.draft
        grouped = draft.focus in (*ITEMS, "dimension") or bool(draft.groups)
        if quantity.measure is not None or self._held_revenue(quantity):
            if quantity.measure in ("win_rate", "loss_rate"):
                return True
            return grouped and not (draft.focus == "account" and quantity.fields)
        return quantity.counts_deals and draft.focus == "dimension"

    def _held_revenue(self, quantity: Quantity) -> bool:
        """Whether `sold more than 150k` holds a seller's revenue against an amount."""
        draft = self.draft
        if (
            quantity.fields != ("deal.amount",)
            or draft.focus not in (*ITEMS, "dimension")
            or not quantity.numbers[0].money
        ):
            return False
        if draft.deal_nouns or draft.none_at or not any(use.value == "won" for use in draft.statuses):
            return False
        quantity.measure, quantity.fields = "revenue", ()
        return True

    def filled(self, keys: tuple[str, ...]) -> list[str]:
        """Return the fields that have data."""
        return [
            key
            for key in keys
            if self.words.filled.get(key, 1 if key == "deal.status" else 0) > 0
            or key in ("deal.status", "account.name", "deal.currency")
        ]

    def named(self) -> list[str]:
        """Return the names of the measures that are computed or that groups are held against."""
        held = [one.measure for one in self.draft.quantities if one.measure is not None and self.is_having(one)]
        return [*(name for _, name in self.draft.measures), *held]

    def looks_up(self) -> bool:
        """Whether a field of a named record is asked for, and nothing is computed."""
        draft = self.draft
        if (
            draft.measures
            or draft.aggregates
            or draft.supers
            or draft.groups
            or draft.count_at is not None
            or (draft.statuses and draft.lookup is None)
        ):
            return False
        if draft.focus == "dimension" and draft.deal_nouns and not draft.one_deal:
            return False
        names = ("owner.name", "account.name", "product.name", "deal.name", "lead.name", "contact.name")
        named = any(ref.field in names for group in draft.values for options in group.refs for ref in options)
        return named and (draft.lookup is not None or bool(draft.fields) or draft.focus == "dimension")
