"""The card of a call on every surface: whatever stands on it, Slack and Teams take it, all of it can be reached, and a press says what was ticked."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.answer import Evidence
from agents.proposals.record import Change, Closing, ClosingLine, ClosingTask, Mail, ProposalOut
from bot.call_card import MOST_IN_CHAT, edit_form, submit_form
from bot.cards import card
from bot.compose import View
from bot.deciding import request_of, ticked_of
from bot.message import Form
from bot.slack.forms import filled_in, form_modal
from bot.slack.render import MESSAGE_CHARACTERS, render_rest
from bot.slack.render import render as slack
from bot.teams.dialogs import form_card, opened
from bot.teams.intake import pressed
from bot.teams.render import lead_of
from bot.teams.render import render as teams
from bot.web.render import Setting
from bot.web.render import render as html
from tests.conftest import NOW, SHARED_DATA
from tests.fakes.cards import faults

VIEW = View(ZoneInfo("UTC"), NOW)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=90)
LONG = st.sampled_from(["", "short", "a longer thing that was said <and> kept & quoted " * 4])


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft7Validator

    return Draft7Validator(json.loads((SHARED_DATA / "contracts" / name).read_text(encoding="utf-8")))


def _card(
    tasks: int = 2, rows: int = 3, *, words: str = "we said so", mail: bool = True, state: str = "pending", **more: Any
) -> ProposalOut:
    closing = Closing(
        call="call-1",
        title=words,
        at=NOW,
        url="https://console.example/activities/call-1",
        summary=tuple(ClosingLine(label="Budget", text=f"{words} {number}", evidence=(1,)) for number in range(4)),
        tasks=tuple(
            ClosingTask(id=f"t{n}", title=f"{words} task {n}", due=date(2026, 12, 1), evidence=(1,)) for n in range(1, tasks + 1)
        ),
        mail=Mail(sender="me@ours.example", to="ray@acme.example", subject=f"s {words}", body=f"Hi,\n\n{words}\n\nMe") if mail else None,
        mail_evidence=(1,) if mail else (),
        changes=tuple(
            Change(id=f"r{n}", record="deal", record_id="d", field="stage" if n % 3 == 0 else "next_step", label="Stage" if n % 3 == 0 else "Next step", old=words, new=f"{words} new {n}", evidence=(1,), forecast=n % 3 == 0)
            for n in range(1, rows + 1)
        ),
        deal_id="d",
        **more,
    )  # fmt: skip
    return ProposalOut(
        id="proposal-1",
        version=3,
        hash="h",
        state=state,
        kind="call",
        headline=f"Close the call {words}",
        effect=closing,
        evidence=(Evidence(source="call", id="call-1", quote=words or "so", speaker="Ray", at=NOW),),
        risks=(),
        why=(),
        created_at=NOW,
        expires_at=NOW + timedelta(days=14),
    )


def _objects(held: Any) -> list[dict[str, Any]]:
    if isinstance(held, dict):
        return [held, *(one for value in held.values() for one in _objects(value))]
    return [one for value in held for one in _objects(value)] if isinstance(held, list) else []


def _in_chat(proposal: ProposalOut) -> Any:
    return card(proposal, VIEW, evidence="asked")


@pytest.mark.shared_data
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 12), st.integers(0, 40), st.one_of(WORDS, LONG), st.booleans())
def test_slack_takes_the_card_its_review_and_its_form(tasks: int, rows: int, words: str, mail: bool) -> None:
    proposal = _card(tasks, rows, words=words, mail=mail)
    blocks = slack(_in_chat(proposal), VIEW.calendar).blocks
    assert 0 < len(blocks) <= 50
    assert len(json.dumps(blocks, ensure_ascii=False)) <= MESSAGE_CHARACTERS
    _validator("block-kit.schema.json").validate(blocks)
    for form in (submit_form(proposal, VIEW), edit_form(proposal)):
        if form.inputs:
            lead = render_rest(type(_in_chat(proposal))("Review", form.lead), VIEW.calendar)
            view = form_modal(form, lead)
            assert len(view["blocks"]) <= 100
            _validator("modal.schema.json").validate(view)
    ids = [one["block_id"] for one in blocks]
    assert len(ids) == len(set(ids))


@pytest.mark.shared_data
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 12), st.integers(0, 40), st.one_of(WORDS, LONG), st.booleans())
def test_teams_takes_the_card_and_its_dialogs(tasks: int, rows: int, words: str, mail: bool) -> None:
    proposal = _card(tasks, rows, words=words, mail=mail)
    cards = teams(_in_chat(proposal), VIEW.calendar).cards
    assert [fault for one in cards for fault in faults(one)] == []
    form = submit_form(proposal, VIEW)
    for told in (opened(form, lead=lead_of(form, VIEW.calendar)), opened(edit_form(proposal))):
        task = told["task"]
        if task["type"] == "continue":
            assert faults(task["value"]["card"]["content"]) == []


def test_a_usual_card_is_ticked_in_the_message_itself_with_the_words_under_each_line() -> None:
    blocks = slack(_in_chat(_card()), VIEW.calendar).blocks
    boxes = [one for one in _objects(blocks) if one.get("type") == "checkboxes"]
    values = [option["value"] for one in boxes for option in one["options"]]
    ticked = [option["value"] for one in boxes for option in one.get("initial_options", [])]
    assert values == ["t1", "t2", "mail", "r1", "r2", "r3"]
    assert ticked == ["t1", "t2", "mail", "r1", "r2"]
    assert all("we said so" in option["description"]["text"] for one in boxes for option in one["options"])
    submit = [one for one in _objects(blocks) if one.get("action_id") == "dw:approve"]
    assert [(one["value"], one["style"]) for one in submit] == [("proposal-1:3", "primary")]
    toggles = [
        one for one in _objects(teams(_in_chat(_card()), VIEW.calendar).cards) if one.get("type") == "Input.Toggle"
    ]
    assert [(one["id"].partition(":")[0], one["value"]) for one in toggles] == [
        ("tick.t1", "true"), ("tick.t2", "true"), ("tick.mail", "true"), ("tick.r1", "true"), ("tick.r2", "true"), ("tick.r3", "false"),
    ]  # fmt: skip
    page = html(card(_card(), VIEW, forms=True), Setting(VIEW.calendar, "token"))
    assert page.count('type="checkbox"') == 6
    assert page.count(" checked>") == 5


def test_many_lines_are_ticked_in_the_form_that_the_review_opens() -> None:
    proposal = _card(12, 40)
    blocks = slack(_in_chat(proposal), VIEW.calendar).blocks
    assert not [one for one in _objects(blocks) if one.get("type") == "checkboxes"]
    review = [one for one in _objects(blocks) if one.get("action_id") == "dw:review"]
    assert [one["value"] for one in review] == ["proposal-1:3"]
    form = submit_form(proposal, VIEW)
    assert (form.action, form.value) == ("approve", "proposal-1:3")
    lines = [value for one in form.inputs for value, _ in one.choices]
    assert len(lines) == 53 > MOST_IN_CHAT
    modal = form_modal(form)
    assert all(len(one["options"]) <= 10 for one in _objects(modal) if one.get("type") == "checkboxes")


def test_what_somebody_ticked_comes_back_from_each_surface() -> None:
    message = {"state": {"values": {"b": {"ticks-tasks-0": {"type": "checkboxes", "selected_options": [{"value": "t1"}, {"value": "r3"}]}}}}}  # fmt: skip
    assert ticked_of(filled_in(message)) == ["t1", "r3"]
    nothing = {"state": {"values": {"b": {"ticks-tasks-0": {"type": "checkboxes", "selected_options": []}}}}}
    assert ticked_of(filled_in(nothing)) == []
    assert ticked_of(filled_in({})) is None
    data = {"dw": "approve", "v": "proposal-1:3", "tick.t1:4": "true", "tick.r3:4": "false", "tick.mail:5": "true"}
    click = pressed({"action": {"type": "Action.Execute", "data": data}})
    assert click is not None
    request = request_of("approve", ("proposal-1", 3), click["fields"], zone=VIEW.zone, surface="teams", user_id="u")
    assert request.edit == {"ticked": ["t1", "mail"]}


def test_ticks_that_a_client_sends_along_are_no_words_of_an_edit() -> None:
    fields = {"tick.t1": "true", "ticks": "1", "subject": "New"}
    request = request_of("edit", ("proposal-1", 3), fields, zone=VIEW.zone, surface="teams", user_id="u")
    assert request.edit == {"subject": "New"}


def test_a_call_that_could_not_be_read_offers_to_write_it_and_nothing_to_submit() -> None:
    proposal = _card(0, 0, mail=False, trouble="The transcript has no speakers.").model_copy(update={"evidence": ()})
    bare = proposal.effect.model_copy(update={"summary": ()})
    message = _in_chat(proposal.model_copy(update={"effect": bare}))
    blocks = slack(message, VIEW.calendar).blocks
    told = json.dumps(blocks)
    assert "The transcript has no speakers." in told
    labels = [one["text"]["text"] for one in _objects(blocks) if one.get("type") == "button"]
    assert labels == ["The transcript", "Write it yourself", "Snooze", "Not this one…"]
    assert not [part for part in message.parts if isinstance(part, Form)]


def test_after_the_submit_every_line_tells_what_came_of_it() -> None:
    lines = {
        "t1": {"state": "made", "hold": "https://console.example/holds/x"},
        "mail": {"state": "goes", "at": datetime(2026, 11, 30, 9, tzinfo=UTC).isoformat(), "proposal": "p-2", "version": 1},
        "r1": {"state": "written", "system": "hubspot", "at": datetime(2026, 11, 23, 14, 7, tzinfo=UTC).isoformat()},
        "r2": {"state": "conflict", "system": "hubspot", "again": "p-3"},
    }  # fmt: skip
    done = _card(1, 4, state="done").model_copy(update={"outcome": {"lines": lines}})
    told = [
        part.text for part in _in_chat(done).parts if hasattr(part, "text") and getattr(part, "style", "") == "bullet"
    ]
    ends = [text.rpartition("— ")[2] for text in told]
    assert ends == [
        "**on your list, hold ready for your calendar**",
        "**goes 30 Nov 09:00**",
        "**written to HubSpot 14:07**",
        "**changed in the CRM meanwhile: asked again**",
        "**left out**",
        "**left out**",
    ]
    buttons = [one for part in _in_chat(done).parts for one in getattr(part, "buttons", ())]
    assert [(one.label, one.value) for one in buttons if one.action == "undo"] == [("Undo the mail", "p-2:1")]


def test_a_dialog_keeps_what_was_ticked_when_it_has_to_be_asked_again() -> None:
    from bot.teams.dialogs import filled

    form = filled(submit_form(_card(), VIEW), {"tick.t1": "true", "tick.t2": "false", "tick.r3": "true"})
    toggles = {one["id"]: one["value"] for one in form_card(form)["body"] if one.get("type") == "Input.Toggle"}
    assert {name for name, value in toggles.items() if value == "true"} == {"tick.t1", "tick.r3"}
