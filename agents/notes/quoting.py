"""Making `Said` of a place in a call: the words as they stand in their turn, with who said them and when."""

from __future__ import annotations

from collections.abc import Iterable

from agents.notes.call import Call, Guest, SpokenTurn
from agents.notes.record import Said
from sales.sentences import Sentence
from sales.transcripts import is_generic

_MOST_LETTERS = 600


class Quoting:
    """Quotes from one recognised call."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.turns = {turn.position: turn for turn in call.turns}
        self._people = {
            identity: guest
            for guest in call.participants
            for identity in (guest.contact_id, guest.user_id)
            if identity is not None
        }

    def said(self, position: int, sentence: Sentence) -> Said:
        """Return the quote of a sentence of the turn at `position`. A very long one is cut at a blank."""
        turn = self.turns[position]
        quote = sentence.text
        if len(quote) > _MOST_LETTERS:
            quote = quote[: quote.rfind(" ", 0, _MOST_LETTERS)]
        return Said(
            quote=quote,
            position=position,
            turn=turn.turn_id,
            speaker=self.name_of(turn),
            side=turn.side,
            start_s=turn.start_s,
            url=self.call.url,
        )

    def each(self, places: Iterable[tuple[int, Sentence]]) -> tuple[Said, ...]:
        """Return the quotes of several places, each once."""
        seen: dict[tuple[int, int], Said] = {}
        for position, sentence in places:
            seen.setdefault((position, sentence.start), self.said(position, sentence))
        return tuple(seen.values())

    def name_of(self, turn: SpokenTurn) -> str | None:
        """Return what the speaker of a turn is called: the person that was recognised, else as the transcript has it."""
        guest = self.person_of(turn)
        return guest.name if guest is not None and guest.name else turn.speaker

    def person_of(self, turn: SpokenTurn) -> Guest | None:
        """Return the contact or user who spoke a turn, or None where they weren't recognised."""
        return self._people.get(turn.contact_id or turn.user_id or "")

    def named(self, turn: SpokenTurn) -> str | None:
        """Return a speaker's name for the text of a line: None for a label such as `Speaker 1`, which names nobody."""
        name = self.name_of(turn)
        return None if name is None or is_generic(name) or any(sign.isdigit() for sign in name) else name

    def name_of_label(self, label: str | None) -> str | None:
        """Return what the speaker of a transcript's label is called."""
        turn = next((one for one in self.call.turns if one.speaker == label), None)
        return self.name_of(turn) if turn is not None else label
