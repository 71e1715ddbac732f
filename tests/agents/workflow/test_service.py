"""What is kept, what is next on every deal, how long it took, and what a change of stage asks."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from agents.intake.forget import forget_contact
from agents.metrics.metric import Window
from agents.workflow.record import NextStep, StageAsk
from infra.spine.calls import CallNote, Element
from infra.spine.models import Deal, DueAction, RuleFile
from infra.spine.scope import EVERYTHING, Scope
from sales.workflow.example import EXAMPLE
from tests.agents.workflow.company import Company
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_MONTH = Window(begin=NOW - 30 * DAY, end=NOW)


def _next(company: Company, deal: str = "deal-mill") -> NextStep:
    company.look()
    with company.database.session() as session:
        return company.workflows.next_actions(session, [deal])[deal]


def _stage_asks(company: Company) -> list[StageAsk]:
    with company.database.session() as session:
        return company.workflows.stage_asks(session, EVERYTHING, LAST_MONTH)


def test_the_same_look_twice_changes_nothing(company_on_both: Company) -> None:
    company_on_both.happens("call", "mutual", 5 * HOUR)
    first = company_on_both.workflows.refresh(whole=True)
    again = company_on_both.workflows.refresh(whole=True)
    assert (first.opened, again.opened, again.done, again.dropped) == (1, 0, 0, 0)


def test_a_small_look_finds_what_came_in_since(company_on_both: Company) -> None:
    company_on_both.look()
    company_on_both.happens("mail", "inbound", HOUR, body="Which scanners do you know?")
    assert company_on_both.workflows.refresh().opened == 1


def test_what_a_closed_deal_asked_for_is_dropped(company: Company) -> None:
    company.happens("call", "mutual", 5 * HOUR)
    company.look()
    company.edit(status="won", closed_at=NOW)
    assert company.workflows.refresh().dropped == 1


def test_a_rule_that_was_taken_out_asks_for_nothing_more(company: Company) -> None:
    company.happens("call", "mutual", 5 * HOUR)
    company.look()
    text = EXAMPLE.replace('key = "recap"\ntrigger = "call_held"', 'key = "other"\ntrigger = "meeting_cancelled"')
    company.workflows.book.save(text, "ida", None, NOW)
    told = company.workflows.refresh()
    assert told.dropped == 1


def test_what_somebody_paused_stays_paused(company: Company) -> None:
    company.happens("call", "mutual", 5 * HOUR)
    company.look()
    with company.database.transaction() as session:
        session.execute(update(DueAction).values(state="paused"))
    assert company.waiting() == []


def test_a_rep_sees_their_own_only(company: Company) -> None:
    company.happens("call", "mutual", 5 * HOUR)
    company.happens("call", "mutual", 5 * HOUR, deal="deal-yard", account_id="acc-yard", who="con-rosa")
    assert [one.deal_id for one in company.waiting(Scope(grants=(frozenset({"omar"}),)))] == ["deal-yard"]


def test_a_past_moment_is_told_by_what_was_known_then(company_on_both: Company) -> None:
    company_on_both.happens("call", "mutual", 20 * DAY)
    company_on_both.happens("mail", "outbound", 17 * DAY)
    company_on_both.edit("deal-yard", status="won", closed_at=NOW - 5 * DAY)
    company_on_both.happens("call", "mutual", 19 * DAY, deal="deal-yard", account_id="acc-yard", who="con-rosa")
    then = company_on_both.waiting(as_of=NOW - 18 * DAY)
    assert sorted((one.deal_id, one.overdue) for one in then) == [("deal-mill", True), ("deal-yard", False)]


def test_every_open_deal_has_a_next_step_whatever_is_missing(company_on_both: Company) -> None:
    company_on_both.store(
        company_on_both.deal("bare", None, None, stage=None, amount=None, close_date=None, created_at=None),
        company_on_both.deal("odd", "acc-yard", "omar", stage="Warteschleife"),
        company_on_both.deal("gone", "acc-yard", "omar", status="lost"),
    )
    company_on_both.look()
    with company_on_both.database.session() as session:
        found = company_on_both.workflows.next_actions(session)
        open_deals = set(session.scalars(select(Deal.id).where(Deal.status == "open")))
        told = company_on_both.workflows.read(session, EVERYTHING)
    assert set(found) == open_deals
    assert all(one.label and one.why for one in found.values())
    assert "Warteschleife" in found["odd"].why
    assert told.unmapped == (("Warteschleife", 1),)


def test_what_is_late_comes_before_what_was_planned(company: Company) -> None:
    company.edit(next_step="Call Vera", next_step_date=NOW.date() + 2 * DAY)
    assert _next(company).label == "Call Vera"
    company.happens("mail", "inbound", 5 * DAY, body="Which scanners do you know?")
    step = _next(company)
    assert (step.rule, step.overdue, step.verb) == ("answer", True, "draft")


def test_a_meeting_ahead_is_prepared(company: Company) -> None:
    company.happens("meeting", "mutual", -DAY, status="booked")
    step = _next(company)
    assert (step.rule, step.verb, step.value) == ("meeting", "ask", "Brief me on Mill Works")


def test_what_the_buyer_has_not_said_yet_is_asked_next(company: Company) -> None:
    company.happens("call", "mutual", 3 * DAY)
    company.happens("mail", "outbound", 3 * DAY - HOUR)
    step = _next(company)
    assert step.rule == "exit"
    assert "how and when they decide" in step.why


def test_a_long_silence_is_told_though_it_is_not_counted_as_overdue(company: Company) -> None:
    company.happens("mail", "inbound", 60 * DAY)
    step = _next(company)
    assert (step.rule, step.overdue) == ("follow_up", False)
    assert step.why == "No word from the buyer for 60 days"


def test_the_time_from_trigger_to_action_is_measured(company_on_both: Company) -> None:
    for hours in (100, 200):
        company_on_both.happens("call", "mutual", hours * HOUR)
        company_on_both.happens("mail", "outbound", (hours - 10) * HOUR)
    company_on_both.happens("call", "mutual", 30 * HOUR)
    company_on_both.look()
    with company_on_both.database.session() as session:
        (recap,) = company_on_both.workflows.latencies(session, EVERYTHING, LAST_MONTH)
    assert (recap.triggers, recap.done, recap.in_time, recap.overdue) == (3, 2, 2, 1)
    assert recap.median_s == 36_000


def test_latencies_of_others_are_not_shown(company: Company) -> None:
    company.happens("call", "mutual", 30 * HOUR)
    company.look()
    with company.database.session() as session:
        assert company.workflows.latencies(session, Scope(grants=(frozenset({"omar"}),)), LAST_MONTH) == []


def test_a_change_without_the_buyers_part_is_questioned(company_on_both: Company) -> None:
    company_on_both.happens("mail", "inbound", 5 * DAY)
    company_on_both.edit(stage="Discovery")
    company_on_both.moved("Discovery", DAY)
    (asked,) = _stage_asks(company_on_both)
    assert asked.exit == "They met us and named a problem of theirs"
    assert asked.question is not None
    assert "a call or meeting was held" in asked.question
    assert asked.missing == ("next_step", "next_step_date") or "next_step" in asked.missing


def test_a_change_with_the_buyers_words_is_not_questioned_and_shows_them(company_on_both: Company) -> None:
    call = company_on_both.happens("call", "mutual", 5 * DAY)
    quote = "Loading takes us fifty minutes a truck."
    company_on_both.store(
        CallNote(activity_id=call, state="ready", record={}, made_from="x", reader="r", made_at=NOW),
        Element(
            id="el-1", activity_id=call, account_id="acc-mill", deal_id="deal-mill", framework="MEDDPICC", element="identify_pain",
            state="filled", text="Loading", quote=quote, position=2, speaker="Vera Holm", at=NOW - 5 * DAY,
        ),
    )  # fmt: skip
    company_on_both.moved("Discovery", DAY)
    (asked,) = _stage_asks(company_on_both)
    assert asked.question is None
    (pain,) = [one for one in asked.criteria if one.check == "pain"]
    assert pain.evidence[0].quote == quote


def test_where_nothing_is_recorded_nothing_is_questioned(company: Company) -> None:
    company.moved("Discovery", DAY)
    (asked,) = _stage_asks(company)
    assert asked.question is None
    assert {one.met for one in asked.criteria} == {None}


def test_going_back_needs_no_proof(company: Company) -> None:
    company.happens("mail", "inbound", 5 * DAY)
    company.moved("Contact", DAY, old="Proposal")
    (asked,) = _stage_asks(company)
    assert asked.criteria == ()


def test_a_stage_that_is_not_mapped_is_said(company: Company) -> None:
    company.moved("Warteschleife", DAY)
    (asked,) = _stage_asks(company)
    assert asked.unmapped == ("Warteschleife",)


def test_a_new_version_of_the_file_holds_from_then_on(company: Company) -> None:
    company.workflows.book.save(EXAMPLE.replace("after_days = 10", "after_days = 5"), "ida", "sooner", NOW)
    company.happens("mail", "outbound", 6 * DAY)
    assert company.rules_waiting() == ["follow_up"]
    with company.database.session() as session:
        assert session.scalar(select(func.max(RuleFile.version))) == 1


def test_who_is_forgotten_leaves_no_words_in_what_is_asked_for(company_on_both: Company) -> None:
    company_on_both.happens("mail", "inbound", 20 * DAY, who="con-mats")
    company_on_both.happens("mail", "inbound", HOUR, body="Which scanners do you know, secretly?")
    company_on_both.look()
    forget_contact(company_on_both.database, "con-vera")
    with company_on_both.database.session() as session:
        left = " ".join(repr(row) for row in session.execute(select(DueAction.trigger_id, DueAction.detail)))
    assert "secretly" not in left
    assert "con-vera" not in left
