"""The pipeline over time, as one service: each question is answered inside a scope and as of a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Subquery
from sqlalchemy.orm import Session

from agents.metrics.metric import Window
from agents.pipeline.conversion import conversion_of
from agents.pipeline.forecasting import ForecastBy, forecast_of, forecasts_by
from agents.pipeline.movement import movement_of
from agents.pipeline.owners import just_after
from agents.pipeline.patterns import patterns_of
from agents.pipeline.record import COMPANY, About, Conversion, Forecast, Movement, Pattern
from agents.pipeline.standing import standing
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import Scope
from sales.clock import Clock
from sales.fiscal import FiscalCalendar

if TYPE_CHECKING:
    from agents.likelihood.service import Likelihoods


class Pipeline:
    """Answers how the pipeline stood, what moved, where the quarter will land and what wins. Every method reads only; it may be used from several threads."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, likelihoods: Callable[[], Likelihoods]
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._likelihoods = likelihoods
        self._calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)

    @property
    def likelihoods(self) -> Likelihoods:
        """What tells how likely a deal is to be won."""
        return self._likelihoods()

    def as_it_stood(self, session: Session, scope: Scope, at: datetime) -> Subquery:
        """Return a selectable of every deal as of a moment, to be joined or counted; see `agents.pipeline.standing.standing` for its columns."""
        return standing(scope, just_after(at), self._clock.now(), "as_it_stood")

    def week(self, day: date, shift: int = 0) -> Window:
        """Return the week that a day is in, Monday to Sunday in the company's zone; `shift` weeks later."""
        found = self._calendar.week_of(day, shift)
        return Window(begin=found.start, end=found.end)

    def movement(self, session: Session, scope: Scope, window: Window, about: About = COMPANY) -> Movement:
        """Return what moved in a window: for every currency the opening total plus the moves is the closing total, exactly."""
        return movement_of(session, scope, window, about, self._clock.now())

    def forecast(self, session: Session, scope: Scope, as_of: datetime, about: About = COMPANY) -> Forecast:
        """Return where the fiscal quarter of `as_of` will land, against its target and the same a week before."""
        return forecast_of(session, scope, as_of, about, self._settings, self._clock.now(), self._likelihoods())

    def forecasts(self, session: Session, scope: Scope, as_of: datetime, by: ForecastBy) -> dict[str, Forecast]:
        """Return a forecast for each person (by user id) or team (by name) who owns a deal or has a target. A person's is for that person and their managers."""
        return forecasts_by(session, scope, as_of, by, self._settings, self._clock.now(), self._likelihoods())

    def conversion(self, session: Session, scope: Scope, window: Window, about: About = COMPANY) -> Conversion:
        """Return what became of the deals that entered each stage in the window, and of those that were decided in it."""
        return conversion_of(session, scope, window, about, self._clock.now())

    def patterns(
        self, session: Session, scope: Scope, as_of: datetime, about: About = COMPANY, back: timedelta | None = None
    ) -> list[Pattern]:
        """Return what tells won deals from lost ones, or has shifted of late, where it is more than chance; the surest first."""
        return patterns_of(session, scope, as_of, about, self._settings, self._clock.now(), back)
