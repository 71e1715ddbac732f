"""Written numbers become exact ones, by the column they stand in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.amounts import Amount, NumberRule, NumberVotes, currency_code, is_empty, parse_amount


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("1,234.56", "1234.56", None),
        ("1.234,56", "1234.56", None),
        ("1 234,56", "1234.56", None),
        ("1\u00a0234\u00a0567,50", "1234567.50", None),
        ("1'234.56", "1234.56", None),
        ("$1.2M", "1200000", "USD"),
        ("€50k", "50000", "EUR"),
        ("50 Tsd. €", "50000", "EUR"),
        ("2,5 Mio. EUR", "2500000", "EUR"),
        ("(1,200)", "-1200", None),
        ("$(1,200.00)", "-1200.00", "USD"),
        ("-$5", "-5", "USD"),
        ("5-", "-5", None),
        ("1.200,-", "1200", None),
        ("USD 1,200", "1200", "USD"),
        ("CHF 1'200.00", "1200.00", "CHF"),
        ("12,34,567.5", "1234567.5", None),
        ("1.2E+06", "1200000", None),
        (".5", "0.5", None),
    ],
)
def test_a_written_number_is_read_exactly(text: str, value: str, currency: str | None) -> None:
    assert parse_amount(text) == Amount(Decimal(value), currency)


def test_a_percentage_keeps_its_unit() -> None:
    assert parse_amount("12,5 %") == Amount(Decimal("12.5"), None, percent=True)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "3 apples",
        "1,2,3",
        "1 2",
        "2024-01-01",
        "1.2.3",
        "12/31/2025",
        "",
        "1,23,4",
        "9" * 40,
        "1e999",
        "--5 5",
        "5 dollars please",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_amount(text) is None


def decided(values: list[str], *, money: bool = True) -> list[Decimal | None]:
    votes = NumberVotes()
    for value in values:
        votes.add(value)
    rule = votes.rule(money=money)
    return [found.value if (found := parse_amount(value, rule)) else None for value in values]


def test_one_clear_value_settles_the_ambiguous_ones_of_its_column() -> None:
    assert decided(["1.234", "2.500,50"]) == [Decimal(1234), Decimal("2500.50")]
    assert decided(["1,234", "2,500.50"]) == [Decimal(1234), Decimal("2500.50")]
    assert decided(["1.234", "2.5"]) == [Decimal("1.234"), Decimal("2.5")]


def test_money_with_three_places_everywhere_has_thousands() -> None:
    assert decided(["12.500", "8.000", "1.250"]) == [Decimal(12500), Decimal(8000), Decimal(1250)]


def test_a_value_that_contradicts_its_column_is_refused_rather_than_misread() -> None:
    assert decided(["1,200.50", "3.75", "9.25", "12,5"])[-1] is None


def test_an_open_column_is_told() -> None:
    votes = NumberVotes()
    votes.add("1.234")
    assert votes.ambiguous
    votes.add("1.234,50")
    assert not votes.ambiguous


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_every_grouped_number_comes_back_as_it_was(value: Decimal, marks: tuple[str, str]) -> None:
    grouping, mark = marks
    text = f"{value:,.2f}".replace(",", "G").replace(".", mark).replace("G", grouping)
    found = parse_amount(text, NumberRule("." if mark == "." else ",", sure=True))
    assert found is not None
    assert found.value == value


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = parse_amount(text)
    assert found is None or found.value.is_finite()


def test_blanks_and_symbols() -> None:
    assert all(is_empty(text) for text in ("", "  ", "-", "N/A", "null", "#N/A"))
    assert not is_empty("0")
    assert (currency_code("€"), currency_code("usd"), currency_code("Kč"), currency_code("apples")) == (
        "EUR",
        "USD",
        "CZK",
        None,
    )


@pytest.mark.parametrize("text", ["1e28", "9" * 28, "-" + "9" * 28])
def test_numbers_as_long_as_a_decimal_computes_exactly_are_read_as_they_are(text: str) -> None:
    read = parse_amount(text)
    assert read is not None
    assert read.value == int(Decimal(text))


@pytest.mark.parametrize("text", ["9" * 29, "1e29", "1e400", "9.9e28k"])
def test_longer_ones_are_no_amounts(text: str) -> None:
    assert parse_amount(text) is None
