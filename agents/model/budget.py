"""The bounds of one answer: calls and tokens, counted before a call, while it streams, and after it."""

from __future__ import annotations

import math
import time
from typing import Any

_LETTERS_A_TOKEN = 4
"""A token is about four letters of English: https://help.openai.com/en/articles/4936856-what-are-tokens-and-how-to-count-them"""


class OverBudget(Exception):
    """The model takes more calls, tokens or time than one answer may cost."""


class Budget:
    """Counts one answer's calls, tokens and seconds. Where the provider tells no usage, tokens are estimated from letters."""

    def __init__(self, calls: int, tokens: int, seconds: float = math.inf) -> None:
        self._calls = calls
        self._tokens = tokens
        self._until = time.monotonic() + seconds
        self.calls = 0
        self.spent = 0
        self._asked = 0
        self._streamed = 0

    def begin(self, letters: int) -> None:
        """Count a call that sends so many letters. Raises OverBudget before it is made."""
        self._asked, self._streamed = letters // _LETTERS_A_TOKEN, 0
        if self._late() or self.calls >= self._calls or self.spent + self._asked >= self._tokens:
            raise OverBudget
        self.calls += 1

    def stream(self, letters: int) -> None:
        """Count letters as they come. Raises OverBudget in the midst of an answer that does not end."""
        self._streamed += letters
        if self._late() or self.spent + self._asked + self._streamed // _LETTERS_A_TOKEN > self._tokens:
            raise OverBudget

    def _late(self) -> bool:
        return time.monotonic() > self._until

    def end(self, told: int | None) -> None:
        """Settle a call with the tokens that the provider told, or with the estimate."""
        self.spent += told if told and told > 0 else self._asked + self._streamed // _LETTERS_A_TOKEN


def letters_in(value: Any) -> int:
    """Count the letters of all texts in a nested value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(letters_in(key) + letters_in(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return sum(letters_in(one) for one in value)
    return 0
