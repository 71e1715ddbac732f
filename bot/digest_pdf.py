"""The review as PDF: the first screen, its pictures, then everything else and the sources with their links. Nothing is cut."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from agents.digest.record import Digest
from bot.brief_pdf import font_folder
from bot.compose import View
from bot.digest_message import digest_message
from bot.markup import spans
from bot.message import Chart, Fold, Message, Part, Quote, Text, plain, quotes
from bot.pictures.drawing import png_of

if TYPE_CHECKING:
    from fpdf import FPDF

_FACE = "DejaVu"
_FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_INK, _SOFT, _TROUBLE, _GOOD, _LINK = (24, 26, 30), (95, 99, 106), (157, 47, 20), (32, 110, 62), (18, 96, 86)
_TONES = {"trouble": _TROUBLE, "good": _GOOD, "plain": _INK}
_MARGIN, _GAP, _BODY, _SMALL, _PICTURE = 13.0, 1.3, 8.6, 6.8, 120.0
_MISSING = "\u25af"
"""Stands for a character that the font does not have: nothing is left out without a trace."""


def pdf_of(digest: Digest, view: View) -> bytes:
    """Return the PDF of a review: A4, searchable text, links to the sources where `view` knows the console's address."""
    message = digest_message(digest, view, kept=False)
    sheet = _Sheet(message, view)
    sheet.draw()
    return sheet.finished()


class _Sheet:
    """Draws one message on paper."""

    def __init__(self, message: Message, view: View) -> None:
        from fpdf import FPDF
        from fpdf.fonts import TTFFont

        self._message = message
        self._links = {one.number: one.url for one in quotes(message.parts) if one.url and not one.url.startswith("/")}
        self._missing = False
        self._pdf: FPDF = FPDF(unit="mm", format="A4")
        for style, file in _FONTS.items():
            self._pdf.add_font(_FACE, style, font_folder() / file)
        face = self._pdf.fonts[_FACE.lower()]
        assert isinstance(face, TTFFont)
        self._covered = frozenset(face.cmap)
        self._pdf.set_margins(_MARGIN, _MARGIN - 2, _MARGIN)
        self._pdf.set_auto_page_break(True, _MARGIN)
        self._pdf.set_title(self._shown(message.summary))
        self._pdf.set_creator("Dealwright")
        self._pdf.set_creation_date(view.now)
        self._pdf.add_page()
        self._calendar = view.calendar

    def draw(self) -> None:
        """Draw what stands open, then what is folded, then the sources."""
        for part in self._message.parts:
            if not isinstance(part, Fold):
                self._part(part)
        for fold in self._folds(self._message.parts):
            # A heading does not stand alone at the foot of a page.
            self._keep_together(14)
            self._pdf.ln(_GAP)
            self._line(f"**{plain(fold.label)}**", _BODY, _SOFT)
            for part in fold.parts:
                self._part(part)

    def finished(self) -> bytes:
        """Return the file."""
        if self._missing:
            self._line(plain(f"{_MISSING} stands for characters that this file's font lacks. The console shows them."), _SMALL, _SOFT)  # fmt: skip
        return bytes(self._pdf.output())

    def _folds(self, parts: tuple[Part, ...]) -> Iterator[Fold]:
        for part in parts:
            if isinstance(part, Fold):
                yield part

    def _part(self, part: Part) -> None:
        if isinstance(part, Text):
            self._text(part)
        elif isinstance(part, Quote):
            about = " · ".join(filter(None, (part.speaker, self._calendar.day(part.at) if part.at else "", part.label)))
            self._line(f"[{part.number}] “{plain(' '.join(part.text.split()))}” {plain(about)}", _SMALL, _SOFT)
        elif isinstance(part, Chart):
            self._chart(part)

    def _text(self, part: Text) -> None:
        if part.style == "heading":
            self._line(part.text, 12.5, _INK)
        elif part.style == "bullet":
            self._bullet(part)
        elif part.style == "quiet":
            self._pdf.ln(_GAP)
            self._line(part.text, _SMALL, _SOFT)
        else:
            self._pdf.ln(_GAP)
            self._keep_together(12)
            self._line(part.text, _BODY, _SOFT if part.text.startswith("**") else _INK)

    def _bullet(self, part: Text) -> None:
        pdf = self._pdf
        pdf.set_font(_FACE, "", _BODY)
        pdf.set_text_color(*_TONES[part.tone])
        pdf.cell(3, _BODY * 0.47, "•")
        pdf.set_left_margin(_MARGIN + 3)
        self._line(part.text, _BODY, _TONES[part.tone])
        pdf.set_left_margin(_MARGIN)
        pdf.set_x(_MARGIN)

    def _chart(self, chart: Chart) -> None:
        png = png_of(chart)
        if not png:
            self._line(f"**{plain(chart.title)}** {plain(chart.alternative)}", _BODY, _INK)
            return
        pdf = self._pdf
        pdf.ln(_GAP)
        # A PNG tells its width and height in its first chunk.
        width, height = struct.unpack(">II", png[16:24])
        self._keep_together(_PICTURE * height / width)
        pdf.image(BytesIO(png), w=_PICTURE, alt_text=self._shown(chart.alternative), title=self._shown(chart.title))
        pdf.ln(_GAP)

    def _keep_together(self, height: float) -> None:
        if self._pdf.will_page_break(min(height, 180)):
            self._pdf.add_page()

    def _line(self, text: str, size: float, colour: tuple[int, int, int]) -> None:
        """Write one marked-up paragraph, its evidence numbers as small links."""
        pdf, height = self._pdf, size * 0.47
        for span in spans(text):
            if span.mark is not None:
                pdf.set_font(_FACE, "", size * 0.78)
                pdf.set_text_color(*_LINK)
                pdf.write(height, f" [{span.mark}]", self._links.get(span.mark, ""))
                continue
            pdf.set_font(_FACE, "B" if span.bold else "", size)
            pdf.set_text_color(*colour)
            pdf.write(height, self._shown(span.text))
        pdf.ln(height)

    def _shown(self, text: str) -> str:
        told = "".join(one if ord(one) in self._covered or one in "\n\t " else _MISSING for one in text)
        self._missing = self._missing or (_MISSING in told and _MISSING not in text)
        return told
