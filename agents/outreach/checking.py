"""Holding a draft to its evidence: line by line through the claim check, and the mail as a whole to its bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from agents.answer import Claim, Evidence
from agents.claims import ClaimCheck
from infra.spine.scope import Scope

_OWN_CAPITALS = re.compile(
    r"\b(?:Congratulations|Noticed|Looks|Glad|Reviews|Assistants|Joining|Chasing|Lists|Hello|Shall|Curious|Somebody|Worth|Thanks|AI|ROI|I)\b"
)
_IDIOM = re.compile(r"\bfirst (?:ninety|90) days\b", re.IGNORECASE)
_QUOTED = re.compile(r"(“[^“”]*”)")
_LINK = re.compile(r"https?:|www\.|\]\(|[<>{}\[\]|`]|\b[\w.+-]+@[\w-]+\.\w+")


@dataclass(frozen=True)
class Line:
    """A sentence or two of a mail and what it rests on. `part` is opener, thought, offer, proof or ask."""

    part: str
    text: str
    evidence: tuple[Evidence, ...] = ()


class LineCheck:
    """Checks lines against the spine in the scope of whoever sends. `own` are words of ours that need no evidence: what the team says it offers."""

    def __init__(self, session: Session, scope: Scope, zone: ZoneInfo, today: date, own: str = "") -> None:
        self._check = ClaimCheck(session, scope, zone, today)
        self._own = [re.escape(own)] if own else []

    def stands(self, line: Line, around: Sequence[Evidence] = ()) -> bool:
        """Whether every quote, number and name of a line stands in its evidence, or in `around` where it has none of its own."""
        evidence = line.evidence or tuple(around)
        # What is quoted stays letter by letter as it was said.
        text = "".join(part if part.startswith("“") else self._without_ours(part) for part in _QUOTED.split(line.text))
        if _LINK.search(line.text):
            return False
        if not evidence:
            return False
        return bool(self._check.check([Claim(text=text, evidence=evidence)]).kept)

    def _without_ours(self, text: str) -> str:
        """Return a text without the capitals and idioms of our own wordings, and without what the team says of itself."""
        text = _OWN_CAPITALS.sub(lambda found: found[0].lower(), _IDIOM.sub("the beginning", text))
        for own in self._own:
            text = re.sub(own, "this", text)
        return text


def words_in(text: str) -> int:
    """Count the words of a mail as a reader does: what stands between blanks and has a letter or digit."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def is_clean_line(text: str) -> bool:
    """Whether a text can stand in a header: one line, no control signs."""
    return bool(text.strip()) and all(sign.isprintable() for sign in text)
