"""What ends the reading of a question without a plan: a question back, or the word that nothing answers to it."""

from __future__ import annotations

from agents.answer import Answer, Choice


class Trouble(Exception):
    """The question can't be planned; `answer` says why, and what to ask instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.kind)
        self.answer = answer


def ask_back(
    headline: str, choices: tuple[tuple[str, str], ...], *, words: tuple[str, ...] = (), notes: tuple[str, ...] = ()
) -> Answer:
    """Return a question back, with its possible answers as (label, question) pairs."""
    return Answer(
        kind="clarify", headline=headline, unknown_words=words, notes=notes,
        choices=tuple(Choice(label=label, question=question) for label, question in choices),
    )  # fmt: skip


def not_found(headline: str, *, words: tuple[str, ...] = (), choices: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return the answer that says what was looked for and is not there."""
    return Answer(
        kind="not_found", headline=headline, unknown_words=words,
        choices=tuple(Choice(label=label, question=question) for label, question in choices),
    )  # fmt: skip
