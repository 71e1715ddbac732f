"""Numbers in a question and what they count: amounts, employees, days of silence or in a stage, deals, slips, percentages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from agents.structured.catalog import FIELDS
from agents.structured.draft import Quantity
from agents.structured.numbers import Number
from agents.structured.pieces import Piece

if TYPE_CHECKING:
    from agents.structured.reading import Reader

_NUMERIC = ("money", "number", "integer", "percent", "days")
_TIMES = {"one": 1, "once": 1, "twice": 2, "thrice": 3}
_DURATION_VERBS = {"silent": "silence", "untouched": "silence", "inactive": "silence", "unanswered": "silence"}


class Quantities:
    """Reads `over 50k`, `1000+ employees`, `between 10k and 20k`, `for more than 30 days`, `more than 3 open deals`."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def read(self, at: int) -> bool:
        """Put a comparison or a number to use together with what it counts; False where it is no quantity."""
        pieces = self.reader.pieces
        piece = pieces[at]
        comparison = piece.sense("cmp")
        if comparison is not None:
            return self._compared(at, comparison.value)
        if piece.number is None:
            return self._made(at, "ge", (Number(Decimal(_TIMES[piece.norm])),), at, at)
        suffix_at = at + 1 if at + 1 < len(pieces) else None
        suffix = pieces[suffix_at].sense("suffix") if suffix_at is not None else None
        if suffix is not None and suffix_at is not None:
            pieces[suffix_at].used = True
            return self._made(at, suffix.value, (piece.number,), at, suffix_at)
        if piece.number.plus:
            return self._made(at, "ge", (piece.number,), at, at)
        if piece.number.unit and self._duration_verb(at) is not None:
            return self._made(at, "ge", (piece.number,), at, at)
        if self._times(at) is not None:
            # Who says "slipped twice" wants those that did so at least twice.
            return self._made(at, "ge", (piece.number,), at, at)
        return self._plain(at)

    def _plain(self, at: int) -> bool:
        """`probability of 50%`, `amount 5000`, `founded in 1990`: a number right after its field."""
        before = self.reader.before(at)
        pieces = self.reader.pieces
        if before is None or not self._numeric_fields(pieces[before]):
            return False
        if pieces[before].used and all(place != before for place, _, _ in self.reader.draft.fields):
            return False
        words = set(self.reader.between(before, at))
        if words - {"of", "is", "=", "was", "in", "to", "equals", "at", ":", "are"}:
            return False
        number = pieces[at].number
        assert number is not None
        return self._made(at, "eq", (number,), at, at)

    def _compared(self, at: int, op: str) -> bool:
        pieces = self.reader.pieces
        first = at + 1 if at + 1 < len(pieces) else None
        if first is not None and pieces[first].noise and pieces[first].norm in ("a", "an", "the", "of", "is"):
            first = first + 1 if first + 1 < len(pieces) else None
        number = self._number(first)
        if number is None or first is None:
            return False
        if op == "between":
            second = self.reader.next(first)
            other = self._number(second)
            joined = self.reader.between(first, second) if second is not None else []
            if second is None or other is None or not ({"and", "to", "-", "–"} & set(joined)):
                return False
            if (
                other.money
                and not number.money
                and number.value < other.value
                and pieces[second].text.lower().endswith("k")
                and number.value < 1000
            ):
                number = replace(number, value=number.value * 1000, money=True)
            pieces[second].used = True
            return self._made(at, "between", (number, other), first, second)
        last = first
        if op in ("older", "newer"):
            return self._made(at, op, (number,), first, last)
        return self._made(at, op, (number,), first, last)

    def _number(self, at: int | None) -> Number | None:
        if at is None or at >= len(self.reader.pieces):
            return None
        piece = self.reader.pieces[at]
        if piece.number is not None:
            return piece.number
        if piece.norm in _TIMES:
            return Number(Decimal(_TIMES[piece.norm]))
        if piece.span is not None and piece.span.shape == "year" and piece.text.isdigit():
            return Number(Decimal(piece.text))
        return None

    def _made(self, at: int, op: str, numbers: tuple[Number, ...], first: int, last: int) -> bool:
        """Decide what the number counts, by its unit, the words after it and the words before it."""
        reader, pieces = self.reader, self.reader.pieces
        quantity = Quantity(at, op, numbers, text=" ".join(piece.text for piece in pieces[at : last + 1]))
        number = numbers[0]
        if number.unit is not None:
            done = self._duration(quantity, last)
        else:
            done = op not in ("older", "newer") and (self._after(quantity, last) or self._before(quantity, at))
            if (not done and op not in ("older", "newer") and (number.money or any(one.money for one in numbers))) or (
                not done
                and op not in ("older", "newer")
                and number.value >= 1000
                and not number.percent
                and reader.draft.focus in ("deal", None)
            ):
                quantity.fields = ("product.price",) if self._prices() else ("deal.amount",)
                done = True
        if not done:
            return False
        for here in range(at, last + 1):
            pieces[here].used = True
        reader.draft.quantities.append(quantity)
        return True

    def _prices(self) -> bool:
        """Whether an amount is a list price: products are asked for and no deals are spoken of."""
        draft = self.reader.draft
        return draft.focus == "product" and not any(
            self.reader.noun_of(piece) == "deal" or piece.sense("status") or (piece.says("verb", "won"))
            for piece in self.reader.pieces
        )

    def _duration(self, quantity: Quantity, last: int) -> bool:
        reader = self.reader
        verb = self._duration_verb(quantity.at)
        if verb is not None:
            quantity.fields = (verb,)
            return True
        before = reader.before(quantity.at)
        after = last + 1 if last + 1 < len(reader.pieces) else None
        if after is not None and reader.pieces[after].norm in ("old", "ago"):
            reader.pieces[after].used = True
            quantity.fields = ("deal.age_days",)
            return reader.pieces[after].norm == "old" or self._ago(quantity)
        if after is not None and self._to_close(after):
            quantity.fields = ("deal.cycle_days",)
            return True
        if before is not None and quantity.op in ("lt", "gt") and self._closed_in(before, quantity.at):
            quantity.fields = ("deal.cycle_days",)
            return True
        if quantity.op in ("older", "newer"):
            quantity.op = "gt" if quantity.op == "older" else "lt"
            quantity.fields = ("deal.age_days",)
            return True
        return before is not None and self._field_before(quantity, before)

    def _closed_in(self, before: int, at: int) -> bool:
        """`won in less than 10 days`: how long it took."""
        return (
            self.reader.pieces[before].says("status", "won", "lost", "closed") and self.reader.word_before(at) == "in"
        )

    def _to_close(self, after: int) -> bool:
        """`took longer than 100 days to close`."""
        pieces = self.reader.pieces
        verb = pieces[after].sense("verb")
        took = any(piece.sense("filler") for piece in pieces[:after])
        if not took or verb is None or verb.value not in ("closing", "close"):
            return False
        for piece in pieces[: after + 1]:
            if piece.sense("filler"):
                piece.used = True
        pieces[after].used = True
        return True

    def _ago(self, quantity: Quantity) -> bool:
        """`created more than 90 days ago`: the age of what the verb before it says."""
        anchors = [name for at, name, _ in self.reader.draft.anchors if at < quantity.at]
        return not (not anchors or anchors[-1] != "created")

    def _duration_verb(self, at: int) -> str | None:
        """Return what a duration measures by the verb of its clause: silence, days in the stage, age, or the time to close."""
        reader = self.reader
        if "silence" in reader.draft.special:
            return "silence"
        for here, piece in enumerate(reader.pieces):
            verb = piece.sense("verb")
            if verb is None or piece.span is not None:
                continue
            if verb.value in _DURATION_VERBS:
                return _DURATION_VERBS[verb.value]
            if verb.value == "stuck":
                piece.used = True
                return "deal.stage_days"
            if verb.value == "slipped" and here < at:
                return "deal.slipped_days"
        before = reader.before(at)
        if before is None:
            return None
        near = reader.pieces[before]
        if any(ref.field == "deal.stage" for ref in near.values) or "deal.stage" in near.fields:
            if "deal.stage" in near.fields:
                near.used = True
            return "deal.stage_days"
        if "for" in [
            token.norm for token in reader.tokens[max(0, reader.pieces[at].first - 3) : reader.pieces[at].first]
        ] and near.sense("status"):
            return "deal.age_days"
        return None

    def _times(self, at: int) -> str | None:
        after = at + 1
        pieces = self.reader.pieces
        return "times" if after < len(pieces) and pieces[after].norm in ("times", "time") else None

    def _after(self, quantity: Quantity, last: int) -> bool:
        reader, pieces = self.reader, self.reader.pieces
        after = reader.next(last)
        if pieces[last].norm in ("once", "twice", "thrice"):
            quantity.fields = ("deal.slips",)
            return self._slipped()
        if after is None:
            return False
        near = pieces[after]
        if near.norm in ("times", "time"):
            near.used = True
            quantity.fields = ("deal.slips",)
            return self._slipped()
        if near.used and after != reader.draft.focus_at:
            return False
        custom = self.reader.words.custom_types
        fields = tuple(
            key
            for key in near.fields
            if custom.get(key) == "number" or (key in FIELDS and FIELDS[key].type == "integer")
        )
        if fields and not quantity.numbers[0].money and not quantity.numbers[0].percent:
            quantity.fields = fields
            near.used = True
            return True
        if self._counts_deals(after) and not quantity.numbers[0].money:
            quantity.counts_deals = True
            return True
        measure = near.sense("measure")
        if measure is not None and not reader.between(last, after)[:0]:
            quantity.measure = measure.value
            quantity.fields = self._numeric_fields(near) if measure.value in ("cycle", "size") else ()
            near.used = True
            return True
        return False

    def _slipped(self) -> bool:
        """Whether the question speaks of slipped close dates."""
        return any(
            sense.value == "slipped" for piece in self.reader.pieces for sense in piece.senses if sense.kind == "verb"
        )

    def _counts_deals(self, after: int) -> bool:
        """Whether deals are counted: `3 deals`, `3 open deals`, `3 wins`."""
        reader = self.reader
        if reader.draft.focus in ("deal", None):
            return False
        near = reader.pieces[after]
        if reader.noun_of(near) == "deal":
            return True
        if near.sense("status") is None:
            return False
        following = after + 1
        noun = following < len(reader.pieces) and reader.noun_of(reader.pieces[following]) == "deal"
        return noun or near.norm in ("wins", "losses")

    def _before(self, quantity: Quantity, at: int) -> bool:
        before = self.reader.before(at)
        return before is not None and self._field_before(quantity, before)

    def _field_before(self, quantity: Quantity, before: int) -> bool:
        reader = self.reader
        near = reader.pieces[before]
        measure = near.sense("measure")
        fields = self._numeric_fields(near)
        if (
            near.used
            and before != reader.draft.focus_at
            and not (measure and (before, measure.value) in reader.draft.measures)
        ):
            if not fields or all(at != before for at, _, _ in reader.draft.fields):
                return False
            reader.draft.fields = [one for one in reader.draft.fields if one[0] != before]
        if measure is not None:
            reader.draft.measures = [one for one in reader.draft.measures if one[0] != before]
            quantity.measure = measure.value
            quantity.fields = fields
        elif fields:
            quantity.fields = fields
        else:
            return False
        if (
            quantity.numbers[0].unit
            and measure is None
            and not any(key in FIELDS and FIELDS[key].type == "days" for key in fields)
        ):
            return False
        near.used = True
        return True

    @staticmethod
    def _numeric_fields(piece: Piece) -> tuple[str, ...]:
        return tuple(key for key in piece.fields if key not in FIELDS or FIELDS[key].type in _NUMERIC)
