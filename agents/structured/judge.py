"""Judging a question as a whole: whether it asks for figures at all, which words could not be used, and what to ask back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.answer import Answer
from agents.mentions import Mentions
from agents.structured.assembly import Candidate
from agents.structured.draft import Draft
from agents.structured.lexer import Token, singular
from agents.structured.lexicon import HARD_NARRATIVE, senses
from agents.structured.pieces import Cutter, Piece
from agents.structured.spelling import Speller
from agents.structured.trouble import Trouble, ask_back, not_found
from agents.structured.vocabulary import ValueRef, Vocabulary

_STRONG = (
    "count",
    "measure",
    "agg",
    "share",
    "by",
    "super",
    "howmuch",
    "howlong",
    "cmp",
    "verb",
    "status",
    "nextstep",
    "unassigned",
    "compare",
    "rank",
    "grain",
    "subsidiary",
    "sort",
    "lookup",
    "weighted",
    "manager",
)
_SYSTEMS = frozenset({"crm", "hubspot", "salesforce", "pipedrive", "dynamics", "record", "records"})
_EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")


class Judge:
    """Looks at one question before and after it is read."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        pieces: list[Piece],
        words: Vocabulary,
        mentions: Mentions,
        cutter: Cutter,
    ) -> None:
        self.cutter = cutter
        self.text = text
        self.tokens = tokens
        self.pieces = pieces
        self.words = words
        self.mentions = mentions
        self.speller = Speller(text, words, cutter)
        self.trouble: Trouble | None = None

    def not_structured(self) -> tuple[float, str] | None:
        """Return confidence and reason where a question asks for words rather than figures."""
        kinds = [sense.kind for piece in self.pieces for sense in piece.senses]
        strong = [kind for kind in kinds if kind in _STRONG]
        nouns = "noun" in kinds or any(piece.fields for piece in self.pieces)
        narrative = [token.norm for token in self.tokens if token.norm in HARD_NARRATIVE]
        unread = [piece for piece in self.pieces if not piece.known]
        narrative = [
            word
            for word in narrative
            if any(word in piece.norm.split() for piece in unread) or word in ("latest", "why", "what's")
        ]
        if "latest" in narrative and not any(
            piece.sense("super") and nouns and self._noun_follows(piece) for piece in self.pieces
        ):
            return 0.1, "asks for the latest"
        if "why" in [token.norm for token in self.tokens[:3]]:
            return 0.1, "asks why"
        if narrative and len(strong) < 2 and "latest" not in narrative:
            return 0.15, "asks what was said or happened"
        if not strong and not nouns and not any(piece.sense("list") for piece in self.pieces):
            return 0.1, "names nothing to count or list"
        return None

    def _noun_follows(self, piece: Piece) -> bool:
        at = self.pieces.index(piece)
        return any(other.sense("noun", "status", "verb") for other in self.pieces[at + 1 : at + 4])

    def mend(self) -> None:
        """Give unread words a reading where they are a slip of the pen. `trouble` then holds the question back, where two words are as near."""
        try:
            self._mend()
        except Trouble as trouble:
            self.trouble = trouble

    def _mend(self) -> None:
        """Set right the words of asking, and find the values of the data that a misspelled name means."""
        self._mend_comparatives()
        swapped: dict[int, tuple[str, ...]] = {}
        for at, piece in enumerate(self.pieces):
            if piece.known or len(piece.norm) < 3 or not piece.norm.isalpha() or piece.after - piece.first > 1:
                continue
            near = self.speller.candidates(piece, self.tokens[piece.first])
            close = self.words.close_to(piece.text) if near and len(piece.norm) > 5 else []
            if near and close and len(near) == 1 and not self._near_senses(near[0]):
                shown = (near[0], *dict.fromkeys(ref.shown for ref in close))
                raise self.speller.unclear(self.tokens[piece.first], shown[:4])
            if near:
                swapped[piece.first] = near
            elif len(piece.norm) > 3 and (values := self._joined_values(at) or self._shortened(at)):
                piece.values = tuple(values)
        if swapped:
            self._cut_again(swapped)

    @staticmethod
    def _near_senses(word: str) -> bool:
        return word in senses() or singular(word) in senses()

    def _mend_comparatives(self) -> None:
        mended = self.speller.comparatives(self.tokens)
        if mended != tuple(self.tokens):
            self.tokens = mended
            self.pieces = self.cutter.cut(self.text, mended)

    def _cut_again(self, swapped: dict[int, tuple[str, ...]]) -> None:
        """Cut the question anew with misspelled words of asking set right, keeping the values that were found by their spelling."""
        tokens = self.speller.settle(self.tokens, swapped)
        values = {piece.first: piece for piece in self.pieces if piece.values and any(ref.typo for ref in piece.values)}
        self.tokens = tokens
        pieces = self.cutter.cut(self.text, tokens)
        self.pieces = [
            values.get(piece.first, piece)
            for piece in pieces
            if not any(other.first < piece.first < other.after for other in values.values())
        ]

    def _joined_values(self, at: int) -> list[ValueRef]:
        """Return what a misspelled name means: with the words beside it (`Darcell Schlect`), else alone."""
        piece = self.pieces[at]
        for left, right in ((at - 1, at + 1), (at, at + 2), (at, at + 1)):
            if left < 0 or right > len(self.pieces):
                continue
            inside = self.pieces[left:right]
            if len(inside) > 1 and any(one.used or one.noise or one.span or one.number for one in inside):
                continue
            text = self.text[inside[0].start : inside[-1].end]
            found = self.words.close_to(text.removesuffix("'s").removesuffix("’s"))
            if found:
                if len(inside) > 1:
                    self._absorb(at, left, right)
                elif len(piece.norm) < 6 and not self._is_place(at):
                    continue
                return found
        return []

    def _absorb(self, at: int, left: int, right: int) -> None:
        keeper = self.pieces[at]
        inside = self.pieces[left:right]
        keeper.text = self.text[inside[0].start : inside[-1].end]
        keeper.start, keeper.end = inside[0].start, inside[-1].end
        keeper.first, keeper.after = inside[0].first, inside[-1].after
        keeper.possessive = inside[-1].possessive
        for other in inside:
            if other is not keeper:
                other.senses, other.fields, other.values, other.noise = (), (), (), True

    def _is_place(self, at: int) -> bool:
        return self.pieces[at].capital

    def _shortened(self, at: int) -> list[ValueRef]:
        """Return the value that a shortened word stands for beside its field's name (`tech sector`)."""
        for other in (at + 1, at - 1):
            if 0 <= other < len(self.pieces):
                for key in self.pieces[other].fields:
                    if found := self.words.begins_with(self.pieces[at].norm, key):
                        return found
        return []

    def check_numbers(self) -> None:
        """Ask back for a number such as 100.000, which is a hundred thousand to some and a hundred to others."""
        for token in self.tokens:
            if token.kind == "number" and _EITHER.fullmatch(token.text.strip("$€£¥ ")):
                both = (token.text.replace(".", ","), token.text.partition(".")[0])
                choices = tuple((one, f"{self.text[: token.start]}{one}{self.text[token.end :]}") for one in both)
                raise Trouble(
                    ask_back(f"Is {token.text} meant as {both[0]} or as {both[1]}?", choices, words=(token.text,))
                )

    def check_mentions(self, draft: Draft) -> None:
        """Stop where a linked name may mean several records."""
        for piece in draft.pieces:
            mention = piece.mention
            if mention is None or not mention.ambiguous or not piece.values:
                continue
            names = list(dict.fromkeys(entity.name for entity in mention.entities))
            if len(names) > 1 and len({ref.field for ref in piece.values}) == 1:
                raise Trouble(
                    ask_back(
                        f"Which “{mention.text}” do you mean?",
                        tuple((name, self.text.replace(mention.text, name, 1)) for name in names),
                    )
                )

    def leftovers(self, draft: Draft) -> Answer | None:
        """Return what to say of words that nothing could be made of; None where there are none."""
        left = draft.leftovers()
        if not left:
            return None
        words = tuple(dict.fromkeys(piece.text for piece in left))
        names = [piece for piece in left if (piece.capital or self._quoted(piece)) and not piece.known]
        if names:
            told = ", ".join(f"“{piece.text}”" for piece in names)
            return not_found(f"I found nothing called {told} among what you can see.", words=words)
        told = ", ".join(f"“{word}”" for word in words)
        return ask_back(
            f"I don't know what to make of {told} in this question, and it could change the figure. Can you say it another way?",
            (),
            words=words,
        )

    def _quoted(self, piece: Piece) -> bool:
        return any(token.quoted for token in self.tokens[piece.first : piece.after])

    def which(self, candidates: list[Candidate]) -> Answer:
        """Ask which of several meanings is meant."""
        choices = []
        for candidate in candidates:
            label = ", ".join(candidate.words) or "this"
            choices.append((label, self._said_with(candidate)))
        unique = dict(choices)
        return ask_back(
            "This can be read in more than one way, with different figures. Which do you mean?", tuple(unique.items())
        )

    def _said_with(self, candidate: Candidate) -> str:
        """Return the question with its ambiguous words replaced by what this meaning says."""
        text = self.text
        for start, end, words in sorted(candidate.edits, reverse=True):
            text = f"{text[:start]}{words}{text[end:]}"
        return text

    @staticmethod
    def muddled() -> Answer:
        """Return the answer for words that were read but make no question together."""
        return ask_back("I can't put this question together; can you say it in other words?", ())

    def _asks_the_record(self, draft: Draft) -> bool:
        """Whether a detail is asked for that only a record tells: several of them, what the CRM says, how often a date moved."""
        details = len(draft.fields) + (draft.lookup in ("owner", "manager")) + (draft.focus == "dimension")
        if not draft.values or not details:
            return False
        named = any(token.norm in _SYSTEMS for token in self.tokens)
        return details > 1 or named or any(piece.used and piece.sense("times") for piece in self.pieces)

    def confidence(self, draft: Draft | None) -> float:
        """Return how sure the road is that the question is its own: by how many of its words count, list, filter or measure."""
        kinds = {sense.kind for piece in self.pieces for sense in piece.senses}
        score = 0.35 + 0.12 * len(kinds & set(_STRONG))
        if {"count", "measure", "share"} & kinds:
            score += 0.2
        if any(piece.sense("noun") for piece in self.pieces):
            score += 0.1
        if draft is not None:
            unread = [piece for piece in draft.leftovers() if not piece.known]
            score -= 0.1 * len(unread)
            if self._asks_the_record(draft) and not unread:
                score = max(score, 0.7)
        return max(0.05, min(0.97, score))
