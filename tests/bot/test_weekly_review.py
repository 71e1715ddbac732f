"""A Monday of the sample company: the weekly review reaches Slack, Teams, mail and the console with its pictures, and an alert is raised, worked and ended by the buyer's reply."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.people import FIXED
from bot.teams.talks import Talks
from infra.spine.database import Database
from infra.spine.models import Identity, User
from sales.clock import FixedClock
from tests.bot.offices import until
from tests.bot.running import Home
from tests.bot.slack.conftest import buttons, texts
from tests.bot.whole_path import ADMIN, PUBLIC, Way, at_work
from tests.fakes.cards import faults, objects
from tests.fakes.cards import texts as teams_texts
from tests.fakes.teams import BOT, TENANT

pytestmark = pytest.mark.timeout(1_000)

MONDAY = "2026-11-23T18:30:00+00:00"
LONG_S = 300.0
"""How long is waited for what a server does by itself after its start, on a machine that does much else."""

BUYER = "leah.whitman@pinecrestfurniture.example"
TOM = "tom.beckett@tallyport.example"
LUIS = "luis.ferrer@tallyport.example"
CHAT = "a:29:ines"
STORIES = ("Acme Logistics – Expansion", "Brightwater – Dock rollout", "Fennimore Paper – Dock")
HOURS = """mail = true

[company]
channels = ["slack:CREVIEW"]
"""
ANSWER = "Sorry for the wait. Legal is through with it, let us talk on Thursday at ten."


@pytest.fixture(scope="module")
def way(models: Path, tmp_path_factory: pytest.TempPathFactory, into_sample: Callable[[Home], None]) -> Iterator[Way]:
    """The sample company on a Monday, with everybody around it, watched. The admin is in Teams and sits at the console, the others are in Slack."""
    folder = tmp_path_factory.mktemp("monday")
    more = {"DEALWRIGHT_WATCH": "true", "DEALWRIGHT_TIME_ZONE": "America/New_York", "DEALWRIGHT_USER": ADMIN}
    with at_work(folder, models, **more) as made:
        into_sample(made.home)
        made.at(MONDAY)
        made.takes_mail("pinecrestfurniture.example")
        made.slack.person("UTOM", TOM)
        made.slack.channel("DUTOM", "UTOM", kind="im", is_im=True)
        made.slack.channel("CREVIEW")
        made.teams.person("ines", ADMIN)
        # Whoever is in both is told where we got to know them first, and that is chance: the admin is in Teams alone.
        del made.slack.users["UINES"]
        _furnish(made)
        (made.home.folder / "digest.toml").write_text(HOURS, encoding="utf-8")
        made.home.serve()
        yield made
        # It is ended at once: what it still makes of the next day is nothing that anybody waits for.
        made.home.stop(signal.SIGKILL)


def _furnish(way: Way) -> None:
    """Let the admin have added us in Teams."""
    clock, database = FixedClock(datetime.fromisoformat(MONDAY)), Database(f"sqlite:///{way.home.folder / 'spine.db'}")
    try:
        way.teams.conversation(CHAT, "29:ines")
        talk = {"service": f"{way.teams.url}/", "tenant": TENANT, "aad": "aad-ines", "user": "29:ines"}
        account = f"{TENANT}:aad-ines"
        Talks(database, clock).keep(account, {**talk, "bot": {"id": BOT, "name": "Dealwright"}, "conversation": CHAT})
        with database.transaction() as session:
            ines = session.scalars(select(User.id).where(User.email == ADMIN)).one()
            session.add(Identity(surface="teams", external_id=account, user_id=ines, learned_at=FIXED))
    finally:
        database.close()


def _reviews(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if "week 47" in json.dumps(one)]


def _mailed(way: Way) -> list[EmailMessage]:
    return [one for one in way.mails(LUIS) if "week 47" in str(one["Subject"])]


def _one(messages: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = _reviews(messages)
    return found


def test_the_review_reaches_everybody_once_with_its_pictures(way: Way) -> None:
    until(lambda: bool(_reviews(way.slack.said("CREVIEW"))), LONG_S)
    until(lambda: bool(_reviews(way.teams.said(CHAT))), LONG_S)
    # Alerts come by mail as well.
    until(lambda: bool(_mailed(way)), LONG_S)
    channel = _one(way.slack.said("CREVIEW"))
    said = texts(channel)
    assert [story for story in STORIES[:2] if story not in said] == []
    assert "Dana Whitfield" not in said
    assert any(block["type"] == "image" and block["alt_text"] for block in channel["blocks"])
    (mail,) = _mailed(way)
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert pictures
    assert all(part["Content-ID"] for part in pictures)
    assert "Fennimore Paper" in str(mail.get_body(("plain",)))
    with httpx.Client(base_url=way.home.url, headers={"accept": "text/html"}, timeout=60) as browser:
        page = browser.get("/reviews", params={"week": "2026-W47"}).text
    assert [story for story in STORIES if story not in page] == []
    assert "<svg" in page
    _in_teams(_one(way.teams.said(CHAT)))


def _in_teams(review: dict[str, Any]) -> None:
    """Hold the company's review to what its admin sees of it in Teams: the stories, and the picture at an address of ours with its words."""
    (card,) = [one["content"] for one in review["attachments"]]
    assert faults(card) == []
    said = teams_texts(card)
    assert [story for story in STORIES[:2] if story not in said] == []
    images = [one for one in objects(card) if one.get("type") == "Image"]
    assert images
    for image in images:
        assert image["url"].startswith(f"{PUBLIC}/pictures/")
        assert image["altText"]


def _alerts(way: Way) -> list[dict[str, Any]]:
    # The card of a draft that is made because of an alert names it in its heading.
    heads = ((one, texts(one).partition("\n")[0]) for one in way.slack.said("DUTOM"))
    return [one for one, head in heads if "Pinecrest Furniture has become risk" in head and "mail to" not in head]


def test_an_alert_is_raised_worked_and_resolved_by_the_buyers_reply(way: Way, tmp_path: Path) -> None:
    until(lambda: bool(_alerts(way)), LONG_S)
    (alert,) = _alerts(way)
    assert "No word from the buyer for" in texts(alert)
    work = next(one for label, one in buttons(alert).items() if "drafted" in label)
    assert way.slack_sends(way.slack.click("UTOM", "DUTOM", alert, work)).status_code == 200
    draft = way.card(to=BUYER)
    card = way.in_slack(draft["id"], "DUTOM")
    approve = next(one for one in buttons(card).values() if one["action_id"] == "dw:approve")
    assert way.slack_sends(way.slack.click("UTOM", "DUTOM", card, approve)).status_code == 200
    way.becomes(draft["id"], "approved")
    way.at("2026-11-24T18:30:00+00:00")
    mail = way.mailed(BUYER)
    way.at("2026-11-24T19:30:00+00:00")
    way.answers(mail, ANSWER, tmp_path)
    until(lambda: "Resolved" in texts(_alerts(way)[0]), LONG_S)
    told = texts(_alerts(way)[0])
    assert any(words in told for words in ANSWER.split(". "))
    assert [texts(one) for one in _alerts(way)] == [told]
