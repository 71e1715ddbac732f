"""Competitors are who else might get the business: not us, not the buyer, not people, not the buyer's own systems."""

from __future__ import annotations

import pytest

from sales.rivals import rivals_in
from tests.sales.calls.talking import talk


def names(*lines: str, known: tuple[str, ...] = (), never: tuple[str, ...] = ()) -> list[str]:
    return [one.name for one in rivals_in(talk(*lines), known, never=never)]


@pytest.mark.parametrize(
    "said",
    [
        "We're also looking at Reconly for the same thing.",
        "We had the TruckLedger people in here last week.",
        "The other vendor is called Reconly.",
        "Option three is Reconly, which my old boss bought.",
        "Honestly, Reconly is cheaper and they do the same.",
        "We've had a chat with one freelancer. Priya somebody, she's lovely.",
        "Reconly also gave a quotation, it is lower side.",
        "It was Reconly. They quoted us in the fall and I said I'd think on it.",
        "Reconly's final offer is due tomorrow.",
    ],
)
def test_who_is_put_beside_us_is_a_competitor(said: str) -> None:
    assert names(f"buyer Ray: {said}") in (["Reconly"], ["TruckLedger"], ["Priya"])


@pytest.mark.parametrize(
    "said",
    [
        "It has to talk to the Samson boxes that we have in the cabs.",
        "We run everything in Coupa.",
        "I talked to Harjit about it on Monday.",
        "We never looked at Reconly.",
        "We paid Thirty-nine. They quoted us more.",
        "It goes to Microsoft Teams and to Outlook.",
        "We're also looking at Tallyport, your product, of course.",
    ],
)
def test_systems_people_and_ourselves_are_none(said: str) -> None:
    assert names(f"buyer Ray: {said}", never=("Tallyport",)) == []


def test_a_known_competitor_needs_no_cue_but_the_buyers_mouth() -> None:
    assert names("buyer Ray: Stockwise came up on Friday.", known=("Stockwise",)) == ["Stockwise"]
    assert names("seller Dana: Are you using Stockwise?", "buyer Ray: No.", known=("Stockwise",)) == []


def test_what_a_seller_names_counts_once_the_buyer_says_yes() -> None:
    asked = "seller Dana: Are you also looking at Circlet for this?"
    assert names(asked, "buyer Ray: Yeah, they were in on Monday.") == ["Circlet"]
    assert names(asked, "buyer Ray: No, we have not looked at anybody.") == []


def test_people_places_and_languages_are_no_competitors() -> None:
    assert names("seller Dana: Who else are you talking to?", "buyer Ray: I talked to Harjit. He likes the tool. We are in Lufkin, and half of the guys are Haitian.") == []  # fmt: skip


def test_whoever_answers_the_question_about_others_names_a_competitor() -> None:
    assert names("seller Dana: And who else are you looking at?", "buyer Ray: It's no secret. Qualidoc, from Vienna.") == ["Qualidoc"]  # fmt: skip
    assert names("seller Dana: Today being Ledgerly?", "buyer Ray: Ledgerly, yes. And they've come back with a lower price.") == ["Ledgerly"]  # fmt: skip
    assert names("seller Dana: Which company was that?", "buyer Ray: That was Reinigo, they are out.") == []
