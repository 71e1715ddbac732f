"""Reading the pieces of a question into a draft: each piece is put to use by one construction, or stays behind and is named."""

from __future__ import annotations

from collections.abc import Sequence

from agents.structured.catalog import FIELDS
from agents.structured.draft import Draft, Group, StatusUse, WindowUse
from agents.structured.lexer import Token
from agents.structured.pieces import Piece
from agents.structured.quantities import Quantities
from agents.structured.settle import settle_words_and_values
from agents.structured.vocabulary import Vocabulary

NOUN_FIELDS = {
    "user": "owner.name", "account": "account.name", "product": "product.name", "manager": "owner.manager", "team": "owner.team",
    "contact": "contact.name", "lead": "lead.name",
}  # fmt: skip
"""The field by which each noun groups."""

_DATE_ANCHORS = {
    "deal.created": "created", "deal.close_date": "closing", "deal.closed": "closed", "deal.next_step_date": "next_step_date",
    "deal.stage_entered": "stage_entered", "deal.last_activity": "last_activity", "account.founded": "founded", "account.created": "account.created",
}  # fmt: skip
"""The date that a field is about, as verbs name it."""
_PAST = {"did", "have", "has", "had", "was", "were", "been", "having"}
_GROUPABLE = ("text", "name", "date", "bool")
_GROUPABLE_NUMBERS = ("account.founded", "deal.slips")
_NEVER_GROUPED = ("deal.next_step", "lead.next_action")


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
        from agents.structured.focus import find_focus, find_groups, find_ranks

        find_ranks(self)
        find_groups(self)
        find_focus(self)
        self._leads_of_people()
        for at in range(len(self.pieces)):
            if not self.pieces[at].used:
                self._one(at)
        self._anchor_windows()
        self._owner_of_one_deal()
        if "verb_founded" in self.draft.special and not self.draft.windows and not self.draft.quantities:
            # "in what year was X founded" asks for the year itself.
            self.draft.lookup = "founded"
            self.draft.focus, self.draft.focus_grain = (
                ("account", None) if self.draft.focus_grain else (self.draft.focus, None)
            )
        return self.draft

    def _leads_of_people(self) -> None:
        """`who has the most untouched leads`: leads are counted, for each of their owners."""
        draft = self.draft
        if draft.focus != "user" or draft.groups or not any(self.noun_of(piece) == "lead" for piece in self.pieces):
            return
        draft.focus = "lead"
        draft.groups.append(Group(max(draft.focus_at, 0), fields=("owner.name",), text="rep"))

    def _owner_of_one_deal(self) -> None:
        """`owner, stage and amount of the Acme deal`: the first word is a detail of the deal, not whom the question is after."""
        draft = self.draft
        ranked = draft.supers or draft.measures or draft.count_at is not None or draft.statuses or draft.groups
        named = any(ref.field == "deal.name" for group in draft.values for options in group.refs for ref in options)
        if (
            draft.focus == "user"
            and (draft.one_deal or named)
            and draft.focus_at >= 0
            and not draft.focus_plural
            and not ranked
        ):
            draft.lookup = draft.lookup or "owner"
            draft.focus = "deal"

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

    def of_leads(self) -> bool:
        """Whether the question is after leads."""
        return self.draft.focus == "lead" or any(self.noun_of(piece) == "lead" for piece in self.pieces)

    def any_sense(self, *kinds: str) -> bool:
        """Whether any piece has a reading of one of these kinds."""
        return any(piece.sense(*kinds) for piece in self.pieces)

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
        return tuple(key for key in piece.fields if key not in _NEVER_GROUPED and _groupable(key))

    def field_keys(self, piece: Piece) -> set[str]:
        """Return the fields that a piece names, the one that its noun groups by included."""
        noun = self.noun_of(piece)
        return set(piece.fields) | ({NOUN_FIELDS[noun]} if noun in NOUN_FIELDS else set())

    def _one(self, at: int) -> None:
        from agents.structured.handlers import HANDLERS

        piece = self.pieces[at]
        times = piece.norm in ("twice", "thrice") and not piece.known
        numeric = times or piece.sense("cmp") is not None or (piece.number is not None and piece.span is None)
        if numeric and self.quantities.read(at):
            return
        if piece.span is not None:
            self.take_window(at, negated=False)
            return
        if piece.values:
            self.take_values(at, negated=False)
            return
        for kind, handler in HANDLERS.items():
            if piece.sense(kind) is not None:
                handler(self, at)
                if piece.used:
                    return
        if self._anchors(at):
            return
        if piece.fields:
            self.draft.fields.append((at, piece.fields, piece.text))
            piece.used = True

    def _anchors(self, at: int) -> bool:
        """Whether a date field says what the window after it is about (`with a close date in March`)."""
        name = next((_DATE_ANCHORS[key] for key in self.pieces[at].fields if key in _DATE_ANCHORS), None)
        onward = self.next(at)
        if name is None or onward is None or self.pieces[onward].span is None:
            return False
        self.draft.anchors.append((at, name, False))
        self.pieces[at].used = True
        return True

    def take_window(self, at: int, *, negated: bool) -> None:
        """Put a window to use; a comparison takes `from X to Y` apart."""
        piece = self.pieces[at]
        assert piece.span is not None
        comparing = self.any_sense("compare", "change")
        for span in piece.span.parts if comparing and piece.span.parts else (piece.span,):
            self.draft.windows.append(WindowUse(at, span, span.text or piece.text, negated=negated))
        piece.used = True

    def take_values(self, at: int, *, negated: bool) -> None:
        """Put values to use that stand beside each other, with the field's name before or after them."""
        from agents.structured.value_groups import read_values

        read_values(self, at, negated=negated)

    def _anchor_windows(self) -> None:
        """Give each window the verb or date field that stands nearest before it, else right after it."""
        places = [window.at for window in self.draft.windows]
        for index, window in enumerate(self.draft.windows):
            low = max((place for place in places if place < window.at), default=-1)
            high = min((place for place in places if place > window.at), default=len(self.pieces))
            left = [one for one in self.draft.anchors if low < one[0] < window.at]
            right = [one for one in self.draft.anchors if window.at < one[0] < high]
            first = low == -1
            chosen = (
                max(left, key=lambda one: one[0])
                if left
                else min(right, key=lambda one: one[0])
                if right and first
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


def _groupable(key: str) -> bool:
    return key not in FIELDS or FIELDS[key].type in _GROUPABLE or key in _GROUPABLE_NUMBERS
