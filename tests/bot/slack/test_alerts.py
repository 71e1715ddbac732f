"""A deal at risk in Slack: told by itself when something happens, worked, put off or refused where it stands, and ended by the buyer's reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from infra.spine.models import Alert, Notice, Proposal
from tests.bot.offices import until
from tests.bot.risky import ANSWER, ASKED, answers, slips, was_well
from tests.bot.slack.conftest import Workspace, buttons, texts

pytestmark = pytest.mark.watching

DANA = "DUDANA"


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """An office where people may be told things at any hour, and a deal that is about to slip."""
    served = open_office(
        watch=True, working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999"
    )
    was_well(served.app)
    return served


def _alerted(office: Workspace) -> None:
    slips(office.app)
    until(lambda: any("risk" in texts(one) for one in office.slack.said(DANA)), 60)


def _state(office: Workspace) -> str:
    with office.app.database.session() as session:
        return session.scalars(select(Alert.state)).one()


def test_it_is_raised_worked_and_resolved_by_a_reply(office: Workspace) -> None:
    _alerted(office)
    (alert,) = office.slack.said(DANA)
    seen = texts(alert)
    assert "Acme Logistics has become risk" in seen
    assert "$84,000" in seen
    assert "passed 2 days ago" in seen
    office.asks(office.slack.click("UDANA", DANA, alert, buttons(alert)["See the mail I drafted"]))
    until(lambda: len(office.slack.said(DANA)) == 2, 60)
    draft = office.slack.said(DANA)[1]
    assert ASKED in texts(draft)
    until(lambda: "You are working on it" in texts(office.slack.said(DANA)[0]), 60)
    approve = next(one for label, one in buttons(draft).items() if label.startswith("Approve"))
    office.asks(office.slack.click("UDANA", DANA, draft, approve))
    until(lambda: "Approved by" in texts(office.slack.said(DANA)[1]), 60)
    answers(office.app)
    until(lambda: "Resolved" in texts(office.slack.said(DANA)[0]), 60)
    told = texts(office.slack.said(DANA)[0])
    assert ANSWER in told
    assert "See the mail I drafted" not in told
    assert _state(office) == "resolved"
    assert len(office.slack.said(DANA)) == 2


def test_it_is_refused_by_its_form_and_says_so(office: Workspace) -> None:
    _alerted(office)
    (alert,) = office.slack.said(DANA)
    refuse = buttons(alert)["Not a risk, because…"]
    office.asks(office.slack.click("UDANA", DANA, alert, refuse))
    until(lambda: bool(office.slack.views), 60)
    shown = office.slack.views[-1]
    office.asks(office.slack.submission("UDANA", shown, {"reason": "agreed_pause"}))
    until(lambda: "Not a risk: We agreed on a pause" in texts(office.slack.said(DANA)[0]), 60)
    assert _state(office) == "dismissed"


def test_its_evidence_opens_and_it_is_put_off(office: Workspace) -> None:
    _alerted(office)
    (alert,) = office.slack.said(DANA)
    office.asks(office.slack.click("UDANA", DANA, alert, buttons(alert)["Why?"]))
    until(lambda: bool(office.slack.views), 60)
    assert "passed 2 days ago" in str(office.slack.views[-1])
    office.asks(office.slack.click("UDANA", DANA, alert, buttons(alert)["Snooze"]))
    until(lambda: len(office.slack.views) == 2, 60)
    day = (office.app.clock.now() + timedelta(days=3)).date().isoformat()
    office.asks(office.slack.submission("UDANA", office.slack.views[-1], {"until": day}))
    until(lambda: "Snoozed" in texts(office.slack.said(DANA)[0]), 60)


def test_nobody_else_decides_on_it(office: Workspace) -> None:
    _alerted(office)
    (alert,) = office.slack.said(DANA)
    office.asks(office.slack.click("ULUIS", DANA, alert, buttons(alert)["See the mail I drafted"]))
    assert _state(office) in ("waiting", "told")
    with office.app.database.session() as session:
        assert session.scalars(select(Proposal.state)).all() == ["pending"]
        assert len(session.scalars(select(Notice.key).where(Notice.kind == "card")).all()) == 0
