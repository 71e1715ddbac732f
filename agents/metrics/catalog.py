"""All metrics: each is defined in one place, and everything that tells of them reads it here."""

from __future__ import annotations

from agents.metrics.definition import Definition
from agents.metrics.of_outreach import OUTREACH, REPLY_SPLITS
from agents.metrics.of_selling import SELLING
from agents.metrics.of_work import WORK

CATALOG: tuple[Definition, ...] = (*OUTREACH, *REPLY_SPLITS, *WORK, *SELLING)
"""In the order in which they are told."""

BY_KEY: dict[str, Definition] = {one.key: one for one in CATALOG}
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(one.family for one in CATALOG))
