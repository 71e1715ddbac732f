"""Cards in Teams: shown to whoever decides, pressed with signed invokes, changed in dialogs, and every copy tells what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from agents.proposals.request import Request
from infra.spine.models import Absence, Account, AuditEntry, Copy, Decision, Notice, Proposal
from tests.bot.offices import BODY, QUOTE, offer, until
from tests.bot.teams.conftest import Tenant
from tests.conftest import NOW
from tests.fakes.cards import buttons, faults, objects, texts
from tests.fakes.teams import CARD, dialog_of

DANA, LUIS = "a:29:dana", "a:29:luis"
MESSAGE = "application/vnd.microsoft.activity.message"


@pytest.fixture
def office(open_office: Callable[..., Tenant]) -> Tenant:
    """An office where people may be told things at any hour, and where Dana and Luis have written to us before."""
    served = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")
    for person in ("dana", "luis"):
        served.asks(served.teams.personal(f"29:{person}", "hello"))
    return served


def _cards(office: Tenant, conversation: str = DANA) -> list[dict[str, Any]]:
    """Return the messages that are cards of proposals: what was answered to the first hello is none."""
    return office.teams.said(conversation)[1:]


def _shown(office: Tenant, conversation: str = DANA, count: int = 1) -> dict[str, Any]:
    until(lambda: len(_cards(office, conversation)) >= count)
    return _cards(office, conversation)[count - 1]


def _of(office: Tenant, proposal: str) -> dict[str, Any]:
    """Wait for the card of a proposal and return its message."""
    mark = f'"{proposal}:'
    until(lambda: any(mark in json.dumps(one) for one in _cards(office)))
    return next(one for one in _cards(office) if mark in json.dumps(one))


def _content(message: dict[str, Any]) -> dict[str, Any]:
    card: dict[str, Any] = message["attachments"][0]["content"]
    return card


def _state(office: Tenant, proposal: str) -> tuple[str, int]:
    with office.app.database.session() as session:
        row = session.get_one(Proposal, proposal)
        return row.state, row.version


def _button(message: dict[str, Any], label: str) -> dict[str, Any]:
    return next(one for title, one in buttons(_content(message)).items() if title.startswith(label))


def _press(office: Tenant, message: dict[str, Any], label: str, user: str = "29:dana", **more: Any) -> dict[str, Any]:
    pressed = {**_button(message, label), **more}
    return office.presses(office.teams.execute(user, f"a:{user}", "personal", pressed, message["id"]))


def _open(office: Tenant, message: dict[str, Any], label: str) -> dict[str, Any]:
    return office.presses(office.teams.fetch("29:dana", DANA, "personal", _button(message, label), message["id"]))


def _send(office: Tenant, told: dict[str, Any], filled: dict[str, str]) -> Any:
    response = office.send(office.teams.dialog("29:dana", DANA, "personal", told, filled))
    assert response.status_code == 200, response.text
    return response.json() if response.content else None


def test_the_card_comes_to_its_owner_with_exact_buttons(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    assert faults(_content(message)) == []
    assert "Lumen hired a VP Operations" in texts(_content(message))
    assert "Saw that you grow the dock team from 5 to 20." in texts(_content(message))
    held = {one["verb"]: one["data"]["v"] for one in buttons(_content(message)).values()}
    expected = {f"dw:{action}": f"{proposal}:1" for action in ("approve", "now", "edit", "snooze", "reject", "why")}
    assert held == expected
    office.app.announcer.offer(proposal)
    until(lambda: not _waiting(office))
    assert len(_cards(office)) == 1


def test_the_mail_stands_on_a_ground_of_its_own(office: Tenant) -> None:
    offer(office.app)
    boxes = [one for one in objects(_content(_shown(office))) if one.get("style") == "emphasis"]
    assert [texts(box) for box in boxes] == [BODY.replace("\n\n", "\n")]


def test_send_now_goes_at_once_whatever_the_hour_there(office: Tenant) -> None:
    proposal = offer(office.app)
    _press(office, _shown(office), "Send now")
    until(lambda: _state(office, proposal)[0] == "done")


def _waiting(office: Tenant) -> list[str]:
    with office.app.database.session() as session:
        return list(session.scalars(select(Notice.key).where(Notice.state == "waiting")))


def test_who_never_wrote_to_us_is_not_written_to(open_office: Callable[..., Tenant]) -> None:
    office = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")
    offer(office.app)
    until(lambda: not _waiting(office))
    assert office.teams.calls("open") == []
    with office.app.database.session() as session:
        assert session.scalars(select(Notice.state)).all() == ["unreached"]


def test_who_asked_in_a_channel_only_is_written_to_where_they_added_us(open_office: Callable[..., Tenant]) -> None:
    office = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")
    office.asks(office.teams.mention("29:dana", office.thread, "latest on Acme"))
    offer(office.app)
    until(lambda: DANA in office.teams.conversations and bool(office.teams.said(DANA)))
    assert "Lumen hired a VP Operations" in texts(office.teams.cards(DANA)[-1])


def test_who_asked_in_a_channel_and_did_not_add_us_is_left_alone(open_office: Callable[..., Tenant]) -> None:
    office = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")
    office.teams.not_added.add("29:dana")
    office.asks(office.teams.mention("29:dana", office.thread, "latest on Acme"))
    offer(office.app)
    until(lambda: not _waiting(office))
    assert DANA not in office.teams.conversations


def test_one_click_approves_and_every_copy_says_so(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    told = _press(office, message, "Approve")
    assert (told["statusCode"], told["type"]) == (200, CARD)
    assert faults(told["value"]) == []
    assert "Approved by" in texts(told["value"])
    assert list(buttons(told["value"])) == ["Undo", "Why?"]
    assert _state(office, proposal) == ("approved", 1)
    until(lambda: "Approved by" in texts(_content(_cards(office)[0])))
    office.app.proposals.decide(Request(id=proposal, action="undo", version=1, surface="terminal"))
    until(lambda: any(title.startswith("Approve") for title in buttons(_content(_cards(office)[0]))))
    assert _state(office, proposal) == ("pending", 1)


def test_an_invoke_that_comes_again_decides_once(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    press = office.teams.execute("29:dana", DANA, "personal", _button(message, "Approve"), message["id"])
    told = [office.presses(press) for _ in range(3)]
    assert all(one["type"] == CARD and "Approved by" in texts(one["value"]) for one in told)
    assert "approved this" in texts(told[-1]["value"])
    with office.app.database.session() as session:
        assert len(session.scalars(select(Decision).where(Decision.proposal_id == proposal)).all()) == 1


def test_what_a_press_is_about_is_read_however_it_is_carried(office: Tenant) -> None:
    carried: tuple[Callable[[str], Any], ...] = (
        lambda value: value,
        lambda value: {"v": value},
        lambda value: {"value": value},
        lambda value: json.dumps({"value": value}),
        lambda value: {"dw": "approve", "v": value},
    )
    for number, data in enumerate(carried):
        proposal = offer(office.app, key=f"n{number}")
        message = _of(office, proposal)
        _press(office, message, "Approve", data=data(f"{proposal}:1"))
        assert _state(office, proposal) == ("approved", 1), number


def test_an_old_client_approves_too(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    office.asks(office.teams.submit("29:dana", DANA, "personal", _button(message, "Approve"), message["id"]))
    assert _state(office, proposal) == ("approved", 1)
    until(lambda: "Approved by" in texts(_content(_cards(office)[0])))


def test_an_edit_in_the_dialog_is_a_new_version_and_the_old_button_is_refused(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    stale = _button(message, "Approve")
    opened = _open(office, message, "Edit")
    assert _send(office, opened, {"subject": "about the docks"}) is None
    assert _state(office, proposal) == ("pending", 2)
    until(lambda: "about the docks" in texts(_content(_cards(office)[0])))
    told = office.presses(office.teams.execute("29:dana", DANA, "personal", stale, message["id"]))
    assert _state(office, proposal) == ("pending", 2)
    assert "changed meanwhile" in texts(told["value"])
    assert "about the docks" in texts(told["value"])
    _press(office, _cards(office)[0], "Approve")
    assert _state(office, proposal) == ("approved", 2)


def test_a_client_without_dialogs_gets_the_form_inside_the_card(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    told = _press(office, message, "Edit")
    assert faults(told["value"]) == []
    fields = {one["id"]: one["value"] for one in objects(told["value"]) if str(one.get("type")).startswith("Input.")}
    assert BODY in fields.values()
    subject = next(id for id, value in fields.items() if value == "ninety days")
    back = buttons(told["value"])["Back"]
    whole = office.presses(office.teams.execute("29:dana", DANA, "personal", back, message["id"]))["value"]
    assert whole == _content(message)
    send = buttons(told["value"])["Save"]
    filled = {**send, "data": {**send["data"], **fields, subject: "about the docks"}}
    saved = office.presses(office.teams.execute("29:dana", DANA, "personal", filled, message["id"]))
    assert "about the docks" in texts(saved["value"])
    assert _state(office, proposal) == ("pending", 2)


def test_a_dialog_that_can_not_be_right_asks_again_and_keeps_the_words(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    told = _send(office, _open(office, message, "Snooze"), {"until": "tomorrow-ish"})
    assert "can't be read" in texts(dialog_of(told))
    told = _send(office, _open(office, message, "Edit"), {"subject": "", "body": "My own words, at length."})
    assert "My own words, at length." in json.dumps(dialog_of(told))
    assert _state(office, proposal) == ("pending", 1)


def test_a_client_that_sends_the_pressed_card_from_its_dialog_gets_the_form(office: Tenant) -> None:
    offer(office.app)
    message = _shown(office)
    press = office.teams.fetch("29:dana", DANA, "personal", _button(message, "Edit"), message["id"])
    assert dialog_of(office.presses({**press, "name": "task/submit"})) == dialog_of(_open(office, message, "Edit"))


def test_snooze_and_not_this_one_ask_until_when_and_why(office: Tenant) -> None:
    snoozed = offer(office.app)
    assert _send(office, _open(office, _shown(office), "Snooze"), {}) is None
    assert _state(office, snoozed)[0] == "snoozed"
    rejected = offer(office.app, "two")
    opened = _open(office, _shown(office, count=2), "Not this one…")
    assert _send(office, opened, {"reason": "wrong_person"}) is None
    with office.app.database.session() as session:
        row = session.get_one(Proposal, rejected)
        assert (row.state, row.reason) == ("rejected", "wrong_person")
    until(lambda: "Wrong person" in texts(_content(_cards(office)[1])))


def test_why_shows_the_words_themselves_and_leads_back(office: Tenant) -> None:
    offer(office.app)
    message = _shown(office)
    told = _press(office, message, "Why?")
    assert QUOTE in texts(told["value"])
    assert faults(told["value"]) == []
    back = buttons(told["value"])["Back"]
    whole = office.presses(office.teams.execute("29:dana", DANA, "personal", back, message["id"]))["value"]
    assert whole == _content(message)


def test_who_may_not_decide_is_refused_and_it_is_written_down(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    told = office.presses(office.teams.execute("29:luis", DANA, "personal", _button(message, "Approve"), message["id"]))
    assert told["type"] == MESSAGE
    assert _state(office, proposal) == ("pending", 1)
    with office.app.database.transaction() as session:
        session.get_one(Proposal, proposal).owner_id = "luis"
        session.get_one(Account, "lumen-one").owner_id = "luis"
    told = _press(office, message, "Approve")
    assert told["type"] == MESSAGE
    assert _state(office, proposal) == ("pending", 1)
    with office.app.database.session() as session:
        trail = [f"{row.action} {row.subject} {row.detail}" for row in session.scalars(select(AuditEntry))]
    assert not any("Ilse" in line or "dock" in line for line in trail)


def test_a_payload_with_another_proposals_id_does_nothing(office: Tenant) -> None:
    mine = offer(office.app)
    message = _shown(office)
    other = offer(office.app, "two")
    _shown(office, count=2)
    until(lambda: _copies(office) == 2)
    told = _press(office, message, "Approve", data={"v": f"{other}:1"})
    assert "does not belong to this card" in told["value"]
    forged = {**_button(message, "Edit"), "fallback": {"data": {**_button(message, "Edit")["data"], "v": f"{other}:1"}}}
    told = office.presses(office.teams.fetch("29:dana", DANA, "personal", forged, message["id"]))
    assert "does not belong to this card" in told["task"]["value"]
    assert (_state(office, mine)[0], _state(office, other)[0]) == ("pending", "pending")


def _copies(office: Tenant) -> int:
    with office.app.database.session() as session:
        return len(session.scalars(select(Copy.place)).all())


def test_a_broken_value_is_answered(office: Tenant) -> None:
    offer(office.app)
    message = _shown(office)
    for value in ("", "x", "p:1e9", ":1", "p:-1", "nobody:1", "p" * 90 + ":1"):
        told = _press(office, message, "Approve", data={"v": value})
        assert told["type"] == MESSAGE, value
        assert told["value"], value
        broken = {**_button(message, "Edit"), "fallback": {"data": {**_button(message, "Edit")["data"], "v": value}}}
        told = office.presses(office.teams.fetch("29:dana", DANA, "personal", broken, message["id"]))
        assert told["task"]["type"] == "message", value


def test_what_is_no_button_of_ours_is_refused(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    refused: tuple[Any, ...] = (None, 7, [], {"v": 7}, {"v": None, "value": "x:1"})
    for data in refused:
        press = office.teams.execute("29:dana", DANA, "personal", {**_button(message, "Approve"), "data": data}, "x")
        assert office.send(press).status_code == 400, data
        assert _state(office, proposal) == ("pending", 1), data


def test_a_forged_token_never_reaches_a_card(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    press = office.teams.execute("29:dana", DANA, "personal", _button(message, "Approve"), message["id"])
    fetch = office.teams.fetch("29:dana", DANA, "personal", _button(message, "Edit"), message["id"])
    for activity in (press, fetch):
        assert office.send(activity, office.teams.token(aud="somebody else")).status_code == 401
        assert office.send(activity, None).status_code == 401
    assert _state(office, proposal) == ("pending", 1)


def test_the_card_of_somebody_who_is_away_goes_to_their_delegate(office: Tenant) -> None:
    with office.app.database.transaction() as session:
        session.add(Absence(user_id="dana", begins_at=NOW - timedelta(days=900), delegate_id="luis"))
    proposal = offer(office.app)
    message = _shown(office, LUIS)
    assert _cards(office) == []
    told = office.presses(office.teams.execute("29:luis", LUIS, "personal", _button(message, "Approve"), message["id"]))
    assert "Approved by" in texts(told["value"])
    assert _state(office, proposal)[0] == "approved"


def test_a_card_that_somebody_deleted_stays_deleted(office: Tenant) -> None:
    proposal = offer(office.app)
    message = _shown(office)
    until(lambda: _copies(office) == 1)
    with office.teams.lock:
        del office.teams.conversations[DANA].activities[message["id"]]
    office.app.proposals.decide(Request(id=proposal, action="approve", version=1, surface="terminal"))
    until(lambda: _drawn(office) == "1:approved")
    assert _cards(office) == []


def _drawn(office: Tenant) -> str | None:
    with office.app.database.session() as session:
        return session.scalars(select(Copy.shown)).one()


def test_a_card_that_takes_several_messages_tells_its_outcome_in_each(office: Tenant) -> None:
    proposal = offer(office.app, body="\n\n".join(f"Paragraph {number}. " + "words " * 400 for number in range(12)))
    until(lambda: len(_cards(office)) > 1)
    until(lambda: _copies(office) == 1)
    drawn = len(_cards(office))
    assert "Paragraph 11." in "".join(texts(_content(one)) for one in _cards(office))
    office.app.proposals.decide(
        Request(id=proposal, action="edit", version=1, edit={"body": "Short."}, surface="terminal")
    )
    until(lambda: _drawn(office) == "2:pending")
    assert len(_cards(office)) == drawn
    assert "Paragraph" not in "".join(texts(_content(one)) for one in _cards(office))
