"""An Answer as people read it: the point first, every line with its evidence, nothing dropped, the rule and the age of the data below."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agents.answer import (
    Action,
    Answer,
    Choice,
    Claim,
    Column,
    Evidence,
    Excluded,
    Figure,
    Freshness,
    Table,
)
from bot.compose import ROWS_SHOWN, View, compose
from bot.markup import unmarked
from bot.message import Button, Buttons, Fold, Grid, Message, Quote, Text, quotes

NOW = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)
VIEW = View(ZoneInfo("America/New_York"), NOW, "https://dealwright.example")
SOC2 = Evidence(
    source="call",
    id="call-acme-4",
    quote="I can't take this to security without the report.",
    speaker="Ray Okonkwo",
    at=NOW - timedelta(days=3),
    url="/activities/call-acme-4#turn-12",
    turns=("12",),
    label="Contract review",
)


def _texts(message: Message, style: str) -> list[str]:
    return [unmarked(part.text) for part in message.parts if isinstance(part, Text) and part.style == style]


def _only(message: Message, kind: type[Any]) -> Any:
    (found,) = [part for part in message.parts if isinstance(part, kind)]
    return found


def _table(rows: int) -> Table:
    return Table(
        columns=(
            Column(key="deal", label="deal", type="text"),
            Column(key="amount", label="amount", type="money", unit="USD"),
            Column(key="silent", label="silent", type="days"),
            Column(key="word", label="last from them", type="quote"),
            Column(key="closes", label="closes", type="date"),
            Column(key="meeting", label="next meeting", type="datetime"),
        ),
        rows=tuple(
            {
                "record_id": f"deal-{n}",
                "deal": f"Deal *{n}*",
                "amount": Decimal(84_000 + n),
                "silent": 9,
                "word": "checking with legal",
                "closes": date(2026, 11, 30),
                "meeting": None,
            }
            for n in range(rows)
        ),
    )


def test_the_point_comes_first_and_what_qualifies_it_is_quieter() -> None:
    answer = Answer(kind="narrative", headline="Acme · Expansion, $84k — slipping: legal has not answered")
    heading = compose(answer, VIEW).parts[0]
    assert heading == Text("**Acme · Expansion, $84k** — *slipping: legal has not answered*", "heading")
    assert compose(answer, VIEW).summary == answer.headline


def test_each_claim_carries_the_number_of_its_evidence_which_stands_once() -> None:
    other = SOC2.model_copy(update={"quote": "Realistically January."})
    answer = Answer(
        kind="narrative",
        headline="Acme",
        claims=(
            Claim(text="They want SOC 2.", evidence=(SOC2,)),
            Claim(text="January, they say.", evidence=(other, SOC2), tone="trouble"),
        ),
    )
    message = compose(answer, VIEW)
    assert _texts(message, "bullet") == ["They want SOC 2. [1]", "January, they say. [2][1]"]
    fold = _only(message, Fold)
    assert fold.label == "Evidence"
    assert [(quote.number, quote.text) for quote in fold.parts] == [(1, SOC2.quote), (2, "Realistically January.")]
    first = fold.parts[0]
    assert isinstance(first, Quote)
    assert first.url == "https://dealwright.example/activities/call-acme-4#turn-12"
    assert (first.speaker, first.label) == ("Ray Okonkwo", "Contract review")


def test_words_from_outside_cannot_become_markup() -> None:
    answer = Answer(kind="narrative", headline="**Bold** [7]", claims=(Claim(text="*quiet* [9]", evidence=(SOC2,)),))
    message = compose(answer, VIEW)
    assert _texts(message, "heading") == ["**Bold** [7]"]
    assert _texts(message, "bullet") == ["*quiet* [9] [1]"]


def test_a_table_tells_money_days_dates_and_quotes_as_people_do() -> None:
    grid = _only(compose(Answer(kind="structured", headline="1 deal", table=_table(1)), VIEW), Grid)
    assert [unmarked(cell) for cell in grid.rows[0]] == [
        "Deal *0*",
        "$84,000",
        "9 d",
        "“checking with legal”",
        "30 Nov",
        "–",
    ]
    assert grid.align == ("left", "right", "right", "left", "left", "left")


def test_a_long_table_is_folded_and_nothing_of_it_is_lost() -> None:
    message = compose(Answer(kind="structured", headline="23 deals", table=_table(23)), VIEW)
    assert len(_only(message, Grid).rows) == ROWS_SHOWN
    (fold,) = [part for part in message.parts if isinstance(part, Fold)]
    assert fold.label == "All 23 rows"
    (whole,) = fold.parts
    assert isinstance(whole, Grid)
    assert len(whole.rows) == 23


def test_money_of_several_currencies_is_told_by_each_rows_own() -> None:
    table = Table(
        columns=(Column(key="total", label="total", type="money"),),
        rows=(
            {"record_id": "a", "total": Decimal(5), "currency": "EUR"},
            {"record_id": "b", "total": Decimal(7), "currency": "USD"},
        ),
    )
    grid = _only(compose(Answer(kind="structured", headline="2", table=table), VIEW), Grid)
    assert grid.rows == (("€5",), ("$7",))


def test_the_rule_what_was_left_out_and_the_moment_stand_below() -> None:
    answer = Answer(
        kind="structured",
        headline="7 of 41",
        rule="calendar days since the buyer last wrote.",
        excluded=(Excluded(reason="with a meeting booked", count=3),),
        as_of=NOW,
        freshness=(
            Freshness(source="HubSpot", at=NOW - timedelta(minutes=4)),
            Freshness(source="calls", at=NOW - timedelta(days=1)),
            Freshness(source="mail", at=None, note="mailbox of the owner not connected"),
        ),
    )
    assert _texts(compose(answer, VIEW), "quiet") == [
        "Rule: calendar days since the buyer last wrote. Left out: 3 with a meeting booked. As of 14:05.",
        "HubSpot 4 min old · calls up to yesterday · mailbox of the owner not connected",
    ]


def test_an_answer_for_another_day_says_which() -> None:
    answer = Answer(kind="structured", headline="7", rule="x", as_of=datetime(2025, 3, 1, 4, 59, 59, tzinfo=UTC))
    assert _texts(compose(answer, VIEW), "quiet") == ["Rule: x. As of 28 Feb 2025 23:59."]


def test_words_that_could_not_be_used_are_named() -> None:
    message = compose(Answer(kind="structured", headline="7 deals", unknown_words=("purple", "urgent*")), VIEW)
    (text,) = [part for part in message.parts if isinstance(part, Text) and part.style == "body"]
    assert unmarked(text.text) == "Not used, because I don't know what it means here: “purple”, “urgent*”"
    assert text.tone == "trouble"


def test_choices_and_actions_are_buttons_and_feedback_belongs_to_the_answer() -> None:
    answer = Answer(
        kind="clarify",
        headline="Which Summit?",
        choices=(Choice(label="Summit Outfitters", question="What's the latest on Summit Outfitters?"),),
        actions=(
            Action(label="Timeline", verb="open", value="/accounts/a"),
            Action(label="Only mine", verb="ask", value="only mine"),
        ),
        id="ans-1",
    )
    rows = [part.buttons for part in compose(answer, VIEW).parts if isinstance(part, Buttons)]
    assert rows == [
        (Button("Summit Outfitters", "ask", "What's the latest on Summit Outfitters?"),),
        (
            Button("Timeline", "open", "/accounts/a", url="https://dealwright.example/accounts/a"),
            Button("Only mine", "ask", "only mine"),
        ),
        (Button("Useful", "useful", "ans-1"), Button("Not useful", "not_useful", "ans-1")),
    ]


def test_several_figures_are_listed_and_a_single_one_is_the_headlines() -> None:
    one = Figure(key="total", value=Decimal("412000"), unit="USD", label="Total")
    two = Figure(key="win_rate", value=Decimal("42.5"), unit="percent")
    assert _texts(compose(Answer(kind="structured", headline="$412,000", figures=(one,)), VIEW), "bullet") == []
    listed = _texts(compose(Answer(kind="structured", headline="x", figures=(one, two)), VIEW), "bullet")
    assert listed == ["Total: $412,000", "win rate: 42.5 %"]


def test_a_claim_that_only_repeats_a_row_gives_its_evidence_to_the_row() -> None:
    said = SOC2.model_copy(update={"quote": "checking with legal"})
    answer = Answer(
        kind="structured",
        headline="1 of 41",
        table=_table(1),
        claims=(
            Claim(text="Deal 0: silent for 9 days", evidence=(said,)),
            Claim(text="One more thing", evidence=(SOC2,)),
        ),
    )
    message = compose(answer, VIEW)
    assert _texts(message, "bullet") == ["One more thing [2]"]
    assert unmarked(_only(message, Grid).rows[0][3]) == "“checking with legal” [1]"
    assert [quote.text for quote in _only(message, Fold).parts] == ["checking with legal", SOC2.quote]


def test_the_currency_is_not_told_twice() -> None:
    table = Table(
        columns=(
            Column(key="amount", label="Amount", type="money"),
            Column(key="currency", label="Currency", type="text"),
        ),
        rows=({"record_id": "a", "amount": Decimal(5), "currency": "CHF"},),
    )
    grid = _only(compose(Answer(kind="structured", headline="1", table=table), VIEW), Grid)
    assert (grid.headings, grid.rows) == (("Amount",), (("CHF 5",),))


def test_evidence_of_a_call_without_a_title_and_date_says_so() -> None:
    bare = Evidence(source="call", id="4320211", quote="We expect to open stores.", speaker="Brett")
    message = compose(Answer(kind="narrative", headline="Monro", claims=(Claim(text="x", evidence=(bare,)),)), VIEW)
    (quote,) = quotes(message.parts)
    assert quote.label == "call without a title or date"
