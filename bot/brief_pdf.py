"""A brief as PDF: the page first, its sources after it, each with its link. Two sheets at most in the common case; nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from agents.brief.answering import brief_answer
from agents.brief.record import Brief
from bot.addresses import ConsoleLinks, brief_address
from bot.compose import View, compose
from bot.markup import spans
from bot.message import Fold, Message, Part, Quote, Text, plain

if TYPE_CHECKING:
    from fpdf import FPDF

_FACE = "DejaVu"
_FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_INK, _SOFT, _TROUBLE, _GOOD, _LINK = (24, 26, 30), (95, 99, 106), (157, 47, 20), (32, 110, 62), (18, 96, 86)
_MARGIN, _GAP = 13.0, 1.1
_MISSING = "\u25af"
"""Stands for a character that the font does not have, such as a Chinese one: nothing is left out without a trace."""


def pdf_of(brief: Brief, view: View) -> bytes:
    """Return the PDF of a brief: A4, searchable text, links to the sources where `view` knows the console's address."""
    message = compose(brief_answer(brief, ConsoleLinks(), view.zone), view, folded=False)
    sheet = _Sheet(brief, view)
    sheet.draw(message)
    return sheet.finished()


@lru_cache(maxsize=1)
def font_folder() -> Path:
    """Return where the fonts are: DejaVu comes with matplotlib, which is not imported for it."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"


class _Sheet:
    """Draws one message on paper."""

    def __init__(self, brief: Brief, view: View) -> None:
        from fpdf import FPDF
        from fpdf.fonts import TTFFont

        self._view = view
        self._brief = brief
        self._missing = False
        self._pdf: FPDF = FPDF(unit="mm", format="A4")
        for style, file in _FONTS.items():
            self._pdf.add_font(_FACE, style, font_folder() / file)
        face = self._pdf.fonts[_FACE.lower()]
        assert isinstance(face, TTFFont)
        self._covered = frozenset(face.cmap)
        self._pdf.set_margins(_MARGIN, _MARGIN - 2, _MARGIN)
        self._pdf.set_auto_page_break(True, _MARGIN)
        self._pdf.set_title(self._shown(f"Brief: {brief.account.name}"))
        self._pdf.set_creator("Dealwright")
        self._pdf.set_creation_date(view.now)
        self._pdf.add_page()

    def draw(self, message: Message) -> None:
        """Draw all parts: the headline, the sections, what is not known, and the sources."""
        point, _, state = self._brief.headline.partition(" — ")
        self._write(point, 12.5, _INK, bold=True)
        if state:
            self._write(state, 8.6, _TROUBLE)
        evidence = {one.number: one for one in _quotes(message.parts)}
        for part in message.parts[1:]:
            if isinstance(part, Text):
                self._text(part, evidence)
        self._sources(list(evidence.values()))

    def finished(self) -> bytes:
        """Return the file."""
        if self._missing:
            page = self._view.link(brief_address(self._brief.account.id))
            where = f" {page} shows them." if page and not page.startswith("/") else " The console shows them."
            self._write(f"{_MISSING} stands for characters that this file's font lacks.{where}", 6.4, _SOFT)
        return bytes(self._pdf.output())

    def _text(self, part: Text, evidence: dict[int, Quote]) -> None:
        if part.style == "bullet":
            colour = {"trouble": _TROUBLE, "good": _GOOD}.get(part.tone, _INK)
            self._bullet(part.text, colour, evidence)
        elif part.style == "quiet":
            self._pdf.ln(_GAP)
            self._line(part.text, 6.8, _SOFT, {})
        else:
            self._pdf.ln(_GAP)
            # A heading does not stand alone at the foot of a page.
            if self._pdf.will_page_break(12):
                self._pdf.add_page()
            self._line(part.text, 8.2, _SOFT, {})

    def _bullet(self, text: str, colour: tuple[int, int, int], evidence: dict[int, Quote]) -> None:
        pdf = self._pdf
        pdf.set_font(_FACE, "", 8.2)
        pdf.set_text_color(*colour)
        pdf.cell(3, 3.85, "•")
        pdf.set_left_margin(_MARGIN + 3)
        self._line(text, 8.2, colour, evidence)
        pdf.set_left_margin(_MARGIN)
        pdf.set_x(_MARGIN)

    def _line(self, text: str, size: float, colour: tuple[int, int, int], evidence: dict[int, Quote]) -> None:
        """Write one marked-up paragraph, its evidence numbers as small links."""
        pdf, height = self._pdf, size * 0.47
        for span in spans(text):
            if span.mark is not None:
                quote = evidence.get(span.mark)
                link = self._view.link(quote.url) if quote is not None else None
                pdf.set_font(_FACE, "", size * 0.78)
                pdf.set_text_color(*_LINK)
                pdf.write(height, f" [{span.mark}]", link if link and not link.startswith("/") else "")
                continue
            pdf.set_font(_FACE, "B" if span.bold else "", size)
            pdf.set_text_color(*colour)
            pdf.write(height, self._shown(span.text))
        pdf.ln(height)

    def _sources(self, quotes: list[Quote]) -> None:
        if not quotes:
            return
        self._pdf.ln(_GAP * 2)
        if self._pdf.will_page_break(20):
            self._pdf.add_page()
        self._line("**Sources**", 8.2, _SOFT, {})
        for one in quotes:
            when = self._view.calendar.day(one.at) if one.at else None
            told = " · ".join(filter(None, (one.speaker, when, one.label)))
            # What was said stands with its line; here stands where.
            self._line(f"[{one.number}] {plain(told or one.text)}", 6.4, _SOFT, {one.number: one})

    def _write(self, text: str, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
        marked = plain(text)
        self._line(f"**{marked}**" if bold else marked, size, colour, {})

    def _shown(self, text: str) -> str:
        told = "".join(one if ord(one) in self._covered or one in "\n\t " else _MISSING for one in text)
        self._missing = self._missing or (_MISSING in told and _MISSING not in text)
        return told


def _quotes(parts: tuple[Part, ...]) -> Iterator[Quote]:
    for part in parts:
        if isinstance(part, Quote):
            yield part
        elif isinstance(part, Fold):
            yield from _quotes(part.parts)
