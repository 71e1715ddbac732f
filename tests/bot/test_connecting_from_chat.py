"""From a message in Slack to mails on a timeline: the link, the vendor's consent, the mailbox, its first mails."""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from infra.spine.database import Database
from infra.spine.models import Activity
from tests.bot.offices import until
from tests.bot.slack.conftest import buttons
from tests.bot.whole_path import DANA, PUBLIC, WAIT_S, Way, at_work
from tests.fakes.consent import CLIENT, SECRET, serve_vendors
from tests.fakes.mail_apis import FakeGmail

SAM = "sam@ours.example"
TABLES = {
    "users": f"id,name,email,role\nsam,Sam Reed,{SAM},rep\ndana,Dana Whitfield,{DANA},rep\n",
    "accounts": f"id,name,domain,owner\nacc-barge,Blue Barge,bluebarge.example,{SAM}\n",
}


def _mail(way: Way, sender: str, subject: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, SAM, subject
    mail["Message-ID"] = f"<{subject.replace(' ', '-')}@test.example>"
    mail["Date"] = format_datetime(parsedate_to_datetime(way.now_in_mail()))
    mail.set_content("The redlines are with our counsel until Friday.")
    return mail.as_bytes()


@pytest.mark.timeout(240)
def test_connect_my_mailbox_said_in_slack_ends_with_its_mails_on_the_timeline(models: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'spine.db'}"
    with serve_vendors() as vendors, FakeGmail() as gmail, at_work(tmp_path, models, database_url=url) as way:
        gmail.valid = "access-0"
        vendors.unticked = {"calendar.events.owned.readonly"}
        way.home.environment |= {
            "DEALWRIGHT_GOOGLE_CLIENT_ID": CLIENT,
            "DEALWRIGHT_GOOGLE_CLIENT_SECRET": SECRET,
            "DEALWRIGHT_GOOGLE_AUTH_URL": f"{vendors.url}/google/auth",
            "DEALWRIGHT_GOOGLE_TOKEN_URL": f"{vendors.url}/google/token",
            "DEALWRIGHT_GMAIL_BASE_URL": gmail.url,
        }
        way.slack.person("USAM", SAM)
        way.slack.channel("DUSAM", "USAM", kind="im", is_im=True)
        way.home.serve()
        vendors.redirect_uris = {f"{PUBLIC}/connect/google/callback"}
        way.imports(tmp_path / "tables", **TABLES)
        gmail.add(_mail(way, "Bo Larsen <bo@bluebarge.example>", "Redlines"))
        gmail.add(_mail(way, "Dana Whitfield <dana@ours.example>", "Lunch"))
        _consent(way, _link(way))
        until(lambda: _subjects(url) == ["Redlines"], WAIT_S)
        told = way.home.run("ask", "What's the latest on Blue Barge?", "--as", SAM, "--json").json()
        assert "redlines are with our counsel" in str(told)
        assert gmail.unknown == []
        assert vendors.wrong == []


def _link(way: Way) -> str:
    """Say it in a direct message, and return where the button of the answer leads."""
    said = way.slack.message("Ev-connect", "DUSAM", "USAM", "connect my mailbox")
    body = json.dumps(said)
    sent = httpx.post(f"{way.home.url}/slack/events", content=body, headers=way.slack.signed(body), timeout=30)
    assert sent.status_code == 200

    def links() -> list[str]:
        shown = [button for one in way.slack.said("DUSAM") for button in buttons(one).values()]
        return [str(button["url"]) for button in shown if "url" in button]

    until(lambda: bool(links()), WAIT_S)
    (link,) = links()
    assert link.startswith(f"{PUBLIC}/connect/google?link=")
    return link


def _consent(way: Way, link: str) -> None:
    """Follow the link as its person does: look, go on, allow, come back."""
    here = link.replace(PUBLIC, way.home.url)
    page = httpx.get(here, timeout=30)
    assert "Sam Reed" in page.text
    token = unescape(page.text).partition('name="link" value="')[2].partition('"')[0]
    begun = httpx.post(here.partition("?")[0], data={"link": token}, timeout=30)
    assert begun.status_code == 303, begun.text
    allowed = httpx.get(begun.headers["location"], timeout=30)
    assert allowed.status_code == 302, allowed.text
    # The address that people see is behind https, and so is the cookie.
    cookie = begun.headers["set-cookie"].partition(";")[0]
    done = httpx.get(allowed.headers["location"].replace(PUBLIC, way.home.url), headers={"cookie": cookie}, timeout=30)
    assert "Connected." in done.text, done.text
    assert SAM in done.text


def _subjects(url: str) -> list[str | None]:
    database = Database(url)
    try:
        with database.session() as session:
            return list(session.scalars(select(Activity.subject).where(Activity.kind == "mail")))
    finally:
        database.close()
