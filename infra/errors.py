"""The three kinds of failure, and what a person is told of them.

An error carries a fixed sentence for people and what to do next; its cause goes to the log under a reference id. The text
of an exception never reaches a person, as it may hold customers' words or secrets.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass


def new_reference() -> str:
    """Return a fresh reference id, short enough to be read out on the phone: `DW-` and eight letters or digits."""
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "DW-" + "".join(secrets.choice(alphabet) for _ in range(8))


class DealwrightError(Exception):
    """A failure that we know. `sentence` and `next_step` are fixed texts for people; `status` is what HTTP answers."""

    status = 500

    def __init__(self, sentence: str, next_step: str = "", *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step
        if status is not None:
            self.status = status


class Retriable(DealwrightError):
    """It may work later: the provider was busy, the network was away, a lock was held."""

    status = 503


class Fatal(DealwrightError):
    """It will not work until a person changes something: credentials, settings, permissions, a broken request."""

    status = 400


class Skippable(DealwrightError):
    """This one record can't be handled; the rest can."""

    status = 422


class Denied(Fatal):
    """The asker may not do or see this. Says nothing about what there is."""

    status = 403


@dataclass(frozen=True)
class Trouble:
    """What a person is shown when something failed."""

    sentence: str
    next_step: str
    reference: str

    def text(self) -> str:
        """Return the whole message, one line."""
        parts = [self.sentence, self.next_step, f"Reference: {self.reference}"]
        return " ".join(part for part in parts if part)


def trouble(error: BaseException, reference: str) -> Trouble:
    """Return what a person is shown for `error`: its own sentence when it is ours, a fixed one otherwise."""
    if isinstance(error, DealwrightError):
        return Trouble(error.sentence, error.next_step, reference)
    return Trouble(
        "Something went wrong on our side.", "Try again; if it stays so, give your admin the reference.", reference
    )
