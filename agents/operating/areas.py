"""The five areas of the operating review, each with its question and the decisions that there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.operating.record import AreaKey, Choice

SHOWN = 25
"""So many records of an area are listed; the others are counted."""
LEADS_FOR = timedelta(days=30)
REPLIES_FOR = timedelta(days=90)
MEETINGS_FOR = timedelta(days=45)


@dataclass(frozen=True)
class Kind:
    """An area before it is read."""

    key: AreaKey
    title: str
    question: str
    choices: tuple[Choice, ...]


AREAS = (
    Kind(
        "leads",
        "New leads",
        "Is there enough research to route them?",
        (Choice(key="qualify", label="Qualify"), Choice(key="enrich", label="Enrich"), Choice(key="skip", label="Skip"), Choice(key="tighten", label="Tighten sourcing")),
    ),
    Kind(
        "qualified",
        "Qualified",
        "Are the decisions backed by evidence?",
        (Choice(key="approve", label="Approve outreach"), Choice(key="nurture", label="Nurture"), Choice(key="reject", label="Reject")),
    ),
    Kind(
        "outreach",
        "Active outreach",
        "Which angles drew positive, neutral and negative replies?",
        (Choice(key="keep", label="Keep"), Choice(key="rewrite", label="Rewrite"), Choice(key="stop", label="Stop it")),
    ),
    Kind(
        "overdue",
        "Overdue",
        "What becomes of each?",
        (Choice(key="touch", label="Touch"), Choice(key="pause", label="Pause"), Choice(key="stop", label="Stop"), Choice(key="owner", label="Change owner")),
    ),
    Kind(
        "meetings",
        "Meetings booked or lost",
        "Did they reach decision, proposal, won, lost or nurture?",
        (Choice(key="filter", label="Fix the meeting filter"), Choice(key="stage", label="Fix the stage rules"), Choice(key="fine", label="Fine as it is")),
    ),
)  # fmt: skip


def area_of(key: str) -> Kind | None:
    """Return the area of a key."""
    return next((one for one in AREAS if one.key == key), None)


def week_of(moment: datetime) -> str:
    """Return the ISO week of a moment: what is decided for a while, and not for good, is asked again next week."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def decision_key(area: str, item: str, moment: datetime) -> str:
    """Return under which key a decision is kept, so that a record is decided once; a variant or a meeting comes up again the week after."""
    lasting = area in ("leads", "qualified", "overdue")
    return f"{area}:{item}{'' if lasting else f':{week_of(moment)}'}"[:250]
