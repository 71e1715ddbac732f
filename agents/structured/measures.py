"""What a question computes, about which records, grouped by what: from the words of a draft to measures, groupings and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.structured.catalog import EXPLICIT, FIELDS, Subject
from agents.structured.draft import Draft, Superlative
from agents.structured.groupings import GroupingMaker
from agents.structured.plan import Measure
from agents.structured.question_subject import ITEMS
from agents.structured.trouble import Trouble, ask_back

if TYPE_CHECKING:
    pass

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
_ADVERBS = ("on average", "in average", "an average", "typically", "usual")
_COUNTING = (
    "most",
    "least",
    "fewest",
    "maximum",
    "max",
    "minimum",
    "min",
    "highest",
    "lowest",
    "top",
    "bottom",
    "greatest",
)
_FALLING = ("desc", "best", "common", "newest", "longest")


_ADDING = ("sum", "add", "combined")
"""Words that add up amounts; "total deals" alone may as well be their number."""


class MeasureMaker(GroupingMaker):
    """Finds subject, measures and groupings of a draft."""

    def measures(self, subject: Subject) -> list[Measure]:
        """Return what is computed, in the order of the question."""
        draft = self.draft
        made: list[Measure] = []
        aggregates = [name for _, name in draft.aggregates]
        made += [
            self._named(one.measure, []) for one in draft.quantities if one.measure is not None and self.is_having(one)
        ]
        for _, name in draft.measures:
            made.append(self._named(name, aggregates))
        fields = [keys for _, keys, _ in draft.fields]
        for sup in draft.supers:
            if self.super_fields(sup) and (aggregates or (draft.focus is None and not draft.groups)):
                fields.append(self.super_fields(sup))
                aggregates = aggregates or (["max"] if sup.kind in _FALLING else ["min"])
        if aggregates and not draft.measures and fields:
            made += self._of_fields(aggregates, fields, subject)
        if not made and subject != "deal" and draft.focus == "dimension" and draft.supers:
            made += self._ranked_field(subject)
        if not made:
            made += self._implied(aggregates, subject)
        if draft.count_at is not None and not any(one.aggregate == "count" for one in made):
            made.insert(0, Measure(aggregate="count")) if draft.count_at < min(
                (at for at, _ in draft.measures), default=99
            ) else made.append(Measure(aggregate="count"))
        return list(dict.fromkeys(made))

    def _named(self, name: str, aggregates: list[str]) -> Measure:
        kind: Any = next((one for one in aggregates if one != "sum"), None) or self._extreme(name)
        if name in ("win_rate", "loss_rate"):
            return Measure(aggregate=name)
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
            self._check_price()
            return Measure(aggregate=kind or ("sum" if "sum" in aggregates else "average"), field="deal.amount")
        if kind is not None and name in ("revenue", "pipeline"):
            return self._averaged(name, kind)
        return Measure(aggregate="sum", field="deal.amount")

    def _check_price(self) -> None:
        """Ask which price is meant where the products of the data have prices of their own."""
        draft = self.draft
        said = [draft.pieces[at] for at, name in draft.measures if name == "size" and "price" in draft.pieces[at].norm]
        if said and self.words.has("product.price") and not draft.statuses and not draft.deal_nouns:
            kind = next((name for _, name in draft.aggregates), "average")
            choices = tuple(
                (label, f"{draft.text[: said[0].start]}{label}{draft.text[said[0].end :]}")
                for label in (f"{kind} list price", f"{kind} deal size")
            )
            raise Trouble(ask_back(f"“{said[0].text}”: the list price of products, or the amount of deals?", choices))

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
            return Measure(aggregate=kind, field="deal.amount")
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
            made.append(Measure(aggregate=_AGGREGATES[kind], field=numeric[0]))
        return made

    def _ranked_field(self, subject: Subject) -> list[Measure]:
        """Return the sum by which `the sector with the most employees` ranks; ask back for `the highest`, which could be a sum, a mean or a maximum."""
        sup = self.draft.supers[0]
        numeric = [
            key
            for key in self.maker.fields(self.super_fields(sup))
            if key in FIELDS and FIELDS[key].type in ("money", "number", "integer")
        ]
        if not numeric:
            return []
        if sup.text.lower() in ("most", "least", "fewest"):
            return [Measure(aggregate="sum", field=numeric[0])]
        label = EXPLICIT.get(numeric[0], FIELDS[numeric[0]].label.lower())
        choices = tuple(
            (word, _swapped_super(self.draft, f"{word} {label}", sup)) for word in ("total", "average", "maximum")
        )
        raise Trouble(ask_back(f"“{sup.text}” by what?", choices))

    def _implied(self, aggregates: list[str], subject: Subject) -> list[Measure]:
        draft = self.draft
        if draft.how_long and draft.supers and draft.focus == "deal":
            return []
        if draft.how_long and subject in ("lead", "deal"):
            return [self._lasting(subject)]
        if draft.count_at is not None:
            if aggregates and aggregates != ["sum"]:
                raise Trouble(
                    ask_back("An average of counts isn't something I can work out; shall I count by group instead?", ())
                )
            counted = [Measure(aggregate="count")]
            # "How many did we lose, and for how much": both were asked.
            return [*counted, Measure(aggregate="sum", field="deal.amount")] if draft.how_much else counted
        if draft.how_much or self._amount_asked(subject):
            return [Measure(aggregate="sum", field="deal.amount")]
        if aggregates and subject == "deal":
            return self._lone_aggregate(aggregates[0])
        if (single := self._single_deal(subject)) is not None:
            return [single]
        if self._most_counted(subject):
            return [Measure(aggregate="count")]
        if draft.supers and draft.focus in (*ITEMS, "dimension") and subject == "deal":
            return self._ranked()
        if draft.focus == "dimension" or draft.groups:
            return [Measure(aggregate="count")]
        return []

    def _lasting(self, subject: Subject) -> Measure:
        """Return what `how long` and `how old` measure: the time to the first touch, the age, or the time to close."""
        draft = self.draft
        if subject == "lead":
            return Measure(aggregate="average", field="lead.response_days")
        old = any(piece.sense("howlong") and piece.norm.endswith("old") for piece in draft.pieces)
        ended = {use.value for use in draft.statuses} & {"won", "lost", "closed"}
        return Measure(aggregate="average", field="deal.age_days" if old and not ended else "deal.cycle_days")

    def _single_deal(self, subject: Subject) -> Measure | None:
        """Return the measure of `who lost the biggest deal`, `which team has the smallest deal`: the size of one deal, not their number."""
        draft = self.draft
        if subject != "deal" or draft.focus not in (*ITEMS, "dimension"):
            return None
        sup = next((one for one in draft.supers if one.noun == "deal" and one.kind not in ("common", "rare")), None)
        if sup is None or sup.text.lower() in _COUNTING:
            return None
        if sup.plural or sup.kind not in ("desc", "asc"):
            raise Trouble(
                ask_back(f"“{sup.text}” of whose deals, by what? Ask for the {sup.text.lower()} deal itself: it comes with its owner and account.", ())
            )  # fmt: skip
        return Measure(aggregate="max" if sup.kind == "desc" else "min", field="deal.amount")

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
        if subject != "deal" or not asked or named or self.draft.asks_list:
            return False
        return self.draft.focus != "deal" or self._amount_of_deals()

    def _amount_of_deals(self) -> bool:
        """Whether `the value of deals …` asks for their sum. Asks back for their `amount`, which many say of their number."""
        draft = self.draft
        before = [at for at, keys, _ in draft.fields if "deal.amount" in keys and at < draft.focus_at]
        if not before or not draft.focus_plural or draft.supers or draft.groups:
            return False
        piece = draft.pieces[before[0]]
        if any(not other.noise and not other.sense("status") for other in draft.pieces[before[0] + 1 : draft.focus_at]):
            return False
        if piece.norm == "amount":
            choices = tuple(
                (words, f"{draft.text[: piece.start]}{words}{draft.text[piece.end :]}")
                for words in ("number", "total amount")
            )
            raise Trouble(ask_back("The number of these deals, or their total amount?", choices))
        return not piece.norm.endswith("s")

    def _lone_aggregate(self, kind: str) -> list[Measure]:
        draft = self.draft
        if kind == "sum":
            if any(draft.pieces[at].norm.startswith(_ADDING) for at, name in draft.aggregates if name == kind):
                return [Measure(aggregate="sum", field="deal.amount")]
            if draft.deal_nouns:
                return [Measure(aggregate="count")]
            raise Trouble(
                ask_back(
                    "The total of what: the number of deals or their amount?",
                    (
                        ("number", _replaced(draft, kind, "number of deals")),
                        ("amount", _replaced(draft, kind, "total amount")),
                    ),
                )
            )
        adverb = any(draft.pieces[at].norm in _ADVERBS for at, name in draft.aggregates if name == kind)
        if draft.deal_nouns and not (adverb and (draft.groups or draft.statuses)):
            return [Measure(aggregate=kind, field="deal.amount")]
        if draft.deal_nouns:
            raise Trouble(ask_back("The average amount of these deals, or their number?", (
                ("average amount", f"average deal size of {draft.text}"), ("number", f"number of {_without(draft, kind)}"),
            )))  # fmt: skip
        raise Trouble(ask_back(f"The {kind} of what?", ()))

    def _ranked(self) -> list[Measure]:
        """Decide what `the most`, `top` or `best` is measured by where the question leaves it open."""
        draft = self.draft
        sup = draft.supers[0]
        if sup.kind in ("longest", "shortest", "oldest", "newest"):
            cycle = (("average sales cycle", f"{draft.text.rstrip('?. ')} by average sales cycle"),)
            raise Trouble(ask_back(f"“{sup.text}” by what?", cycle if sup.kind in ("longest", "shortest") else ()))
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
        if draft.sold:
            return [Measure(aggregate="sum", field="deal.amount")]
        if draft.focus_fields == ("deal.loss_reason",):
            return [Measure(aggregate="count")]
        top = draft.focus in ITEMS or any(
            key.partition(".")[0] in ("owner", "product", "account") for key in draft.focus_fields
        )
        if top and sup.text.lower() in ("top", "bottom", "top grossing", "highest grossing"):
            draft.measures.append((sup.at, "revenue"))
            return [Measure(aggregate="sum", field="deal.amount")]
        if any(use.value == "won" and draft.pieces[use.at].norm not in ("wins", "win") for use in draft.statuses):
            # "who won the most" may mean amounts or deals.
            draft.sold = True
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
    """Return the question with what a superlative is about put into clearer words."""
    piece = draft.pieces[sup.at]
    near = next((other for other in draft.pieces[sup.at + 1 :] if other.fields == sup.fields), piece)
    return f"{draft.text[: piece.end]} {words}{draft.text[near.end :]}"


def _without(draft: Draft, kind: str) -> str:
    """Return the question without the word of an aggregate."""
    piece = draft.pieces[next(place for place, name in draft.aggregates if name == kind)]
    return f"{draft.text[: piece.start]}{draft.text[piece.end :]}".strip(" ?.")


def _replaced(draft: Draft, kind: str, words: str) -> str:
    """Return the question with the word of an aggregate said more clearly."""
    piece = draft.pieces[next(place for place, name in draft.aggregates if name == kind)]
    return f"{draft.text[: piece.start]}{words}{draft.text[piece.end :]}".strip(" ?.")
