"""A digest takes its topics from the talk and its lines from what was said."""

from __future__ import annotations

from sales.digest import digest
from tests.sales.calls.talking import talk

SALE = talk(
    "seller Dana: Hi, can you hear me?",
    "buyer Ray: Yes. We lose about thirteen thousand a month because the trucks wait at the gate.",
    "seller Dana: It would be eighty-four thousand a year for both sites, support included.",
    "buyer Ray: The price has to be under seventy-five, above that our CFO has to approve the budget.",
    "buyer Ray: And security wants the penetration test and the SOC report before anything is signed.",
    "seller Dana: The penetration test report is from June, security can have it under an NDA.",
    "buyer Ray: Then legal reviews the contract, that takes three weeks.",
)
MEETING = talk(
    "Ann: The remote control should have a rubber case, because people drop the remote control.",
    "Bob: A rubber case costs twelve cents more than plastic, but the rubber case feels better.",
    "Ann: Voice recognition is what the young people in the survey want most.",
    "Bob: Voice recognition needs a bigger chip, and voice recognition fails when the television is loud.",
    "Ann: Then the remote control gets the rubber case and no voice recognition in this version.",
)


def test_a_sale_has_the_topics_of_a_sale() -> None:
    topics = digest(SALE)
    assert {"pains", "security"} <= {topic.key for topic in topics}
    assert all(point.sentence.text in SALE[point.position].text for topic in topics for point in topic.points)


def test_another_meeting_has_topics_of_its_own() -> None:
    labels = {topic.label.casefold() for topic in digest(MEETING)}
    assert labels & {"rubber case", "voice recognition", "remote control"}


def test_small_talk_alone_gives_nothing() -> None:
    assert digest(talk("Ann: Hi, how are you?", "Bob: Fine, thanks, and the weather is great.")) == []
