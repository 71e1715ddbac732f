"""What is asked for because of what happened, and what counts as having done it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.spine.calls import CallNote
from infra.spine.scope import EVERYTHING
from tests.agents.workflow.company import Company
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_nothing_is_asked_for_where_nothing_happened(company_on_both: Company) -> None:
    assert company_on_both.waiting() == []


def test_a_call_wants_its_recap_within_a_day(company_on_both: Company) -> None:
    call = company_on_both.happens("call", "mutual", 5 * HOUR, subject="First look")
    (due,) = company_on_both.waiting()
    assert (due.rule, due.trigger_id, due.overdue) == ("recap", call, False)
    assert due.due_at == NOW + 19 * HOUR
    assert due.verb == "draft"
    assert "Vera Holm" in due.value
    assert due.evidence is not None
    assert due.evidence.id == call


def test_a_recap_that_was_sent_closes_it_and_is_timed(company_on_both: Company) -> None:
    company_on_both.happens("call", "mutual", 50 * HOUR)
    (late,) = company_on_both.waiting()
    assert late.overdue
    assert late.late == 26 * HOUR
    company_on_both.happens("mail", "outbound", 2 * HOUR, subject="What we said")
    assert company_on_both.waiting() == []
    with company_on_both.database.session() as session:
        told = company_on_both.workflows.get(session, late.id, EVERYTHING)
    assert told is not None
    assert told.state == "done"
    assert told.took == 48 * HOUR


@pytest.mark.parametrize(
    ("kind", "direction", "more"),
    [
        ("mail", "outbound", {"automatic": True}),
        ("mail", "inbound", {}),
        ("note", "internal", {}),
        ("mail", "outbound", {"deal": "deal-yard", "account_id": "acc-yard"}),
    ],
)
def test_what_is_no_word_of_ours_to_this_buyer_closes_nothing(
    company: Company, kind: str, direction: str, more: dict[str, object]
) -> None:
    company.happens("call", "mutual", 5 * HOUR)
    company.happens(kind, direction, HOUR, **more)  # type: ignore[arg-type]
    assert "recap" in company.rules_waiting()


def test_a_question_is_answered_by_any_word_of_ours(company_on_both: Company) -> None:
    company_on_both.happens("mail", "inbound", 30 * HOUR, body="Hello,\n\ncan it read our old labels?\n\nVera")
    (due,) = [one for one in company_on_both.waiting() if one.rule == "answer"]
    assert due.evidence is not None
    assert due.evidence.quote == "can it read our old labels?"
    company_on_both.happens("call", "outbound", HOUR)
    assert company_on_both.rules_waiting() == []


def test_an_automatic_mail_asks_nothing(company: Company) -> None:
    company.happens("mail", "inbound", HOUR, body="I am away. Is it urgent? Call 555.", automatic=True)
    assert company.rules_waiting() == []


def test_an_address_with_a_question_mark_is_no_question(company: Company) -> None:
    company.happens("mail", "inbound", HOUR, body="The plan is at https://mill.example/plan?id=4 for you.")
    assert company.rules_waiting() == []


def test_what_the_buyers_paper_work_asks_for_is_asked_for(company: Company) -> None:
    company.happens("mail", "inbound", HOUR, body="Please send us the security questionnaire with your answers.")
    assert company.rules_waiting() == ["paper"]


def test_interest_early_on_wants_a_call_the_same_day(company: Company) -> None:
    company.happens("mail", "inbound", HOUR, body="Sounds great, I would love to see it. Let us talk next week.")
    (due,) = company.waiting()
    assert due.rule == "interest"
    assert due.due_at - NOW < DAY


def test_interest_late_in_a_deal_wants_no_first_call(company: Company) -> None:
    company.edit(stage="Negotiation")
    company.happens("mail", "inbound", HOUR, body="Sounds great, I would love to see it. Let us talk next week.")
    assert company.rules_waiting() == []


def test_somebody_new_is_introduced_to(company_on_both: Company) -> None:
    company_on_both.happens("mail", "inbound", 20 * DAY)
    company_on_both.happens("mail", "outbound", 19 * DAY)
    company_on_both.happens("mail", "inbound", 5 * HOUR, who="con-mats")
    (due,) = company_on_both.waiting()
    assert due.rule == "introduction"
    assert due.why.startswith("Mats Lund took part for the first time")
    company_on_both.happens("mail", "outbound", 4 * HOUR, who="con-vera")
    assert company_on_both.rules_waiting() == ["introduction"]
    company_on_both.happens("mail", "outbound", HOUR, who="con-mats")
    assert company_on_both.rules_waiting() == []


def test_the_first_person_of_a_deal_is_nobody_new(company: Company) -> None:
    company.happens("mail", "inbound", 5 * HOUR)
    assert company.rules_waiting() == []


def test_ten_days_of_silence_want_something_new(company_on_both: Company) -> None:
    company_on_both.happens("mail", "inbound", 12 * DAY)
    company_on_both.happens("mail", "outbound", 11 * DAY)
    (due,) = company_on_both.waiting()
    assert due.rule == "follow_up"
    assert due.triggered_at == NOW - DAY
    company_on_both.happens("mail", "outbound", HOUR)
    assert company_on_both.rules_waiting() == []


def test_the_buyers_own_word_ends_a_silence(company: Company) -> None:
    company.happens("mail", "outbound", 11 * DAY)
    assert company.rules_waiting() == ["follow_up"]
    company.happens("mail", "inbound", HOUR, body="Sorry, it was busy here.")
    assert company.rules_waiting() == []


def test_a_booked_meeting_is_no_silence(company: Company) -> None:
    company.happens("mail", "outbound", 11 * DAY)
    company.happens("meeting", "mutual", -2 * DAY, status="booked")
    assert company.rules_waiting() == []


def test_an_automatic_reply_ends_no_silence(company: Company) -> None:
    company.happens("mail", "outbound", 11 * DAY)
    company.happens("mail", "inbound", HOUR, automatic=True)
    assert company.rules_waiting() == ["follow_up"]


def test_old_history_does_not_flood(company_on_both: Company) -> None:
    for days in (40, 60, 90):
        company_on_both.happens("call", "mutual", days * DAY)
        company_on_both.happens("mail", "inbound", days * DAY - HOUR, body="And what does it cost?")
    assert company_on_both.waiting() == []


def test_a_cancelled_meeting_wants_a_new_date(company_on_both: Company) -> None:
    company_on_both.happens("meeting", "mutual", DAY, status="cancelled")
    assert company_on_both.rules_waiting() == ["rebook"]
    company_on_both.happens("meeting", "mutual", -3 * DAY, status="booked")
    assert company_on_both.rules_waiting() == []


def test_a_mail_to_the_account_counts_for_its_only_open_deal(company: Company) -> None:
    company.happens("mail", "inbound", HOUR, deal=None, body="Which scanners do you know?")
    assert [(one.rule, one.deal_id) for one in company.waiting()] == [("answer", "deal-mill")]
    company.store(company.deal("deal-mill-2", "acc-mill", "ida"))
    assert company.waiting() == []


def test_a_promise_with_a_day_is_kept_by_a_mail_about_it(company_on_both: Company) -> None:
    call = company_on_both.happens("call", "mutual", 3 * DAY)
    company_on_both.happens("mail", "outbound", 3 * DAY - HOUR, subject="Our call", body="Thank you for the talk.")
    said = {"quote": "I'll send the penetration test summary by Monday.", "position": 3, "turn": "t3"}
    told = {"text": "Send the penetration test summary", "by": "Ida Berg", "side": "seller", "due": NOW.date().isoformat(), "said": [said]}  # fmt: skip
    theirs = {**told, "side": "buyer", "text": "Read it"}
    company_on_both.store(
        CallNote(
            activity_id=call, state="ready", record={"commitments": [told, theirs]}, made_from="x", reader="r", made_at=NOW
        )
    )  # fmt: skip
    (due,) = company_on_both.waiting()
    assert due.rule == "promise"
    assert "penetration test summary" in due.label
    assert due.evidence is not None
    assert due.evidence.quote == said["quote"]
    company_on_both.happens("mail", "outbound", HOUR, subject="The penetration test summary", body="Here it is.")
    assert company_on_both.waiting() == []


def test_a_task_of_the_crm_is_due_on_its_day(company: Company) -> None:
    task = company.happens(
        "task", "internal", DAY, status="open", due_at=NOW - 2 * HOUR, subject="Send the quote", who=None
    )
    (due,) = company.waiting()
    assert due.trigger_id == task
    assert due.label == "Task: Send the quote"
    assert not due.overdue


def test_the_next_step_of_the_crm_is_asked_for_on_its_day_and_done_when_it_moves(company_on_both: Company) -> None:
    company_on_both.edit(next_step="Call Vera", next_step_date=NOW.date() - 2 * DAY)
    (due,) = company_on_both.waiting()
    assert due.rule == "next_step"
    assert due.label.endswith("Call Vera")
    company_on_both.edit(next_step_date=NOW.date() + 5 * DAY)
    assert company_on_both.waiting() == []
    with company_on_both.database.session() as session:
        told = company_on_both.workflows.get(session, due.id, EVERYTHING)
    assert told is not None
    assert told.state == "done"


def test_a_new_stage_asks_for_what_it_needs(company_on_both: Company) -> None:
    company_on_both.edit(stage="Proposal", amount=None)
    company_on_both.moved("Proposal", HOUR, old="Discovery")
    (due,) = company_on_both.waiting()
    assert due.rule == "stage"
    assert due.label.endswith("amount, next step, date of the next step and contact")
