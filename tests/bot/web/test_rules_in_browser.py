"""Rule files in the console: faults at their lines, a preview before anything holds, the log, and going back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from infra.spine.models import AuditEntry, RuleFile, User
from tests.bot.web.conftest import ADMIN, REP
from tests.bot.web.serving import Console, post

pytestmark = pytest.mark.browser
GOOD = '[company]\nindustries = ["logistics"]\n'
BAD = '[company]\nemployees = "many"\n\n[people]\nrolls = ["VP"]\n'


@pytest.fixture
def desk(open_console: Callable[..., Console]) -> Console:
    """A console behind a proxy that names people, of a team that has written no rules yet."""
    made = open_console(console_identity_header="x-user")
    with made.app.database.transaction() as session:
        session.execute(delete(RuleFile))
    for name in ("icp.toml", "outreach.toml"):
        (made.app.settings.home / name).unlink(missing_ok=True)
    return made


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """An admin's browser."""
    made = open_page()
    made.set_extra_http_headers({"x-user": ADMIN})
    return made


def _versions(desk: Console, name: str = "icp.toml") -> list[str]:
    with desk.app.database.session() as session:
        return list(session.scalars(select(RuleFile.text).where(RuleFile.name == name).order_by(RuleFile.version)))


def test_every_fault_is_told_at_its_line_and_nothing_is_saved(page: Page, desk: Console) -> None:
    page.goto(desk.url)
    page.get_by_role("link", name="Outreach").click()
    page.get_by_role("link", name="Rules").click()
    page.get_by_label("icp.toml").fill(BAD)
    page.get_by_role("button", name="Put in force").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Line 2")
    expect(told).to_contain_text("Line 5")
    expect(told).to_contain_text('rolls = ["VP"]')
    expect(page.get_by_label("icp.toml")).to_have_value(BAD)
    assert _versions(desk) == []


def test_a_profile_is_tried_put_in_force_and_taken_back(page: Page, desk: Console) -> None:
    page.goto(f"{desk.url}/rules/icp.toml")
    page.get_by_label("icp.toml").fill(GOOD)
    page.get_by_role("button", name="Check and preview").click()
    expect(page.locator("main")).to_contain_text("What it would have let through in the last 4 weeks")
    expect(page.locator("main")).to_contain_text("signals")
    assert _versions(desk) == []
    page.get_by_label("Why it is changed").fill("Only logistics")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("status").filter(has_text="It is in force.")).to_be_visible()
    expect(page.get_by_text("Only logistics")).to_be_visible()
    page.get_by_label("icp.toml").fill(GOOD.replace("logistics", "retail"))
    page.get_by_role("button", name="Put in force").click()
    newest = page.locator(".entries li").first
    newest.get_by_text("What changed").click()
    expect(newest.locator("ins")).to_have_text('+industries = ["retail"]')
    page.get_by_role("button", name="Go back to version 1").click()
    expect(page.get_by_label("icp.toml")).to_have_value(GOOD)
    assert _versions(desk) == [GOOD, GOOD.replace("logistics", "retail"), GOOD]
    assert (desk.app.settings.home / "icp.toml").read_text(encoding="utf-8") == GOOD
    with desk.app.database.session() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("icp"))).all()
        assert [(one.surface, one.action) for one in told] == [
            ("console", "icp saved"),
            ("console", "icp saved"),
            ("console", "icp rolled back"),
        ]


def test_how_mails_are_written_is_changed_the_same_way(page: Page, desk: Console) -> None:
    page.goto(f"{desk.url}/rules/outreach.toml")
    page.get_by_label("outreach.toml").fill("# ours\nmost_words = 5\nmost_wrods = 60\n")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2: most_words")
    expect(page.get_by_role("alert")).to_contain_text("Line 3: there is no 'most_wrods'")
    page.get_by_label("outreach.toml").fill("# ours\nmost_words = 60\n")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("status").filter(has_text="It is in force.")).to_be_visible()
    assert _versions(desk, "outreach.toml")[-1] == "# ours\nmost_words = 60\n"


def test_the_sources_are_tried_put_in_force_and_taken_back(page: Page, desk: Console) -> None:
    page.goto(f"{desk.url}/rules/signals.toml")
    bad = "inside = []\n\n[[source]]\nname = 'jobs'\nkind = 'lever'\nboard = 'acme'\n"
    page.get_by_label("signals.toml").fill(bad)
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 3")
    expect(page.get_by_role("alert")).to_contain_text("whose board it is")
    good = bad + "account = 'Acme Logistics'\n\n[curves.funding]\nlate_h = 48\n"
    page.get_by_label("signals.toml").fill(good)
    page.get_by_role("button", name="Check and preview").click()
    expect(page.locator("main")).to_contain_text("1 source would be asked.")
    expect(page.locator("main")).to_contain_text("late after 48 h")
    assert _versions(desk, "signals.toml") == []
    page.get_by_role("button", name="Put in force").click()
    page.get_by_label("signals.toml").fill("inside = []\n")
    page.get_by_role("button", name="Put in force").click()
    page.get_by_role("button", name="Go back to version 1").click()
    expect(page.get_by_label("signals.toml")).to_have_value(good)
    assert _versions(desk, "signals.toml") == [good, "inside = []\n", good]
    assert (desk.app.settings.home / "signals.toml").read_text(encoding="utf-8") == good


def test_what_changed_meanwhile_is_not_written_over(desk: Console) -> None:
    with desk.client(**{"x-user": ADMIN}) as browser:
        assert post(browser, "/rules/icp.toml", do="save", text=GOOD, expected="0").status_code == 303
        answer = post(browser, "/rules/icp.toml", do="save", text='[people]\nroles = ["VP"]\n', expected="0")
        assert answer.status_code == 409
        assert "changed meanwhile" in answer.text
        assert "[people]" in answer.text
    assert _versions(desk) == [GOOD]


def test_rules_are_for_admins_and_for_nobody_who_looks_over_a_shoulder(desk: Console) -> None:
    with desk.app.database.session() as session:
        other = session.scalars(select(User.id).where(User.role == "admin", User.email != ADMIN)).first()
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
    with desk.client(**{"x-user": REP}) as browser:
        assert browser.get("/rules/icp.toml").status_code == 403
        assert post(browser, "/rules/icp.toml", do="save", text=GOOD, expected="0").status_code == 403
    with desk.client(**{"x-user": ADMIN}) as browser:
        assert browser.get("/rules/settings.toml").status_code == 404
        post(browser, "/view-as", user=other or rep)
        assert post(browser, "/rules/icp.toml", do="save", text=GOOD, expected="0").status_code == 403
    assert _versions(desk) == []
