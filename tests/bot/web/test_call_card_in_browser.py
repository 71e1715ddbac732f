"""A call's card in the console: read in one go, unticked and ticked by hand, submitted, and told line by line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from agents.proposals.record import Change, Closing
from infra.spine.models import Decision, User
from infra.spine.scope import EVERYTHING
from tests.bot.calling import close_a_call
from tests.bot.web.conftest import REP
from tests.bot.web.serving import Console

pytestmark = pytest.mark.browser


def test_a_rep_ticks_what_is_right_and_sees_what_came_of_it(
    open_page: Callable[..., Page], open_console: Callable[..., Console]
) -> None:
    console = open_console(user=REP)
    app = console.app
    with app.database.session() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
    identity = close_a_call(app, rep)
    page = open_page()
    page.goto(f"{console.url}/approvals/{identity}")
    expect(page.get_by_role("heading", name="Close the call with Borealis")).to_be_visible()
    stage = page.get_by_label("Stage: Discovery → Pilot")
    expect(stage).not_to_be_checked()
    expect(page.get_by_label("Competitor: nothing → Stockwise")).to_be_checked()
    expect(page.get_by_text("we want to do the pilot in two warehouses.” — Ray Okonkwo")).to_be_visible()
    stage.check()
    page.get_by_label("Competitor: nothing → Stockwise").uncheck()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_text("Approved.", exact=True)).to_be_visible()
    with app.database.session() as session:
        ticked = session.scalars(select(Decision.detail).where(Decision.proposal_id == identity)).one()["ticked"]
    rows = {one.id: one.field for one in _changes(console, identity)}
    fields = [rows[name] for name in ticked if name in rows]
    assert "stage" in fields
    assert "competitor" not in fields
    assert "close_date" not in fields


def _changes(console: Console, identity: str) -> tuple[Change, ...]:
    found = console.app.proposals.get(identity, EVERYTHING)
    assert found is not None
    assert isinstance(found.effect, Closing)
    return found.effect.changes
