"""What of a review stands on the first screen, for its reader: chosen by rank, with the sections folded that they called not useful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.digest.record import Digest, Line, Section
from sales.reviewing import FOLD_AFTER, Weighed, folds_for, on_screen

KEPT = 60
"""Lines that a section keeps: a review of thousands of deals tells the weightiest and how many there are besides."""

MOST_OPEN = {"forecast": 1, "risk": 4, "moved": 4, "closing": 3, "hot": 2, "said": 2, "overdue": 2, "alerts": 1, "patterns": 2, "coaching": 2, "quality": 1, "change": 1}  # fmt: skip
"""Lines of a section that may stand open, however much room there is: ours."""

FIRST = {"risk": 3, "moved": 2, "closing": 2}
"""Lines of a section that stand open before any other section gets a second one: ours."""

_BEHIND = frozenset({"Still", "Also"})
"""Labels of lines that are as they were last week, or say more of a deal that has its line: they stand behind the button."""


def arranged(digest: Digest, verdicts: Mapping[str, Sequence[bool]] | None = None) -> Digest:
    """Return the review with the lines of its first screen in `lines` and all others in `more`. `verdicts` are its reader's on each section, the newest first."""
    judged = verdicts or {}
    whole = [_joined(section, judged.get(section.key, ())) for section in digest.sections]
    open_lines = [() if digest.quiet or one.folded else _may_stand(one) for one in whole]
    shown = on_screen([[Weighed(section.key, len(_told(line)), line.rank) for line in lines] for section, lines in zip(whole, open_lines, strict=True)], [FIRST.get(section.key, 1) for section in whole])  # fmt: skip
    sections = []
    for section, lines, count in zip(whole, open_lines, shown, strict=True):
        first = lines[:count]
        rest = tuple(line for line in section.lines if line not in first)
        sections.append(section.model_copy(update={"lines": tuple(first), "more": rest}))
    return digest.model_copy(update={"sections": tuple(sections)})


def _joined(section: Section, verdicts: Sequence[bool]) -> Section:
    lines = (*section.lines, *section.more)[:KEPT]
    folded = folds_for(verdicts)
    why = f"Folded, as you called it not useful {FOLD_AFTER} times in a row." if folded else None
    return section.model_copy(update={"lines": lines, "more": (), "folded": folded, "folded_why": why})


def _may_stand(section: Section) -> tuple[Line, ...]:
    fresh = tuple(line for line in section.lines if line.label not in _BEHIND)
    return fresh[: MOST_OPEN[section.key]]


def _told(line: Line) -> str:
    return " ".join(filter(None, (line.label, line.subject, line.text)))
