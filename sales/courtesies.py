"""How requests begin and end, whatever they ask for, and whether what they ask for is the asker's own. Parts of patterns; to be read without regard to case."""

from __future__ import annotations

import re

LEAD = r"\W*(?:(?:hi|hey|hello|please|pls|ok|okay|so|and|but|now)\b[,!\s]*)*(?:(?:can|could|would|will)\s+you\s+)?(?:(?:please|tell|show|give)\s+(?:me\s+|us\s+)?)*"
"""What may stand before a question: `hi, could you tell me`."""

END = r"\s*(?:,?\s*please)?\s*[.!?]*\s*"
"""What may stand after a request."""

_OWN = re.compile(r"\b(?:my|mine|me|i)\b(?!\s+team)", re.I)
_TO_ME = re.compile(r"\b(?:show|tell|give|send|list|remind)\s+me\b|\bme\s+and\b", re.I)


def asks_for_own(text: str) -> bool:
    """Whether words ask for what is the asker's own: `show me my tasks` does, `show me all tasks` and `my team's tasks` do not."""
    return _OWN.search(_TO_ME.sub(" ", text)) is not None
