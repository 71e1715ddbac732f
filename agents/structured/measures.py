"""What a question computes, about which records, grouped by what: from the words of a draft to measures, groupings and shapes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from agents.structured.catalog import EXPLICIT, FIELDS, Subject
from agents.structured.draft import Draft, Quantity, Superlative
from agents.structured.plan import GroupKey, Measure
from agents.structured.trouble import Trouble, ask_back, not_found
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


@dataclass(frozen=True)
class Grouping:
    """One way to group: its keys, and the words that tell it apart."""

    keys: tuple[GroupKey, ...]
    words: str = ""
    edits: tuple[tuple[int, int, str], ...] = ()


class MeasureMaker:
    """Finds subject, measures and groupings of a draft."""

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

    def groupings(self, subject: Subject) -> list[Grouping]:
        """Return the ways to group that the words allow; one empty way where nothing is grouped."""
        draft = self.draft
        wanted: list[tuple[tuple[str, ...], str | None, str, int]] = []
        if draft.focus == "dimension" and not self.looks_up():
            wanted.append((draft.focus_fields, draft.focus_grain, "", draft.focus_at))
        elif draft.focus in ITEMS and subject == "deal":
            wanted.append(((NAME_FIELD[draft.focus],), None, "", -1))
        wanted += [(group.fields, group.grain, group.text, group.at) for group in draft.groups]
        if draft.compare_at is not None and len({use.value for use in draft.statuses}) > 1 and subject == "deal":
            wanted.append((("deal.status",), None, "", -1))
        options = [self._options(subject, *one[:3]) for one in wanted]
        made = []
        for keys in product(*options):
            unique = tuple(dict.fromkeys(keys))[:3]
            chosen = [(key, one) for key, one, many in zip(keys, wanted, options, strict=True) if len(many) > 1]
            words = ", ".join(f"by {self._said(key)}" for key, _ in chosen)
            edits = tuple((draft.pieces[one[3]].start, draft.pieces[one[3]].end, self._said(key)) for key, one in chosen if one[3] >= 0)
            made.append(Grouping(unique, words, edits))
        return made

    def _said(self, key: GroupKey) -> str:
        """Return words that mean this grouping and no other."""
        if key.grain != "value":
            verb = {"deal.created": "created", "deal.closed": "closed", "deal.close_date": "close"}.get(key.field, "")
            return f"{key.grain} {verb}".strip()
        return EXPLICIT.get(key.field, self.maker.label(key.field).lower())

    def _options(self, subject: Subject, fields: tuple[str, ...], grain: str | None, text: str) -> list[GroupKey]:
        if grain is not None:
            return [GroupKey(field=key, grain=grain) for key in self._date_fields(subject)]  # type: ignore[arg-type]
        usable = [key for key in fields if self.reachable(subject, key)]
        filled = self.filled(tuple(usable)) or [key for key in usable if ".custom:" in key]
        if not filled and "owner.region" in fields and self.words.has("owner.team"):
            filled = ["owner.team"]
        if not filled:
            name = text or (self.maker.label(fields[0]).lower() if fields else "that")
            raise Trouble(
                not_found(f"No record here has a value for {name}, so nothing can be grouped by it.", words=(name,))
            )
        custom = [key for key in filled if ".custom:" in key]
        if subject in ITEMS or subject in ("lead", "contact"):
            own = [key for key in filled if key.partition(".")[0] == {"user": "owner"}.get(subject, subject)]
            filled = own or filled
        keys = custom or filled
        return [
            GroupKey(field=key, grain="month" if key in FIELDS and FIELDS[key].type == "date" else "value")
            for key in keys
        ]

    def reachable(self, subject: Subject, key: str) -> bool:
        """Whether records of the subject lead to a field."""
        entity = key.partition(".")[0]
        if subject == "deal":
            return entity in ("deal", "account", "owner", "product")
        if subject == "user":
            return entity == "owner"
        if subject == "account":
            return entity in ("account", "owner")
        if subject == "product":
            return entity == "product"
        return entity in (subject, "account", "owner")

    def _date_fields(self, subject: Subject) -> list[str]:
        from agents.structured.filters import DATE_FIELD

        draft = self.draft
        if subject == "lead":
            return ["lead.created"]
        if subject == "activity":
            return ["activity.at"]
        if subject == "account":
            return ["account.created"]
        statuses = {use.value for use in draft.statuses if not use.negated}
        anchors = {use.anchor for use in draft.windows if use.anchor in DATE_FIELD}
        named = [name for _, name, _ in draft.anchors if name in DATE_FIELD]
        if len(anchors) == 1:
            return [DATE_FIELD[next(iter(anchors)) or ""]]
        if len(set(named)) == 1:
            return [DATE_FIELD[named[0]]]
        if any(
            name in ("revenue", "win_rate", "loss_rate", "ratio", "size", "cycle") for _, name in draft.measures
        ) or statuses & {"won", "lost", "closed"}:
            return ["deal.closed"]
        if draft.has_measure("pipeline"):
            return ["deal.close_date"]
        return ["deal.created", "deal.close_date"] if statuses == {"open"} else ["deal.created", "deal.closed"]

    def looks_up(self) -> bool:
        """Whether a field of a named record is asked for, and nothing is computed."""
        draft = self.draft
        if (
            draft.measures
            or draft.aggregates
            or draft.supers
            or draft.groups
            or draft.count_at is not None
            or draft.statuses
        ):
            return False
        if draft.focus == "dimension" and draft.deal_nouns:
            return False
        return draft.lookup is not None or bool(draft.fields) or draft.focus == "dimension"

    def measures(self, subject: Subject) -> list[Measure]:
        """Return what is computed, in the order of the question."""
        draft = self.draft
        made: list[Measure] = []
        aggregates = [name for _, name in draft.aggregates]
        for quantity in draft.quantities:
            if quantity.measure is not None and self.is_having(quantity):
                made.append(self._named(quantity.measure, []))
        for _, name in draft.measures:
            made.append(self._named(name, aggregates))
        fields = [keys for _, keys, _ in draft.fields]
        for sup in draft.supers:
            if self.super_fields(sup) and (aggregates or (draft.focus is None and not draft.groups)):
                fields.append(self.super_fields(sup))
                aggregates = aggregates or (["max"] if sup.kind in _FALLING else ["min"])
        if aggregates and not draft.measures and fields:
            made += self._of_fields(aggregates, fields, subject)
        if not made:
            made += self._implied(aggregates, subject)
        if (
            draft.count_at is not None
            and not any(one.aggregate == "count" for one in made)
            and not self._count_is_field()
        ):
            made.insert(0, Measure(aggregate="count")) if draft.count_at < min(
                (at for at, _ in draft.measures), default=99
            ) else made.append(Measure(aggregate="count"))
        return list(dict.fromkeys(made))

    def _count_is_field(self) -> bool:
        return False

    def _named(self, name: str, aggregates: list[str]) -> Measure:
        kind: Any = next((one for one in aggregates if one != "sum"), None) or self._extreme(name)
        if name in ("win_rate", "loss_rate"):
            return Measure(aggregate=name)  # type: ignore[arg-type]
        if name == "ratio":
            return Measure(aggregate="win_loss_ratio")
        if name == "attainment":
            return Measure(aggregate="attainment")
        if name == "cycle":
            if "sum" in aggregates and kind is None:
                raise Trouble(
                    ask_back(
                        "A total of sales cycles says little; shall I average them?",
                        (("average", "average sales cycle"),),
                    )
                )
            return Measure(aggregate=kind or "average", field="deal.cycle_days")
        if name == "size":
            return Measure(aggregate=kind or ("sum" if "sum" in aggregates else "average"), field="deal.amount")
        if kind is not None and name in ("revenue", "pipeline"):
            return self._averaged(name, kind)
        return Measure(aggregate="sum", field="deal.amount")

    def _extreme(self, name: str) -> str | None:
        """Return max or min where a superlative asks for the one highest or lowest value, and nothing is ranked."""
        draft = self.draft
        if draft.focus in (*ITEMS, "dimension", "deal") or draft.groups or name not in ("size", "cycle"):
            return None
        sup = next((one for one in draft.supers if one.measure == name or (name == "size" and one.fields)), None)
        return None if sup is None else "max" if sup.kind in _FALLING else "min"

    def _averaged(self, name: str, kind: str) -> Measure:
        draft = self.draft
        per_deal = any(other.norm in ("deal", "opportunity", "sale") for other in draft.pieces) and not draft.groups
        if name == "pipeline" or per_deal:
            return Measure(aggregate=kind, field="deal.amount")  # type: ignore[arg-type]
        rest = draft.text
        raise Trouble(ask_back(
            "An average of revenue over what: the average won deal, or the total?",
            (("average won deal", _swapped(draft, "average deal size")), ("total revenue", _swapped(draft, "total revenue"))), notes=(rest,) if not rest else (),
        ))  # fmt: skip

    def _of_fields(self, aggregates: list[str], fields: list[tuple[str, ...]], subject: Subject) -> list[Measure]:
        made = []
        for keys in fields:
            usable = [key for key in self.maker.fields(keys) if self.reachable(subject, key)]
            numeric = [
                key
                for key in usable
                if (key in FIELDS and FIELDS[key].type in ("money", "number", "integer", "percent", "days"))
                or (key not in FIELDS and self.words.custom_types.get(key) == "number")
            ]
            if not numeric:
                continue
            kind = next((one for one in aggregates if one != "sum"), aggregates[0])
            made.append(Measure(aggregate=_AGGREGATES[kind], field=numeric[0]))  # type: ignore[arg-type]
        return made

    def _implied(self, aggregates: list[str], subject: Subject) -> list[Measure]:
        draft = self.draft
        if draft.how_long and draft.supers and draft.focus == "deal":
            return []
        if draft.how_long and subject == "deal":
            return [Measure(aggregate="average", field="deal.cycle_days")]
        if draft.count_at is not None:
            if aggregates and aggregates != ["sum"]:
                raise Trouble(
                    ask_back("An average of counts isn't something I can work out; shall I count by group instead?", ())
                )
            return [Measure(aggregate="count")]
        if draft.how_much or self._amount_asked(subject):
            return [Measure(aggregate="sum", field="deal.amount")]
        if aggregates and subject == "deal":
            return self._lone_aggregate(aggregates[0])
        if self._most_counted(subject):
            return [Measure(aggregate="count")]
        if draft.supers and draft.focus in (*ITEMS, "dimension") and subject == "deal":
            return self._ranked()
        if draft.focus == "dimension" or draft.groups:
            return [Measure(aggregate="count")]
        return []

    def _most_counted(self, subject: Subject) -> bool:
        """Whether `most` counts records: `the most deals`, `most common reason`."""
        draft = self.draft
        if any(sup.kind in ("common", "rare") for sup in draft.supers):
            return True
        if draft.focus == "dimension":
            return any(sup.noun is not None for sup in draft.supers)
        return draft.focus in ITEMS and subject == "deal" and any(sup.noun == "deal" for sup in draft.supers)

    def _amount_asked(self, subject: Subject) -> bool:
        asked = any("deal.amount" in keys for _, keys, _ in self.draft.fields)
        named = any(
            ref.field == "deal.name" for group in self.draft.values for options in group.refs for ref in options
        )
        return subject == "deal" and asked and not named and not self.draft.asks_list and self.draft.focus != "deal"

    def _lone_aggregate(self, kind: str) -> list[Measure]:
        draft = self.draft
        if kind == "sum":
            if draft.deal_nouns:
                return [Measure(aggregate="count")]
            raise Trouble(
                ask_back(
                    "The total of what: the number of deals or their amount?",
                    (
                        ("number", f"number of deals {_rest(draft, kind)}".strip()),
                        ("amount", f"total amount {_rest(draft, kind)}".strip()),
                    ),
                )
            )
        if draft.deal_nouns:
            return [Measure(aggregate=kind, field="deal.amount")]  # type: ignore[arg-type]
        raise Trouble(ask_back(f"The {kind} of what?", ()))

    def _ranked(self) -> list[Measure]:
        """Decide what `the most`, `top` or `best` is measured by where the question leaves it open."""
        draft = self.draft
        sup = draft.supers[0]
        fields = [key for key in self.super_fields(sup) if key.startswith("deal.")]
        if fields:
            total, average, largest = (
                _swapped_super(draft, f"{word} {EXPLICIT.get(fields[0], 'amount')}", sup)
                for word in ("total", "average", "maximum")
            )
            raise Trouble(
                ask_back(
                    f"“{sup.text}” by what?", (("total", total), ("average", average), ("single largest", largest))
                )
            )
        if draft.focus_fields == ("deal.loss_reason",):
            return [Measure(aggregate="count")]
        top = draft.focus in ITEMS or any(key.partition(".")[0] in ("owner", "product", "account") for key in draft.focus_fields)
        if draft.sold or (top and sup.text.lower() in (
            "top",
            "bottom",
            "top selling",
            "best selling",
            "bestselling",
            "worst selling",
            "top grossing",
            "highest grossing",
        )):
            return [Measure(aggregate="sum", field="deal.amount")]
        if draft.statuses:
            return [Measure(aggregate="count")]
        choices = tuple(
            (label, f"{draft.text.rstrip('?. ')} by {label}")
            for label in ("revenue", "win rate", "number of won deals")
        )
        raise Trouble(ask_back(f"“{sup.text}” by what?", choices))

    def descending(self) -> bool:
        """Whether rows run from the highest down."""
        if self.draft.ascending is not None:
            return not self.draft.ascending
        kinds = [sup.kind for sup in self.draft.supers]
        return not kinds or kinds[0] in (*_FALLING, "employees")


def _swapped(draft: Draft, words: str) -> str:
    """Return the question with its measure's words replaced."""
    at = draft.measures[0][0]
    piece = draft.pieces[at]
    first = draft.pieces[draft.aggregates[0][0]] if draft.aggregates else piece
    start = min(first.start, piece.start)
    return f"{draft.text[:start]}{words}{draft.text[piece.end :]}"


def _swapped_super(draft: Draft, words: str, sup: Superlative) -> str:
    piece = draft.pieces[sup.at]
    rest = draft.text[piece.end :]
    for at, keys, text in draft.fields:
        if keys == sup.fields and at > sup.at:
            rest = rest.replace(text, "", 1)
    return f"{draft.text[: piece.end]} {words}{rest}"


def _rest(draft: Draft, kind: str) -> str:
    at = next(place for place, name in draft.aggregates if name == kind)
    return draft.text[draft.pieces[at].end :].strip(" ?.")
