"""What a picture shows: plain figures, as the review keeps them. `bot.pictures` draws them and tells them in words.

Amounts are exact and of one currency; what could not be shown (another currency, an unknown amount or risk) is said in `notes`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Band = Literal["healthy", "watch", "at_risk", "unknown"]


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MovementStep(_Figures):
    """What a kind of move added to the open pipeline (negative: took from it), and by how many deals. `label` is told as it stands: "Won", "Slipped out".

    `kind` is that of `agents.pipeline.record.Move`: what is won leaves the open pipeline and is good news all the same.
    """

    label: str
    kind: str | None = None
    amount: Decimal
    deals: int = Field(ge=0)


class MovementPicture(_Figures):
    """How the open pipeline came from `begin` to `end` in a window: a waterfall. `begin` and the steps together make `end`.

    `begin_label` and `end_label` name the two moments ("9 Nov", "16 Nov").
    """

    key: Literal["movement"] = "movement"
    title: str = "Pipeline movement"
    currency: str | None = None
    begin: Decimal
    end: Decimal
    begin_label: str
    end_label: str
    begin_deals: int = Field(default=0, ge=0)
    end_deals: int = Field(default=0, ge=0)
    steps: tuple[MovementStep, ...] = ()
    notes: tuple[str, ...] = ()


class RiskPoint(_Figures):
    """An open deal: its value, its risk from 0 to 100 (100 less its health), and its band. `url` is the page that opens it, from the console's root or whole."""

    deal_id: str
    deal: str
    amount: Decimal
    risk: int = Field(ge=0, le=100)
    band: Band = "unknown"
    url: str | None = None


class RiskMapPicture(_Figures):
    """Open deals by value and risk. Those that matter most (value × risk) are named, the others are dots."""

    key: Literal["risk_map"] = "risk_map"
    title: str = "Open deals: value and risk"
    currency: str | None = None
    points: tuple[RiskPoint, ...] = ()
    notes: tuple[str, ...] = ()


class ConversionRow(_Figures):
    """A stage in a window: how many deals entered it, and of these how many went on, were lost, and are there still. `median_days` is how long they stayed."""

    stage: str
    entered: int = Field(ge=0)
    went_on: int = Field(ge=0)
    lost: int = Field(ge=0)
    open: int = Field(ge=0)
    median_days: Decimal | None = None


class ConversionPicture(_Figures):
    """How many deals went on from each stage, in the stages' order. `window` names the time: "last 90 days"."""

    key: Literal["conversion"] = "conversion"
    title: str = "Stage conversion"
    window: str = ""
    rows: tuple[ConversionRow, ...] = ()
    notes: tuple[str, ...] = ()


class ReplyRow(_Figures):
    """First mails because of one kind of signal: how many were sent and how many were answered by a person."""

    signal: str
    sent: int = Field(ge=0)
    replies: int = Field(ge=0)


class RepliesPicture(_Figures):
    """Reply rate by the kind of signal that the mail was written because of. `window` names the time."""

    key: Literal["replies"] = "replies"
    title: str = "Replies by signal"
    window: str = ""
    rows: tuple[ReplyRow, ...] = ()
    notes: tuple[str, ...] = ()


Picture = Annotated[
    MovementPicture | RiskMapPicture | ConversionPicture | RepliesPicture,
    Field(discriminator="key"),
]
"""Any of them; `key` tells which, so that a review can be read back from JSON."""
