"""How a deal stands, on the surfaces: the record for programs, the message for people, and inside the asker's scope only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from agents.health.record import Health
from bot.app import App
from bot.health import list_healths, perform_health, read_healths
from bot.jobs import Job
from bot.slack.blocks import size_of
from bot.slack.render import render as render_for_slack
from bot.terminal.wire import message_from_wire
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.agents.northern import fill
from tests.conftest import NOW

ADMIN = "admin@ours.example"


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    from tests.agents.northern import settle, user

    database = Database(settings.spine_url)
    database.migrate()
    fill(database, NOW)
    with database.transaction() as session:
        settle(session, NOW, user("admin", "Ada Min", "North", "admin"))
    database.close()
    made = App(settings, clock=FixedClock(NOW))
    yield made
    made.close()


def test_the_record_for_programs_holds_score_reasons_and_evidence(app: App) -> None:
    told = perform_health(app, {"deal": "Norrland", "as": ADMIN}, Job())
    health = Health.model_validate(told["health"])
    assert (health.deal_id, health.band) == ("deal-norrland", "at_risk")
    assert any(reason.evidence and reason.evidence[0].url for reason in health.bad)
    assert json.loads(json.dumps(told["health"])) == health.public()


def test_the_message_fits_into_one_of_slack(app: App) -> None:
    from bot.compose import view_at

    told = perform_health(app, {"deal": "deal-norrland", "as": ADMIN}, Job())
    drawn = render_for_slack(message_from_wire(told["message"]), view_at(app.settings, NOW).calendar)
    assert len(drawn.blocks) <= 50
    assert size_of(drawn.blocks) < 12_000
    assert "at risk" in json.dumps(drawn.blocks)


def test_without_a_deal_all_are_told_worst_first_and_by_band(app: App) -> None:
    app.health_of_deals.refresh()
    app.health_of_deals.catch_up(["deal-norrland"])
    every = list_healths(app, ADMIN, "api")
    assert [one.deal_id for one in every] == ["deal-norrland", "deal-secret"]
    assert [one.deal_id for one in list_healths(app, ADMIN, "api", "at_risk")] == ["deal-norrland"]


def test_strangers_and_deals_out_of_sight_are_refused(app: App) -> None:
    with pytest.raises(Denied):
        list_healths(app, "nobody@else.example", "api")
    with pytest.raises(Fatal) as refused:
        read_healths(app, ADMIN, "api", "No such deal")
    assert refused.value.status == 404


def test_a_deal_has_one_next_action_the_one_of_the_workflow(app: App) -> None:
    (found,) = read_healths(app, ADMIN, "terminal", "deal-norrland")
    with app.database.session() as session:
        step = app.workflow.next_actions(session, ["deal-norrland"])["deal-norrland"]
    assert found.next_action is not None
    assert found.next_action.label == (f"{step.label} (late)" if step.overdue else step.label)
    assert (found.next_action.why, found.next_action.verb) == (step.rule, step.verb)
