"""What a contact is in a deal, and how they stand to it, whatever words a CRM has for it: so that the same thing told in other words is no news."""

from __future__ import annotations

import re
from typing import Literal

from sales.names import fold

Role = Literal["champion", "economic_buyer", "decision_maker", "influencer", "blocker", "legal", "user"]

_ROLES: tuple[tuple[Role, str], ...] = (
    ("champion", r"champion|sponsor|advocate|coach"),
    ("economic_buyer", r"economic|budget"),
    ("decision_maker", r"decision|decider|entscheider|approver|sign"),
    ("blocker", r"block|detractor|gatekeep"),
    ("legal", r"legal|procure|compliance"),
    ("influencer", r"influenc|evaluat|technical|recommend"),
    ("user", r"user|operator|anwender"),
)
_STANCES = (
    ("supporter", r"support|champion|positiv|favou?r|pro\b|for us|advocate|friend|warm|promoter"),
    ("against", r"against|negativ|detract|oppos|critic|blocker|cold|contra"),
    ("neutral", r"neutral|undecided|mixed|open|passive|unsure"),
)
_SAYABLE = {"champion": "champion", "economic_buyer": "economic buyer"}
NEVER_OVERWRITTEN: frozenset[str] = frozenset({"decision_maker", "legal", "blocker"})
"""Roles that words of one call don't take away."""


def role_named(word: str | None) -> Role | None:
    """Return which role a CRM's word means, None for none that is known."""
    told = fold(word or "")
    return next((role for role, pattern in _ROLES if re.search(pattern, told)), None)


def stance_named(word: str | None) -> str | None:
    """Return which stance a CRM's word means: supporter, neutral or against; None for none that is known."""
    told = fold(word or "")
    return next((stance for stance, pattern in _STANCES if re.search(pattern, told)), None)


def role_word(role: str) -> str | None:
    """Return how a role that a call shows is written into a CRM; None for one that words alone don't show."""
    return _SAYABLE.get(role)
