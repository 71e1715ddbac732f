"""What buttons do: feedback that counts once, asking on, and opening what was folded for those who may read it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from infra.spine.desk import Feedback
from infra.spine.models import Account
from tests.bot.slack.conftest import Workspace, buttons, texts
from tests.conftest import NOW


def _answered(office: Workspace, words: str = "latest on Acme", channel: str = "CWEST", user: str = "UDANA") -> Any:
    office.asks(office.slack.mention(f"Ev:{words}:{channel}", channel, user, words))
    return office.slack.said(channel)[-1]


def _feedback(office: Workspace) -> dict[str, bool]:
    with office.app.database.session() as session:
        return {row.user_id: row.useful for row in session.scalars(select(Feedback))}


def test_feedback_is_kept_shown_and_may_be_changed(office: Workspace) -> None:
    said = _answered(office)
    for label in ("Useful", "Useful", "Not useful"):
        office.asks(office.slack.click("UDANA", "CWEST", said, buttons(said)[label]))
        said = office.slack.said("CWEST")[-1]
    assert _feedback(office) == {"dana": False}
    assert texts(said).count("<@UDANA> found this not useful") == 1
    assert "found this useful" not in texts(said)
    office.asks(office.slack.click("UINES", "CWEST", said, buttons(said)["Useful"]))
    assert _feedback(office) == {"dana": False, "ines": True}
    assert "waits for the SOC 2 report" in texts(office.slack.said("CWEST")[-1])


def test_the_same_click_sent_twice_is_one(office: Workspace) -> None:
    said = _answered(office)
    form = office.slack.click("UDANA", "CWEST", said, buttons(said)["Useful"])
    assert office.send(form).status_code == office.send(form).status_code == 200
    office.settled()
    assert len(office.slack.calls("chat.update")) == 1


def test_strangers_can_not_vote(office: Workspace) -> None:
    said = _answered(office)
    office.slack.channels["CWEST"].members.append("UNEW")
    office.asks(office.slack.click("UNEW", "CWEST", said, buttons(said)["Useful"]))
    assert _feedback(office) == {}
    assert "don't know you yet" in office.slack.ephemerals[0]["text"]


def test_a_question_on_a_button_is_asked_in_the_thread_by_who_pressed_it(office: Workspace) -> None:
    said = _answered(office)
    office.asks(office.slack.click("UINES", "CWEST", said, buttons(said)["Who is against?"]))
    answer = office.slack.said("CWEST")[-1]
    assert answer["thread_ts"] == said["thread_ts"]
    assert "<@UINES> asked: “who is against at Acme Logistics”" in texts(answer)
    assert office.colleague.asked[-1].user_id == "ines"


def test_a_question_back_is_answered_by_a_button(office: Workspace) -> None:
    said = _answered(office, "which acme?")
    office.asks(office.slack.click("UDANA", "CWEST", said, buttons(said)["Acme Logistics"]))
    assert "waits for the SOC 2 report" in texts(office.slack.said("CWEST")[-1])


def _many_accounts(office: Workspace, count: int) -> None:
    with office.app.database.transaction() as session:
        for number in range(count):
            name = f"Account {number:03} <&> *{'long' * 10}*"
            session.add(Account(id=f"a{number}", name=name, name_key=name, owner_id="dana", source="t", source_at=NOW))


def test_all_rows_open_in_a_modal_to_the_last_one(office: Workspace) -> None:
    _many_accounts(office, 400)
    said = _answered(office, "all accounts")
    assert "Account 011" not in texts(said)
    office.asks(office.slack.click("UDANA", "CWEST", said, buttons(said)["All 401 rows"]))
    seen = ""
    for _ in range(20):
        view = office.slack.views[-1]
        assert len(view["blocks"]) <= 100
        seen += texts(view)
        more = buttons(view).get("More")
        if more is None:
            break
        inside = {"container": {"type": "view", "view_id": view["id"]}, "view": view, "channel": None, "message": None}
        office.asks(office.slack.click("UDANA", "CWEST", said, more, inside))
    assert all(f"Account {number:03}" in seen for number in range(400))
    assert "&lt;&amp;&gt;" in seen


def test_where_it_is_too_late_for_a_modal_the_rows_come_into_the_channel_for_one(office: Workspace) -> None:
    _many_accounts(office, 40)
    said = _answered(office, "all accounts")
    late = office.slack.trigger(age_s=10)
    office.asks(office.slack.click("UDANA", "CWEST", said, buttons(said)["All 41 rows"], {"trigger_id": late}))
    (shown,) = office.slack.ephemerals
    assert shown["user"] == "UDANA"
    assert "Account 039" in texts(shown)


def test_only_those_who_may_read_an_answer_unfold_it(office: Workspace) -> None:
    said = _answered(office)
    evidence = buttons(said)["Evidence"]
    office.slack.channels["CWEST"].members.append("ULUIS")
    office.asks(office.slack.click("ULUIS", "CWEST", said, evidence))
    assert office.slack.views == []
    assert "somebody who may see more than you" in office.slack.ephemerals[0]["text"]
    office.asks(office.slack.click("UINES", "CWEST", said, evidence))
    assert "Contract review" in texts(office.slack.views[0])


def test_a_click_on_an_answer_that_is_gone_says_so(office: Workspace) -> None:
    said = _answered(office)
    for button in ({"action_id": "dw:fold:0", "value": "gone:0:0:0"}, {"action_id": "dw:useful:0", "value": "gone"}):
        office.asks(office.slack.click("UDANA", "CWEST", said, button))
    for button in ({"action_id": "dw:fold:0", "value": "x"}, {"action_id": "dw:ask:0", "value": "@gone:7"}):
        office.asks(office.slack.click("UDANA", "CWEST", said, button))
    assert ["not kept any more" in shown["text"] for shown in office.slack.ephemerals] == [True] * 4


def test_a_verb_of_another_stage_is_answered_too(office: Workspace) -> None:
    said = _answered(office)
    office.asks(office.slack.click("UDANA", "CWEST", said, {"action_id": "dw:draft:0", "value": "d1"}))
    assert "can't do that from here" in office.slack.ephemerals[0]["text"]


def test_links_and_buttons_of_others_are_only_acknowledged(office: Workspace) -> None:
    said = _answered(office)
    office.asks(office.slack.click("UDANA", "CWEST", said, {"action_id": "dw:open:0", "url": "https://a.example"}))
    assert (
        office.send(office.slack.click("UDANA", "CWEST", said, {"action_id": "other", "value": "x"})).status_code == 200
    )
    assert office.slack.ephemerals == []


def test_what_is_stored_of_a_question_is_forgotten_once_it_is_answered(office: Workspace) -> None:
    _answered(office)
    assert [row.payload for row in office.settled()] == [{}]
    assert "Acme" not in json.dumps([row.outcome for row in office.settled()])
