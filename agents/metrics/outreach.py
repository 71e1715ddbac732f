"""The metrics of outreach, with replies by signal, opener and age beside them: what the page of figures shows."""

from __future__ import annotations

from sqlalchemy.orm import Session

from agents.metrics.figuring import figures
from agents.metrics.ground import Ground
from agents.metrics.metric import Metric
from agents.metrics.of_outreach import OUTREACH, REPLY_SPLITS


def outreach_metrics(session: Session, ground: Ground) -> list[Metric]:
    """Return every metric of outreach for what was sent, decided or came back in the ground's spans, by people whose figures may be seen."""
    return [found for one in (*OUTREACH, *REPLY_SPLITS) for found in figures(session, ground, one)]
