"""Every figure of a pipeline of the public shape equals one computed from the rows of its files alone, on both databases: nothing else is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from sqlalchemy import func, select

from agents.metrics.metric import Metric
from agents.metrics.record import Report
from agents.metrics.service import Metrics, Wanted
from agents.metrics.spans import Asked
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import User
from infra.spine.scope import EVERYTHING, Scope, scope_of
from tests.agents.pipeline.conftest import bring_in
from tests.agents.pipeline.public_crm import Opportunity, PublicPipeline, made

SIZE = 900
NOWHERE = {
    "signal_to_send", "approval_time", "conversation_rate", "reply_rate", "bounce_rate", "meeting_set_rate", "signal_meetings", "collision_rate",
    "speed_to_lead", "meeting_to_follow_up", "followed_up", "objection_coverage", "objection_library", "post_call_completion", "sync_errors",
    "trigger_to_action", "on_time", "save_rate", "admin_minutes",
}  # fmt: skip
Mine = Callable[[Opportunity], bool]


@pytest.fixture(scope="module")
def public() -> PublicPipeline:
    """The rows of the files, as an independent computation reads them."""
    return made(23, SIZE)


class ByHand:
    """The figures from the rows, in plain Python."""

    def __init__(self, public: PublicPipeline, mine: Mine = lambda one: True) -> None:
        self.rows = [one for one in public.opportunities if mine(one)]

    def closed(self, first: date, after: date) -> list[Opportunity]:
        """Return what was won or lost on a day from `first` up to, without, `after`."""
        return [one for one in self.rows if one.closed is not None and first <= one.closed < after]

    def figures(self, first: date, after: date) -> dict[str, tuple[Decimal | None, int]]:
        """Return value and sample of each figure that the files can tell."""
        closed = self.closed(first, after)
        won = [one for one in closed if one.stage == "Won"]
        size = sum(one.value or 0 for one in won)
        cycles = [(one.closed - one.engaged).days for one in won if one.closed and one.engaged]
        rate = (Decimal(len(won)) * 100 / len(closed)).quantize(Decimal("0.1")) if closed else None
        mean = (Decimal(size) / len(won)).quantize(Decimal("0.01")) if won else None
        middle = Decimal(str(median(cycles))).quantize(Decimal("0.1")) if cycles else None
        # Open ones have no amount, no close date and no next step: none is complete.
        open_then = [
            one
            for one in self.rows
            if (one.engaged is None or one.engaged < after) and (one.closed is None or one.closed >= after)
        ]
        complete = Decimal("0.0") if open_then else None
        return {
            "win_rate": (rate, len(closed)),
            "deal_size": (mean, len(won)),
            "cycle_length": (middle, len(cycles)),
            "crm_completeness": (complete, len(open_then)),
        }


@pytest.fixture(scope="module")
def imported(
    shared_database: Database, public: PublicPipeline, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Database, Metrics]:
    """The files in the spine, once on each database, and the metrics over it."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home)
    bring_in(shared_database, settings, public, home / "files")
    return shared_database, Metrics(settings)


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def _told(found: tuple[Metric, ...] | list[Metric]) -> dict[str, tuple[Decimal | None, int]]:
    return {one.key: (one.value, int(one.denominator)) for one in found if one.key not in ("stage_conversion", "forecast_variance", "pipeline_coverage", "time_in_stage")}  # fmt: skip


def _by_hand(rows: ByHand, first: date, after: date) -> dict[str, tuple[Decimal | None, int]]:
    return {key: told for key, told in rows.figures(first, after).items() if told[1] or key != "deal_size"}


def test_every_figure_is_the_one_computed_from_the_rows(
    imported: tuple[Database, Metrics], public: PublicPipeline
) -> None:
    (database, metrics), rows = imported, ByHand(public)
    with database.session() as session:
        # At the end of the data, in the middle of it, before its first close, and on its last day.
        for as_of in (date(2017, 12, 31), date(2017, 8, 16), date(2017, 2, 1), date(2017, 10, 1)):
            report = metrics.report(session, EVERYTHING, _end_of(as_of))
            week, quarter = report.windows
            monday = as_of - timedelta(days=as_of.weekday() + 7)
            begins = date(as_of.year, (as_of.month - 1) // 3 * 3 + 1, 1)
            assert (week.window.begin.date(), quarter.window.begin.date()) == (monday, begins)
            for label, first, after in (
                (week.label, monday, monday + timedelta(days=7)),
                (quarter.label, begins, as_of + timedelta(days=1)),
            ):
                told = _told([one for one in report.metrics if one.window == label])
                expected = _by_hand(rows, first, after)
                if not rows.closed(first, after):
                    expected["deal_size"] = (None, 0)
                assert {key: told[key] for key in expected} == expected, (as_of, label)
                assert {told[key] for key in NOWHERE} == {(None, 0)}
            _trends(report, rows, monday)


def _trends(report: Report, rows: ByHand, last: date) -> None:
    """Hold the weeks of each trend against the rows."""
    told = {one.key: one for one in report.trends}
    for key in ("win_rate", "cycle_length", "deal_size"):
        for back, value in enumerate(reversed(told[key].values)):
            first = last - timedelta(days=7 * back)
            assert value == rows.figures(first, first + timedelta(days=7))[key][0], (key, first)
    assert {value for key in NOWHERE - {"post_call_completion"} if key in told for value in told[key].values} == {None}


def test_what_was_closed_later_is_open_then_and_any_days_can_be_asked_for(
    imported: tuple[Database, Metrics], public: PublicPipeline
) -> None:
    (database, metrics), rows = imported, ByHand(public)
    as_of = date(2017, 8, 16)
    spans = {
        Asked(week="2017-W32"): (date(2017, 8, 7), date(2017, 8, 14)),
        Asked(first="2017-03-01", last="2017-06-30"): (date(2017, 3, 1), date(2017, 7, 1)),
        # The window reaches beyond the moment that is spoken for: nothing of later is known.
        Asked(first="2017-07-01", last="2017-12-31"): (date(2017, 7, 1), as_of + timedelta(days=1)),
        Asked(week="2017-W40"): None,
    }
    with database.session() as session:
        for asked, days in spans.items():
            report = metrics.report(session, EVERYTHING, _end_of(as_of), Wanted(asked, trend=False))
            told = _told(report.metrics)
            if days is None:
                assert told["win_rate"] == (None, 0)
                continue
            expected = rows.figures(*days)
            assert {key: told[key] for key in expected} == expected, asked


def test_teams_and_persons_have_the_figures_of_their_own_rows(
    imported: tuple[Database, Metrics], public: PublicPipeline
) -> None:
    database, metrics = imported
    quarter, as_of = (date(2017, 7, 1), date(2017, 10, 1)), date(2017, 9, 30)
    wanted = Asked(first="2017-07-01", last="2017-09-30")
    with database.session() as session:
        report = metrics.report(session, EVERYTHING, _end_of(as_of), Wanted(wanted, by="team", trend=False))
        for office in ("Central", "East", "West"):
            rows = ByHand(public, lambda one, office=office: public.office_of(one.agent) == office)  # type: ignore[misc]
            told = _told([one for one in report.metrics if one.team == office])
            assert {key: told[key] for key in rows.figures(*quarter)} == rows.figures(*quarter)
            alone = metrics.report(
                session, EVERYTHING, _end_of(as_of), Wanted(wanted, team=office.lower(), trend=False)
            )
            assert _told(alone.metrics)["win_rate"] == told["win_rate"]
        manager = session.scalars(select(User).where(User.name == "Manager East")).one()
        manager.role = "manager"
        scope = scope_of(session, manager, "own")
        by_rep = metrics.report(session, scope, _end_of(as_of), Wanted(wanted, by="rep", trend=False))
        agents = [name for name, boss, _ in public.agents if boss == "Manager East"]
        for agent in agents:
            rows = ByHand(public, lambda one, agent=agent: one.agent == agent)  # type: ignore[misc]
            told = _told([one for one in by_rep.metrics if one.user == agent])
            expected = {key: value for key, value in rows.figures(*quarter).items() if value[1]}
            assert {key: told[key] for key in expected} == expected, agent
        assert {one.user for one in by_rep.metrics if one.user} <= {*agents, "Manager East"}
        session.rollback()


def test_a_rep_is_told_their_own_and_never_a_colleagues(
    imported: tuple[Database, Metrics], public: PublicPipeline
) -> None:
    database, metrics = imported
    name = public.opportunities[0].agent
    with database.session() as session:
        rep = session.scalars(select(User).where(User.name == name)).one()
        for visibility in ("own", "team", "all"):
            scope = scope_of(session, rep, visibility)
            report = metrics.report(session, scope, _end_of(date(2017, 9, 30)), Wanted(by="rep", trend=False))
            assert {one.user for one in report.metrics if one.user_id} == {name}
        channel = Scope(grants=scope_of(session, rep, "team").grants)
        assert metrics.seen(session, channel) == frozenset()
        assert session.scalar(select(func.count()).select_from(User)) == 38
