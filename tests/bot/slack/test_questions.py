"""What people get in Slack: answers in their place, nothing that somebody there may not see, and never silence."""

from __future__ import annotations

from typing import Any

import pytest

from bot.identities import pin, strangers, unpin
from infra.errors import Retriable
from infra.spine.scope import UNKNOWN_ASKER
from tests.bot.offices import until
from tests.bot.slack.conftest import Workspace, buttons, texts
from tests.fakes.slack import BOT_USER, Refusal


def test_a_mention_is_answered_once_in_its_thread(office: Workspace) -> None:
    event = office.slack.mention("Ev1", "CWEST", "UDANA", "what's the latest on Acme?")
    assert office.send(event).status_code == 200
    for number in ("1", "2", "3"):
        assert office.send(event, **{"X-Slack-Retry-Num": number}).status_code == 200
    office.settled()
    (said,) = office.slack.said("CWEST")
    assert said["thread_ts"] == event["event"]["ts"]
    assert "waits for the SOC 2 report" in texts(said)
    assert said["metadata"]["event_payload"]["key"] == "slack:Ev1"
    assert [question.text for question in office.colleague.asked] == ["what's the latest on Acme?"]


def test_words_from_outside_notify_nobody_and_make_no_link(office: Workspace) -> None:
    office.asks(office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    said = office.slack.said("CWEST")[0]
    evidence = buttons(said)["Evidence"]
    office.asks(office.slack.click("UDANA", "CWEST", said, evidence))
    shown = texts(office.slack.views[0])
    assert "Ship it &lt;!channel&gt; &amp; see &lt;https://evil.example|our site&gt; \u200b*now\u200b*" in shown
    assert "<!channel>" not in shown
    assert "<@U1>" not in shown


def test_a_follow_up_needs_no_second_mention_in_a_thread_of_ours(office: Workspace) -> None:
    first = office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme")
    office.asks(first)
    office.asks(office.slack.message("Ev2", "CWEST", "UDANA", "and what does Acme say on price?", first["event"]["ts"]))
    assert len(office.slack.said("CWEST")) == 2
    threads = {question.thread for question in office.colleague.asked}
    assert threads == {f"slack:T1:CWEST:{first['event']['ts']}"}


def test_talk_among_people_is_left_alone(office: Workspace) -> None:
    slack = office.slack
    first = slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme")
    office.asks(first)
    thread = first["event"]["ts"]
    other = slack.message("Ev0", "CWEST", "UINES", "lunch?")
    for body in (
        other,
        slack.message("Ev2", "CWEST", "UINES", "Acme, who else?", other["event"]["ts"]),
        slack.message("Ev3", "CWEST", "UINES", "<@UDANA> is Acme yours?", thread),
        slack.message("Ev4", "CWEST", "UINES", f"<@{BOT_USER}> Acme again", thread),
        slack.message("Ev5", "CWEST", "UAPP", "Acme!", thread, bot_id="BAPP"),
        slack.message("Ev6", "CWEST", "UDANA", "Acme", thread, subtype="message_changed"),
        slack.message("Ev7", "CWEST", BOT_USER, "Acme", thread),
    ):
        office.asks(body)
    assert len(slack.said("CWEST")) == 1


def test_a_direct_message_is_answered_where_it_was_written(office: Workspace) -> None:
    office.asks(office.slack.message("Ev1", "DUDANA", "UDANA", "latest on Acme"))
    (said,) = office.slack.said("DUDANA")
    assert "thread_ts" not in said
    assert office.slack.reactions == set()
    assert [call.arguments["name"] for call in office.slack.calls("reactions.add")] == ["eyes"]


def test_what_not_everybody_may_see_goes_to_the_asker_alone(office: Workspace) -> None:
    office.asks(office.slack.mention("Ev1", "CALL", "UDANA", "latest on Acme"))
    (open_part,) = office.slack.said("CALL")
    assert "Acme Logistics" not in texts(open_part)
    assert "sent you the answer in private" in texts(open_part)
    (private,) = office.slack.said("DUDANA")
    assert "waits for the SOC 2 report" in texts(private)
    assert "You asked in <#CALL>" in texts(private)


def test_what_everybody_may_see_is_said_openly_and_the_rest_in_private(office: Workspace) -> None:
    office.asks(office.slack.mention("Ev1", "CWEST", "UINES", "all accounts"))
    (open_part,) = office.slack.said("CWEST")
    assert "Acme Logistics" in texts(open_part)
    assert "Fennimore" not in texts(open_part)
    assert "in private" in texts(open_part)
    (private,) = office.slack.said("DUINES")
    assert "Fennimore Paper" in texts(private)


def test_somebody_unknown_in_the_channel_may_see_nothing(office: Workspace) -> None:
    office.asks(office.slack.mention("Ev1", "CNEW", "UDANA", "latest on Acme"))
    assert "Acme" not in texts(office.slack.said("CNEW")[0])
    assert "Acme" in texts(office.slack.said("DUDANA")[0])


def test_a_large_channel_is_told_nothing_openly(office: Workspace) -> None:
    crowd = [office.slack.person(f"U{number:03}", "dana@tallyport.example") for number in range(240)]
    office.slack.channel("CBIG", "UDANA", *crowd)
    office.asks(office.slack.mention("Ev1", "CBIG", "UDANA", "latest on Acme"))
    assert "Acme" not in texts(office.slack.said("CBIG")[0])
    assert len(office.slack.calls("users.info")) < 5


def test_a_channel_with_outsiders_gets_no_answer(office: Workspace) -> None:
    office.asks(office.slack.mention("Ev1", "CEXT", "UDANA", "latest on Acme"))
    (said,) = office.slack.said("CEXT")
    assert "shared with people from outside" in texts(said)
    assert office.colleague.asked == []
    assert office.slack.said("DUDANA") == []


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ("UNEW", UNKNOWN_ASKER.replace("'", "'")),
        ("UGUEST", "not guests or people of other companies"),
        ("UOTHER", "not guests or people of other companies"),
    ],
)
def test_people_we_do_not_know_are_refused_politely(office: Workspace, user: str, told: str) -> None:
    office.slack.channel(f"D{user}", user, kind="im", is_im=True)
    office.asks(office.slack.message("Ev1", f"D{user}", user, "latest on Acme"))
    (said,) = office.slack.said(f"D{user}")
    assert told in texts(said)
    assert office.colleague.asked == []


def test_a_command_is_acknowledged_with_words_and_answered_to_its_asker_alone(office: Workspace) -> None:
    response = office.send(office.slack.command("CALL", "UDANA", "latest on Acme"))
    assert response.json() == {"response_type": "ephemeral", "text": "Looking…"}
    office.settled()
    (answer,) = office.slack.responses
    assert answer["response_type"] == "ephemeral"
    assert "waits for the SOC 2 report" in texts(answer)
    assert office.slack.said("CALL") == []


def test_a_command_works_where_we_are_not_and_not_among_outsiders(office: Workspace) -> None:
    office.asks(office.slack.command("CSECRET", "UDANA", "latest on Acme"))
    office.asks(office.slack.command("CEXT", "UDANA", "latest on Acme"))
    first, second = office.slack.responses
    assert "SOC 2" in texts(first)
    assert "shared with people from outside" in texts(second)


@pytest.mark.parametrize("words", ["", "help"])
def test_help_offers_first_questions(office: Workspace, words: str) -> None:
    office.asks(office.slack.command("CALL", "UDANA", words))
    (answer,) = office.slack.responses
    assert "Ask me about your deals." in texts(answer)
    assert "Which deals have been silent for 5+ days?" in buttons(answer)


def test_an_expired_answer_address_is_replaced_by_a_direct_message(office: Workspace) -> None:
    form = office.slack.command("CALL", "UDANA", "latest on Acme")
    office.slack._response_urls.clear()
    office.asks(form)
    assert "SOC 2" in texts(office.slack.said("DUDANA")[0])


def test_a_slow_answer_shows_how_it_goes(office: Workspace) -> None:
    office.colleague.hold.clear()
    event = office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme")
    office.send(event)
    until(lambda: len(office.slack.statuses) == 2)
    assert [status["status"] for status in office.slack.statuses] == ["is looking…", "Reading 3 calls…"]
    assert office.slack.statuses[0]["thread_ts"] == event["event"]["ts"]
    office.colleague.hold.set()
    office.settled()
    assert len(office.slack.said("CWEST")) == 1


def test_where_no_status_can_be_shown_the_question_gets_a_reaction(office: Workspace) -> None:
    office.slack.statuses_work = False
    office.asks(office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    assert [call.arguments["name"] for call in office.slack.calls("reactions.add")] == ["eyes"]
    assert office.slack.reactions == set()


@pytest.mark.parametrize("error", [RuntimeError("customer words"), Retriable("The provider is busy.", "Try again.")])
def test_a_failure_is_told_with_a_reference(
    office: Workspace, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.drain._ATTEMPTS", 1)
    office.colleague.error = error
    office.send(office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    (row,) = office.settled(1)
    (said,) = office.slack.said("CWEST")
    assert row.state == "failed"
    assert f"Reference: {row.outcome['reference']}" in texts(said)
    assert "customer words" not in texts(said)


def test_blocks_that_slack_refuses_are_followed_by_the_point_in_plain_words(office: Workspace) -> None:
    def refuse(method: str, arguments: dict[str, Any]) -> None:
        if method == "chat.postMessage" and arguments.get("blocks"):
            raise Refusal("invalid_blocks")

    office.slack.fail = refuse
    office.asks(office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    assert [said["text"] for said in office.slack.said("CWEST")] == ["Acme Logistics — waiting"]


def test_a_stranger_is_let_in_by_an_admin_and_shut_out_again(office: Workspace) -> None:
    office.asks(office.slack.message("Ev1", "DUNEW", "UNEW", "latest on Acme"))
    (stranger,) = strangers(office.app)
    pin(office.app, "slack", stranger.external_id, "dana@tallyport.example", by="terminal")
    office.asks(office.slack.message("Ev2", "DUNEW", "UNEW", "latest on Acme"))
    assert "waits for the SOC 2 report" in texts(office.slack.said("DUNEW")[-1])
    assert office.colleague.asked[-1].user_id == "dana"
    unpin(office.app, "slack", stranger.external_id, by="terminal")
    office.asks(office.slack.message("Ev3", "DUNEW", "UNEW", "latest on Acme"))
    assert len(office.colleague.asked) == 1


def test_the_assistant_pane_offers_questions_that_have_an_answer(office: Workspace) -> None:
    thread: dict[str, Any] = {
        "user_id": "UDANA",
        "channel_id": "DUDANA",
        "thread_ts": "1790000000.000001",
        "context": {},
    }
    office.asks(office.slack.event("Ev1", {"type": "assistant_thread_started", "assistant_thread": thread}))
    (offered,) = office.slack.prompts
    assert offered["thread_ts"] == thread["thread_ts"]
    assert "Which deals have been silent for 5+ days?" in [prompt["message"] for prompt in offered["prompts"]]
    office.asks(office.slack.message("Ev2", "DUDANA", "UDANA", "latest on Acme", thread["thread_ts"]))
    assert office.slack.said("DUDANA")[0]["thread_ts"] == thread["thread_ts"]
    assert office.slack.statuses[0]["thread_ts"] == thread["thread_ts"]
