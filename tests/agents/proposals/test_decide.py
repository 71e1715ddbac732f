"""Deciding: by whom, on which version, and what everybody else is told."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from agents.proposals.guards import Block
from agents.proposals.record import Mail, Task
from infra.errors import Fatal
from infra.spine.desk import AuditEntry
from infra.spine.proposals import Absence, Decision
from sales.proposal import Action
from tests.agents.proposals.office import Office
from tests.conftest import NOW


def test_the_same_occasion_is_the_same_proposal(office: Office) -> None:
    first = office.forward()
    assert office.forward(headline="Another headline") == first
    out = office.out(first)
    assert (out.state, out.version, out.headline) == ("pending", 1, "Acme waits for SOC 2")
    assert len(out.hash) == 64


@pytest.mark.parametrize(
    ("who", "may"),
    [("owner", True), ("boss", True), ("admin", True), (None, True), ("colleague", False), ("stranger", False), ("other-boss", False), ("nobody-at-all", False)],
)  # fmt: skip
def test_who_may_decide(office: Office, who: str | None, may: bool) -> None:
    one = office.forward()
    outcome = office.decide(one, "approve", who)
    assert outcome.outcome == ("approved" if may else "denied")
    assert office.out(one).state == ("approved" if may else "pending")
    if not may:
        assert (outcome.state, outcome.hash, outcome.effect_id) == ("", "", None)
        with office.database.session() as session:
            told = session.scalars(select(AuditEntry).where(AuditEntry.action == "proposal denied")).one()
            assert (told.actor, told.subject) == (who, one)


def test_nobody_named_is_an_admin_only_where_the_token_or_the_home_is_held(office: Office) -> None:
    one = office.forward()
    assert office.decide(one, "approve", None, surface="slack").outcome == "denied"
    assert office.decide(one, "approve", None, surface="terminal").outcome == "approved"


def test_a_delegate_decides_while_the_owner_is_away_and_not_after(office: Office) -> None:
    one = office.forward()
    with office.database.transaction() as session:
        session.add(Absence(user_id="owner", begins_at=NOW, ends_at=NOW + timedelta(days=2), delegate_id="colleague"))
    office.clock.at = NOW - timedelta(minutes=1)
    assert office.decide(one, "snooze", "colleague").outcome == "denied"
    office.clock.at = NOW + timedelta(days=1)
    assert office.decide(one, "snooze", "colleague").outcome == "snoozed"
    office.clock.at = NOW + timedelta(days=2)
    assert office.decide(one, "approve", "colleague").outcome == "denied"


def test_a_decision_on_an_old_version_is_refused_with_the_new_one(office: Office) -> None:
    one = office.forward()
    before = office.out(one).hash
    edited = office.decide(one, "edit", edit={"subject": "Your report"})
    assert (edited.outcome, edited.version) == ("edited", 2)
    late = office.decide(one, "approve", "boss", version=1)
    assert (late.outcome, late.version, late.hash) == ("stale", 2, edited.hash)
    assert office.decide(one, "approve", version=2, hash=before).outcome == "stale"
    assert office.effect_rows() == []
    assert office.decide(one, "approve", version=2, hash=edited.hash).outcome == "approved"


def test_an_edit_that_adds_a_claim_is_flagged_and_the_sender_decides(office: Office) -> None:
    one = office.forward()
    body = "Contoso cut its ramp time by 40 % before 3 March. You asked for the SOC 2 report by 15 December."
    office.decide(one, "edit", edit={"body": body})
    (risk,) = office.out(one).risks
    assert all(word in risk for word in ("Contoso", "40 %", "3 March"))
    assert "SOC" not in risk
    assert "15 December" not in risk
    office.decide(one, "edit", version=2, edit={"body": "You asked for the SOC 2 report. When would suit you?"})
    assert office.out(one).risks == ()
    assert office.decide(one, "approve", version=3).outcome == "approved"


def test_a_claim_without_a_name_or_a_number_is_flagged_too_in_its_own_words(office: Office) -> None:
    one = office.forward()
    office.decide(
        one, "edit", edit={"body": "Hi Ray,\n\nOur customers halve their waiting times. When would suit you?"}
    )
    assert office.out(one).risks == ("Added by hand, and in no evidence: “Our customers halve their waiting times”.",)
    office.decide(one, "edit", version=2, edit={"body": "Hi Ray,\n\nHappy to show you. When would suit you?"})
    assert office.out(one).risks == ()


def test_a_changed_recipient_is_flagged(office: Office) -> None:
    one = office.forward()
    office.decide(one, "edit", edit={"to": "someone@else.example"})
    assert "ray@acme.example" in office.out(one).risks[0]


@pytest.mark.parametrize(
    "edit", [{}, {"sender": "ceo@ours.example"}, {"to": "a@b.example, c@d.example"}, {"to": "a@b.example\r\nBcc: x@y.example"}, {"body": " "}, {"subject": 3}, {"nothing": "x"}]
)  # fmt: skip
def test_what_can_not_be_edited_is_refused(small_office: Office, edit: dict[str, Any]) -> None:
    one = small_office.forward()
    with pytest.raises(Fatal) as refused:
        small_office.decide(one, "edit", edit=edit)
    assert refused.value.status == 422
    assert small_office.out(one).version == 1


def test_no_subject_becomes_a_header(small_office: Office) -> None:
    one = small_office.forward()
    small_office.decide(one, "edit", edit={"subject": "Hello\r\nBcc: everybody@world.example"})
    effect = small_office.out(one).effect
    assert isinstance(effect, Mail)
    assert effect.subject == "Hello Bcc: everybody@world.example"


def test_a_mail_goes_in_the_recipients_working_hours_or_now_or_when_told(office: Office) -> None:
    # NOW is Monday 15:00 UTC: four in the afternoon in Germany, and then evening.
    ids = [office.forward(str(number)) for number in range(4)]
    assert office.decide(ids[0], "approve").sentence == "Approved; it goes now."
    office.clock.at = NOW + timedelta(hours=2)
    assert office.decide(ids[1], "approve").sentence == "Approved; it goes Tue 24 Nov 09:00 CET."
    assert office.out(ids[1]).due_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert office.decide(ids[2], "approve", edit={"send": "now"}).sentence == "Approved; it goes now."
    until = NOW + timedelta(days=3)
    office.decide(ids[3], "approve", until=until)
    assert office.out(ids[3]).due_at == until


def test_an_approval_can_be_undone_until_it_goes(office: Office) -> None:
    one = office.forward()
    office.clock.at = NOW + timedelta(hours=2)
    first = office.decide(one, "approve")
    assert office.decide(one, "undo", "boss").outcome == "undone"
    office.later(days=1)
    assert office.scripted.taken == []
    again = office.decide(one, "approve", edit={"send": "now"})
    assert again.effect_id == first.effect_id
    office.work()
    assert len(office.scripted.taken) == 1
    assert office.decide(one, "undo").outcome == "already"


def test_a_snooze_ends_and_what_nobody_decides_on_expires(office: Office) -> None:
    one = office.forward(expires_at=NOW + timedelta(days=3))
    told = office.decide(one, "snooze")
    assert told.sentence == "It comes back Tue 24 Nov 09:00."
    office.later(hours=17)
    assert office.out(one).state == "snoozed"
    office.later(hours=1)
    assert office.out(one).state == "pending"
    office.later(days=3)
    assert office.out(one).state == "expired"
    late = office.decide(one, "approve")
    assert (late.outcome, late.effect_id) == ("expired", None)


def test_what_expired_this_minute_can_not_be_approved(office: Office) -> None:
    one = office.forward(expires_at=NOW + timedelta(hours=1))
    office.clock.at = NOW + timedelta(hours=1)
    assert office.decide(one, "approve").outcome == "expired"
    assert office.out(one).state == "expired"


def test_a_guardrail_is_named_and_nothing_changes(office: Office) -> None:
    one = office.forward()
    office.rules.blocks["click"] = (Block("gate", "SPF is missing for ours.example."),)
    told = office.decide(one, "approve")
    assert (told.outcome, told.state, told.sentence) == ("blocked", "pending", "SPF is missing for ours.example.")
    assert office.effect_rows() == []


def test_there_is_no_such_proposal(office: Office) -> None:
    assert office.decide("proposal-00000000000000000000", "approve").outcome == "not_found"


def test_a_task_is_made_at_once(office: Office) -> None:
    one = office.forward(effect=Task(title="Call Ray", note="about SOC 2"), kind="task")
    office.decide(one, "approve")
    office.work()
    assert office.out(one).state == "done"


@pytest.mark.parametrize("threads", [100, pytest.param(1_000, marks=pytest.mark.soak)])
def test_of_many_who_decide_at_once_one_has_an_effect_and_all_are_answered(office: Office, threads: int) -> None:
    one = office.forward()
    together = threading.Barrier(min(threads, 100))
    actions: tuple[Action, ...] = ("approve", "approve", "approve", "reject", "approve")
    people = ("owner", "boss", "admin", None)
    surfaces = ("slack", "teams", "console")

    def click(number: int) -> str:
        who = people[number % 4]
        if number < 100:
            together.wait(30)
        outcome = office.decide(one, actions[number % 5], who, surface="api" if who is None else surfaces[number % 3])
        assert outcome.sentence
        return outcome.outcome

    with ThreadPoolExecutor(min(threads, 100)) as pool:
        results = list(pool.map(click, range(threads)))
    assert sorted(set(results) - {"already"}) in (["approved"], ["rejected"])
    assert results.count("already") == threads - 1
    office.work()
    with office.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
    assert len(office.effect_rows()) == len(office.scripted.taken) == results.count("approved")


def test_an_approval_for_after_the_expiry_is_refused_with_the_moment(office: Office) -> None:
    one = office.forward(expires_at=NOW + timedelta(days=2))
    for late in (timedelta(days=2), timedelta(days=40)):
        with pytest.raises(Fatal) as refused:
            office.decide(one, "approve", until=NOW + late)
        assert refused.value.status == 422
        assert refused.value.sentence.startswith("This expires ")
        assert refused.value.next_step == "Choose an earlier moment, or send it now."
    assert office.out(one).state == "pending"
    assert office.decide(one, "approve", until=NOW + timedelta(days=1)).outcome == "approved"
