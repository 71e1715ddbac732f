"""What people do with alerts and what it teaches: worked, put off, refused; a rule that is of no use falls silent where everybody sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import AuditEntry, HealthMark, MutedRule, Notice
from infra.spine.scope import EVERYTHING
from tests.agents.alerts.desk import Desk, reason
from tests.agents.northern import activity


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """The team, on both databases."""
    return Desk(database, settings, alerts_a_day=20)


@pytest.fixture
def told(desk: Desk) -> str:
    """An alert that Ana was told of."""
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    desk.tell()
    return desk.one().id


def test_a_snooze_is_quiet_until_its_morning_and_comes_back_once(desk: Desk, told: str) -> None:
    until = desk.clock.now() + timedelta(days=3)
    assert desk.alerts.act(told, "snooze", "ana", "slack", until=until).alert.state == "snoozed"
    desk.later(days=2)
    desk.stands("acme", 40, reason("silence", 20, new=True), reason("competitor", 9, new=True))
    desk.look()
    assert (desk.tell(), desk.one().state) == ([], "snoozed")
    desk.later(days=1)
    assert desk.alerts.tend() == (told,)
    assert desk.tell() == [f"ana:{told}"]
    assert {one.kind for one in desk.one().new} == {"silence", "competitor"}
    desk.later(days=1)
    assert desk.tell() == []


def test_what_recovered_while_it_was_put_off_does_not_come_back(desk: Desk, told: str) -> None:
    desk.alerts.act(told, "snooze", "ana", "slack", until=desk.clock.now() + timedelta(days=3))
    desk.stands("acme", 90)
    desk.look()
    desk.later(days=4)
    assert (desk.alerts.tend(), desk.tell(), desk.one().state) == ((), [], "resolved")


def test_what_is_no_risk_is_quiet_for_its_cool_down_and_counts_as_useless(desk: Desk, told: str) -> None:
    done = desk.alerts.act(told, "dismiss", "ana", "teams", reason="agreed_pause").alert
    assert (done.state, done.verdict) == ("dismissed", "useless")
    assert done.ending is not None
    assert done.ending.sentence == "Not a risk: We agreed on a pause with them"
    desk.later(days=13)
    assert desk.look().raised == ()
    desk.later(days=2)
    assert len(desk.look().raised) == 1


def test_what_has_ended_is_not_decided_again(desk: Desk, told: str) -> None:
    desk.alerts.act(told, "dismiss", "ana", "slack", reason="dead")
    again = desk.alerts.act(told, "work", "ana", "slack")
    assert (again.changed, again.sentence, again.alert.state) == (False, "That alert has ended already.", "dismissed")


def test_nobody_decides_on_a_colleagues_alert_but_who_leads_them(desk: Desk, told: str) -> None:
    with pytest.raises(Denied):
        desk.alerts.act(told, "dismiss", "ben", "slack", reason="dead")
    assert desk.one().state == "told"
    with desk.database.session() as session:
        (line,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "alert denied"))
    assert (line.actor, line.detail) == ("ben", {"alert": told})
    assert desk.alerts.act(told, "useful", "mia", "slack").alert.verdict == "useful"


def test_a_snooze_into_the_past_is_refused(desk: Desk, told: str) -> None:
    with pytest.raises(Fatal, match="passed"):
        desk.alerts.act(told, "snooze", "ana", "slack", until=desk.clock.now())


def _refused(desk: Desk, first: int, count: int) -> list[str]:
    muted = []
    for number in range(first, first + count):
        desk.deal(f"deal{number}")
        desk.stands(f"deal{number}", 48, reason("stage_age", 20, new=True))
        desk.look(f"deal{number}")
        desk.tell()
        (alert,) = [one for one in desk.rows() if one.deal == f"deal{number}"]
        done = desk.alerts.act(alert.id, "dismiss", "ana", "slack", reason="known")
        muted += [done.muted.rule] if done.muted else []
    return muted


def test_a_rule_that_nobody_finds_useful_falls_silent_and_everybody_sees_it(desk: Desk) -> None:
    assert _refused(desk, 0, 4) == ["stage_age"]
    desk.deal("more")
    desk.stands("more", 48, reason("stage_age", 20, new=True))
    assert desk.look("more").raised == ()
    found = desk.alerts.read(EVERYTHING)
    (rule,) = found.rules
    assert (rule.rule, rule.useful, rule.judged, rule.precision) == ("stage_age", 0, 4, 0.0)
    assert rule.muted_at is not None
    assert [one.why_held for one in found.held] == [
        "Alerts for this cause are muted: too few of them were called useful."
    ]


def test_another_cause_of_the_same_deal_is_still_told(desk: Desk) -> None:
    _refused(desk, 0, 4)
    desk.deal("more")
    desk.stands("more", 48, reason("stage_age", 20, new=True), reason("competitor", 10, new=True))
    assert len(desk.look("more").raised) == 1
    (alert,) = [one for one in desk.rows() if one.deal == "more"]
    assert [one.kind for one in alert.new] == ["competitor"]


def test_a_manager_has_a_muted_rule_told_again_and_old_verdicts_do_not_mute_it_anew(desk: Desk) -> None:
    _refused(desk, 0, 4)
    with pytest.raises(Denied):
        desk.alerts.set_muted("stage_age", "ana", "rep", muted=False)
    desk.later(minutes=1)
    desk.alerts.set_muted("stage_age", "mia", "manager", muted=False)
    desk.later(minutes=1)
    assert _refused(desk, 10, 3) == []
    assert _refused(desk, 20, 1) == ["stage_age"]
    with desk.database.session() as session:
        assert session.get_one(MutedRule, "stage_age").judged == 4


def test_a_manager_mutes_a_rule_by_hand(desk: Desk, told: str) -> None:
    desk.alerts.set_muted("silence", "mia", "manager", muted=True)
    (rule,) = desk.alerts.read(EVERYTHING).rules
    assert (rule.rule, rule.muted_by) == ("silence", "Mia Sol")
    with pytest.raises(Fatal, match="not muted"):
        desk.alerts.set_muted("budget", "mia", "manager", muted=False)


def test_a_rep_reads_their_own_alerts_and_a_manager_the_teams(desk: Desk, told: str) -> None:
    from infra.spine.models import User
    from infra.spine.scope import scope_of

    with desk.database.session() as session:
        ben, mia = (scope_of(session, session.get_one(User, one), "team") for one in ("ben", "mia"))
    assert desk.alerts.read(ben).standing == ()
    assert [one.id for one in desk.alerts.read(mia).standing] == [told]


def test_as_of_a_past_day_an_alert_stands_that_has_ended_since(desk: Desk, told: str) -> None:
    then = desk.clock.now() + timedelta(hours=1)
    desk.later(days=1)
    desk.stands("acme", 90)
    desk.look()
    assert [one.id for one in desk.alerts.read(EVERYTHING, then).standing] == [told]
    assert desk.alerts.read(EVERYTHING).standing == ()
    assert desk.alerts.read(EVERYTHING, then - timedelta(days=1)).standing == ()


def test_a_waiting_alert_that_was_worked_at_the_terminal_is_not_told_besides(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    desk.alerts.act(desk.one().id, "work", "ana", "terminal")
    assert desk.tell() == []
    with desk.database.session() as session:
        assert session.scalars(select(Notice.state)).all() == ["dropped"]


def _episode(desk: Desk, number: int, *, wrote: bool, recovered: bool) -> None:
    deal, began = f"past{number}", desk.clock.now() - timedelta(days=90)
    desk.deal(deal)
    marks = [HealthMark(deal_id=deal, at=began, score=50, band="at_risk", reasons=["silence", "stage_age"])]
    if recovered:
        end = began + timedelta(days=6)
        marks.append(HealthMark(deal_id=deal, at=end, score=80, band="healthy", reasons=["stage_age"]))
    desk.add(*marks)
    if wrote:
        at = began + timedelta(days=1)
        desk.add(activity(f"m{number}", "mail", f"acc-{deal}", deal, "ana", at, direction="outbound", status="done"))


def test_what_has_worked_here_before_is_counted_from_the_teams_own_past(desk: Desk, told: str) -> None:
    for number in range(6):
        _episode(desk, number, wrote=True, recovered=number < 4)
    for number in range(6, 10):
        _episode(desk, number, wrote=False, recovered=number < 7)
    alert = desk.alerts.get(told)
    assert alert is not None
    assert alert.play is not None
    play = alert.play
    assert (play.tried, play.worked, play.otherwise, play.otherwise_worked) == (6, 4, 4, 1)


@pytest.mark.parametrize(("tried", "worked", "otherwise"), [(4, 4, 0), (6, 1, 4), (6, 0, 0)])
def test_too_few_tries_and_plays_without_effect_are_not_told(
    desk: Desk, told: str, tried: int, worked: int, otherwise: int
) -> None:
    for number in range(tried):
        _episode(desk, number, wrote=True, recovered=number < worked)
    for number in range(10, 10 + otherwise):
        _episode(desk, number, wrote=False, recovered=True)
    alert = desk.alerts.get(told)
    assert alert is not None
    assert alert.play is not None
    assert alert.play.tried is None
    assert alert.play.do
