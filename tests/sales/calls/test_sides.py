"""Which side somebody is of is told by the talk only where both sides show."""

from __future__ import annotations

from sales.nicknames import can_be_same
from sales.sides import sides_by_talk
from tests.sales.calls.talking import talk

SALE = talk(
    "Speaker 1: Thanks for taking the time. Tell me a bit about your team, and what are you using today?",
    "Speaker 2: We're using spreadsheets right now. How much does it cost, and does it integrate with our ERP?",
    "Speaker 1: Our customers usually start at nine hundred a month. Let me show you. Who else is involved in the decision?",
    "Speaker 2: Our CFO signs. Can you send me the pricing? Your platform looks good.",
    "Speaker 3: What happens if it is down?",
)


def test_who_presents_sells_and_who_asks_the_price_buys() -> None:
    sides = sides_by_talk(SALE, {}, ["Speaker 1", "Speaker 2", "Speaker 3"])
    assert sides["Speaker 1"] == "seller"
    assert sides["Speaker 2"] == "buyer"


def test_a_talk_among_colleagues_has_no_sides() -> None:
    design = talk(
        "Ann: I think the buttons should be bigger on the remote.",
        "Bob: Yeah, and the colours, we said yellow.",
        "Ann: So the case is plastic, and we have the logo in the corner.",
    )
    assert sides_by_talk(design, {}, ["Ann", "Bob"]) == {}


def test_names_as_meeting_tools_show_them() -> None:
    assert can_be_same("Menon, Ravi (Contractor)", "Ravi Menon")
    assert can_be_same("Bob Dole", "Robert Dole")
    assert can_be_same("R. Menon", "Ravi Menon")
    assert can_be_same("Liz", "Elizabeth Crane")
    assert not can_be_same("Rob Dole", "Rita Dole")
    assert not can_be_same("Ravi Menon", "Ravi Patel")
