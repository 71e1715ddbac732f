"""A call's card in Slack: ticked in the message, submitted once, and the message tells what came of each line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.spine.scope import EVERYTHING
from tests.bot.calling import close_a_call, tasks_made
from tests.bot.offices import until
from tests.bot.slack.conftest import Workspace, buttons, texts

TASK = "Send Borealis the SOC 2 report by"


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """An office where people may be told things at any hour."""
    return open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")


def _state(office: Workspace, ticked: list[str]) -> dict[str, Any]:
    options = [{"value": one} for one in ticked]
    return {"values": {"dw-ticks:x": {"ticks-tasks-0": {"type": "checkboxes", "selected_options": options}}}}


def test_what_is_ticked_in_the_message_is_done_and_the_message_tells_it(office: Workspace) -> None:
    identity = close_a_call(office.app)
    until(lambda: bool(office.slack.said("DUDANA")))
    card = office.slack.said("DUDANA")[-1]
    assert "Close the call with Borealis" in texts(card)
    boxes = [one for block in card["blocks"] for one in block.get("elements", []) if one.get("type") == "checkboxes"]
    assert "We need to sign by 15 December" in json.dumps(boxes)
    submit = buttons(card)["Submit"]
    click = office.slack.click("UDANA", "DUDANA", card, submit, {"state": _state(office, ["t1"])})
    for _ in range(3):
        assert office.send(click).status_code == 200
    office.settled()
    until(lambda: "on your list" in texts(office.slack.said("DUDANA")[-1]))
    told = texts(office.slack.said("DUDANA")[-1])
    assert told.count("on your list") == 1
    assert told.count("left out") >= 4
    assert len(tasks_made(office.app)) == 1
    office.asks(office.slack.click("UDANA", "DUDANA", card, submit, {"state": _state(office, ["r1"])}))
    assert "approved this" in office.slack.ephemerals[-1]["text"]
    found = office.app.proposals.get(identity, EVERYTHING)
    assert found is not None
    assert found.outcome["ticked"] == ["t1"]


def test_a_line_of_another_card_is_refused(office: Workspace) -> None:
    close_a_call(office.app)
    until(lambda: bool(office.slack.said("DUDANA")))
    card = office.slack.said("DUDANA")[-1]
    office.asks(office.slack.click("UDANA", "DUDANA", card, buttons(card)["Submit"], {"state": _state(office, ["t1", "r77"])}))  # fmt: skip
    assert "There is no line r77 on this card." in office.slack.ephemerals[-1]["text"]
    other = {**buttons(card)["Submit"], "value": "proposal-of-somebody-else:1"}
    office.asks(office.slack.click("UDANA", "DUDANA", card, other, {"state": _state(office, ["t1"])}))
    assert "does not belong to this card" in office.slack.ephemerals[-1]["text"]
    assert tasks_made(office.app) == []
