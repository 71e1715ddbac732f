"""Cards in Slack: shown to whoever decides, pressed with signed requests, changed in modals, and every copy tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from infra.spine.models import Absence, Account, AuditEntry, Decision, Notice, Proposal
from tests.bot.offices import QUOTE, by_night, offer, until
from tests.bot.slack.conftest import Workspace, buttons, texts
from tests.conftest import NOW


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """An office where people may be told things at any hour."""
    return open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")


def _shown(office: Workspace, channel: str = "DUDANA") -> dict[str, Any]:
    until(lambda: bool(office.slack.said(channel)))
    message: dict[str, Any] = office.slack.said(channel)[-1]
    return message


def _state(office: Workspace, proposal: str) -> tuple[str, int]:
    with office.app.database.session() as session:
        row = session.get_one(Proposal, proposal)
        return row.state, row.version


def _press(office: Workspace, label: str, user: str = "UDANA", channel: str = "DUDANA") -> None:
    card = office.slack.said(channel)[-1]
    office.asks(office.slack.click(user, channel, card, _button(card, label)))


def _button(card: dict[str, Any], label: str) -> dict[str, Any]:
    return next(one for title, one in buttons(card).items() if title.startswith(label))


def test_the_card_comes_to_its_owner_with_exact_buttons(office: Workspace) -> None:
    proposal = offer(office.app)
    card = _shown(office)
    assert "Lumen hired a VP Operations" in texts(card)
    assert "Saw that you grow the dock team from 5 to 20." in texts(card)
    assert {one["action_id"]: one["value"] for one in buttons(card).values()} == {
        f"dw:{action}": f"{proposal}:1" for action in ("approve", "now", "edit", "snooze", "reject", "why")
    }
    office.app.announcer.offer(proposal)
    until(lambda: not _waiting(office))
    assert len(office.slack.said("DUDANA")) == 1


def test_the_button_says_when_the_mail_goes_and_the_mail_stands_apart(office: Workspace) -> None:
    offer(office.app)
    card = _shown(office)
    assert list(buttons(card))[:2] == [f"Approve · sends {_opens(office)} their time", "Send now"]
    assert "> Hi Ilse,\n>\n> Saw that you grow the dock team from 5 to 20." in texts(card)


def _opens(office: Workspace) -> str:
    """Return when nine o'clock comes next where the mail goes to, as a button says it."""
    now = office.app.clock.now()
    here = now.astimezone(by_night(now)[1])
    return "09:00" if here.hour < 9 else f"{here + timedelta(days=1):%a} 09:00"


def test_send_now_goes_at_once_whatever_the_hour_there(office: Workspace) -> None:
    proposal = offer(office.app)
    _shown(office)
    _press(office, "Send now")
    with office.app.database.session() as session:
        decision = session.scalars(select(Decision).where(Decision.proposal_id == proposal)).one()
        assert (decision.action, decision.surface) == ("approve", "slack")
    until(lambda: _state(office, proposal)[0] == "done")


def _waiting(office: Workspace) -> list[str]:
    with office.app.database.session() as session:
        return list(session.scalars(select(Notice.key).where(Notice.state == "waiting")))


def test_one_click_approves_and_every_copy_says_so(office: Workspace) -> None:
    proposal = offer(office.app)
    _shown(office)
    _press(office, "Approve")
    assert _state(office, proposal) == ("approved", 1)
    assert "Approved by" in texts(office.slack.said("DUDANA")[-1])
    assert list(buttons(office.slack.said("DUDANA")[-1])) == ["Undo", "Why?"]
    office.app.proposals.decide(_undo(proposal))
    until(lambda: any(label.startswith("Approve ") for label in buttons(office.slack.said("DUDANA")[-1])))
    assert _state(office, proposal) == ("pending", 1)


def _undo(proposal: str) -> Any:
    from agents.proposals.request import Request

    return Request(id=proposal, action="undo", version=1, surface="terminal")


def test_a_click_that_slack_sends_again_decides_once(office: Workspace) -> None:
    proposal = offer(office.app)
    card = _shown(office)
    approve = _button(card, "Approve")
    form = office.slack.click("UDANA", "DUDANA", card, approve)
    for _ in range(3):
        assert office.send(form).status_code == 200
    office.settled()
    office.asks(office.slack.click("UDANA", "DUDANA", card, approve))
    with office.app.database.session() as session:
        assert len(session.scalars(select(Decision).where(Decision.proposal_id == proposal)).all()) == 1
    assert "approved this" in office.slack.ephemerals[-1]["text"]


def _whispered(office: Workspace) -> list[dict[str, Any]]:
    """Return the calls by which the bot itself said something that one person sees."""
    return [one.arguments for one in office.slack.called if one.method == "chat.postEphemeral"]


def test_who_presses_too_late_is_told_by_their_own_press_and_waits_for_no_channels_rate(office: Workspace) -> None:
    offer(office.app)
    card = _shown(office)
    approve = _button(card, "Approve")
    for _ in range(6):
        office.asks(office.slack.click("UDANA", "DUDANA", card, approve))
    assert ["approved this" in one["text"] for one in office.slack.ephemerals] == [True] * 5
    assert {one["user"] for one in office.slack.ephemerals} == {"UDANA"}
    assert _whispered(office) == []
    assert "Approved by" in texts(office.slack.said("DUDANA")[-1])


def test_where_the_press_can_not_carry_the_answer_it_comes_all_the_same(office: Workspace) -> None:
    offer(office.app)
    card = _shown(office)
    approve = _button(card, "Approve")
    office.asks(office.slack.click("UDANA", "DUDANA", card, approve))
    used_up = {"response_url": office.slack.response_url(uses=0)}
    office.asks(office.slack.click("UDANA", "DUDANA", card, approve, used_up))
    within = {"message": {**card, "thread_ts": card["ts"]}}
    office.asks(office.slack.click("UDANA", "DUDANA", card, approve, within))
    assert [one.get("thread_ts") for one in _whispered(office)] == [None, card["ts"]]
    assert ["approved this" in one["text"] for one in office.slack.ephemerals] == [True] * 2


def test_an_edit_in_the_modal_is_a_new_version_and_the_old_button_is_refused(office: Workspace) -> None:
    proposal = offer(office.app)
    old = _shown(office)
    stale = _button(old, "Approve")
    _press(office, "Edit")
    form = office.slack.views[-1]
    office.asks(office.slack.submission("UDANA", form, {"subject": "about the docks"}))
    assert _state(office, proposal) == ("pending", 2)
    until(lambda: "about the docks" in texts(office.slack.said("DUDANA")[-1]))
    office.asks(office.slack.click("UDANA", "DUDANA", old, stale))
    assert _state(office, proposal) == ("pending", 2)
    assert "changed meanwhile" in office.slack.ephemerals[-1]["text"]
    _press(office, "Approve")
    assert _state(office, proposal) == ("approved", 2)


def test_snooze_and_not_this_one_ask_until_when_and_why(office: Workspace) -> None:
    snoozed, rejected = offer(office.app), None
    _shown(office)
    _press(office, "Snooze")
    office.asks(office.slack.submission("UDANA", office.slack.views[-1], {}))
    assert _state(office, snoozed)[0] == "snoozed"
    rejected = offer(office.app, "two")
    until(lambda: len(office.slack.said("DUDANA")) == 2)
    _press(office, "Not this one…")
    office.asks(office.slack.submission("UDANA", office.slack.views[-1], {"reason": "wrong_person"}))
    with office.app.database.session() as session:
        row = session.get_one(Proposal, rejected)
        assert (row.state, row.reason) == ("rejected", "wrong_person")
    until(lambda: "Wrong person" in texts(office.slack.said("DUDANA")[-1]))


def test_why_opens_the_words_themselves(office: Workspace) -> None:
    offer(office.app)
    _shown(office)
    _press(office, "Why?")
    assert QUOTE in texts(office.slack.views[-1])


def test_who_may_not_decide_is_refused_and_it_is_written_down(office: Workspace) -> None:
    proposal = offer(office.app)
    card = _shown(office)
    office.slack.channels["DUDANA"].members.append("ULUIS")
    office.asks(office.slack.click("ULUIS", "DUDANA", card, _button(card, "Approve")))
    assert _state(office, proposal) == ("pending", 1)
    assert office.slack.ephemerals[-1]["user"] == "ULUIS"


def test_a_payload_with_another_proposals_id_does_nothing(office: Workspace) -> None:
    mine = offer(office.app)
    _shown(office)
    other = offer(office.app, "two")
    until(lambda: len(office.slack.said("DUDANA")) == 2)
    card = office.slack.said("DUDANA")[0]
    forged = {**_button(card, "Approve"), "value": f"{other}:1"}
    office.asks(office.slack.click("UDANA", "DUDANA", card, forged))
    assert (_state(office, mine)[0], _state(office, other)[0]) == ("pending", "pending")
    assert "does not belong to this card" in office.slack.ephemerals[-1]["text"]


def test_a_broken_value_is_answered(office: Workspace) -> None:
    offer(office.app)
    card = _shown(office)
    for number, value in enumerate(("", "x", "p:1e9", ":1", "p:-1", "nobody:1", "p" * 90 + ":1")):
        office.asks(office.slack.click("UDANA", "DUDANA", card, {**_button(card, "Approve"), "value": value}))
        assert len(office.slack.ephemerals) == number + 1, value


def test_the_card_of_somebody_who_is_away_goes_to_their_delegate(office: Workspace) -> None:
    with office.app.database.transaction() as session:
        session.add(Absence(user_id="dana", begins_at=NOW - timedelta(days=900), delegate_id="luis"))
    proposal = offer(office.app)
    card = _shown(office, "DULUIS")
    assert office.slack.said("DUDANA") == []
    office.asks(office.slack.click("ULUIS", "DULUIS", card, _button(card, "Approve")))
    assert _state(office, proposal)[0] == "approved"


def test_a_forged_request_never_reaches_a_card(office: Workspace) -> None:
    proposal = offer(office.app)
    card = _shown(office)
    form = office.slack.click("UDANA", "DUDANA", card, _button(card, "Approve"))
    signed = office.slack.signed(form, secret="not the secret", kind="application/x-www-form-urlencoded")
    assert office.http.post(f"{office.url}/slack/events", content=form, headers=signed).status_code == 401
    assert _state(office, proposal) == ("pending", 1)


def test_at_night_nobody_is_shown_a_card(open_office: Callable[..., Workspace]) -> None:
    hour = (datetime.now(UTC).hour + 12) % 24
    office = open_office(working_days=tuple(range(7)), disturb_from=f"{hour:02}:00", disturb_until=f"{hour:02}:01")
    offer(office.app)
    until(lambda: _postponed(office))
    assert office.slack.said("DUDANA") == []


def _postponed(office: Workspace) -> bool:
    with office.app.database.session() as session:
        return any(row.due_at > row.created_at for row in session.scalars(select(Notice)))


def test_denials_stand_in_the_audit_trail_without_customers_words(office: Workspace) -> None:
    proposal = offer(office.app)
    card = _shown(office)
    with office.app.database.transaction() as session:
        session.get_one(Account, "lumen-one").owner_id = "luis"
        session.get_one(Proposal, proposal).owner_id = "luis"
    office.asks(office.slack.click("UDANA", "DUDANA", card, _button(card, "Approve")))
    assert _state(office, proposal) == ("pending", 1)
    with office.app.database.session() as session:
        trail = [f"{row.action} {row.subject} {row.detail}" for row in session.scalars(select(AuditEntry))]
    assert not any("Ilse" in line or "dock" in line for line in trail)
