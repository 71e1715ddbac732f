"""A deal at risk in Teams: told by itself, put off in its dialog, refused, and resolved where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from infra.spine.models import Alert
from tests.bot.offices import until
from tests.bot.risky import ANSWER, answers, slips, was_well
from tests.bot.teams.conftest import Tenant
from tests.fakes.cards import buttons, faults, texts
from tests.fakes.teams import dialog_of

pytestmark = pytest.mark.watching

DANA = "a:29:dana"


@pytest.fixture
def office(open_office: Callable[..., Tenant]) -> Tenant:
    """An office where people may be told things at any hour, with Dana who has written to us, and whose deal is at risk now."""
    served = open_office(
        watch=True, working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999"
    )
    served.asks(served.teams.personal("29:dana", "hello"))
    was_well(served.app)
    slips(served.app)
    return served


def _alert(office: Tenant) -> dict[str, Any]:
    until(lambda: len(office.teams.said(DANA)) >= 2, 60)
    told: dict[str, Any] = office.teams.said(DANA)[1]
    return told


def _seen(office: Tenant) -> str:
    return texts(_alert(office)["attachments"][0]["content"])


def _button(office: Tenant, label: str) -> dict[str, Any]:
    return next(one for title, one in buttons(_alert(office)["attachments"][0]["content"]).items() if title.startswith(label))  # fmt: skip


def _state(office: Tenant) -> str:
    with office.app.database.session() as session:
        return session.scalars(select(Alert.state)).one()


def test_it_is_told_put_off_in_its_dialog_and_resolved_by_a_reply(office: Tenant) -> None:
    message = _alert(office)
    assert faults(message["attachments"][0]["content"]) == []
    assert "Acme Logistics has become risk" in _seen(office)
    asked = office.teams.fetch("29:dana", DANA, "personal", _button(office, "Snooze"), message["id"])
    told = office.presses(asked)
    day = (office.app.clock.now() + timedelta(days=3)).date().isoformat()
    response = office.send(office.teams.dialog("29:dana", DANA, "personal", told, {"until": day}))
    assert response.status_code == 200, response.text
    until(lambda: "Snoozed" in _seen(office), 60)
    assert _state(office) == "snoozed"
    answers(office.app)
    until(lambda: "Resolved" in _seen(office), 60)
    assert ANSWER in _seen(office)
    assert dialog_of(told)


def test_it_is_called_useful_and_its_evidence_opens_and_leads_back(office: Tenant) -> None:
    message = _alert(office)
    pressed = office.teams.execute("29:dana", DANA, "personal", _button(office, "Why?"), message["id"])
    opened = office.presses(pressed)
    assert "passed 2 days ago" in str(opened)
    office.presses(office.teams.execute("29:dana", DANA, "personal", _button(office, "Useful"), message["id"]))
    with office.app.database.session() as session:
        assert session.scalars(select(Alert.verdict)).one() == "useful"
    back = office.presses(
        office.teams.execute("29:dana", DANA, "personal", {**_button(office, "Why?"), "verb": "dw:card"}, message["id"])
    )  # fmt: skip
    assert "Acme Logistics has become risk" in str(back)
