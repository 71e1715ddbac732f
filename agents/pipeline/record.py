"""What is told of a pipeline over time: movement, forecast, conversion and patterns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agents.metrics.metric import Window

MoveKind = Literal[
    "new",
    "reopened",
    "won",
    "lost",
    "slipped",
    "pulled_in",
    "stage_forward",
    "stage_back",
    "amount_up",
    "amount_down",
]
MOVE_KINDS: tuple[MoveKind, ...] = (
    "won", "lost", "new", "reopened", "slipped", "pulled_in", "stage_forward", "stage_back", "amount_up", "amount_down",
)  # fmt: skip


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Frozen):
    """Whose pipeline: the whole company's (neither is set), a team's by its name, or a person's by their user id. It is those who own the deals at the end."""

    team: str | None = None
    user_id: str | None = None


COMPANY = About()
"""Everything that the scope shows."""


class Move(_Frozen):
    """One thing that moved between the two ends of a window. `old` and `new` are days, stages or plain amounts as text; None where there was none.

    `amount` is what the deal was worth at the end or at its close (None where nobody gave one), `delta` by how much the open total of its currency
    changed through this move: nought for dates and stages. `at` is when it happened, of the last change where there were several; `change_id` names
    that change, None where the deal's own dates tell it.
    """

    deal_id: str
    deal: str
    account_id: str | None
    account: str | None
    owner_id: str | None
    owner: str | None
    kind: MoveKind
    at: datetime
    old: str | None
    new: str | None
    amount: Decimal | None
    delta: Decimal
    currency: str
    change_id: str | None = None


class Sum(_Frozen):
    """Deals of one currency: how many, what they are worth together, and how many of them have no amount."""

    currency: str
    deals: int
    amount: Decimal
    unpriced: int = 0


class MoveSum(_Frozen):
    """All moves of one kind in one currency. `amount` is what the deals are worth, `delta` what the moves did to the open total."""

    kind: MoveKind
    currency: str
    deals: int
    amount: Decimal
    delta: Decimal


class Movement(_Frozen):
    """What moved in a window: for each currency `begin` plus the deltas of `sums` is `end`, exactly; so it is with the numbers of deals.

    `moves` are all of them, the worthiest first. `notes` say what could only be told from today's records.
    """

    window: Window
    about: About = COMPANY
    begin: tuple[Sum, ...]
    end: tuple[Sum, ...]
    sums: tuple[MoveSum, ...]
    moves: tuple[Move, ...]
    notes: tuple[str, ...] = ()

    def of(self, *kinds: MoveKind) -> tuple[Move, ...]:
        """Return the moves of some kinds."""
        return tuple(one for one in self.moves if one.kind in kinds)


class ForecastLine(_Frozen):
    """One currency of a forecast. `closed` is won in the quarter; `commit`, `best` and `pipeline` are open deals that are to close in it, by their category.

    `weighted` is the open amount, each times its likelihood. `call` is what to expect: closed and commit where categories are used, closed and
    weighted where none is. `target` is None where none is on file in this currency; `before` is the call a week earlier, None where it can't be told by what is known today.
    """

    currency: str
    closed: Decimal
    closed_deals: int
    commit: Decimal
    best: Decimal
    pipeline: Decimal
    open_deals: int
    unpriced: int
    weighted: Decimal
    call: Decimal
    target: Decimal | None = None
    before: Decimal | None = None

    @property
    def change(self) -> Decimal | None:
        """By how much the call changed in a week."""
        return None if self.before is None else self.call - self.before


class Forecast(_Frozen):
    """Where a fiscal quarter will land, as seen at `as_of`. `call_of` says what the call is made of, `weighted_of` where the weights come from.

    `undated` open deals have no close date and `overdue` ones a close date before the quarter or before today: neither is left out silently.
    """

    period: str
    first: date
    until: date
    as_of: datetime
    about: About = COMPANY
    about_name: str | None = None
    lines: tuple[ForecastLine, ...]
    call_of: str
    weighted_of: str
    undated: int
    overdue: int
    notes: tuple[str, ...] = ()


class StageRow(_Frozen):
    """What became of the deals that entered a stage in the window: went further (or were won), went back or were lost, or still are in it.

    `share` is went on ÷ (went on + lost + back) in percent, None where nothing is decided. `median_days` is of those that left it.
    """

    pipeline: str
    stage: str
    position: int
    entered: int
    went_on: int
    fell: int
    open: int
    share: Decimal | None
    median_days: Decimal | None


class Conversion(_Frozen):
    """Conversion from stage to stage, and of the whole: deals that were decided in the window, how many were won, and how long they took."""

    window: Window
    about: About = COMPANY
    stages: tuple[StageRow, ...]
    created: int
    won: int
    lost: int
    win_rate: Decimal | None
    median_days_won: Decimal | None
    median_days_lost: Decimal | None
    notes: tuple[str, ...] = ()


class Pattern(_Frozen):
    """A way in which deals that were won differ from those that were lost. Only such as means something is ever made.

    `kind` is difference (deals with this against those without, in one window) or shift (the same deals, recently against before). Counts are won of
    decided. `p` is the two-sided exact test's, `adjusted` the same after allowing for all comparisons that were made (`compared`).
    """

    kind: Literal["difference", "shift"]
    field: str
    value: str
    sentence: str
    won_with: int
    decided_with: int
    won_without: int
    decided_without: int
    p: Decimal
    adjusted: Decimal
    compared: int
    window: Window
    deal_ids: tuple[str, ...] = ()
