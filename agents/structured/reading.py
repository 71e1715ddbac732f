"""Reading the pieces of a question into a draft: each piece is put to use by one construction, or stays behind and is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agents.structured.catalog import FIELDS
from agents.structured.draft import Draft, Group, StatusUse, Superlative, ValueGroup, WindowUse
from agents.structured.lexer import Token, singular
from agents.structured.pieces import Piece
from agents.structured.quantities import Quantities
from agents.structured.settle import settle_words_and_values
from agents.structured.vocabulary import ValueRef, Vocabulary
from agents.structured.windows import SMALL_NUMBERS

NOUN_FIELDS = {
    "user": "owner.name",
    "account": "account.name",
    "product": "product.name",
    "manager": "owner.manager",
    "team": "owner.team",
    "contact": "contact.name",
    "lead": "lead.name",
}
"""The field by which each noun groups."""

_STOPS = ("agg", "measure", "share", "count", "howmuch", "compare", "change", "lookup")
_ASKS = {"which", "what", "who", "whats", "whos", "whose"}
_PAST = {"did", "have", "has", "had", "was", "were", "been", "having"}


class Reader:
    """Reads one question. `pieces` are its pieces in order, `tokens` its words."""

    def __init__(self, text: str, tokens: Sequence[Token], pieces: list[Piece], words: Vocabulary) -> None:
        self.tokens = tokens
        self.words = words
        settle_words_and_values(pieces, tokens)
        self.draft = Draft(text, pieces)
        self.pieces = pieces
        self.quantities = Quantities(self)

    def read(self) -> Draft:
        """Return the draft of the question."""
        self._ranks()
        self._groups()
        self._focus()
        for at in range(len(self.pieces)):
            if not self.pieces[at].used:
                self._one(at)
        self._anchor_windows()
        return self.draft

    def next(self, at: int, *, past: tuple[str, ...] = ()) -> int | None:
        """Return the place of the next piece that is not filling (nor one of the senses to pass by)."""
        for here in range(at + 1, len(self.pieces)):
            piece = self.pieces[here]
            if piece.noise or (past and piece.sense(*past)):
                continue
            return here
        return None

    def before(self, at: int) -> int | None:
        """Return the place of the piece before that is not filling."""
        for here in range(at - 1, -1, -1):
            if not self.pieces[here].noise:
                return here
        return None

    def between(self, left: int, right: int) -> list[str]:
        """Return the words and marks between two pieces."""
        return [token.norm for token in self.tokens[self.pieces[left].after : self.pieces[right].first]]

    def word_before(self, at: int) -> str:
        """Return the word right before a piece, "" at the start."""
        first = self.pieces[at].first
        return self.tokens[first - 1].norm if first else ""

    def is_dimension(self, at: int | None) -> bool:
        """Whether a piece names something to group by."""
        if at is None:
            return False
        piece = self.pieces[at]
        if piece.values and not piece.fields and not piece.senses:
            return False
        if piece.sense("grain") or self.noun_of(piece) in NOUN_FIELDS:
            return True
        return bool(self.group_fields(piece))

    @staticmethod
    def noun_of(piece: Piece) -> str | None:
        """Return the noun that a piece is: deal, account, user, manager, team, product, …"""
        if (noun := piece.sense("noun")) is not None:
            return noun.value
        return "team" if piece.sense("team") else None

    @staticmethod
    def group_fields(piece: Piece) -> tuple[str, ...]:
        """Return the fields of a piece that rows can be grouped by."""
        allowed = ("text", "name", "date", "bool", "integer")
        return tuple(key for key in piece.fields if key not in FIELDS or FIELDS[key].type in allowed)

    def _ranks(self) -> None:
        """`top 5`, `5 largest`, `the largest 5`, `bottom three`."""
        for at, piece in enumerate(self.pieces):
            rank = piece.sense("rank")
            sup = piece.sense("super")
            after = at + 1 if at + 1 < len(self.pieces) else None
            number = self._plain_number(after)
            if (rank or sup) and number is not None and after is not None:
                self.draft.limit = number
                self.pieces[after].used = True
            elif sup is not None and at > 0 and (number := self._plain_number(at - 1)) is not None:
                self.draft.limit = number
                self.pieces[at - 1].used = True
            if rank and not self.draft.supers:
                self.draft.supers.append(Superlative(at, "best" if rank.value == "top" else "worst", piece.text))
                piece.used = True

    def _plain_number(self, at: int | None) -> int | None:
        if at is None or at >= len(self.pieces):
            return None
        piece = self.pieces[at]
        number = piece.number
        if number is None:
            return SMALL_NUMBERS.get(piece.norm)
        if (
            number.unit
            or number.percent
            or number.money
            or number.plus
            or number.value != number.value.to_integral_value()
        ):
            return None
        return int(number.value) if 1 <= number.value <= 10_000 else None

    def _groups(self) -> None:
        for at, piece in enumerate(self.pieces):
            by = piece.sense("by")
            grain = piece.sense("grain")
            if (
                grain is not None
                and piece.span is None
                and (piece.norm not in ("month", "quarter", "year", "week", "day"))
            ):
                self.draft.groups.append(Group(at, grain=grain.value, text=piece.text))
                piece.used = True
            if by is None or piece.used:
                continue
            target = self.next(at)
            if target is None:
                continue
            if piece.norm == "across all" and any(other.sense("agg") for other in self.pieces):
                self._pass_over(at, target)
            elif self.is_dimension(target) and not self._is_value_label(target):
                piece.used = True
                self._group_chain(target)
            elif piece.norm == "by" and self.pieces[target].values:
                piece.used = True
            elif piece.norm == "by" and self._is_order_key(target):
                piece.used = True
                self._order_key(target)

    def _pass_over(self, at: int, target: int) -> None:
        self.pieces[at].used = True
        if self.noun_of(self.pieces[target]) or self.pieces[target].fields:
            self.pieces[target].used = True
            if self.noun_of(self.pieces[target]) == "deal":
                self.draft.deal_nouns.append(target)

    def _is_value_label(self, at: int) -> bool:
        """Whether a field's name only labels a value that follows (`by manager Dustin Brinkmann`)."""
        after = at + 1
        return (
            after < len(self.pieces)
            and bool(self.pieces[after].values)
            and not self.between(at, after)
            and self.pieces[after].capital
        )

    def _group_chain(self, at: int) -> None:
        here: int | None = at
        while here is not None and self.is_dimension(here):
            piece = self.pieces[here]
            self.draft.groups.append(self._group_of(here))
            piece.used = True
            here = self._chained(here)

    def _chained(self, at: int) -> int | None:
        after = at + 1
        while after < len(self.pieces) and (self.pieces[after].noise or self.pieces[after].sense("by")):
            if self.pieces[after].noise and self.pieces[after].norm not in ("and", "then", "the", "each"):
                return None
            after += 1
        if after >= len(self.pieces) or not self.is_dimension(after) or self._is_value_label(after):
            return None
        joined = self.between(at, after)
        if not any(word in ("and", ",", "by", "per", "&", "x", "then", "for each", "/") for word in joined):
            return None
        for here in range(at + 1, after):
            self.pieces[here].used = True
        return after

    def _group_of(self, at: int) -> Group:
        piece = self.pieces[at]
        grain = piece.sense("grain")
        if grain is not None:
            return Group(at, grain=grain.value, text=piece.text)
        noun = self.noun_of(piece)
        own = self.group_fields(piece)
        custom = tuple(key for key in own if key not in FIELDS)
        if custom:
            return Group(at, fields=custom, text=piece.text)
        if noun in NOUN_FIELDS:
            return Group(at, fields=(NOUN_FIELDS[noun],), text=piece.text)
        return Group(at, fields=own, text=piece.text)

    def _is_order_key(self, at: int) -> bool:
        piece = self.pieces[at]
        return bool(piece.sense("measure", "agg", "count", "status", "verb", "super") or piece.fields)

    def _order_key(self, at: int) -> None:
        """`top 5 agents by number of won deals`: what rows are ranked by."""
        piece = self.pieces[at]
        measure = piece.sense("measure")
        if measure is not None:
            self.draft.order_by.append((at, measure.value, piece.fields))
            self.draft.measures.append((at, measure.value))
            piece.used = True
        elif piece.sense("agg") or piece.sense("status", "verb"):
            after = self.next(at)
            if after is not None and (found := self.pieces[after].sense("measure")) is not None and piece.sense("agg"):
                self.draft.order_by.append((after, found.value, ()))
        elif piece.fields and not piece.sense("count"):
            self.draft.order_by.append((at, "", piece.fields))
            piece.used = True

    def _focus(self) -> None:
        """Find what is asked for: the noun or dimension after `which`, `how many`, `top 5`, or the first noun at all."""
        for at, piece in enumerate(self.pieces):
            if piece.used or piece.noise:
                continue
            if (
                piece.sense(*_STOPS)
                and not piece.sense("count")
                and not piece.sense("noun")
                and self._asked_of(at) is False
            ):
                return
            if piece.sense("count"):
                self.draft.count_at = at
                continue
            noun = self.noun_of(piece)
            if (noun is not None or self._asked_dimension(at)) and not self._labels_value(at):
                self._set_focus(at)
                return
        if any(token.norm in ("who", "whos") for token in self.tokens[:2]) and not any(
            piece.sense("lookup", "manager") for piece in self.pieces
        ):
            self.draft.focus = "user"

    def _asked_of(self, at: int) -> bool:
        """Whether `which` or `what` stands right before a piece."""
        return self.word_before(at) in ("which",) or (self.word_before(at) == "what" and bool(self.pieces[at].fields))

    def _asked_dimension(self, at: int) -> bool:
        piece = self.pieces[at]
        if not self.is_dimension(at):
            return False
        first = piece.first
        asked = [token.norm for token in self.tokens[max(0, first - 4) : first]]
        rank = any(other.sense("rank", "super") for other in self.pieces[:at])
        return (
            bool(_ASKS & set(asked))
            or rank
            or self.draft.count_at == at - 1
            or self.pieces[at - 1].sense("list") is not None
            if at
            else bool(rank)
        )

    def _labels_value(self, at: int) -> bool:
        """Whether a noun or field stands beside a value of its own (`the West team`, `product GTX Pro`)."""
        piece = self.pieces[at]
        keys = set(piece.fields) | ({NOUN_FIELDS[noun]} if (noun := self.noun_of(piece)) in NOUN_FIELDS else set())
        for other in (at - 1, at + 1):
            if 0 <= other < len(self.pieces) and any(ref.field in keys for ref in self.pieces[other].values):
                between = self.between(min(at, other), max(at, other))
                if not [word for word in between if word not in ("=", ":", "is", "the", "of")]:
                    return not (
                        other < at
                        and self.noun_of(piece) in ("user", "product", "account")
                        and piece.norm.endswith("s")
                    )
        return False

    def _set_focus(self, at: int) -> None:
        piece = self.pieces[at]
        draft = self.draft
        draft.focus_at = at
        draft.focus_plural = singular(piece.norm.split()[-1]) != piece.norm.split()[-1]
        grain = piece.sense("grain")
        noun = self.noun_of(piece)
        custom = tuple(key for key in piece.fields if key not in FIELDS)
        if grain is not None and noun is None:
            draft.focus, draft.focus_grain = "dimension", grain.value
        elif noun in ("deal", "account", "user", "product", "lead", "contact", "activity", "target") and not custom:
            draft.focus = noun
            if noun == "deal":
                draft.deal_nouns.append(at)
            draft.nouns.append((at, noun))
        else:
            draft.focus = "dimension"
            draft.focus_fields = custom or ((NOUN_FIELDS[noun],) if noun in NOUN_FIELDS else self.group_fields(piece))
        piece.used = True

    def _one(self, at: int) -> None:
        piece = self.pieces[at]
        if piece.sense("cmp") or (piece.number is not None and piece.span is None):
            if self.quantities.read(at):
                return
        if piece.span is not None:
            self._window(at)
            return
        if piece.values:
            self._values(at)
            return
        for kind, handler in self._handlers().items():
            if piece.sense(kind) is not None:
                handler(at)
                if piece.used:
                    return
        if piece.fields and not piece.used:
            self.draft.fields.append((at, piece.fields, piece.text))
            piece.used = True

    def _handlers(self) -> dict[str, Callable[[int], None]]:
        from agents.structured.handlers import HANDLERS

        return {kind: (lambda at, made=made: made(self, at)) for kind, made in HANDLERS.items()}

    def _window(self, at: int, *, negated: bool = False) -> None:
        piece = self.pieces[at]
        assert piece.span is not None
        self.draft.windows.append(WindowUse(at, piece.span, piece.text, negated=negated))
        piece.used = True

    def take_window(self, at: int, *, negated: bool) -> None:
        """Put a window to use that stands after a denial."""
        self._window(at, negated=negated)

    def _values(self, at: int) -> None:
        self.take_values(at, negated=False)

    def take_values(self, at: int, *, negated: bool) -> None:
        """Put values to use that stand beside each other, with the field's name before or after them."""
        refs: list[tuple[ValueRef, ...]] = []
        texts: list[str] = []
        conjunction = ""
        here = at
        label_before = self._label(at - 1, at, refs=self.pieces[at].values)
        label: tuple[str, ...] = label_before
        label_after, whole_team = "", False
        while True:
            piece = self.pieces[here]
            refs.append(piece.values)
            texts.append(piece.text)
            piece.used = True
            after = here + 1
            found = self._label(after, here, refs=piece.values)
            if found:
                label, label_after = label or found, self.pieces[after].norm
                whole_team = whole_team or self._is_team_of(here, after)
                self.pieces[after].used = True
                here = after
            onward = self._joined_value(here)
            if onward is None:
                break
            conjunction = conjunction or onward[1]
            if onward[1] in ("and", "or"):
                conjunction = onward[1]
            for passed in range(here + 1, onward[0]):
                self.pieces[passed].used = True
            here = onward[0]
        self.draft.values.append(ValueGroup(at, refs, texts, negated, conjunction, label, whole_team, label_after))

    def _is_team_of(self, at: int, after: int) -> bool:
        piece = self.pieces[at]
        return (
            piece.possessive
            and self.noun_of(self.pieces[after]) == "team"
            and any(ref.field == "owner.name" for ref in piece.values)
        )

    def _label(self, other: int, at: int, *, refs: Sequence[ValueRef]) -> tuple[str, ...]:
        """Return the fields by which a neighbour names the kind of the value, () where it does not."""
        if not 0 <= other < len(self.pieces):
            return ()
        piece = self.pieces[other]
        if piece.used and other != at - 1:
            return ()
        words = [
            word
            for word in self.between(min(at, other), max(at, other))
            if word not in ("=", ":", "is", "the", "of", "named", "called", "in", "are", "was")
        ]
        if words:
            return ()
        noun = self.noun_of(piece)
        keys = (*piece.fields, *((NOUN_FIELDS[noun],) if noun in NOUN_FIELDS else ()))
        if noun == "team" and any(ref.field == "owner.name" for ref in refs):
            return ("owner.manager",) if other > at else ()
        if other < at and piece.used and other in (group.at for group in self.draft.groups):
            return ()
        found = tuple(key for key in keys if any(ref.field == key for ref in refs))
        if found and other < at:
            piece.used = True
        if other > at and noun in ("user", "account", "product") and other == self.draft.focus_at:
            return ()
        return found

    def _joined_value(self, at: int) -> tuple[int, str] | None:
        """Return the place of a value that is joined to this one by `and`, `or` or a comma, and the joining word."""
        after = at + 1
        while (
            after < len(self.pieces)
            and self.pieces[after].noise
            and self.pieces[after].norm in ("and", "the", "in", "for", "or", "also", "with", "from")
        ):
            after += 1
        if (
            after >= len(self.pieces)
            or not self.pieces[after].values
            or self.pieces[after].used
            or self.pieces[after].senses
        ):
            return None
        joined = self.between(at, after)
        word = next((word for word in joined if word in ("and", "or", ",", "&", "/")), None)
        if word is None:
            return None
        shared = {ref.field for ref in self.pieces[at].values} & {ref.field for ref in self.pieces[after].values}
        if not shared and not (self.pieces[at].fields or self.pieces[at].senses):
            return None
        return after, {"&": "and", "/": "or"}.get(word, word)

    def _anchor_windows(self) -> None:
        """Give each window the verb or date field that stands nearest before it, else right after it."""
        places = [window.at for window in self.draft.windows]
        for index, window in enumerate(self.draft.windows):
            low = places[index - 1] if index else -1
            high = places[index + 1] if index + 1 < len(places) else len(self.pieces)
            left = [one for one in self.draft.anchors if low < one[0] < window.at]
            right = [one for one in self.draft.anchors if window.at < one[0] < high]
            chosen = (
                max(left, key=lambda one: one[0])
                if left
                else min(right, key=lambda one: one[0])
                if right and not index
                else None
            )
            if chosen is not None:
                window.anchor = chosen[1]
                window.negated = window.negated or chosen[2]
            elif index and self._same_breath(places[index - 1], window.at):
                window.anchor = self.draft.windows[index - 1].anchor

    def _same_breath(self, left: int, right: int) -> bool:
        return not [
            piece for piece in self.pieces[left + 1 : right] if not piece.noise and not piece.sense("compare", "by")
        ]

    def status(self, at: int, value: str, *, negated: bool = False) -> None:
        """Note a status that is named at a place; it anchors windows too."""
        after = self.next(at)
        noun = after is not None and self.noun_of(self.pieces[after]) == "deal"
        self.draft.statuses.append(StatusUse(at, value, negated, noun))
        self.pieces[at].used = True
        if value in ("won", "lost", "closed"):
            self.draft.anchors.append((at, "closed", False))

    def said_in_past(self, at: int) -> bool:
        """Whether a helping verb before a place puts it into the past."""
        return any(token.norm in _PAST for token in self.tokens[: self.pieces[at].first])
