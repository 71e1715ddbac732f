"""What a proposal looks like to the person who decides on it, and what it says afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.answer import Evidence
from agents.proposals.record import Mail, ProposalOut, Task
from bot.cards import card, edit_form, evidence_of, reject_form, snooze_form
from bot.compose import View
from bot.markup import unmarked
from bot.message import Buttons, Fold, Message, Quote, Text

NOW = datetime(2026, 11, 23, 19, 7, tzinfo=UTC)
VIEW = View(ZoneInfo("America/New_York"), NOW, "https://dealwright.example")
HIRING = Evidence(source="signal", id="s1", quote="We are hiring 15 account executives.", at=NOW, label="Careers page")
MAIL = Mail(
    sender="dana@tallyport.example",
    sender_name="Dana Whitfield",
    to="vp@northwind.example",
    to_name="Ilse Brandt",
    subject="your first ninety days",
    body="Saw that you build the team from 5 to 20.\n\nWorth a quick look next week?",
)


def _proposal(state: str = "pending", **more: Any) -> ProposalOut:
    held: dict[str, Any] = {
        "id": "p-1",
        "version": 3,
        "hash": "0" * 64,
        "state": state,
        "kind": "outreach",
        "headline": "Northwind hired a VP Sales 6 h ago",
        "effect": MAIL,
        "evidence": (HIRING,),
        "risks": (),
        "why": ("hiring page", "no open deal"),
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=17),
    }
    return ProposalOut(**(held | more))


def _said(message: Message) -> str:
    return "\n".join(unmarked(part.text) for part in message.parts if isinstance(part, Text))


def _pressable(message: Message) -> dict[str, str]:
    return {one.action: one.value for part in message.parts if isinstance(part, Buttons) for one in part.buttons}


def test_the_card_says_what_would_be_sent_to_whom_why_and_until_when() -> None:
    assert _said(card(_proposal(), VIEW)) == (
        "Northwind hired a VP Sales 6 h ago\n"
        "best before 24 Nov 07:07\n"
        "To: Ilse Brandt (vp@northwind.example) · from Dana Whitfield\n"
        "Subject: your first ninety days\n"
        "Saw that you build the team from 5 to 20.\n\n"
        "Worth a quick look next week?\n"
        "Why: hiring page · no open deal"
    )


def test_every_button_carries_the_proposal_and_the_version_that_was_seen_and_nothing_else() -> None:
    pressable = _pressable(card(_proposal(), VIEW, evidence="asked"))
    assert list(pressable) == ["approve", "edit", "snooze", "reject", "why"]
    assert set(pressable.values()) == {"p-1:3"}


def test_who_may_not_decide_sees_the_card_but_no_button_that_changes_anything() -> None:
    assert list(_pressable(card(_proposal(), VIEW, may_decide=False, evidence="asked"))) == ["why"]


@pytest.mark.parametrize(
    ("state", "more", "line", "buttons"),
    [
        (
            "approved",
            {"decided_by": "Dana Whitfield", "decided_at": NOW, "due_at": NOW + timedelta(hours=19)},
            "Approved by Dana Whitfield at 14:07 · goes 24 Nov 09:07",
            ["undo"],
        ),
        (
            "rejected",
            {"decided_by": "Dana Whitfield", "decided_at": NOW, "reason": "bad_timing"},
            "Turned down by Dana Whitfield at 14:07: Bad timing",
            [],
        ),
        (
            "done",
            {"decided_by": "Dana Whitfield", "outcome": {"done_at": NOW.isoformat(), "reply": "replied: “yes”"}},
            "Sent 14:07 · approved by Dana Whitfield · replied: “yes”",
            [],
        ),
        (
            "snoozed",
            {"due_at": NOW + timedelta(days=1)},
            "Snoozed until 24 Nov 14:07",
            ["approve", "edit", "snooze", "reject"],
        ),
        ("expired", {}, "Expired: the occasion is too old to write about now.", []),
        (
            "unknown",
            {},
            "Nobody can tell whether this mail left. Look in the mailbox, then say which.",
            ["sent", "resend", "reject"],
        ),
        (
            "pending",
            {"held": "DMARC of tallyport.example is missing."},
            "Held: DMARC of tallyport.example is missing.",
            ["approve", "edit", "snooze", "reject"],
        ),
    ],
)
def test_after_a_decision_the_card_says_what_came_of_it(
    state: str, more: dict[str, Any], line: str, buttons: list[str]
) -> None:
    message = card(_proposal(state, **more), VIEW)
    assert line in _said(message).splitlines()
    assert list(_pressable(message)) == buttons


def test_a_risk_stands_on_the_card_where_it_is_read_before_the_buttons() -> None:
    message = card(_proposal(risks=("“15” stands in no evidence.",)), VIEW)
    (risk,) = [part for part in message.parts if isinstance(part, Text) and part.tone == "trouble"]
    assert unmarked(risk.text) == "Check: “15” stands in no evidence."
    assert message.parts.index(risk) < next(i for i, part in enumerate(message.parts) if isinstance(part, Buttons))


def test_why_shows_the_words_themselves() -> None:
    opened = evidence_of(_proposal(), VIEW)
    assert [part.text for part in opened.parts if isinstance(part, Quote)] == [HIRING.quote]
    (fold,) = [part for part in card(_proposal(), VIEW).parts if isinstance(part, Fold)]
    assert [part.text for part in fold.parts if isinstance(part, Quote)] == [HIRING.quote]


def test_forms_start_from_what_stands_on_the_card() -> None:
    assert {one.key: one.value for one in edit_form(_proposal()).inputs} == {"subject": MAIL.subject, "body": MAIL.body}
    task = _proposal(effect=Task(title="Call Ray", due=NOW.date()))
    assert {one.key: one.value for one in edit_form(task).inputs} == {
        "title": "Call Ray",
        "due": "2026-11-23",
        "note": "",
    }
    assert [one.value for one in snooze_form(_proposal(), VIEW).inputs] == ["2026-11-24"]
    assert "bad_timing" in dict(reject_form(_proposal()).inputs[0].choices)
    assert {form.value for form in (edit_form(task), snooze_form(task, VIEW), reject_form(task))} == {"p-1:3"}


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=300))
def test_words_from_outside_never_become_markup(headline: str, subject: str, body: str) -> None:
    mail = MAIL.model_copy(update={"subject": subject, "body": body})
    shown = card(_proposal(headline=headline, effect=mail), VIEW)
    heading = shown.parts[0]
    assert isinstance(heading, Text)
    assert unmarked(heading.text) == headline
    assert f"Subject: {subject}" in [unmarked(part.text) for part in shown.parts if isinstance(part, Text)]


@pytest.mark.parametrize(
    ("goes_at", "zone", "label"),
    [
        (NOW, "Asia/Tokyo", "Approve · sends now"),
        (NOW + timedelta(hours=2), "Asia/Tokyo", "Approve · sends 06:07 their time"),
        (NOW + timedelta(hours=5), "Europe/Berlin", "Approve · sends Tue 01:07 their time"),
        (NOW + timedelta(days=8), "Europe/Berlin", "Approve · sends Tue 1 Dec 20:07 their time"),
        (NOW + timedelta(hours=2), None, "Approve · sends 16:07"),
    ],
)
def test_the_button_says_when_the_mail_would_go(goes_at: datetime, zone: str | None, label: str) -> None:
    shown = card(_proposal(goes_at=goes_at, goes_zone=zone), VIEW)
    labels = {one.action: one.label for part in shown.parts if isinstance(part, Buttons) for one in part.buttons}
    assert labels["approve"] == label
    assert ("now" in labels) is (goes_at > NOW)


def test_the_words_that_go_out_are_one_letter() -> None:
    letters = [part for part in card(_proposal(), VIEW).parts if isinstance(part, Text) and part.style == "letter"]
    assert [unmarked(part.text) for part in letters] == [MAIL.body]
