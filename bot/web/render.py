"""A Message as HTML. Every word of it is escaped; links lead only to http, https or a page of ours."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from bot.figures import Calendar
from bot.markup import spans, unmarked
from bot.message import TICK, TICKS, Button, Buttons, Chart, Fold, Form, Grid, Input, Message, Part, Quote, Text
from bot.web.addresses import cited, is_inside

if TYPE_CHECKING:
    from agents.digest.pictures import Picture

_EMPTY = Markup("")
_SIGNS = {"trouble": ("▲", "Trouble:"), "good": ("✓", "Good:")}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAY = re.compile(r"(\d{1,2}) (" + "|".join(_MONTHS) + r")(?: (\d{4}))?(?: (\d{2}):(\d{2}))?", re.IGNORECASE)
_NUMBER = re.compile(r"(?P<sign>[−-]?)(?P<currency>[$€£]|[A-Z]{3} )?(?P<digits>\d[\d,]*(?:\.\d+)?)(?: ?(?:d|%))?")
_FEEDBACK = ("useful", "not_useful")


@dataclass(frozen=True)
class Setting:
    """Where a message is shown: the answer's id and conversation for its buttons, the form token, and today for its dates."""

    calendar: Calendar
    form_token: str = ""
    conversation: str = ""
    rated: bool | None = None
    quotes: dict[int, Quote] = field(default_factory=dict)
    answer: str = ""


def render(message: Message, setting: Setting) -> Markup:
    """Return the parts of a message, without the frame around them."""
    quotes = {quote.number: quote for quote in _quotes(message.parts)}
    here = Setting(setting.calendar, setting.form_token, setting.conversation, setting.rated, quotes, message.key)
    return _parts(message.parts, here)


def _quotes(parts: Sequence[Part]) -> Iterator[Quote]:
    for part in parts:
        if isinstance(part, Quote):
            yield part
        elif isinstance(part, Fold):
            yield from _quotes(part.parts)


def _parts(parts: Sequence[Part], here: Setting) -> Markup:
    made: list[Markup] = []
    for is_list, run in groupby(parts, key=lambda part: isinstance(part, Text) and part.style == "bullet"):
        if is_list:
            made.append(
                Markup('<ul class="claims">{}</ul>').format(
                    _EMPTY.join(_bullet(part, here) for part in run if isinstance(part, Text))
                )
            )
        else:
            made += [_part(part, here) for part in run]
    return _EMPTY.join(made)


def _part(part: Part, here: Setting) -> Markup:
    if isinstance(part, Text):
        return _text(part, here)
    if isinstance(part, Grid):
        return _grid(part, here)
    if isinstance(part, Quote):
        return _quote(part, here)
    if isinstance(part, Buttons):
        return _buttons(part, here)
    if isinstance(part, Fold):
        rows = " rows" if any(isinstance(one, Grid) for one in part.parts) else ""
        return Markup('<details class="fold{}"><summary>{}</summary><div class="folded">{}</div></details>').format(
            rows, part.label, _parts(part.parts, here)
        )
    if isinstance(part, Form):
        return _form(part, here)
    return _chart(part, here)


def _bullet(part: Text, here: Setting) -> Markup:
    return Markup("<li{}>{}{}</li>").format(_tone(part), _sign(part), inline(part.text, here))


def _text(part: Text, here: Setting) -> Markup:
    words = Markup("{}{}").format(_sign(part), inline(part.text, here))
    if part.style == "heading":
        return Markup('<h3 class="point">{}</h3>').format(words)
    if part.style == "letter":
        return Markup('<div class="letter">{}</div>').format(words)
    if part.style == "quiet":
        return Markup('<p class="quiet">{}</p>').format(words)
    if part.tone not in _SIGNS and all(span.bold and span.mark is None for span in spans(part.text)):
        # A line all in bold is the heading of what follows it.
        return Markup('<p class="section">{}</p>').format(words)
    return Markup("<p{}>{}</p>").format(_tone(part), words)


def _tone(part: Text) -> Markup:
    return Markup(' class="{}"').format(part.tone) if part.tone in _SIGNS else _EMPTY


def _sign(part: Text) -> Markup:
    if part.tone not in _SIGNS:
        return _EMPTY
    sign, said = _SIGNS[part.tone]
    return Markup('<span class="sign" aria-hidden="true">{}</span><span class="unseen">{} </span>').format(sign, said)


def inline(text: str, here: Setting, link: str | None = None) -> Markup:
    """Return marked-up text as HTML; with `link`, its words lead there and its evidence stands behind them."""
    words: list[Markup] = []
    marks: list[Markup] = []
    for span in spans(text):
        if span.mark is not None:
            (marks if link else words).append(_cite(span.mark, here))
            continue
        shown = escape(span.text)
        if span.quiet:
            shown = Markup("<em>{}</em>").format(shown)
        words.append(Markup("<strong>{}</strong>").format(shown) if span.bold else shown)
    said = _EMPTY.join(words)
    return Markup('<a href="{}">{}</a>{}').format(link, said, _EMPTY.join(marks)) if link else said


def _cite(number: int, here: Setting) -> Markup:
    quote = here.quotes.get(number)
    if quote is None:
        return escape(f"[{number}]")
    return Markup('<a class="cite" href="{}" title="{}" aria-label="{}">{}</a>').format(
        _place(quote, here), quote.text, f"Evidence {number}: {_shortened(quote.text)}", number
    )


def _place(quote: Quote, here: Setting) -> str:
    """Return where a quote opens: in its source, or in the list of evidence below the answer."""
    url = safe_link(quote.url)
    if url is None:
        return f"#evidence-{here.answer}-{quote.number}"
    return cited(url, here.answer, quote.number) if here.answer and is_inside(url) else url


def safe_link(url: str | None) -> str | None:
    """Return a link that may be followed, or None for one of another scheme."""
    if url is None or is_inside(url) or url.startswith(("https://", "http://")):
        return url
    return None


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else text[:119].rstrip() + "…"


def _quote(quote: Quote, here: Setting) -> Markup:
    said = " · ".join(filter(None, (quote.speaker, here.calendar.moment(quote.at) if quote.at else None)))
    label = escape(quote.label or "Open")
    opened = (
        Markup('<a class="cite-source" href="{}">{}</a>').format(_place(quote, here), label)
        if safe_link(quote.url)
        else label
    )
    return Markup(
        '<figure class="quote" id="{}"><span class="number">{}</span><blockquote>{}</blockquote><figcaption>{}{}{}</figcaption></figure>'
    ).format(f"evidence-{here.answer}-{quote.number}", quote.number, quote.text, said, " · " if said else "", opened)


def _grid(grid: Grid, here: Setting) -> Markup:
    heads = _EMPTY.join(
        Markup('<th scope="col"{}>{}</th>').format(_aligned(align), inline(heading, here))
        for heading, align in zip(grid.headings, grid.align, strict=True)
    )
    links = grid.links or (None,) * len(grid.rows)
    rows = _EMPTY.join(_row(row, grid, safe_link(link), here) for row, link in zip(grid.rows, links, strict=True))
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="grid sortable"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(heads, rows)


def _row(row: tuple[str, ...], grid: Grid, link: str | None, here: Setting) -> Markup:
    cells = [
        Markup('<td{} data-label="{}" data-sort="{}">{}</td>').format(
            _aligned(align),
            unmarked(heading),
            sort_key(unmarked(cell), here.calendar.today),
            inline(cell, here, link if place == 0 else None),
        )
        for place, (cell, heading, align) in enumerate(zip(row, grid.headings, grid.align, strict=True))
    ]
    return Markup("<tr>{}</tr>").format(_EMPTY.join(cells))


def _aligned(align: str) -> Markup:
    return Markup(' class="num"') if align == "right" else _EMPTY


def sort_key(cell: str, today: date) -> str:
    """Return what a cell is sorted by: `n` and a number, `d` and an ISO date, `t` and folded text, or "" for nothing, which comes last.

    Amounts of different currencies are not compared: the currency comes before the figure.
    """
    text = cell.strip()
    if text in ("", "–", "none", "not known"):
        return ""
    if number := _NUMBER.fullmatch(text):
        amount = Decimal(number["digits"].replace(",", "")) * (-1 if number["sign"] else 1)
        return f"n{(number['currency'] or '').strip()} {amount}"
    if day := _DAY.fullmatch(text):
        year = int(day[3] or today.year)
        return (
            f"d{year:04d}-{_MONTHS.index(day[2].lower()) + 1:02d}-{int(day[1]):02d} {day[4] or '00'}:{day[5] or '00'}"
        )
    return f"t{text.casefold()}"


def _buttons(part: Buttons, here: Setting) -> Markup:
    feedback = all(button.action in _FEEDBACK for button in part.buttons)
    return Markup('<div class="buttons{}">{}</div>').format(
        " feedback" if feedback else "", _EMPTY.join(_button(button, here) for button in part.buttons)
    )


def _button(button: Button, here: Setting) -> Markup:
    style = "" if button.style == "plain" else f" {button.style}"
    link = safe_link(button.url)
    if link is not None:
        return Markup('<a class="button{}" href="{}">{}</a>').format(style, link, button.label)
    pressed = _EMPTY
    if button.action in _FEEDBACK:
        pressed = Markup(' aria-pressed="{}"').format("true" if here.rated is (button.action == "useful") else "false")
    return Markup(
        '<form class="press" method="post" action="/press/{}">{}<button{} class="button{}" type="submit">{}</button></form>'
    ).format(button.action, _hidden(button.value, here), pressed, style, button.label)


def _hidden(value: str, here: Setting) -> Markup:
    named = {"value": value, "conversation": here.conversation, "token": here.form_token}
    return _EMPTY.join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, held) for name, held in named.items()
    )


def _form(form: Form, here: Setting) -> Markup:
    if form.inside:
        return Markup(
            '<form class="press ticks" method="post" action="/press/{}">{}<input type="hidden" name="input-{}" value="1">{}<button class="button primary" type="submit">{}</button></form>'
        ).format(
            form.action, _hidden(form.value, here), TICKS, _EMPTY.join(_ticks(one) for one in form.inputs), form.submit
        )
    inputs = _EMPTY.join(Markup("<label>{} {}</label>").format(one.label, _input(one)) for one in form.inputs)
    return Markup(
        '<details class="fold"><summary>{}</summary><form class="press form" method="post" action="/press/{}">{}{}<button class="button primary" type="submit">{}</button></form></details>'
    ).format(form.title, form.action, _hidden(form.value, here), inputs, form.submit)


def _ticks(group: Input) -> Markup:
    notes = dict(group.notes)
    lines = _EMPTY.join(
        Markup(
            '<label class="tick"><input type="checkbox" name="input-{}{}" value="true"{}><span>{}{}</span></label>'
        ).format(
            TICK,
            value,
            Markup(" checked") if value in group.chosen else _EMPTY,
            label,
            Markup('<q class="said-words">{}</q>').format(notes[value]) if value in notes else _EMPTY,
        )
        for value, label in group.choices
    )
    return Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(group.label, lines)


def _input(one: Input) -> Markup:
    needed = _EMPTY if one.optional else Markup(" required")
    if one.kind == "choice":
        options = _EMPTY.join(
            Markup('<option value="{}"{}>{}</option>').format(
                value, Markup(" selected") if value == one.value else _EMPTY, label
            )
            for value, label in one.choices
        )
        return Markup('<select name="input-{}"{}>{}</select>').format(one.key, needed, options)
    if one.kind == "long":
        return Markup('<textarea name="input-{}" rows="6"{}>{}</textarea>').format(one.key, needed, one.value)
    return Markup('<input name="input-{}" type="{}" value="{}"{}>').format(
        one.key, "date" if one.kind == "date" else "text", one.value, needed
    )


def _chart(chart: Chart, here: Setting) -> Markup:
    if chart.picture is not None:
        return _drawn(chart, chart.picture, here)
    picture = base64.b64encode(chart.png).decode()
    return Markup(
        '<figure class="chart"><img alt="{}" src="data:image/png;base64,{}"><figcaption>{}</figcaption></figure>'
    ).format(chart.alternative, picture, chart.title)


def _drawn(chart: Chart, picture: Picture, here: Setting) -> Markup:
    """Return a picture that can be explored, with its words and its figures beneath it."""
    from bot.pictures.drawing import lay_out
    from bot.pictures.svg import svg_of
    from bot.pictures.table import left_out, table_of

    name = f"picture-{sha256(f'{here.answer}:{chart.alternative}'.encode()).hexdigest()[:10]}"
    return Markup(
        '<figure class="drawn">{}<figcaption><p class="unseen" id="{}-told">{}</p><details class="fold rows"><summary>Figures of “{}”</summary>'
        '<div class="folded">{}{}</div></details></figcaption></figure>'
    ).format(
        svg_of(lay_out(picture), name),
        name,
        chart.alternative,
        chart.title,
        _grid(table_of(picture), here),
        Markup('<p class="quiet">{}</p>').format(more) if (more := left_out(picture)) else _EMPTY,
    )
