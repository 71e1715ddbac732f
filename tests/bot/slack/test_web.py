"""Slack's limits kept and its refusals understood; and posting that happens once, whatever a crash left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.slack.posting import METADATA, Draft, Posts
from bot.slack.web import Paces, Refused, Web, respond
from infra.errors import Retriable
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.fakes.slack import TOKEN, FakeSlack, Refusal


@pytest.fixture
def workspace() -> Iterator[FakeSlack]:
    """A workspace with one channel, C1, in which somebody asked."""
    fake = FakeSlack(page=2)
    fake.person("UDANA", "dana@tallyport.example")
    fake.channel("C1", "UDANA")
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def web(workspace: FakeSlack) -> Web:
    """The Web API with the workspace's token."""
    return Web(f"{workspace.url}/api", TOKEN, Paces())


@pytest.fixture
def posts(sqlite_database: Database, clock: FixedClock) -> Posts:
    """A memory of posts."""
    return Posts(sqlite_database, clock)


@pytest.fixture
def draft(workspace: FakeSlack) -> Draft:
    """An answer to a question in C1."""
    asked = workspace.mention("Ev1", "C1", "UDANA", "latest on Acme")["event"]["ts"]
    return Draft("slack:Ev1", "T1", "C1", asked, "Acme", [], f"slack:T1:C1:{asked}", asked)


def test_messages_to_one_channel_are_a_second_apart(web: Web, workspace: FakeSlack) -> None:
    workspace.channel("C2", "UDANA")
    for channel in ("C1", "C2", "C1"):
        web.call("chat.postMessage", place=channel, channel=channel, text="hi")
    first, second = (message["posted_at"] for message in workspace.said("C1"))
    assert second - first >= 1.0


def test_where_slack_asks_to_wait_we_wait_as_long(web: Web, workspace: FakeSlack) -> None:
    refused: list[float] = []

    def busy(method: str, _arguments: dict[str, Any]) -> None:
        if not refused:
            refused.append(time.monotonic())
            raise Refusal("ratelimited", retry_after=1)

    workspace.fail = busy
    web.call("chat.postMessage", channel="C1", text="hi")
    assert workspace.said("C1")[0]["posted_at"] - refused[0] >= 1.0


def test_what_is_not_worth_waiting_for_is_given_up_at_once(web: Web, workspace: FakeSlack) -> None:
    def busy(method: str, _arguments: dict[str, Any]) -> None:
        raise Refusal("ratelimited", retry_after=30)

    workspace.fail = busy
    with pytest.raises(Retriable):
        web.try_once("reactions.add", channel="C1", timestamp="1", name="eyes")


@pytest.mark.parametrize(
    ("channel", "token", "code", "step"),
    [("C9", TOKEN, "channel_not_found", "Invite me"), ("C1", "xoxb-other", "invalid_auth", "install Dealwright again")],
)
def test_a_refusal_says_what_to_do(workspace: FakeSlack, channel: str, token: str, code: str, step: str) -> None:
    with pytest.raises(Refused) as refused:
        Web(f"{workspace.url}/api", token, Paces()).call("chat.postMessage", channel=channel, text="hi")
    assert refused.value.code == code
    assert step in refused.value.next_step


def test_slack_being_away_is_worth_another_try(workspace: FakeSlack) -> None:
    workspace.stop()
    with pytest.raises(Retriable):
        Web(f"{workspace.url}/api", TOKEN, Paces()).call("auth.test")
    with pytest.raises(Retriable):
        respond(f"{workspace.url}/respond/r1", {"text": "hi"})


def test_a_response_address_works_five_times(workspace: FakeSlack) -> None:
    url = workspace.response_url()
    for _ in range(5):
        respond(url, {"text": "hi"})
    with pytest.raises(Refused) as refused:
        respond(url, {"text": "hi"})
    assert refused.value.code == "used_url"


def test_a_draft_is_posted_once(posts: Posts, web: Web, workspace: FakeSlack, draft: Draft) -> None:
    assert posts.post(web, draft) == posts.post(web, draft)
    assert len(workspace.said("C1")) == 1
    assert posts.is_ours("T1", "C1", draft.thread_ts or "")


@pytest.mark.parametrize("in_thread", [True, False])
def test_a_post_whose_outcome_a_crash_hid_is_found_by_its_metadata(
    posts: Posts, web: Web, workspace: FakeSlack, draft: Draft, in_thread: bool
) -> None:
    draft = draft if in_thread else replace(draft, thread_ts=None)
    posts._remember(draft, None)
    for number in range(5):
        workspace.mention(f"Ev{number}", "C1", "UDANA", "and?", draft.thread_ts)
    sent = posts._send(web, draft)
    assert posts.post(web, draft) == sent
    assert len(workspace.said("C1")) == 1


def test_a_post_that_never_left_is_posted_after_the_crash(
    posts: Posts, web: Web, workspace: FakeSlack, draft: Draft
) -> None:
    posts._remember(draft, None)
    posts.post(web, draft)
    assert len(workspace.said("C1")) == 1


def test_a_first_try_that_comes_through_late_is_taken_back(
    posts: Posts, web: Web, workspace: FakeSlack, draft: Draft
) -> None:
    posts._remember(draft, None)
    late = {"metadata": {"event_type": METADATA, "event_payload": {"key": draft.key}}}

    def slip_in(method: str, _arguments: dict[str, Any]) -> None:
        if method == "chat.postMessage":
            workspace.messages["C1"].append(
                {"ts": workspace.stamp(), "thread_ts": draft.thread_ts, "bot_id": "BBOT", "text": "Acme", **late}
            )

    workspace.fail = slip_in
    ts = posts.post(web, draft)
    assert [message["ts"] for message in workspace.said("C1")] == [ts]


def test_where_posts_can_not_be_looked_for_a_double_is_better_than_silence(
    posts: Posts, web: Web, workspace: FakeSlack, draft: Draft
) -> None:
    posts._remember(draft, None)

    def no_history(method: str, _arguments: dict[str, Any]) -> None:
        if method == "conversations.replies":
            raise Refusal("missing_scope")

    workspace.fail = no_history
    posts.post(web, draft)
    assert len(workspace.said("C1")) == 1
