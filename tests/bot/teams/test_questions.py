"""What people get in Teams: answers in their place, nothing that somebody there may not see, and never silence."""

from __future__ import annotations

import pytest

from infra.spine.scope import UNKNOWN_ASKER
from tests.bot.offices import until
from tests.bot.teams.conftest import Tenant
from tests.fakes.cards import buttons, texts
from tests.fakes.teams import Refusal


def test_a_personal_message_is_answered_once_however_often_it_comes(office: Tenant) -> None:
    activity = office.teams.personal("29:dana", "what's the latest on Acme?")
    for _ in range(4):
        assert office.send(activity).status_code == 200
    office.settled()
    (card,) = office.teams.cards("a:29:dana")
    assert "waits for the SOC 2 report" in texts(card)
    assert [question.text for question in office.colleague.asked] == ["what's the latest on Acme?"]
    assert office.colleague.asked[0].user_id == "dana"
    assert office.teams.calls("send")[0].body["type"] == "typing"


def test_a_mention_is_answered_in_its_thread_without_the_mention(office: Tenant) -> None:
    office.asks(office.teams.mention("29:dana", office.thread, "latest on Acme"))
    (said,) = office.teams.said(office.thread)
    assert said["summary"] == "Acme Logistics — waiting"
    assert [question.text for question in office.colleague.asked] == ["latest on Acme"]
    assert office.teams.said(office.channel) == []


def test_words_from_outside_have_no_effect(office: Tenant) -> None:
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    (card,) = office.teams.cards("a:29:dana")
    runs = texts(card).splitlines()
    quote = next(run for run in runs if "evil.example" in run)
    assert "**now** [our site](https://evil.example) <at>everyone</at>" in quote
    assert "{{" not in str(card)
    assert "'TextBlock'" not in str(card)


def test_a_follow_up_needs_no_second_mention_in_a_thread_of_ours(office: Tenant) -> None:
    office.asks(office.teams.mention("29:dana", office.thread, "latest on Acme"))
    office.asks(office.teams.talk("29:dana", office.thread, "and Acme on price?"))
    assert len(office.teams.said(office.thread)) == 2
    assert len({question.thread for question in office.colleague.asked}) == 1


def test_talk_among_people_is_left_alone(office: Tenant) -> None:
    teams = office.teams
    office.asks(teams.mention("29:dana", office.thread, "latest on Acme"))
    to_dana = [{"type": "mention", "mentioned": {"id": "29:dana"}, "text": "<at>Dana</at>"}]
    for activity in (
        teams.talk("29:ines", f"{office.channel};messageid=2000", "Acme, who else?"),
        teams.talk("29:ines", office.thread, "<at>Dana</at> is Acme yours?", entities=to_dana),
        teams.talk("29:ines", office.channel, "Acme in the channel itself"),
        teams.talk("29:dana", office.mixed, "Acme?", place="groupChat"),
        teams.activity("messageUpdate", "29:dana", office.thread, "channel", text="Acme"),
        teams.activity("messageReaction", "29:dana", office.thread, "channel"),
    ):
        office.asks(activity)
    assert len(office.colleague.asked) == 1


def test_what_not_everybody_may_see_goes_to_the_asker_alone(office: Tenant) -> None:
    office.asks(office.teams.mention("29:dana", office.mixed, "latest on Acme", place="groupChat"))
    (openly,) = office.teams.cards(office.mixed)
    assert "Acme" not in str(openly)
    assert "sent you the answer in private" in texts(openly)
    (private,) = office.teams.cards("a:29:dana")
    assert "waits for the SOC 2 report" in texts(private)
    assert "You asked in a group chat" in texts(private)


def test_a_follow_up_in_private_goes_on_with_what_was_sent_there(office: Tenant) -> None:
    office.asks(office.teams.mention("29:dana", office.mixed, "latest on Acme", place="groupChat"))
    office.asks(office.teams.personal("29:dana", "and Acme on price?"))
    open_thread, private, follow_up = [question.thread for question in office.colleague.asked][-3:]
    assert follow_up == private != open_thread


def test_what_everybody_may_see_is_said_openly_and_the_rest_in_private(office: Tenant) -> None:
    office.asks(office.teams.mention("29:ines", office.thread, "all accounts"))
    (openly,) = office.teams.cards(office.thread)
    assert "Acme Logistics" in texts(openly)
    assert "Fennimore" not in str(openly)
    assert "in private" in texts(openly)
    assert "Fennimore Paper" in texts(office.teams.cards("a:29:ines")[0])


def test_somebody_who_has_not_added_us_is_told_how(office: Tenant) -> None:
    office.teams.not_added.add("29:dana")
    office.asks(office.teams.mention("29:dana", office.mixed, "latest on Acme", place="groupChat"))
    (openly,) = office.teams.cards(office.mixed)
    assert "add me in Teams" in texts(openly)
    assert "sent you" not in texts(openly)
    assert "Acme" not in str(openly)


def test_the_rest_is_not_promised_where_it_could_not_be_sent(office: Tenant) -> None:
    office.teams.not_added.add("29:ines")
    office.asks(office.teams.mention("29:ines", office.thread, "all accounts"))
    (openly,) = office.teams.cards(office.thread)
    assert "Acme Logistics" in texts(openly)
    assert "went to you" not in texts(openly)
    assert "add me in Teams" in texts(openly)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (["29:other"], "shared with people from outside"),
        (["29:new"], "sent you the answer in private"),
        (["29:guest"], "sent you the answer in private"),
    ],
)
def test_strangers_and_outsiders_read_nothing(office: Tenant, others: list[str], told: str) -> None:
    chat = f"19:{others[0]}{office.mixed}"
    office.teams.conversation(chat, "29:dana", *others)
    office.asks(office.teams.mention("29:dana", chat, "latest on Acme", place="groupChat"))
    (openly,) = office.teams.cards(chat)
    assert told in texts(openly)
    assert "Acme" not in str(openly)


def test_a_shared_channel_is_read_by_its_own_members_not_the_teams(office: Tenant) -> None:
    office.teams.conversation("19:shared", "29:dana", "29:other")
    about = {
        "tenant": {"id": office.teams.people["29:dana"]["tenantId"]},
        "team": {"id": office.teams.team},
        "channel": {"id": "19:shared", "type": "shared"},
    }
    office.asks(office.teams.mention("29:dana", "19:shared;messageid=1", "latest on Acme", channelData=about))
    assert "shared with people from outside" in texts(office.teams.cards("19:shared;messageid=1")[0])
    assert office.colleague.asked == []


def test_a_large_team_is_told_nothing_openly(office: Tenant) -> None:
    crowd = [office.teams.person(f"p{number}", f"p{number}@tallyport.example") for number in range(240)]
    office.teams.conversation(office.teams.team, "29:dana", *crowd)
    office.asks(office.teams.mention("29:dana", office.thread, "latest on Acme"))
    assert "Acme" not in str(office.teams.cards(office.thread)[0])
    assert len(office.teams.calls("members")) <= 2


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ("29:new", UNKNOWN_ASKER),
        ("29:guest", "not guests or people of other companies"),
        ("29:other", "not guests or people of other companies"),
    ],
)
def test_whoever_may_not_ask_is_refused_politely(office: Tenant, user: str, told: str) -> None:
    office.asks(office.teams.personal(user, "latest on Acme"))
    (card,) = office.teams.cards(f"a:{user}")
    assert told in texts(card)
    assert office.colleague.asked == []


def test_another_tenant_is_refused_by_its_id_alone(office: Tenant) -> None:
    stranger = "99999999-2222-3333-4444-555555555555"
    activity = office.teams.personal("29:dana", "latest on Acme", channelData={"tenant": {"id": stranger}})
    office.asks(activity)
    assert "not guests or people of other companies" in texts(office.teams.cards("a:29:dana")[0])


def test_a_slow_answer_takes_the_place_of_its_progress(office: Tenant) -> None:
    office.colleague.hold.clear()
    assert office.send(office.teams.personal("29:dana", "latest on Acme")).status_code == 200
    until(lambda: "a:29:dana" in office.teams.conversations and bool(office.teams.cards("a:29:dana")))
    assert "Reading 3 calls…" in texts(office.teams.cards("a:29:dana")[0])
    office.colleague.hold.set()
    office.settled()
    (card,) = office.teams.cards("a:29:dana")
    assert "waits for the SOC 2 report" in texts(card)


def test_a_failure_is_told_with_a_reference(office: Tenant) -> None:
    office.colleague.error = RuntimeError("secret words of a customer")
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    (card,) = office.teams.cards("a:29:dana")
    assert "Reference: DW-" in texts(card)
    assert "secret" not in str(card)


def test_the_limits_of_teams_are_waited_for(office: Tenant) -> None:
    left = {"send": 2}

    def fail(what: str, conversation: str) -> None:
        if what == "send" and conversation == "a:29:dana" and left["send"]:
            left["send"] -= 1
            raise Refusal(429, "TooManyRequests", retry_after=1)

    office.teams.fail = fail
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    assert len(office.teams.cards("a:29:dana")) == 1


def test_a_token_that_ended_is_asked_for_anew_and_one_that_lasts_is_kept(office: Tenant) -> None:
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    assert len(office.teams.tokens_given) == 1
    office.teams.tokens_given.clear()
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    assert len(office.teams.cards("a:29:dana")) == 3


def test_whoever_adds_us_is_greeted_with_questions_of_their_own(office: Tenant) -> None:
    teams = office.teams
    teams.conversation("a:29:dana", "29:dana")
    added = {"membersAdded": [{"id": teams.personal("29:dana", "")["recipient"]["id"]}]}
    office.asks(teams.activity("conversationUpdate", "29:dana", "a:29:dana", "personal", **added))
    (card,) = teams.cards("a:29:dana")
    assert "Ask me about your deals." in texts(card)
    assert "Which deals have been silent for 5+ days?" in buttons(card)


def test_a_team_is_greeted_without_a_word_of_what_there_is(office: Tenant) -> None:
    teams = office.teams
    added = [{"id": teams.personal("29:dana", "")["recipient"]["id"]}]
    office.asks(teams.activity("conversationUpdate", "29:dana", office.channel, "channel", membersAdded=added))
    office.asks(
        teams.activity("conversationUpdate", "29:dana", office.channel, "channel", membersAdded=[{"id": "29:luis"}])
    )
    (card,) = teams.cards(office.channel)
    assert "mention me in a channel" in texts(card)
    assert buttons(card) == {}
