"""A Monday of the sample company: the weekly review reaches Slack, Teams, mail and the console with its pictures, and an alert is raised, worked and ended by the buyer's reply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot.offices import until
from tests.bot.slack.conftest import buttons, texts
from tests.bot.whole_path import WAIT_S, Way, at_work
from tests.fakes.cards import texts as teams_texts

pytestmark = pytest.mark.timeout(600)

MONDAY = "2026-11-23T18:30:00+00:00"
BUYER = "leah.whitman@pinecrestfurniture.example"
TOM = "tom.beckett@tallyport.example"
LUIS = "luis.ferrer@tallyport.example"
STORIES = ("Acme Logistics – Expansion", "Brightwater – Dock rollout", "Fennimore Paper – Dock")
HOURS = """mail = true

[company]
channels = ["slack:CREVIEW"]
"""
ANSWER = "Sorry for the wait. Legal is through with it, let us talk on Thursday at ten."


@pytest.fixture(scope="module")
def way(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """The sample company on a Monday, with everybody around it, watched."""
    folder = tmp_path_factory.mktemp("monday")
    with at_work(folder, models, DEALWRIGHT_WATCH="true", DEALWRIGHT_TIME_ZONE="America/New_York") as made:
        made.at(MONDAY)
        made.takes_mail("pinecrestfurniture.example")
        made.slack.person("UTOM", TOM)
        made.slack.channel("DUTOM", "UTOM", kind="im", is_im=True)
        made.slack.channel("CREVIEW")
        loaded = made.home.run("sample", "load", "--as-of", "2026-11-23")
        assert loaded.status == 0, loaded.err
        (made.home.folder / "digest.toml").write_text(HOURS, encoding="utf-8")
        made.home.serve()
        assert made.teams_sends(made.teams.personal("29:dana", "hello")).status_code == 200
        yield made


def _reviews(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if "week 47" in json.dumps(one)]


def _one(messages: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = _reviews(messages)
    return found


def test_the_review_reaches_everybody_once_with_its_pictures(way: Way) -> None:
    until(lambda: bool(_reviews(way.slack.said("CREVIEW"))), WAIT_S)
    until(lambda: bool(_reviews(way.slack.said("DUDANA")) or _reviews(way.teams.said("a:29:dana"))), WAIT_S)
    until(lambda: bool(way.mails(LUIS)), WAIT_S)
    channel = _one(way.slack.said("CREVIEW"))
    said = texts(channel)
    assert [story for story in STORIES[:2] if story not in said] == []
    assert "Dana Whitfield" not in said
    assert any(block["type"] == "image" and block["alt_text"] for block in channel["blocks"])
    mail = next(one for one in way.mails(LUIS) if "47" in str(one["Subject"]))
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert pictures
    assert all(part["Content-ID"] for part in pictures)
    assert "Fennimore Paper" in str(mail.get_body(("plain",)))
    assert len([one for one in way.mails(LUIS) if "47" in str(one["Subject"])]) == 1
    with httpx.Client(base_url=way.home.url, headers={"accept": "text/html"}, timeout=60) as browser:
        page = browser.get("/reviews", params={"week": "2026-W47"}).text
    assert [story for story in STORIES if story not in page] == []
    assert "<svg" in page
    for told in (_reviews(way.slack.said("DUDANA")), _reviews(way.teams.said("a:29:dana"))):
        assert len(told) <= 1
        seen = "".join(texts(one) if "blocks" in one else teams_texts(one) for one in told)
        assert "Acme Logistics – Expansion" in seen or not told


def _alerts(way: Way) -> list[dict[str, Any]]:
    return [one for one in way.slack.said("DUTOM") if "Pinecrest Furniture has become risk" in texts(one)]


def test_an_alert_is_raised_worked_and_resolved_by_the_buyers_reply(way: Way, tmp_path: Path) -> None:
    until(lambda: bool(_alerts(way)), WAIT_S)
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
    until(lambda: "Resolved" in texts(_alerts(way)[0]), WAIT_S)
    told = texts(_alerts(way)[0])
    assert any(words in told for words in ANSWER.split(". "))
    assert len(_alerts(way)) == 1
