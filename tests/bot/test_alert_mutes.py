"""A rule whose alerts people call useless, press by press: it falls silent for everybody, with its precision, where all can see it, and a manager lifts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from agents.alerts.record import AlertOut
from bot.alert_card import DISMISS
from bot.alert_presses import press_alert
from bot.alerts import message_of, set_rule
from bot.app import App
from bot.asker import find_asker
from bot.compose import view_at
from infra.settings import Settings
from infra.spine.models import Alert, Deal
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.northern import account, row, user
from tests.conftest import NOW


def _alert(number: int) -> Any:
    out = AlertOut(id=f"alert-{number}", kind="risk", state="told", deal=f"d{number}", name=f"Deal {number}", to="ida@ours.example", title="Risky", rule="few_contacts", rank=1.0, event_at=NOW, raised_at=NOW)  # fmt: skip
    return Alert(id=out.id, key=out.id, deal_id=out.deal, user_id="ida", kind="risk", rule=out.rule, causes=[out.rule], state="told", rank=1.0, record=out.model_dump(mode="json"), event_at=NOW, raised_at=NOW, told_at=NOW)  # fmt: skip


def test_four_presses_mute_a_rule_with_its_precision_and_a_manager_lifts_it(home: Path) -> None:
    app = App(Settings(home=home), clock=FixedClock(NOW))
    with app.database.transaction() as session:
        for one in (user("ida", "Ida Berg", "North"), user("boss", "Bo Oss", "North", "admin"), account("acc", "Mill Works", "ida")):  # fmt: skip
            session.add(row(one, NOW))
            session.flush()
        for number in range(4):
            session.add(row(Deal(id=f"d{number}", name=f"Deal {number}", account_id="acc", owner_id="ida", currency="USD", status="open"), NOW))  # fmt: skip
        session.flush()
        session.add_all(_alert(number) for number in range(4))
    said = [
        press_alert(app, DISMISS, f"alert-{number}", "ida", "slack", {"reason": "wrong_fact"}) for number in range(4)
    ]
    assert [one.sentence for one in said[:3]] == [None] * 3
    assert said[3].sentence == "Alerts for this cause are muted from now on: 0 of 4 were called useful."
    shown = str(message_of(app.alerts.read(EVERYTHING, would=False), view_at(app.settings, NOW)).parts)
    assert "'0 of 4', '0 %', 'since " in shown
    set_rule(app, find_asker(app, "boss@ours.example", "terminal"), "few_contacts", muted=False)
    (rule,) = app.alerts.read(EVERYTHING, would=False).rules
    assert (rule.muted_at, rule.judged) == (None, 0)
    with app.database.session() as session:
        assert set(session.scalars(select(Alert.reason))) == {"wrong_fact"}
    app.close()
