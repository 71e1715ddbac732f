"""The read-aloud eval: on the sample company the company's review names its stories rightly, and no deal that is healthy by the labels as one at risk."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.digest.record import Digest, Line
from agents.digest.service import Wish
from agents.intake.sample import load_sample
from bot.app import App
from examples.render import render
from infra.settings import Settings
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.evals.cases import LABELS

STORIES = LABELS / "stories.jsonl"
AT_RISK = frozenset({"New", "Worse", "At risk", "Still"})
"""Labels under which a review calls a deal one at risk."""


@dataclass(frozen=True)
class Told:
    """What the review says of one labelled deal: facts that stand in its lines, whether one of the labelled sources is cited, and whether it calls it at risk."""

    deal: str
    health: tuple[str, ...]
    story: str | None
    facts: int
    found: tuple[str, ...]
    missing: tuple[str, ...]
    cited: bool
    at_risk: bool
    open_lines: int

    @property
    def right(self) -> bool:
        """A story is right with all its facts and a source; any deal, when it is called at risk only where the labels allow it."""
        return not self.wrongly_at_risk and (self.story is None or (not self.missing and self.cited))

    @property
    def wrongly_at_risk(self) -> bool:
        """Whether it is called at risk though the labels say healthy or unknown."""
        return self.at_risk and not {"at_risk", "watch"} & set(self.health)


def lines_on(digest: Digest, deal: str, account: str) -> tuple[list[Line], list[Line]]:
    """Return the lines of a review that are on one deal: those that stand open, and those behind a button. A line on its account alone is on it too."""

    def on(line: Line) -> bool:
        return line.deal_id == deal or (line.deal_id is None and line.account_id == account)

    first = [line for section in digest.sections for line in section.lines if on(line)]
    return first, [line for section in digest.sections for line in section.more if on(line)]


def told_of(digest: Digest, label: dict[str, Any]) -> Told:
    """Return what a review says of a labelled deal."""
    first, rest = lines_on(digest, label["deal"], label.get("account", ""))
    lines = [*first, *rest]
    words = "\n".join(" ".join(filter(None, (one.label, one.subject, one.text))) for one in lines)
    facts = tuple(label.get("facts", ()))
    found = tuple(one for one in facts if re.search(one, words, re.IGNORECASE))
    cited = {piece.id for line in lines for piece in line.evidence}
    return Told(
        deal=label["deal"],
        health=tuple(label["health"].split("|")),
        story=label.get("story"),
        facts=len(facts),
        found=found,
        missing=tuple(one for one in facts if one not in found),
        cited=bool(cited & set(label.get("evidence", ()))),
        at_risk=any(line.key == f"risk:{label['deal']}" and line.label in AT_RISK for line in lines),
        open_lines=len(first),
    )


def labels_of(now: datetime, settings: Settings) -> list[dict[str, Any]]:
    """Return the labelled deals as they stand on the day of loading."""
    text = render(STORIES.read_text(encoding="utf-8"), now.astimezone(settings.zone).date(), settings.zone)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def read_aloud(home: Path, now: datetime) -> tuple[Digest, list[Told]]:
    """Load the sample into `home` as of a moment, let what stands in it be read, and return the company's review with what it says of each labelled deal."""
    app = App(
        Settings(home=home, time_zone="America/New_York", company_domain="tallyport.example"), clock=FixedClock(now)
    )
    try:
        load_sample(app.database, app.settings, app.clock, now.astimezone(app.settings.zone).date())
        while app.notes.read_waiting(50):
            pass
        app.health_of_deals.refresh()
        digest = app.reviews.read(None, EVERYTHING, Wish())
        return digest, [told_of(digest, label) for label in labels_of(now, app.settings)]
    finally:
        app.close()


def table(told: Sequence[Told]) -> str:
    """Return the figures: each story with what is missing of it, and the deals that are called at risk against the labels."""
    lines = ["digest: the sample company's review, read aloud"]
    for one in told:
        if one.story is not None:
            state = "right" if one.right else f"missing: {', '.join(one.missing) or 'a source'}"
            place = "first screen" if one.open_lines else "behind a button"
            lines.append(f"  {one.deal:<28} {len(one.found)} of {one.facts} facts, {place}: {state}")
    named = [one for one in told if one.at_risk]
    wrong = [one.deal for one in told if one.wrongly_at_risk]
    missed = [one.deal for one in told if one.health == ("at_risk",) and not one.at_risk]
    lines.append(f"  called at risk {len(named)}; of them healthy or unknown by the labels {len(wrong)}{': ' + ', '.join(wrong) if wrong else ''}")  # fmt: skip
    lines.append(f"  at risk by the labels and not called so {len(missed)}{': ' + ', '.join(missed) if missed else ''}")
    return "\n".join(lines)
