"""A call's card in Teams: toggles on the card travel with the press, and the card tells what came of each line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.calling import close_a_call, tasks_made
from tests.bot.offices import until
from tests.bot.teams.conftest import Tenant
from tests.fakes.cards import buttons, faults, objects, texts

DANA = "a:29:dana"


@pytest.fixture
def office(open_office: Callable[..., Tenant]) -> Tenant:
    """An office where people may be told things at any hour, and where Dana has written to us before."""
    served = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")
    served.asks(served.teams.personal("29:dana", "hello"))
    return served


def _content(message: dict[str, Any]) -> dict[str, Any]:
    card: dict[str, Any] = message["attachments"][0]["content"]
    return card


def test_what_is_toggled_on_the_card_is_done_and_the_card_tells_it(office: Tenant) -> None:
    close_a_call(office.app)
    until(lambda: len(office.teams.said(DANA)) > 1)
    message = office.teams.said(DANA)[-1]
    card = _content(message)
    assert faults(card) == []
    toggles = {one["id"]: one["value"] for one in objects(card) if one.get("type") == "Input.Toggle"}
    assert [value for name, value in toggles.items() if name.startswith("tick.t")] == ["true", "true"]
    submit = next(one for title, one in buttons(card).items() if title == "Submit")
    filled = {name: "true" if name.startswith("tick.t2") else "false" for name in toggles}
    pressed = {**submit, "data": {**submit["data"], **filled}}
    office.presses(office.teams.execute("29:dana", DANA, "personal", pressed, message["id"]))
    until(lambda: "on your list" in texts(_content(office.teams.said(DANA)[-1])))
    told = texts(_content(office.teams.said(DANA)[-1]))
    assert told.count("on your list") == 1
    assert "Add to calendar" in told
    assert len(tasks_made(office.app)) == 1
