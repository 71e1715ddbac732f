"""One submit: every ticked line is done once, the rest is left alone, and the card tells what came of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from agents.closing.holds import read_hold
from agents.crm.writes import marker_of
from agents.proposals.guards import Block
from agents.proposals.record import Mail
from infra.errors import Fatal
from infra.spine.crm import CrmWrite
from infra.spine.models import Activity, AuditEntry, Contact, Deal, Decision, Effect, Proposal
from tests.agents.closing.desk import SAID, Desk, closing_of
from tests.agents.proposals.office import Killed
from tests.conftest import NOW


def _lines(desk: Desk, identity: str) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = desk.out(identity).outcome["lines"]
    return told


def _by_field(desk: Desk) -> dict[str, str]:
    return {one.field: one.id for one in closing_of(desk.out(desk.closings.card_of("call-1"))).changes}


def _tasks(desk: Desk) -> list[Activity]:
    with desk.database.session() as session:
        return list(session.scalars(select(Activity).where(Activity.kind == "task").order_by(Activity.due_at)))


def test_one_submit_makes_the_tasks_sends_the_mail_and_changes_the_record(desk: Desk) -> None:
    card = desk.card()
    outcome = desk.decide(card.id, "approve")
    assert outcome.outcome == "approved"
    desk.work()
    assert [(one.subject, one.status, one.due_at) for one in _tasks(desk)] == [
        ("Send Acme the SOC 2 report by Wednesday 25 November", "open", datetime(2026, 11, 25, 12, tzinfo=UTC)),
        ("Speak again on Thursday at 3 pm, and I'll prepare the pilot plan for it", "open", datetime(2026, 11, 26, 15, tzinfo=UTC)),
    ]  # fmt: skip
    with desk.database.session() as session:
        deal = session.get_one(Deal, "deal")
        changed = (deal.next_step, str(deal.next_step_date), deal.competitor, deal.stage, str(deal.close_date))
    assert changed == ("Send Acme the SOC 2 report by Wednesday 25 November", "2026-11-25", "Stockwise", "Discovery", "2026-11-30")  # fmt: skip
    mail = desk.out(_lines(desk, card.id)["mail"]["proposal"])
    assert isinstance(mail.effect, Mail)
    assert (mail.state, mail.decided_by, mail.kind) == ("done", "owner@ours.example", "follow_up")
    desk.later(days=1)
    assert len(desk.scripted.taken) == 1
    desk.closings.follow()
    lines = _lines(desk, card.id)
    assert {name: line["state"] for name, line in lines.items()} == {
        "t1": "made",
        "t2": "made",
        "mail": "sent",
        "r1": "waiting",
        "r2": "waiting",
        "r3": "waiting",
    }


def test_only_what_is_ticked_is_done(desk: Desk) -> None:
    card = desk.card()
    rows = _by_field(desk)
    desk.decide(card.id, "approve", edit={"ticked": [rows["close_date"], "t1"]})
    desk.work()
    assert set(_lines(desk, card.id)) == {"t1", rows["close_date"]}
    with desk.database.session() as session:
        deal = session.get_one(Deal, "deal")
        assert (str(deal.close_date), deal.stage, deal.next_step) == ("2026-12-15", "Discovery", "Chase legal")
        assert session.scalar(select(func.count()).select_from(Proposal)) == 1
        kept = session.scalars(select(Decision)).one()
    assert kept.detail == {"ticked": ["t1", rows["close_date"]]}
    assert len(_tasks(desk)) == 1


@pytest.mark.parametrize("ticked", [["r99"], ["t1", "h1"], ["mail", "r1", "t7"], [], "t1", [7]])
def test_lines_that_are_not_on_the_card_are_refused_and_nothing_is_done(quick_desk: Desk, ticked: Any) -> None:
    card = quick_desk.card()
    with pytest.raises(Fatal) as refused:
        quick_desk.decide(card.id, "approve", edit={"ticked": ticked})
    assert refused.value.status == 422
    quick_desk.work()
    assert quick_desk.out(card.id).state == "pending"
    assert not quick_desk.effect_rows()


def test_a_mail_has_no_lines_to_tick(quick_desk: Desk) -> None:
    identity = quick_desk.forward()
    with pytest.raises(Fatal):
        quick_desk.decide(identity, "approve", edit={"ticked": ["mail"]})
    assert quick_desk.out(identity).state == "pending"


def test_ticks_of_an_older_version_do_nothing(desk: Desk) -> None:
    card = desk.card()
    desk.decide(card.id, "edit", edit={"t1.title": ""})
    late = desk.decide(card.id, "approve", edit={"ticked": ["t1"]})
    assert late.outcome == "stale"
    assert not desk.effect_rows()


def test_somebody_without_the_right_submits_nothing(desk: Desk) -> None:
    card = desk.card()
    assert desk.decide(card.id, "approve", by="stranger").outcome == "denied"
    desk.work()
    assert not _tasks(desk)
    with desk.database.session() as session:
        assert session.scalar(select(AuditEntry.action).where(AuditEntry.subject == card.id)) == "proposal denied"


def test_pressing_twice_and_on_two_surfaces_is_pressing_once(desk: Desk) -> None:
    card = desk.card()
    first = desk.decide(card.id, "approve", surface="slack")
    again = desk.decide(card.id, "approve", surface="teams")
    desk.work()
    last = desk.decide(card.id, "approve", surface="console")
    assert [first.outcome, again.outcome, last.outcome] == ["approved", "already", "already"]
    desk.later(days=1)
    assert (len(_tasks(desk)), len(desk.crm_writes()), len(desk.scripted.taken)) == (2, 6, 1)


@pytest.mark.parametrize("point", ["effect: begun", "send: marked", "effect: sent", "effect: told"])
def test_a_kill_between_any_two_steps_loses_and_doubles_nothing(desk: Desk, point: str) -> None:
    card = desk.card()
    desk.decide(card.id, "approve")
    desk.die_at = point
    with pytest.raises(Killed):
        desk.work()
    desk.later(days=1)
    desk.closings.follow()
    assert (len(_tasks(desk)), len(desk.crm_writes()), len(desk.scripted.taken)) == (2, 6, 1)
    assert _lines(desk, card.id)["mail"]["state"] == "sent"
    with desk.database.session() as session:
        kinds = sorted(session.scalars(select(Effect.kind)))
    assert kinds == ["closing", "mail"]


def test_a_mail_that_a_guardrail_forbids_waits_and_the_rest_goes(desk: Desk) -> None:
    card = desk.card()
    desk.rules.blocks["click"] = ()
    desk.decide(card.id, "approve")
    desk.rules.blocks["click"] = (Block("suppression", "They opted out."),)
    desk.work()
    lines = _lines(desk, card.id)
    assert (lines["mail"]["state"], lines["mail"]["trouble"], lines["t1"]["state"]) == ("held", "They opted out.", "made")  # fmt: skip
    desk.later(days=1)
    assert not desk.scripted.taken
    assert desk.out(lines["mail"]["proposal"]).state == "pending"


def test_the_mail_can_be_taken_back_and_the_card_tells_it(desk: Desk) -> None:
    desk.clock.at = NOW.replace(hour=23)
    card = desk.card()
    desk.decide(card.id, "approve")
    desk.work()
    line = _lines(desk, card.id)["mail"]
    assert line["state"] == "goes"
    assert desk.decide(line["proposal"], "undo").outcome == "undone"
    desk.closings.follow()
    assert _lines(desk, card.id)["mail"]["state"] == "held"
    desk.later(days=2)
    assert not desk.scripted.taken


def test_a_new_contact_is_made_in_our_record_under_the_account(desk: Desk) -> None:
    card = desk.card((*SAID, ("Mona Vance", "I run the integration team, so you will hear from me about the interfaces.")))  # fmt: skip
    desk.decide(card.id, "approve")
    desk.work()
    with desk.database.session() as session:
        made = session.scalars(select(Contact).where(Contact.name == "Mona Vance")).one()
        write = session.scalars(select(CrmWrite).where(CrmWrite.operation == "create")).one()
    assert (made.account_id, made.email) == ("acc", "mona@acme.example")
    assert write.marker == marker_of(write.key)


def test_what_was_changed_in_the_crm_meanwhile_is_asked_again_beside_their_value(desk: Desk) -> None:
    card = desk.card()
    row = _by_field(desk)["next_step"]
    desk.decide(card.id, "approve", edit={"ticked": [row]})
    desk.work()
    with desk.database.transaction() as session:
        write = session.scalars(select(CrmWrite).where(CrmWrite.operation == "update")).one()
        write.state, write.system, write.found = "conflict", "hubspot", {"next_step": "Waiting for their lawyer"}
        write.attempted_at = desk.clock.now()
    assert desk.closings.follow() == 2
    assert desk.closings.follow() == 0
    line = _lines(desk, card.id)[row]
    assert line["state"] == "conflict"
    again = desk.out(line["again"])
    assert (again.kind, again.owner, again.state) == ("crm_update", "owner@ours.example", "pending")
    asked = closing_of(again).changes[0]
    assert (asked.old, asked.new) == ("Waiting for their lawyer", "Send Acme the SOC 2 report by Wednesday 25 November")
    assert again.evidence[0].quote in " ".join(text for _, text in SAID)
    desk.decide(again.id, "approve")
    desk.work()
    with desk.database.session() as session:
        second = session.scalars(select(CrmWrite).where(CrmWrite.proposal_id == again.id)).one()
    assert second.expected == {"next_step": "Waiting for their lawyer"}
    assert ("offer", again.id) in desk.told.heard


def test_the_card_follows_what_becomes_of_a_write(desk: Desk) -> None:
    card = desk.card()
    row = _by_field(desk)["competitor"]
    desk.decide(card.id, "approve", edit={"ticked": [row]})
    desk.work()
    states = []
    for state, done_at in (("planned", None), ("sending", None), ("done", NOW)):
        with desk.database.transaction() as session:
            write = session.scalars(select(CrmWrite).where(CrmWrite.operation == "update")).one()
            write.state, write.system, write.done_at = state, "hubspot", done_at
        desk.closings.follow()
        states.append(_lines(desk, card.id)[row]["state"])
    assert states == ["writing", "writing", "written"]
    assert desk.out(card.id).outcome["settled"] is True


def test_a_hold_opens_in_any_calendar_by_its_link_alone(quick_desk: Desk) -> None:
    card = quick_desk.card()
    quick_desk.decide(card.id, "approve")
    quick_desk.work()
    held = _lines(quick_desk, card.id)["t2"]["hold"]
    token = held.rpartition("/")[2]
    with quick_desk.database.session() as session:
        told = read_hold(session, quick_desk.settings, token)
        assert told is not None
        assert b"DTSTART:20261126T150000Z" in told
        assert b"DTEND:20261126T153000Z" in told
        assert read_hold(session, quick_desk.settings, token[:-4] + "AAAA") is None
        assert read_hold(session, quick_desk.settings, "x" * 5_000) is None


def test_words_are_changed_by_hand_and_what_is_emptied_leaves_the_card(desk: Desk) -> None:
    card = desk.card()
    rows = _by_field(desk)
    edit = {"t1.title": "Send SOC 2 today", "t1.due": "2026-11-24", "t2.title": "", f"{rows['competitor']}.new": "", f"{rows['next_step']}.new": "Demo for the board", "body": "Hi Ray,\n\nThanks.\n\nOwner", "task": "Ask finance"}  # fmt: skip
    outcome = desk.decide(card.id, "edit", edit=edit)
    assert (outcome.outcome, outcome.version) == ("edited", 2)
    closing = closing_of(desk.out(card.id))
    assert [(one.id, one.title, str(one.due)) for one in closing.tasks] == [("t1", "Send SOC 2 today", "2026-11-24"), ("t3", "Ask finance", "None")]  # fmt: skip
    assert rows["competitor"] not in {one.id for one in closing.changes}
    assert {one.field: one.new for one in closing.changes}["next_step"] == "Demo for the board"
    desk.decide(card.id, "approve", version=2)
    desk.work()
    assert {one.subject for one in _tasks(desk)} == {"Send SOC 2 today", "Ask finance"}


@pytest.mark.parametrize(
    "edit",
    [
        {"t1.due": "soon"},
        {"r9.new": "x"},
        {"stage": "Closed Won"},
        {"subject": "x", "body": ""},
        {"to": "not an address"},
        {"t1.title": 3},
        {"next_step": "x" * 2_000},
        {},
    ],
)
def test_an_edit_that_cannot_stand_changes_nothing(quick_desk: Desk, edit: dict[str, Any]) -> None:
    card = quick_desk.card()
    with pytest.raises(Fatal) as refused:
        quick_desk.decide(card.id, "edit", edit=edit)
    assert refused.value.status == 422
    assert quick_desk.out(card.id).version == 1


def test_a_day_that_is_none_is_refused_in_a_row(quick_desk: Desk) -> None:
    card = quick_desk.card()
    row = _by_field(quick_desk)["close_date"]
    with pytest.raises(Fatal):
        quick_desk.decide(card.id, "edit", edit={f"{row}.new": "after Christmas"})


def test_a_call_that_cannot_be_read_is_written_by_hand_and_submitted(desk: Desk) -> None:
    card = desk.card((("Ray Okonkwo", "Hello?"),))
    with pytest.raises(Fatal):
        desk.decide(card.id, "approve")
    edit = {"next_step": "Send the offer", "next_step_date": "2026-12-01", "task": "Call Ray", "task_due": "2026-11-30"}
    desk.decide(card.id, "edit", edit=edit)
    desk.decide(card.id, "approve", version=2)
    desk.work()
    with desk.database.session() as session:
        deal = session.get_one(Deal, "deal")
        assert (deal.next_step, str(deal.next_step_date)) == ("Send the offer", "2026-12-01")
    assert [one.subject for one in _tasks(desk)] == ["Call Ray"]
