"""Pictures read on a phone, in the dark and in the light, and say the same in words."""

from __future__ import annotations

import io
import threading
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import TypeAdapter

from agents.digest.pictures import ConversionPicture, ConversionRow, Picture, RiskMapPicture
from bot.message import Chart, Text
from bot.pictures.amounts import change, short_money
from bot.pictures.drawing import chart_of, drawn, lay_out, part_of, png_of
from bot.pictures.png import PAINTS, PIXELS, painted
from bot.pictures.scene import MARGIN, WIDTH, Box, Label, Scene, width_of
from bot.pictures.svg import svg_of
from bot.pictures.table import left_out, table_of
from bot.pictures.words import told
from tests.bot.pictures.samples import ALL, CONVERSION, EMPTY, MOVEMENT, REPLIES, RISK, movement, point

_KINDS: TypeAdapter[Picture] = TypeAdapter(Picture)
_MANY = RiskMapPicture(
    currency="EUR",
    points=tuple(
        point(number, f"Deal number {number}", 1_000 + number * 977 % 90_000, number * 37 % 101)
        for number in range(5_000)
    ),
)
_LONG = ConversionPicture(
    rows=tuple(
        ConversionRow(
            stage=f"{number}. Understand how the buyer decides and who signs " * 2,
            entered=90 - number,
            went_on=40,
            lost=9,
            open=1,
        )
        for number in range(30)
    )
)


def labels(scene: Scene) -> list[Label]:
    """Return all texts of a sheet."""
    return [shape for shape in scene.shapes if isinstance(shape, Label)]


def area(label: Label) -> tuple[float, float, float, float]:
    """Return where a text stands: left, top, right, bottom."""
    wide = width_of(label.text, label.size, bold=label.bold)
    left = label.x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.anchor]
    return left, label.y - label.size * 0.75, left + wide, label.y + label.size * 0.2


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("picture", [*ALL, *EMPTY, _MANY, _LONG], ids=lambda one: f"{one.key}")
def test_a_picture_is_small_and_sharp_on_a_phone(picture: Picture) -> None:
    png = drawn(picture)
    assert len(png) < 200_000
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.width == WIDTH * PIXELS
        # Its ground is its own, whatever is behind it; only the corners outside of its edge let that through.
        shown = image.convert("RGBA")
        middle = shown.getpixel((shown.width // 2, 12))
        assert isinstance(middle, tuple)
        assert middle[3] == 255
        assert middle[:3] >= (245, 244, 240)


def test_all_text_is_large_enough_and_stands_out() -> None:
    for picture in (*ALL, *EMPTY, _MANY, _LONG):
        for label in labels(lay_out(picture)):
            assert label.size >= 12
            ground = PAINTS["line"] if label.backed else PAINTS["ground"]
            assert contrast(PAINTS[label.paint], ground) >= 4.5


def test_the_same_figures_are_the_same_bytes() -> None:
    for picture in ALL:
        assert painted(lay_out(picture)) == painted(lay_out(picture))


def test_many_threads_may_draw_at_once() -> None:
    expected = {one.key: drawn(one) for one in ALL}
    drawn.cache_clear()
    wrong: list[str] = []

    def draw(picture: Picture) -> None:
        if painted(lay_out(picture)) != expected[picture.key]:
            wrong.append(picture.key)

    threads = [threading.Thread(target=draw, args=(picture,)) for picture in ALL * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


@pytest.mark.parametrize("picture", EMPTY, ids=lambda one: one.key)
def test_no_figures_are_told_in_words_and_not_as_an_empty_chart(picture: Picture) -> None:
    part = part_of(picture)
    assert isinstance(part, Text)
    assert part.text.strip("*").startswith(picture.title)
    assert not any(isinstance(shape, Box) for shape in lay_out(picture).shapes)


def test_the_words_have_every_figure_of_the_picture() -> None:
    assert told(MOVEMENT) == (
        "Pipeline movement. $120,000 open on 9 Nov; New +$38,000 (2 deals); Won −$61,000 (1 deal); $97,000 on 16 Nov."
    )
    assert told(RISK) == (
        "Open deals: value and risk. 4 deals worth $168k: 2 at risk, 1 to watch, 1 healthy. Most to lose: "
        "Acme · Expansion: $84,000, risk 52 of 100, at risk; Contoso: $36,000, risk 40 of 100, to watch; "
        "Fabrikam: $12,000, risk 70 of 100, at risk. 2 deals without an amount are not shown."
    )
    assert told(CONVERSION) == (
        "Stage conversion. Last 90 days: Identify: 50 of 64 went on (78 %), 9 lost, 5 still there, 3 days in the middle case; "
        "Close: 3 of 4 went on, 0 lost, 1 still there."
    )
    assert told(REPLIES) == (
        "Replies by signal. Last 90 days: Hiring: 7 replies to 39 mails (18 %); Funding round: 0 replies to 22 mails (0 %); "
        "New executive: 1 reply to 3 mails."
    )


def test_words_never_outgrow_what_chats_take() -> None:
    assert len(told(_LONG)) <= 1_900
    assert told(_LONG).endswith("…")


def test_a_waterfall_that_does_not_begin_at_zero_says_so() -> None:
    high = movement(4_120_000, ("New", 64_000, 3), ("Lost", -83_000, 1))
    assert any("not at zero" in label.text for label in labels(lay_out(high)))
    assert not any("not at zero" in label.text for label in labels(lay_out(MOVEMENT)))


def test_the_smallest_of_many_moves_are_joined_and_nothing_is_lost() -> None:
    many = movement(100_000, *((f"Move {number}", 1_000 * number, 1) for number in range(1, 15)))
    rows = table_of(many).rows
    assert len(rows) == 11
    assert rows[-2][0] == "Others (6)"
    assert rows[-2][1:] == ("$21,000", "6")


def test_names_on_the_risk_map_never_touch() -> None:
    crowd = RiskMapPicture(
        currency="USD", points=tuple(point(n, f"Company number {n} of many", 50_000 + n, 60 + n) for n in range(12))
    )
    for picture in (RISK, crowd, _MANY):
        named = [area(label) for label in labels(lay_out(picture)) if label.backed]
        for (a_left, a_top, a_right, a_bottom), (b_left, b_top, b_right, b_bottom) in combinations(named, 2):
            assert a_right <= b_left or b_right <= a_left or a_bottom <= b_top or b_bottom <= a_top


def test_who_has_no_room_on_the_map_is_named_beneath_it() -> None:
    crowd = RiskMapPicture(currency="USD", points=tuple(point(n, f"Company number {n}", 50_000, 60) for n in range(6)))
    scene = lay_out(crowd)
    texts = " ".join(label.text for label in labels(scene))
    assert all(f"number {n}" in texts for n in range(6))


def test_names_in_any_script_are_drawn_or_marked() -> None:
    strange = RiskMapPicture(
        currency="PLN",
        points=(point(1, "Łódź Żółw $x^2$ _a_", 84_000, 60), point(2, "株式会社 \U0001f680", 20_000, 60)),
    )
    assert drawn(strange).startswith(b"\x89PNG")
    texts = [label.text for label in labels(lay_out(strange))]
    assert "Łódź Żółw $x^2$ _a_" in texts
    assert "株式会社 \U0001f680" in told(strange)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0", "$0"), ("999.6", "$1k"), ("84000", "$84k"), ("12345", "$12.3k"), ("999999", "$1M"), ("-38000", "−$38k"), ("3400000000", "$3.4B")],
)  # fmt: skip
def test_amounts_are_shortened(value: str, expected: str) -> None:
    assert short_money(Decimal(value), "USD") == expected


def test_changes_have_a_sign() -> None:
    assert change(Decimal(61_000), "USD") == "+$61k"
    assert change(Decimal(-61_000), "CHF") == "−CHF 61k"
    assert change(Decimal(0), "USD") == "$0"


amounts = st.integers(-50_000_000, 50_000_000)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 100_000_000),
    st.lists(st.tuples(st.text(max_size=40), amounts, st.integers(0, 900)), max_size=14),
    st.sampled_from(("USD", "CHF", None)),
)
def test_any_movement_can_be_laid_out(begin: int, steps: list[tuple[str, int, int]], currency: str | None) -> None:
    scene = lay_out(movement(begin, *steps, currency=currency))
    assert_inside(scene)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.integers(0, 10**12), st.integers(0, 100)), max_size=30))
def test_any_risk_map_can_be_laid_out(deals: list[tuple[str, int, int]]) -> None:
    points = tuple(point(number, *deal) for number, deal in enumerate(deals))
    assert_inside(lay_out(RiskMapPicture(currency="USD", points=points)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), *(st.integers(0, 5_000),) * 4), max_size=20))
def test_any_conversion_can_be_laid_out(stages: list[tuple[str, int, int, int, int]]) -> None:
    rows = tuple(ConversionRow(stage=s, entered=e, went_on=w, lost=n, open=o) for s, e, w, n, o in stages)
    assert_inside(lay_out(ConversionPicture(rows=rows)))


def assert_inside(scene: Scene) -> None:
    """Check that everything stands on the sheet."""
    for shape in scene.shapes:
        if isinstance(shape, Label):
            left, _, right, bottom = area(shape)
            assert left >= MARGIN - 1
            assert right <= WIDTH - MARGIN + 1
            assert bottom <= scene.height
        elif isinstance(shape, Box):
            assert shape.x >= MARGIN - 1
            assert shape.x + shape.width <= WIDTH - MARGIN + 1.6
            assert shape.width >= 0


def test_a_chart_is_drawn_only_where_it_is_shown() -> None:
    chart = chart_of(MOVEMENT)
    assert chart.png == b""
    assert png_of(chart).startswith(b"\x89PNG")
    assert png_of(Chart(b"as it is", "words", "title")) == b"as it is"
    assert png_of(Chart(b"", "words", "title")) == b""


def test_a_picture_comes_back_from_json() -> None:
    for picture in ALL:
        assert _KINDS.validate_python(picture.model_dump(mode="json")) == picture


def test_the_console_reaches_each_mark_by_keyboard_and_tells_its_figures() -> None:
    drawn_so = svg_of(lay_out(RISK), "p1")
    assert drawn_so.count('tabindex="0"') == 1
    assert 'href="/deals/d1"' in drawn_so
    assert 'aria-label="Acme · Expansion: $84,000, risk 52 of 100, at risk"' in drawn_so
    assert "style=" not in drawn_so


def test_words_from_outside_stay_words_in_the_console() -> None:
    hostile = RiskMapPicture(
        points=(point(1, "<script>x</script>\"'", 84_000, 60).model_copy(update={"url": "javascript:x"}),)
    )
    drawn_so = svg_of(lay_out(hostile), "p1")
    assert "<script>" not in drawn_so
    assert "javascript:" not in drawn_so


def test_the_table_has_the_exact_figures_and_says_what_it_leaves_out() -> None:
    assert table_of(MOVEMENT).rows[1] == ("New", "$38,000", "2")
    assert [row[0] for row in table_of(RISK).rows] == ["Acme · Expansion", "Contoso", "Fabrikam", "Northwind"]
    assert len(table_of(_MANY).rows) == 50
    assert left_out(_MANY) == "4,950 more deals, with less to lose, are not in the table."
    assert left_out(MOVEMENT) == ""
    assert table_of(CONVERSION).rows[1] == ("Close", "4", "3", "–", "1", "0", "–")
    assert table_of(REPLIES).rows[0] == ("Hiring", "39", "7", "18 %")
