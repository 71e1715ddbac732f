"""The page of the objection library, a call's scorecard on its page, and the same for programs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import rulefiles
from bot.objections import Wanted, messages_in
from infra.settings import Settings
from infra.spine.models import User
from infra.spine.scope import EVERYTHING, Scope, scope_of
from sales.clock import FixedClock
from tests.bot.web.conftest import ADMIN, NOW, OTHER_REP, REP
from tests.bot.web.serving import Console, post, serving

TOKEN = "t" * 40
CALL = "call-acme-3"
TRACK = '[[step]]\nkey = "hello"\nlabel = "Said hello"\nsays = ["hello", "hi"]\n'
MANAGER = "marcus.oyelaran@tallyport.example"


@pytest.fixture(scope="module")
def console(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One console behind a proxy that names people, its calls read."""
    home = tmp_path_factory.mktemp("library") / "home"
    shutil.copytree(company, home)
    settings = Settings(home=home, visibility="all", console_identity_header="x-user", api_token=TOKEN)
    with serving(settings, FixedClock(NOW)) as running:
        while running.app.notes.read_waiting(50):
            pass
        yield running


def test_the_page_counts_what_came_up_quotes_it_and_opens_the_place(console: Console) -> None:
    with console.client(**{"x-user": ADMIN}) as browser:
        page = browser.get("/objections", params={"since": "2026-10-01"}).text
        assert "It's still too expensive." in page or "It&#39;s still too expensive." in page
        assert "/activities/call-fennimore-3#turn-6" in page
        assert "within 30 days" in page
        one = browser.get("/objections", params={"topic": "price", "since": "2026-09-01"}).text
        assert "Taken in the call" in one


def test_what_a_rep_may_not_see_is_not_on_the_page(console: Console) -> None:
    own = _own_scope(console)
    page = str(messages_in(console.app, own, Wanted(since="2026-01-01")))
    assert "Anita Krishnan" in page
    assert "fennimore" not in page.casefold()


@pytest.mark.parametrize(
    "query", [{"since": "2026-13-45"}, {"topic": "the weather"}, {"since": "2026-11-02", "until": "2026-11-01"}]
)
def test_a_window_or_topic_that_means_nothing_is_told(console: Console, query: dict[str, str]) -> None:
    with console.client(**{"x-user": ADMIN}) as browser:
        answer = browser.get("/objections", params=query)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


@pytest.mark.parametrize(("who", "sees"), [(REP, True), (MANAGER, True), (OTHER_REP, False), (ADMIN, False)])
def test_a_scorecard_stands_on_the_page_for_the_rep_and_their_manager_only(
    console: Console, who: str, sees: bool
) -> None:
    with console.client(**{"x-user": who}) as browser:
        page = browser.get(f"/activities/{CALL}")
        assert page.status_code == 200
        assert ("Scorecard" in page.text) is sees


def test_an_admin_who_views_as_a_rep_does_not_see_the_reps_scorecard(console: Console) -> None:
    with console.client(**{"x-user": ADMIN}) as browser:
        post(browser, "/view-as", email=REP)
        page = browser.get(f"/activities/{CALL}").text
        assert "Notes of this call" in page
        assert "Scorecard" not in page


def test_the_talk_track_is_edited_checked_logged_and_rolled_back_like_any_rule(console: Console) -> None:
    with console.client(**{"x-user": ADMIN}) as browser:
        page = browser.get("/rules/talk_track.toml")
        assert page.status_code == 200
        assert "Agreed on what the call is for" in page.text


def test_a_new_talk_track_is_put_in_force_scores_calls_anew_and_can_be_taken_back(console: Console) -> None:
    app = console.app
    rep = _user(console, REP)
    app.notes.of(CALL, scope=EVERYTHING)
    assert len(app.coaching.of(CALL, rep)[0].track) == 5
    saved = rulefiles.save(app, ADMIN, "console", rulefiles.TALK_TRACK, TRACK, "Two steps", 0)
    assert saved["version"] == 1
    assert [step.label for step in app.coaching.of(CALL, rep)[0].track] == ["Said hello"]
    faults = rulefiles.check(app, rulefiles.TALK_TRACK, "[[step]]\nkey = 1\n")
    assert not faults["valid"]
    assert faults["faults"]
    assert [one["note"] for one in rulefiles.log(app, rulefiles.TALK_TRACK)] == ["Two steps"]
    rulefiles.save(app, ADMIN, "console", rulefiles.TALK_TRACK, TRACK.replace("hello", "goodbye"), None, 1)
    rulefiles.rollback(app, ADMIN, "console", rulefiles.TALK_TRACK, 1)
    assert [step.label for step in app.coaching.of(CALL, rep)[0].track] == ["Said hello"]


def _own_scope(console: Console) -> Scope:
    with console.app.database.session() as session:
        return scope_of(session, _user(console, REP), "own")


def _user(console: Console, email: str) -> User:
    with console.app.database.session() as session:
        return session.scalars(select(User).where(User.email == email)).one()


def test_programs_get_the_library_and_a_persons_scorecards_but_none_without_a_person(console: Console) -> None:
    with console.client(accept="application/json", authorization=f"Bearer {TOKEN}") as program:
        library = program.get("/api/objections", params={"since": "2026-10-01", "topic": "too expensive"}).json()
        assert library["topic"] == "price"
        assert [one["topic"] for one in library["topics"]] == ["price"]
        assert library["count"] == sum(one["count"] for one in library["topics"])
        assert library["answers"]
        assert library["topics"][0]["quotes"][0]["said"]["turn"]
        assert program.get("/api/objections", params={"topic": "the weather"}).status_code == 422
        assert program.get("/api/objections", params={"since": "yesterday"}).status_code == 422
        assert program.get("/api/objections", params={"as": "nobody@x.example"}).status_code == 403
        assert program.get(f"/api/scorecards/{CALL}").status_code == 403
        assert program.get(f"/api/scorecards/{CALL}", params={"as": ADMIN}).status_code == 404
        own = program.get(f"/api/scorecards/{CALL}", params={"as": REP}).json()
        assert [one["call"] for one in own["scorecards"]] == [CALL]
    with console.client(accept="application/json") as stranger:
        assert stranger.get("/api/objections").status_code == 401
        assert stranger.get(f"/api/scorecards/{CALL}", params={"as": REP}).status_code == 401
