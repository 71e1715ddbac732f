"""The marked slot in which words from outside enter a prompt: a mark that nobody outside can know, and nothing inside that could look like one."""

from __future__ import annotations

import secrets
import unicodedata

_ESCAPED = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")"})


def flat(text: str, most: int = 1_200) -> str:
    """Return words as one line without marks of ours, control signs or invisible letters, cut at `most` letters."""
    seen = "".join(
        " " if sign.isspace() else sign
        for sign in text
        if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf", "Co", "Cs", "Cn")
    )
    line = " ".join(seen.translate(_ESCAPED).split())
    return line if len(line) <= most else line[: most - 1] + "…"


class Slot:
    """The mark of one request. Lines are put in flat, so that a line can't bring another one, nor the end of the slot."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)

    def evidence(self, lines: list[str]) -> str:
        """Return lines as data between the request's marks."""
        inside = "\n".join(flat(line) for line in lines) or "(nothing)"
        return f"<evidence-{self.mark}>\n{inside}\n</evidence-{self.mark}>"
