"""What the claim check lets through: words that stand in their source, said by whom it is given to, and nothing that they don't hold."""

from __future__ import annotations

import pytest

from agents.answer import Claim, Evidence
from agents.claims import Checked, ClaimCheck
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING, Scope
from tests.agents.northern import NORTH
from tests.conftest import NOW

QUOTE = "I can't sign anything before the audit is through."


def said(
    quote: str, *, turn: str = "t5", speaker: str | None = "Vera Holm", id: str = "call-norrland", source: str = "call"
) -> Evidence:
    return Evidence(source=source, id=id, quote=quote, speaker=speaker, turns=(turn,) if turn else ())


def check(database: Database, claim: Claim, scope: Scope = EVERYTHING) -> Checked:
    from zoneinfo import ZoneInfo

    with database.session() as session:
        return ClaimCheck(session, scope, ZoneInfo("UTC"), NOW.date()).check([claim])


def kept(database: Database, text: str, *evidence: Evidence, scope: Scope = EVERYTHING) -> bool:
    return len(check(database, Claim(text=text, evidence=evidence), scope).kept) == 1


def test_words_that_stand_in_their_turn_pass_on_both_databases(northern_on_both: Database) -> None:
    assert kept(northern_on_both, f"Vera Holm: “{QUOTE}”", said(QUOTE))


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Vera won't sign", said("I can't sign anything until the audit is through.")),
        ("Vera won't sign", said(QUOTE, turn="t4")),
        ("Mats won't sign", said(QUOTE, speaker="Mats Lund")),
        ("Vera won't sign", said(QUOTE, turn="t99")),
        ("Vera won't sign", said(QUOTE, id="call-nowhere")),
        ("Vera won't sign", said(QUOTE, source="lead")),
        ("Vera won't sign", said("  ")),
    ],
    ids=[
        "one word changed",
        "another turn",
        "another speaker",
        "no such turn",
        "no such call",
        "no such kind",
        "blank",
    ],
)
def test_what_does_not_stand_in_its_source_is_dropped(northern: Database, text: str, evidence: Evidence) -> None:
    checked = check(northern, Claim(text=text, evidence=(evidence,)))
    assert checked.kept == ()
    assert checked.dropped == 1


def test_a_claim_without_evidence_is_dropped(northern: Database) -> None:
    assert not kept(northern, "There has been significant engagement.")


def test_one_false_piece_of_evidence_takes_the_whole_claim(northern: Database) -> None:
    assert not kept(northern, "Vera won't sign", said(QUOTE), said("never said"))


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("The first order is 40,000", True),
        ("The first order is $40k", True),
        ("The first order is 45,000", False),
        ("The first order is forty thousand, the second 60 thousand", False),
    ],
)
def test_numbers_must_be_said_whether_in_digits_or_in_words(northern: Database, text: str, stands: bool) -> None:
    assert kept(northern, text, said("the first order is only forty thousand", turn="t7")) is stands


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("17 Nov: she won't sign", True),
        ("Tue 17 Nov: she won't sign", True),
        ("Mon 17 Nov: she won't sign", False),
        ("18 Nov: she won't sign", False),
        ("6 days ago she said it", True),
        ("7 days ago she said it", False),
        ("17 Nov 2025: she won't sign", False),
    ],
)
def test_dates_and_spans_must_be_the_sources_own(northern: Database, text: str, stands: bool) -> None:
    assert kept(northern, text, said(QUOTE)) is stands


def test_a_day_that_words_name_may_be_written_out(northern: Database) -> None:
    promise = said("I'll send you the penetration test summary by Friday.", turn="t6", speaker="Ida Berg")
    assert kept(northern, "Ida Berg promised it for 20 Nov", promise)
    assert not kept(northern, "Ida Berg promised it for 27 Nov", promise)


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("Vera Holm of Norrland Timber won't sign", True),
        ("Ida Berg heard it", True),
        ("Rosa Finch won't sign", False),
        ("She prefers Logiflow", False),
    ],
)
def test_names_must_belong_to_the_evidence_or_its_record(northern: Database, text: str, stands: bool) -> None:
    assert kept(northern, text, said(QUOTE)) is stands


def test_words_quoted_in_a_claim_must_be_its_evidence(northern: Database) -> None:
    assert not kept(northern, "Vera Holm: “I will sign tomorrow”", said(QUOTE))


@pytest.mark.parametrize(
    ("text", "quote", "stands"),
    [
        ("The CRM says Commit", "Commit", True),
        ("The CRM has $90k", "90000", True),
        ("The CRM has €90k", "90000", False),
        ("The CRM closes it on 3 Dec", "2026-12-03", True),
        ("The CRM says Best Case", "Best Case", False),
    ],
)
def test_a_field_of_the_crm_is_quoted_as_it_stands(northern: Database, text: str, quote: str, stands: bool) -> None:
    assert kept(northern, text, Evidence(source="deal", id="deal-norrland", quote=quote)) is stands


def test_nothing_from_outside_the_scope_is_evidence(northern: Database) -> None:
    hidden = said(
        "The penetration test worries us, and the price is too high by ten thousand.",
        turn="t0"[1:],
        speaker="Rosa Finch",
        id="call-secret",
    )
    assert kept(northern, "They worry", hidden)
    assert not kept(northern, "They worry", hidden, scope=NORTH)
    assert not kept(northern, "The CRM has $70k", Evidence(source="deal", id="deal-secret", quote="70000"), scope=NORTH)


def test_evidence_is_completed_from_its_source_not_believed(northern: Database) -> None:
    evidence = Evidence(source="meeting", id="call-norrland", quote=QUOTE, turns=("t5",), at=NOW)
    (claim,) = check(northern, Claim(text="She won't sign", evidence=(evidence,))).kept
    (complete,) = claim.evidence
    assert (complete.source, complete.speaker, complete.label) == ("call", "Vera Holm", "Norrland: pilot and price")
    assert complete.at is not None
    assert complete.at < NOW
