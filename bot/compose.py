"""From an Answer to a neutral Message: written once for Slack, Teams, the console and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from agents.answer import Action, Answer, Cell, Claim, Column, Evidence, Figure, Freshness, Table
from bot.figures import Calendar, money, number
from bot.message import Button, Buttons, Fold, Grid, Message, Part, Quote, Text, plain
from infra.settings import Settings

ROWS_SHOWN = 10
"""Rows of a table that stand open; the whole table follows folded."""

SECTIONS_SHOWN = 2_400
"""Characters of claims that stand open where an answer has sections; the sections after them follow folded."""

CLAIMS_SHOWN = 8
"""Claims that stand open; the others follow folded."""

_LONGEST_LABEL = 70
_RIGHT = frozenset({"money", "number", "integer", "percent", "days"})
_UP_TO = {
    "call": "calls",
    "calls": "calls",
    "mail": "mails",
    "mails": "mails",
    "meeting": "meetings",
    "note": "notes",
    "task": "tasks",
}


@dataclass(frozen=True)
class View:
    """For whom a message is composed: the company's zone, the present, and the address that links start with ("" leaves them relative)."""

    zone: ZoneInfo
    now: datetime
    base_url: str = ""

    @property
    def calendar(self) -> Calendar:
        """Days and ages as this viewer is told them."""
        return Calendar(self.zone, self.now)

    def link(self, url: str | None) -> str | None:
        """Return a link as the viewer can follow it."""
        if url is None or not url.startswith("/"):
            return url
        return self.base_url.rstrip("/") + url


def view_at(settings: Settings, at: datetime) -> View:
    """Return for whom messages are composed that leave the company's network: with whole links, as of a moment."""
    return View(settings.zone, at, settings.public_url or "")


class _Numbered:
    """Gives each piece of evidence its number, the same piece always the same."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str], int] = {}
        self.evidence: list[Evidence] = []

    def marks(self, evidence: tuple[Evidence, ...]) -> str:
        numbers = []
        for piece in evidence:
            key = (piece.source, piece.id, piece.quote)
            if key not in self._numbers:
                self.evidence.append(piece)
                self._numbers[key] = len(self.evidence)
            numbers.append(self._numbers[key])
        return "".join(f"[{number}]" for number in dict.fromkeys(numbers))


def compose(answer: Answer, view: View, *, folded: bool = True) -> Message:
    """Return the message that tells `answer`. Nothing of the answer is dropped: what is long is folded, sections only where they may be `folded`."""
    numbered = _Numbered()
    parts: list[Part] = [Text(_headline(answer.headline), "heading")]
    cited = _cited_cells(answer, numbered)
    shown = [
        claim
        for claim in answer.claims
        if not all((piece.source, piece.id, piece.quote) in cited for piece in claim.evidence)
    ]
    parts += _claims(tuple(shown), numbered, SECTIONS_SHOWN if folded else None)
    parts += _figures(answer)
    if answer.table is not None:
        parts += _table(answer.table, view, {quote: mark for (_, _, quote), mark in cited.items()})
    if answer.unknown_words:
        words = ", ".join(f"“{plain(word)}”" for word in answer.unknown_words)
        parts.append(Text(f"Not used, because I don't know what it means here: {words}", "body", "trouble"))
    parts += _buttons(answer, view)
    if numbered.evidence:
        parts.append(
            Fold("Evidence", tuple(_quote(index, piece, view) for index, piece in enumerate(numbered.evidence, 1)))
        )
    parts += _small_print(answer, view)
    if answer.id:
        parts.append(Buttons((Button("Useful", "useful", answer.id), Button("Not useful", "not_useful", answer.id))))
    return Message(answer.headline, tuple(parts), key=answer.id or "", about={"kind": answer.kind})


def _headline(text: str) -> str:
    point, dash, rest = text.partition(" — ")
    return f"**{plain(point)}**" + (f" — *{plain(rest)}*" if dash else "")


def _cited_cells(answer: Answer, numbered: _Numbered) -> dict[tuple[str, str, str], str]:
    """Return the evidence that stands in the table as a quote, with its mark: a claim that only repeats a row is not told twice."""
    if answer.table is None:
        return {}
    columns = [column.key for column in answer.table.columns if column.type == "quote"]
    quotes = {row.get(key) for row in answer.table.rows for key in columns}
    pieces = [piece for claim in answer.claims for piece in claim.evidence if piece.quote in quotes]
    return {(piece.source, piece.id, piece.quote): numbered.marks((piece,)) for piece in pieces}


def _claims(claims: tuple[Claim, ...], numbered: _Numbered, room: int | None) -> list[Part]:
    if any(claim.section for claim in claims):
        return _sections(claims, numbered, room)
    lines = [_bullet(claim, numbered) for claim in claims]
    if len(lines) <= CLAIMS_SHOWN + 1:
        return list(lines)
    rest = lines[CLAIMS_SHOWN:]
    return [*lines[:CLAIMS_SHOWN], Fold(f"{len(rest)} more", tuple(rest))]


def _bullet(claim: Claim, numbered: _Numbered) -> Text:
    return Text(" ".join(filter(None, (plain(claim.text), numbered.marks(claim.evidence)))), "bullet", claim.tone)


def _sections(claims: tuple[Claim, ...], numbered: _Numbered, room: int | None) -> list[Part]:
    """Return the sections under their headings: as many as fit into `room` characters open (None: all), the others folded, none torn apart."""
    shown: list[Part] = []
    folded: list[Part] = []
    names: list[str] = []
    left = room or 0
    for section, run in groupby(claims, key=lambda claim: claim.section):
        parts: list[Part] = [Text(f"**{plain(section)}**")] if section else []
        parts += [_bullet(claim, numbered) for claim in run]
        left -= sum(len(part.text) for part in parts if isinstance(part, Text)) if room is not None else 0
        if left >= 0 and not folded:
            shown += parts
        else:
            folded += parts
            names.append(section or "")
    if folded:
        shown.append(Fold(_fold_label(names), tuple(folded)))
    return shown


def _fold_label(names: list[str]) -> str:
    first, *others = [name for name in names if name] or ["More"]
    told = ", ".join([first, *(name[:1].lower() + name[1:] for name in others)])
    return told if len(told) <= _LONGEST_LABEL else f"{first} and {len(others)} more"


def _figures(answer: Answer) -> list[Part]:
    # A single figure is the headline's; a table's figures stand in the table.
    if len(answer.figures) < 2 or (answer.table is not None and answer.table.rows):
        return []
    return [
        Text(f"{plain(figure.label or figure.key.replace('_', ' '))}: **{_figure(figure)}**", "bullet")
        for figure in answer.figures
    ]


def _figure(figure: Figure) -> str:
    value, unit = figure.value, figure.unit
    if value is None:
        return "not known"
    if isinstance(value, str):
        return plain(value)
    if unit == "percent":
        return f"{number(value)} %"
    if unit and len(unit) == 3 and unit.isupper():
        return money(value, unit)
    return f"{number(value)} {unit}" if unit else number(value)


def _table(table: Table, view: View, marks: dict[str, str]) -> list[Part]:
    if not table.rows:
        return []
    columns = _told_columns(table)
    headings = tuple(plain(column.label) for column in columns)
    align = tuple("right" if column.type in _RIGHT else "left" for column in columns)
    rows = tuple(tuple(_cell(row.get(c.key), c, row, view, marks) for c in columns) for row in table.rows)
    links = tuple(view.link(_record_url(row)) for row in table.rows)
    whole = Grid(headings, align, rows, links)  # type: ignore[arg-type]
    if len(rows) <= ROWS_SHOWN + 1:
        return [whole]
    first = Grid(headings, align, rows[:ROWS_SHOWN], links[:ROWS_SHOWN])  # type: ignore[arg-type]
    return [first, Fold(f"All {len(rows)} rows", (whole,))]


def _told_columns(table: Table) -> tuple[Column, ...]:
    # An amount is told with its currency, so the column that says it again is for programs.
    with_currency = any(column.type == "money" and column.unit is None for column in table.columns)
    return tuple(column for column in table.columns if not (with_currency and column.key == "currency"))


def _record_url(row: dict[str, Cell]) -> str | None:
    url = row.get("url")
    return url if isinstance(url, str) else None


def _cell(value: Cell, column: Column, row: dict[str, Cell], view: View, marks: dict[str, str]) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return plain(", ".join(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (date, datetime)):
        return (
            view.calendar.moment(value)
            if isinstance(value, datetime) and column.type == "datetime"
            else view.calendar.day(value)
        )
    if isinstance(value, (int, Decimal)):
        return _amount(value, column, row)
    if column.type == "quote":
        # A quote that stands in quotation marks of its own is not put into a second pair.
        return " ".join(filter(None, (f"“{plain(_unquoted(value))}”", marks.get(value))))
    return plain(value)


def _unquoted(text: str) -> str:
    inside = text[1:-1]
    whole = len(text) > 2 and text[0] in '"“„' and text[-1] in '"”“' and not set(inside) & set('"“”„')
    return inside if whole else text


def _amount(value: int | Decimal, column: Column, row: dict[str, Cell]) -> str:
    if column.type == "money":
        currency = column.unit or row.get("currency")
        return money(value, currency if isinstance(currency, str) else None)
    if column.type == "percent":
        return f"{number(value)} %"
    return f"{number(value)} d" if column.type == "days" else number(value)


def _quote(index: int, piece: Evidence, view: View) -> Quote:
    label = piece.label or (piece.source if piece.at else f"{piece.source} without a title or date")
    return Quote(index, piece.quote, piece.speaker, piece.at, label, view.link(piece.url))


def _buttons(answer: Answer, view: View) -> list[Part]:
    parts: list[Part] = []
    if answer.choices:
        parts.append(Buttons(tuple(Button(choice.label, "ask", choice.question) for choice in answer.choices)))
    if answer.actions:
        parts.append(Buttons(tuple(_action(action, view) for action in answer.actions)))
    return parts


def _action(action: Action, view: View) -> Button:
    if action.verb == "open":
        return Button(action.label, "open", action.value, url=view.link(action.value))
    return Button(action.label, action.verb, action.value)


def _small_print(answer: Answer, view: View) -> list[Part]:
    parts: list[Part] = [Text(f"*{plain(note)}*", "quiet") for note in answer.notes]
    if line := _rule(answer, view):
        parts.append(Text(f"*{plain(line)}*", "quiet"))
    if answer.freshness:
        line = " · ".join(_age(one, view.calendar) for one in answer.freshness)
        parts.append(Text(f"*{plain(line)}*", "quiet"))
    return parts


def _rule(answer: Answer, view: View) -> str:
    sentences = []
    if answer.rule:
        rule = answer.rule.strip().rstrip(".")
        sentences.append(rule if rule.lower().startswith("rule") else f"Rule: {rule}")
    if answer.excluded:
        sentences.append("Left out: " + ", ".join(f"{one.count} {one.reason}" for one in answer.excluded))
    if answer.as_of is not None and (answer.rule or answer.table):
        sentences.append(f"As of {view.calendar.moment(answer.as_of)}")
    return ". ".join(sentences) + "." if sentences else ""


def _age(one: Freshness, calendar: Calendar) -> str:
    if one.at is None:
        return one.note or f"{one.source} not connected"
    if one.source in _UP_TO:
        told = f"{_UP_TO[one.source]} up to {calendar.recent_day(one.at)}"
    else:
        ago = calendar.ago(one.at)
        old = (
            f"{ago.removesuffix(' ago')} old"
            if ago.endswith(" ago")
            else ago
            if ago == "just now"
            else f"from {ago.removeprefix('on ')}"
        )
        told = f"{one.source} {old}"
    return f"{told} ({one.note})" if one.note else told
