"""How well health meets the labels of the sample company's deals: the bands, and whether the stories told in depth are told by their reasons.

The labels were seen when the bands and weights were set, so that meeting them here shows that nothing was broken since, not how well health does on another company's deals.
Where each rule and weight comes from stands with it in `sales/health`.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.health.record import Health
from agents.health.service import HealthService
from agents.intake.sample import ZONE, load_sample
from agents.notes.service import Notes
from examples.render import render
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock

LABELS = Path(__file__).resolve().parents[2] / "examples" / "labels" / "stories.jsonl"
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
KINDS: dict[str, tuple[str, ...]] = {
    "champion_left": ("champion_left",),
    "sceptical_successor": ("sceptic",),
    "competitor": ("competitor",),
    "price": ("budget",),
    "silence": ("silence",),
    "close_date_slips": ("close_date_slips",),
    "date_contradicted": ("date_contradicted",),
    "legal_silent": ("legal_silent",),
    "security_review": ("security_review",),
    "promise_broken": ("promise_broken_by_us", "promise_broken_by_buyer"),
    "meeting_booked": ("meeting_booked",),
    "multi_threaded": ("many_contacts",),
}
"""Which of our kinds of reasons is which of the labels'. A label's reason that health has no rule for is told as not covered."""


@dataclass
class Result:
    """What was measured: each deal's label and band, and of each story the reasons found, missed and not covered, and whether each fact stands in it."""

    bands: dict[str, tuple[str, str]] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)
    missed: dict[str, list[str]] = field(default_factory=dict)
    uncovered: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, tuple[int, int]] = field(default_factory=dict)
    cited: dict[str, bool] = field(default_factory=dict)

    @property
    def right(self) -> int:
        """Return how many deals stand in a band that their label allows."""
        return sum(band in label.split("|") for label, band in self.bands.values())

    @property
    def false_alarms(self) -> list[str]:
        """Return the deals that are at risk for us and healthy by the label."""
        return [deal for deal, (label, band) in self.bands.items() if band == "at_risk" and label == "healthy"]

    def at_risk(self) -> tuple[float, float]:
        """Return precision and recall of at risk: precision by labels that allow it, recall over labels that say nothing else."""
        called = [label for label, band in self.bands.values() if band == "at_risk"]
        sure = [band for label, band in self.bands.values() if label == "at_risk"]
        precision = sum("at_risk" in label.split("|") for label in called) / len(called) if called else 1.0
        return precision, sum(band == "at_risk" for band in sure) / len(sure) if sure else 1.0


def run() -> Result:
    """Load the sample company into a folder of its own, let its calls and mails be read, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        database = Database(settings.spine_url)
        database.migrate()
        clock = FixedClock(NOW)
        load_sample(database, settings, clock, NOW.astimezone(ZONE).date())
        notes = Notes(database, settings, clock)
        notes.read_waiting(1_000)
        service = HealthService(database, settings, clock, notes=lambda: notes)
        service.refresh()
        with database.session() as session:
            healths = {one.deal_id: one for one in service.of_all(session, EVERYTHING)}
        database.close()
    return _compared(healths)


def _compared(healths: dict[str, Health]) -> Result:
    result = Result()
    for line in render(LABELS.read_text(encoding="utf-8"), NOW.astimezone(ZONE).date(), ZONE).splitlines():
        label = json.loads(line)
        health = healths.get(label["deal"])
        if label["health"] not in ("won", "lost"):
            result.bands[label["deal"]] = (label["health"], health.band if health else "missing")
        if "story" in label and health is not None:
            _told(result, label, health)
    return result


def _told(result: Result, label: dict[str, Any], health: Health) -> None:
    deal = label["deal"]
    ours = {one.kind for one in health.reasons}
    covered = [one for one in label["reasons"] if one in KINDS]
    result.found[deal] = [one for one in covered if ours & set(KINDS[one])]
    result.missed[deal] = [one for one in covered if not ours & set(KINDS[one])]
    result.uncovered[deal] = [one for one in label["reasons"] if one not in KINDS]
    lines = [one.sentence for one in health.reasons]
    lines += [piece.quote for one in health.reasons for piece in one.evidence]
    result.facts[deal] = (
        sum(any(re.search(fact, line, re.IGNORECASE) for line in lines) for fact in label["facts"]),
        len(label["facts"]),
    )
    cited = {piece.id for one in health.reasons for piece in one.evidence}
    result.cited[deal] = bool(cited & set(label["evidence"]))


def table(result: Result) -> str:
    """Return the report."""
    precision, recall = result.at_risk()
    lines = [
        f"deal health: {result.right} of {len(result.bands)} deals of the sample in a band that their label allows; "
        f"at risk: precision {precision:.2f}, recall {recall:.2f}; healthy deals called at risk: {len(result.false_alarms)}"
    ]
    for deal, (label, band) in sorted(result.bands.items()):
        if band not in label.split("|"):
            lines.append(f"  {deal}: {band}, labelled {label}")
    for deal in result.found:
        told, facts = result.facts[deal]
        missed = f"; missed {', '.join(result.missed[deal])}" if result.missed[deal] else ""
        none = f"; no rule for {', '.join(result.uncovered[deal])}" if result.uncovered[deal] else ""
        cites = "cites a labelled source" if result.cited[deal] else "cites NO labelled source"
        lines.append(
            f"  story {deal}: {len(result.found[deal])} of {len(result.found[deal]) + len(result.missed[deal])} reasons{missed}{none}; {told} of {facts} facts; {cites}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(run()))
