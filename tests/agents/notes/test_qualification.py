"""How calls fill the team's framework, how a deal stands over all its calls, and what stands against the CRM."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from agents.notes.call import load
from agents.notes.qualification import frameworks_in, qualify
from agents.notes.qualification_history import earlier_of, histories, history, standing
from agents.notes.record import ElementNote, Qualification
from agents.notes.service import Notes
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Contact, Deal, RuleFile, Turn
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import FixedClock
from sales.qualifying.example import EXAMPLE
from sales.qualifying.frameworks import parse_frameworks
from tests.agents.conftest import Asking
from tests.agents.northern import activity, row
from tests.conftest import NOW

DEAL = "deal-norrland"
SPOKEN = {"Mats Lund": ("buyer", "con-mats"), "Vera Holm": ("buyer", "con-vera"), "Dag Ek": ("buyer", "con-dag")}


def hold(database: Database, id: str, days_ago: int, *turns: tuple[str, str]) -> str:
    """Store a call of the deal in which these turns were spoken."""
    at = NOW - timedelta(days=days_ago)
    with database.transaction() as session:
        made = activity(id, "call", "acc-norrland", DEAL, "ida", at, direction="mutual", subject=f"Call {id}")
        session.add(row(made, at))
        session.flush()
        for place, (speaker, text) in enumerate((*turns, *CLOSING)):
            side, contact = SPOKEN.get(speaker, ("seller", None))
            user = "ida" if side == "seller" else None
            session.add(
                Turn(
                    activity_id=id, position=place, turn_id=f"{id}-{place}", speaker=speaker, side=side,
                    contact_id=contact, user_id=user, start_s=10.0 * place, end_s=10.0 * place + 9, text=text,
                )
            )  # fmt: skip
    return id


def read(database: Database, settings: Settings, *ids: str) -> None:
    """Make the notes of calls, in this order."""
    notes = Notes(database, settings, FixedClock(NOW))
    for id in ids:
        notes.of(id, scope=EVERYTHING)


def element(found: Qualification, key: str) -> ElementNote:
    return next(one for one in found.elements if one.element == key)


@pytest.fixture
def mill(northern: Database) -> Database:
    """The small company without the calls that it comes with."""
    with northern.transaction() as session:
        session.execute(delete(Activity).where(Activity.kind.in_(("call", "meeting"))))
    return northern


CLOSING = (
    ("Ida Berg", "Did you get away over the summer, you two, or was it the garden again?"),
    ("Mats Lund", "We were at the coast with the children, it was lovely, thanks for asking."),
    ("Ida Berg", "That sounds nice. I still have the picture of the old harbour that you showed me."),
    ("Mats Lund", "You should see it in autumn, when all the boats are out and it is quiet there."),
    ("Ida Berg", "I will, one of these days. Have a good afternoon, and greetings to everybody."),
    ("Mats Lund", "Thank you, Ida, and the same to you and yours. Bye for now."),
)
"""Talk that says nothing of a deal: a transcript of two lines is too poor to be read."""

FIRST = (
    ("Ida Berg", "Hi Mats, thanks for the time. What's the biggest problem at the mill right now?"),
    (
        "Mats Lund",
        "Trucks wait for an hour and nobody knows which one is next, so we lose about nine thousand a month.",
    ),
    ("Ida Berg", "And who signs off on something like this?"),
    ("Mats Lund", "That'd be Vera, she signs everything over fifty thousand."),
    ("Ida Berg", "Who else are you looking at?"),
    ("Mats Lund", "Nobody, just you."),
)


def test_a_call_fills_elements_with_the_buyers_words_and_leaves_the_rest_open(
    mill: Database, settings: Settings
) -> None:
    hold(mill, "first", 30, *FIRST)
    with mill.session() as session:
        call = load(session, "first", settings.zone)
    assert call is not None
    found = qualify(call)
    assert found.framework == "MEDDPICC"
    states = {one.element: one.state for one in found.elements}
    assert states["identify_pain"] == states["metrics"] == states["economic_buyer"] == "filled"
    assert states["competition"] == states["champion"] == states["paper_process"] == "open"
    for one in found.elements:
        assert (one.state == "open") == (one.text is None) == (not one.said)
        for said in one.said:
            assert said.quote in call.turns[said.position].text
            assert said.turn == call.turns[said.position].turn_id
        assert one.text is None or one.text in one.said[0].quote
    buyer = element(found, "economic_buyer").said[0]
    assert (buyer.position, buyer.speaker, buyer.side, buyer.start_s) == (3, "Mats Lund", "buyer", 30.0)


def test_the_newest_call_counts_and_what_was_said_before_is_kept(mill: Database, settings: Settings) -> None:
    hold(mill, "first", 30, *FIRST)
    hold(
        mill,
        "second",
        5,
        ("Ida Berg", "What does the waiting cost you now?"),
        ("Mats Lund", "It's eleven thousand a month in detention by now."),
    )
    read(mill, settings, "first", "second")
    with mill.session() as session:
        found = standing(session, DEAL)
        assert [one.element for one in found.elements] == [rule.key for rule in frameworks_in(session).current.elements]
        assert "eleven thousand" in element(found, "metrics").said[0].quote
        assert element(found, "economic_buyer").said[0].turn == "first-3"
        assert element(found, "champion").state == "open"
        assert [one.call for one in history(session, DEAL, "metrics")] == ["second", "first"]
        assert [one.at for one in history(session, DEAL, "metrics")] == [
            NOW - timedelta(days=5),
            NOW - timedelta(days=30),
        ]
        past = histories(session, DEAL, until=NOW - timedelta(days=10))
        assert [one.call for one in past["metrics"]] == ["first"]


def test_a_weaker_later_remark_does_not_take_the_place_of_a_strong_statement(
    mill: Database, settings: Settings
) -> None:
    hold(mill, "first", 30, *FIRST)
    hold(
        mill,
        "second",
        5,
        ("Ida Berg", "What's the problem with the trucks these days?"),
        ("Mats Lund", "Oh, the drivers still wait a bit too long at the gate."),
    )
    read(mill, settings, "first", "second")
    with mill.session() as session:
        assert [one.call for one in history(session, DEAL, "identify_pain")] == ["second", "first"]
        assert "nine thousand" in element(standing(session, DEAL), "identify_pain").said[0].quote


def test_who_is_named_later_takes_the_place_of_who_was_named_before(mill: Database, settings: Settings) -> None:
    hold(mill, "first", 30, *FIRST)
    hold(mill, "second", 5, ("Ida Berg", "And who signs off on it now?"), ("Mats Lund", "That'd be Ruth, our new CFO."))
    read(mill, settings, "first", "second")
    with mill.session() as session:
        assert "Ruth" in element(standing(session, DEAL), "economic_buyer").said[0].quote


def test_reading_calls_again_doubles_nothing(mill: Database, settings: Settings) -> None:
    hold(mill, "first", 30, *FIRST)
    read(mill, settings, "first", "first")
    with mill.session() as session:
        assert [one.call for one in history(session, DEAL, "economic_buyer")] == ["first"]


def test_nobody_sees_how_a_deal_stands_whose_calls_they_may_not_see(mill: Database, settings: Settings) -> None:
    hold(mill, "first", 30, *FIRST)
    read(mill, settings, "first")
    stranger = Scope((frozenset({"omar"}),), "omar")
    with mill.session() as session:
        assert {one.state for one in standing(session, DEAL, scope=stranger).elements} == {"open"}
        assert history(session, DEAL, "metrics", scope=stranger) == []


def qualified(database: Database, settings: Settings, id: str) -> Qualification:
    with database.session() as session:
        call = load(session, id, settings.zone)
        assert call is not None
        return qualify(
            call, rivals=("Logiflow", "Farrow"), earlier=earlier_of(session, call, frameworks_in(session).current)
        )


def test_a_later_date_than_the_crms_stands_beside_it(mill: Database, settings: Settings) -> None:
    hold(mill, "late", 1, ("Ida Berg", "When will you decide?"), ("Vera Holm", "Realistically we sign in March, not before."))  # fmt: skip
    note = element(qualified(mill, settings, "late"), "decision_process")
    assert note.state == "contradicted"
    assert note.against is not None
    assert (note.against.source, note.against.id, note.against.label) == ("crm", DEAL, "Close date")
    assert note.against.value == (NOW + timedelta(days=10)).date().isoformat()
    assert "March" in note.said[0].quote


def test_a_date_that_fits_the_crm_stands_against_nothing(mill: Database, settings: Settings) -> None:
    hold(mill, "soon", 1, ("Ida Berg", "When will you decide?"), ("Vera Holm", "The board decides by Friday."))
    assert element(qualified(mill, settings, "soon"), "decision_process").state == "filled"


def test_another_signer_than_the_crms_stands_beside_them(mill: Database, settings: Settings) -> None:
    hold(mill, "signer", 1, ("Ida Berg", "And who signs off on that?"), ("Mats Lund", "Dag signs everything now, it's Dag's budget."))  # fmt: skip
    note = element(qualified(mill, settings, "signer"), "economic_buyer")
    assert note.state == "contradicted"
    assert note.against is not None
    assert (note.against.label, note.against.value) == ("Economic buyer", "Vera Holm")


def test_another_signer_than_in_an_earlier_call_stands_beside_that_call(mill: Database, settings: Settings) -> None:
    with mill.transaction() as session:
        session.get_one(Contact, "con-vera").role = None
    hold(mill, "first", 30, *FIRST)
    hold(mill, "signer", 1, ("Ida Berg", "And who signs off on that?"), ("Mats Lund", "Dag signs everything now, it's Dag's budget."))  # fmt: skip
    read(mill, settings, "first")
    note = element(qualified(mill, settings, "signer"), "economic_buyer")
    assert note.against is not None
    assert (note.against.source, note.against.id, note.against.value) == ("call", "first", "Vera Holm")


def test_a_rival_that_the_crm_does_not_name_stands_beside_the_one_it_does(mill: Database, settings: Settings) -> None:
    hold(mill, "rival", 1, ("Ida Berg", "Who else are you looking at?"), ("Mats Lund", "We had a demo from Farrow last week."))  # fmt: skip
    note = element(qualified(mill, settings, "rival"), "competition")
    assert note.against is not None
    assert (note.against.label, note.against.value) == ("Competitor", "Logiflow")


def test_a_deal_that_is_open_in_the_crm_and_lost_in_the_call_is_told(mill: Database, settings: Settings) -> None:
    hold(mill, "gone", 1, ("Ida Berg", "Where are you with it?"), ("Mats Lund", "We went with Logiflow, it was signed last night."))  # fmt: skip
    note = element(qualified(mill, settings, "gone"), "competition")
    assert note.against is not None
    assert (note.against.label, note.against.value) == ("Stage", "Propose")


def test_a_champion_who_leaves_stands_against_what_they_did_before(mill: Database, settings: Settings) -> None:
    hold(
        mill,
        "push",
        30,
        ("Mats Lund", "I walked our CFO through it on Monday and got her to free up the budget for it."),
    )
    hold(mill, "bye", 1, ("Mats Lund", "I have to tell you something, I'm leaving, Friday is my last day."))
    read(mill, settings, "push")
    note = element(qualified(mill, settings, "bye"), "champion")
    assert note.state == "contradicted"
    assert note.against is not None
    assert (note.against.source, note.against.id) == ("call", "push")
    assert "my last day" in note.said[0].quote


def test_a_smaller_budget_than_the_amount_stands_beside_it(mill: Database, settings: Settings) -> None:
    hold(mill, "budget", 1, ("Ida Berg", "What's the budget?"), ("Vera Holm", "We have sixty thousand dollars in the plan for this."))  # fmt: skip
    with mill.session() as session:
        call = load(session, "budget", settings.zone)
    assert call is not None
    bant = parse_frameworks(EXAMPLE).named("BANT")
    note = element(qualify(call, bant), "budget")
    assert note.against is not None
    assert (note.against.label, note.against.value) == ("Amount", "90000 USD")


def test_a_deal_that_is_closed_stands_against_no_date(mill: Database, settings: Settings) -> None:
    hold(mill, "late", 1, ("Vera Holm", "Realistically we sign in March, the board decides on it then."))
    with mill.transaction() as session:
        session.get_one(Deal, DEAL).status = "won"
    assert element(qualified(mill, settings, "late"), "decision_process").state == "filled"


def put(database: Database, text: str) -> None:
    with database.transaction() as session:
        session.add(RuleFile(name="frameworks.toml", version=1, text=text, by="ida", note=None, at=NOW))


def test_a_teams_own_element_is_filled_by_its_own_words(mill: Database, settings: Settings) -> None:
    put(mill, EXAMPLE + '\n[MEDDPICC.residency]\nlabel = "Data residency"\ncues = ["data residency", "hosted in"]\n')
    hold(mill, "own", 1, ("Vera Holm", "For us the data must be hosted in Sweden, by law."))
    read(mill, settings, "own")
    with mill.session() as session:
        note = element(standing(session, DEAL), "residency")
    assert (note.label, note.state) == ("Data residency", "filled")
    assert note.said[0].quote == "For us the data must be hosted in Sweden, by law."


def test_the_framework_that_a_team_uses_is_the_one_that_notes_are_made_by(mill: Database, settings: Settings) -> None:
    put(mill, EXAMPLE.replace('use = "MEDDPICC"', 'use = "SPIN"'))
    hold(mill, "first", 30, *FIRST)
    read(mill, settings, "first")
    with mill.session() as session:
        found = standing(session, DEAL)
        assert found.framework == "SPIN"
        assert element(found, "problem").state == "filled"
        other = parse_frameworks(EXAMPLE).named("MEDDPICC")
        assert element(standing(session, DEAL, other), "economic_buyer").state == "filled"


def test_calls_are_read_anew_when_the_team_changes_its_framework(mill: Database, settings: Settings) -> None:
    hold(mill, "own", 1, ("Vera Holm", "For us the data must be hosted in Sweden, by law."))
    notes = Notes(mill, settings, FixedClock(NOW))
    assert notes.read_waiting() == 1
    assert notes.read_waiting() == 0
    put(mill, EXAMPLE + '\n[MEDDPICC.residency]\ncues = ["hosted in"]\n')
    assert notes.read_waiting() == 1
    with mill.session() as session:
        assert element(standing(session, DEAL), "residency").state == "filled"


def test_asked_how_a_deal_is_qualified_the_answer_names_what_is_filled_and_what_to_ask(ask: Asking) -> None:
    answer = ask("How is Norrland qualified?")
    assert answer.kind == "narrative"
    assert "of 8 elements of MEDDPICC filled" in answer.headline
    assert any("Not read yet: 1 of its calls" in note for note in answer.notes)
    asked = ask("What is missing for MEDDPICC at Norrland Timber?")
    assert asked.headline.startswith("Norrland Timber – Loading: ")
    assert any("Ask: " in note for note in asked.notes)
