"""What pressed buttons do in Teams, for new clients that wait for a card and for old ones that send a message."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from infra.spine.desk import Feedback
from tests.bot.teams.conftest import Tenant
from tests.fakes.cards import buttons, faults, texts
from tests.fakes.teams import CARD

MESSAGE = "application/vnd.microsoft.activity.message"


def asked(office: Tenant, words: str) -> tuple[dict[str, Any], str]:
    """Ask as Dana in her personal chat; return the card and the id of its message."""
    office.asks(office.teams.personal("29:dana", words))
    said = office.teams.said("a:29:dana")[-1]
    return said["attachments"][0]["content"], said["id"]


def feedback(office: Tenant) -> list[tuple[str, bool]]:
    """Return what was found useful, by whom."""
    with office.app.database.session() as session:
        return [(one.user_id, one.useful) for one in session.scalars(select(Feedback).order_by(Feedback.at))][-1:]


def test_feedback_is_kept_and_thanked_for_in_place(office: Tenant) -> None:
    card, on = asked(office, "latest on Acme")
    press = office.teams.execute("29:dana", "a:29:dana", "personal", buttons(card)["Not useful"], on)
    told = office.presses(press)
    assert (told["statusCode"], told["type"]) == (200, CARD)
    assert "You found this not useful. Thank you." in texts(told["value"])
    assert faults(told["value"]) == []
    assert feedback(office) == [("dana", False)]


def test_an_old_client_is_answered_too(office: Tenant) -> None:
    card, on = asked(office, "latest on Acme")
    office.asks(office.teams.submit("29:dana", "a:29:dana", "personal", buttons(card)["Useful"], on))
    assert feedback(office) == [("dana", True)]
    assert "You found this useful. Thank you." in texts(office.teams.cards("a:29:dana")[-1])


def test_a_question_on_a_button_is_asked_on_in_the_same_conversation(office: Tenant) -> None:
    card, on = asked(office, "which acme?")
    press = office.teams.execute("29:dana", "a:29:dana", "personal", buttons(card)["Acme Logistics"], on)
    for _ in range(2):
        told = office.presses(press)
        assert (told["statusCode"], told["type"], told["value"]) == (200, MESSAGE, "Looking…")
    assert [question.text for question in office.colleague.asked] == ["which acme?", "latest on Acme Logistics"]
    assert len({question.thread for question in office.colleague.asked}) == 1
    answer = office.teams.cards("a:29:dana")[-1]
    assert "You asked: “latest on Acme Logistics”" in texts(answer)
    action = buttons(answer)["Who is against?"]
    office.asks(office.teams.submit("29:dana", "a:29:dana", "personal", action, on))
    assert office.colleague.asked[-1].text == "who is against at Acme Logistics"


def test_all_rows_are_read_page_by_page_and_back(office: Tenant) -> None:
    card, on = asked(office, "long list of all accounts")
    assert faults(card) == []
    seen: list[str] = []
    press: dict[str, Any] | None = buttons(card)["All 60 rows"]
    while press is not None:
        told = office.presses(office.teams.execute("29:dana", "a:29:dana", "personal", press, on))
        assert faults(told["value"]) == []
        seen += [line for line in texts(told["value"]).splitlines() if "checking with legal" in line]
        back, press = buttons(told["value"])["Back"], buttons(told["value"]).get("More")
    assert seen == [f"“checking with legal, number {number}”" for number in range(60)]
    whole = office.presses(office.teams.execute("29:dana", "a:29:dana", "personal", back, on))["value"]
    assert whole == card


def test_what_one_person_opened_with_an_old_client_goes_to_them_alone(office: Tenant) -> None:
    office.asks(office.teams.mention("29:dana", office.thread, "long list of all accounts"))
    said = office.teams.said(office.thread)[-1]
    press = buttons(said["attachments"][0]["content"])["All 60 rows"]
    office.asks(office.teams.submit("29:ines", office.thread, "channel", press, said["id"]))
    assert len(office.teams.said(office.thread)) == 1
    assert "checking with legal, number 0" in texts(office.teams.cards("a:29:ines")[-1])


def test_nobody_opens_what_was_made_for_somebody_who_may_see_more(office: Tenant) -> None:
    card, on = asked(office, "long list of all accounts")
    office.teams.conversation("a:29:luis", "29:luis")
    press = buttons(card)["All 60 rows"]
    for verb in (press, buttons(card)["Useful"]):
        told = office.presses(office.teams.execute("29:luis", "a:29:luis", "personal", verb, on))
        assert told["type"] == MESSAGE
        assert "may see more than you" in told["value"]
    at = {**press, "data": {"dw": "ask", "v": f"@{press['data']['v'].partition(':')[0]}:0"}}
    told = office.presses(office.teams.execute("29:luis", "a:29:luis", "personal", at, on))
    assert "Acme" not in str(office.teams.cards("a:29:luis")[-1])


def test_a_stranger_who_clicks_is_refused(office: Tenant) -> None:
    card, on = asked(office, "latest on Acme")
    office.teams.conversation("a:29:new", "29:new")
    told = office.presses(office.teams.execute("29:new", "a:29:new", "personal", buttons(card)["Useful"], on))
    assert told["type"] == MESSAGE
    assert "Acme" not in told["value"]


def test_what_is_no_button_of_ours_is_an_answer_too(office: Tenant) -> None:
    teams = office.teams
    teams.conversation("a:29:dana", "29:dana")
    for name, value, status in (
        ("adaptiveCard/action", None, 400),
        ("adaptiveCard/action", "x", 400),
        ("adaptiveCard/action", {"action": []}, 400),
        ("adaptiveCard/action", {"action": {"type": "Action.Execute", "data": {"dw": 1}}}, 400),
        ("composeExtension/query", {"data": {}}, 501),
        (None, None, 501),
    ):
        told = office.send(teams.activity("invoke", "29:dana", "a:29:dana", "personal", name=name, value=value))
        assert (told.status_code, told.json()["statusCode"]) == (status, status)
    gone = {"title": "x", "verb": "dw:fold", "data": {"dw": "fold", "v": "ans-none:0:0"}}
    assert "not kept any more" in office.presses(teams.execute("29:dana", "a:29:dana", "personal", gone, "x"))["value"]
    other = {"title": "x", "verb": "dw:approve", "data": {"dw": "approve", "v": "p:1"}}
    assert "no such card" in office.presses(teams.execute("29:dana", "a:29:dana", "personal", other, "x"))["value"]
