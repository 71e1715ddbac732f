"""The review on every surface: within the contracts and limits for a company of any size, with its folds, buttons, page and file."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agents.digest.record import Digest
from agents.digest.service import Wish
from bot.compose import View
from bot.digest import one_screen
from bot.digest_asking import wanted_in
from bot.digest_html import html_of
from bot.digest_message import digest_message, message_key, read_key
from bot.digest_pdf import pdf_of
from bot.message import Buttons, Fold, Message, Text, all_buttons, folds, quotes
from bot.slack import render as slack
from bot.teams import render as teams
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.digest.office import MONDAY, change, closed, deal, people, reviews, usual_week
from tests.conftest import NOW, SHARED_DATA
from tests.fakes.cards import faults

VIEW = View(ZoneInfo("UTC"), NOW, "https://console.example")


def _company(database: Database, settings: Settings, size: int) -> Digest:
    """Return the review of a company with so many deals; every third ended in the week, every fifth slipped."""
    with database.transaction() as session:
        people(session)
        for place in range(size):
            id = f"deal-{place}"
            if place % 3 == 1:
                at = MONDAY + timedelta(days=place % 5)
                closed(session, id, "dana", "won" if place % 2 else "lost", 1_000 + place, at, name=f"{id} <&> *b* [1]")
            else:
                deal(
                    session,
                    id,
                    ("dana", "tom", "luis", None)[place % 4],
                    (None, 9_000, 12_500)[place % 3],
                    name="N" * 180 + id,
                )
            if place % 15 == 0:
                session.flush()
                change(session, id, "close_date", "2026-12-01", "2026-12-20", MONDAY + timedelta(days=1))
    return reviews(database, settings, FixedClock(NOW)).read(None, EVERYTHING, Wish())  # fmt: skip


def _block_faults(blocks: list[dict[str, Any]]) -> list[str]:
    path = SHARED_DATA / "contracts" / "block-kit.schema.json"
    if not path.is_file():
        return []
    from jsonschema import Draft7Validator

    return [one.message for one in Draft7Validator(json.loads(path.read_text(encoding="utf-8"))).iter_errors(blocks)]


@pytest.mark.parametrize("size", [0, 1, 50, 5_000])
def test_a_company_of_any_size_fits_into_slack_and_teams(sqlite_database: Database, settings: Settings, size: int) -> None:  # fmt: skip
    digest = _company(sqlite_database, settings, size)
    message = digest_message(digest, VIEW)
    shown = slack.render(message, VIEW.calendar)
    assert 0 < len(shown.blocks) <= slack.MESSAGE_BLOCKS
    assert len(json.dumps(shown.blocks, ensure_ascii=False)) <= slack.MESSAGE_CHARACTERS
    assert _block_faults(shown.blocks) == []
    for number, _ in enumerate(folds(message.parts)):
        opened = slack.modal("More", slack.render_fold(message, VIEW.calendar, number, tables=False), f"{message.key}:{number}:0", 0)  # fmt: skip
        assert 0 < len(opened["blocks"]) <= slack.MODAL_BLOCKS
    for card in teams.render(message, VIEW.calendar).cards:
        assert faults(card) == []
    page = html_of(digest, VIEW)
    assert "<script" not in page
    assert "http-equiv" not in page
    assert pdf_of(digest, VIEW).startswith(b"%PDF-")


@pytest.fixture
def usual(sqlite_database: Database, settings: Settings) -> Digest:
    """The company's review of the usual week."""
    with sqlite_database.transaction() as session:
        usual_week(session)
    return reviews(sqlite_database, settings, FixedClock(NOW)).read(None, EVERYTHING, Wish())


def test_every_line_that_stands_open_has_its_button_and_every_number_its_quote(usual: Digest) -> None:
    message = digest_message(usual, VIEW)
    asked = {button.value for button in all_buttons(message.parts)}
    told = {quote.number: quote.text for quote in quotes(message.parts)}
    for section in usual.sections:
        for line in section.lines:
            assert line.action is not None
            assert line.action.value in asked
            assert line.evidence
            assert all(piece.quote in told.values() for piece in line.evidence)
    assert sorted(told) == list(range(1, len(told) + 1))


def test_a_terminal_shows_the_words_of_the_lines_in_sight_alone(usual: Digest) -> None:
    message = digest_message(usual, VIEW, kept=False)
    screen = one_screen(message)
    lines = " ".join(part.text for part in screen.parts if isinstance(part, Text) and part.style == "bullet")
    numbers = [one.number for one in quotes(screen.parts)]
    assert numbers
    assert all(f"[{number}]" in lines for number in numbers)
    assert len(numbers) < len({one.number for one in quotes(message.parts)})
    assert any(part.text.startswith("*Week 47, 16 Nov to 22 Nov;") for part in screen.parts if isinstance(part, Text))


def test_each_section_asks_whether_it_was_useful_and_one_that_is_not_kept_asks_nothing(usual: Digest) -> None:
    kept, asked = digest_message(usual, VIEW, reader="ines"), digest_message(usual, VIEW, kept=False)
    values = [button.value for button in all_buttons(kept.parts) if button.action == "not_useful"]
    assert values == [
        *(f"review:2026-W47:company:all@ines#{one.key}" for one in usual.sections),
        "review:2026-W47:company:all@ines",
    ]
    assert not [button for button in all_buttons(asked.parts) if button.action in ("useful", "not_useful")]


def test_what_is_folded_for_a_reader_stands_behind_its_button_with_the_reason(usual: Digest) -> None:
    from agents.digest.arranging import arranged

    message = digest_message(arranged(usual, {"moved": [False, False, False]}), VIEW, reader="ines")
    shown = [part.text for part in message.parts if isinstance(part, Text)]
    assert not any("Won-Acme" in text for text in shown)
    fold = next(part for part in message.parts if isinstance(part, Fold) and part.label.startswith("Moved"))
    words = " ".join(part.text for part in fold.parts if isinstance(part, Text))
    assert "3 times in a row" in words
    assert "Won-Acme" in words


def test_folds_keep_their_numbers_whatever_a_reader_thinks(usual: Digest) -> None:
    from agents.digest.arranging import arranged

    def labels(message: Message) -> list[str]:
        return [fold.label.split(":")[0].split(" (")[0] for fold in folds(message.parts)]

    plain, folded = digest_message(usual, VIEW), digest_message(arranged(usual, {"moved": [False] * 3}), VIEW)
    assert labels(plain)[: len(usual.sections)] == labels(folded)[: len(usual.sections)]


def test_a_quiet_week_takes_two_lines(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.transaction() as session:
        people(session)
        deal(session, "calm", "dana", 50_000, close_date=(MONDAY + timedelta(days=70)).date())
    digest = reviews(sqlite_database, settings, FixedClock(NOW)).read(None, EVERYTHING, Wish())
    message = digest_message(digest, VIEW)
    body = [part.text for part in message.parts if isinstance(part, Text) and part.style in ("body", "bullet")]
    assert len(body) == 2
    assert body[0].startswith("Nothing changed since")
    assert body[1] == "1 open deal stands as before."


def test_a_company_without_deals_is_told_what_to_do(sqlite_database: Database, settings: Settings) -> None:
    digest = reviews(sqlite_database, settings, FixedClock(NOW)).read(None, EVERYTHING, Wish())
    body = [part.text for part in digest_message(digest, VIEW).parts if isinstance(part, Text)]
    assert any("Import your pipeline" in text for text in body)


@pytest.mark.parametrize("key", ["review:2026-W47:team:West", "review:asked:2026-W47:rep:u1:ab12@u1", "review:2026-W47:team:A@B:x"])  # fmt: skip
def test_a_key_names_its_review_its_reader_and_the_section(key: str) -> None:
    read = read_key(f"{key}#risk")
    assert read is not None
    assert message_key(read[0], read[1]) == key
    assert read[2] == "risk"


def test_what_is_no_reviews_key_is_none() -> None:
    assert read_key("answer-1") is None


@pytest.mark.parametrize(
    "words, wanted",
    [
        ("review of last week", (None, None, False)),
        ("Show me the weekly deal review, please", (None, None, False)),
        ("last week's review", (None, None, False)),
        ("weekly review for the West team", (None, "West", False)),
        ("weekly digest for the whole company", (None, None, True)),
        ("digest for week 46", ("2026-W46", None, False)),
        ("review of week 50", ("2025-W50", None, False)),
        ("weekly review 2026-W40", ("2026-W40", None, False)),
        ("this week's review", ("2026-W48", None, False)),
    ],
)
def test_the_review_is_asked_for_in_words(words: str, wanted: tuple[str | None, str | None, bool]) -> None:
    found = wanted_in(words, NOW.date(), ZoneInfo("UTC"))
    assert found is not None
    assert (found.week, found.team, found.company) == wanted


@pytest.mark.parametrize(
    "words",
    ["review the contract of Acme", "what happened last week?", "when is the security review?", "digest", "what did Acme say in the review last week"],
)  # fmt: skip
def test_other_words_are_questions(words: str) -> None:
    found = wanted_in(words, NOW.date(), ZoneInfo("UTC"))
    assert found is None or words == "digest"


def test_the_row_under_a_section_is_no_row_of_feedback_alone(usual: Digest) -> None:
    message = digest_message(usual, VIEW)
    rows = [part for part in message.parts if isinstance(part, Buttons)]
    assert all(row.buttons[0].action not in ("useful", "not_useful") for row in rows[:-1])
