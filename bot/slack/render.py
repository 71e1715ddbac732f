"""From a neutral Message to Block Kit, inside Slack's limits. What does not fit stays reachable behind a button; nothing is cut.

Limits: https://docs.slack.dev/reference/block-kit/blocks — 50 blocks a message and 100 a modal, 3,000 characters a section, 75 a button's label,
2,000 its value, 100 rows and 20 columns a table, one table a message. A message's blocks together stay under 9,400
characters of JSON: somewhere above 9,597 Slack refuses a message without saying where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.deciding import VERBS
from bot.figures import Calendar
from bot.markup import unmarked
from bot.message import (
    Button,
    Buttons,
    Chart,
    Fold,
    Form,
    Grid,
    Message,
    Part,
    Quote,
    Text,
    all_buttons,
    folds,
    is_feedback,
    quotes,
)
from bot.slack.blocks import (
    SECTION,
    Block,
    actions_block,
    button_element,
    chart_blocks,
    mrkdwn_text,
    pieces,
    sections,
    short,
    size_of,
    table_block,
    untabled,
    with_ids,
)
from bot.slack.forms import tick_blocks
from bot.slack.mrkdwn import escaped, is_link, link, mrkdwn, notification

MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 9_400
MODAL_BLOCKS = 100
MODAL_CHARACTERS = 60_000
REST = "rest"
"""Stands in a fold's value for "what did not fit into the message"."""

_LABEL = 75
_VALUE = 2_000
_CELL = 1_000
_TEXT = 3_000
_SIGNS = {"trouble": ":warning: ", "good": ":white_check_mark: ", "plain": ""}


@dataclass(frozen=True)
class Rendered:
    """A message for Slack: `text` for notifications, and `blocks`."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True)
class Page:
    """A stretch of blocks that fits, and where the next one starts (None: this is the last)."""

    blocks: list[Block]
    following: int | None


def render(message: Message, calendar: Calendar, lead: list[Block] | None = None) -> Rendered:
    """Return the message for `chat.postMessage`; `lead` is put in front of it."""
    drawing = _Drawing(message, calendar, tables=True)
    blocks = drawing.blocks(message.parts)
    lead = lead or []
    tail = drawing.tail(message.parts)
    if not _fits([*lead, *blocks, *tail], MESSAGE_BLOCKS, MESSAGE_CHARACTERS):
        # A picture is seen without a click, however long what stands before it is.
        picture = [block for block in blocks if block["type"] == "image"][:1]
        around = [*lead, *tail, *picture, _rest_button(message.key, len(blocks))]
        page = page_of(blocks, 0, MESSAGE_BLOCKS - len(around), MESSAGE_CHARACTERS - size_of(around))
        left = [block for block in picture if block not in page.blocks]
        blocks = [*page.blocks, _rest_button(message.key, page.following or 0), *left]
    return Rendered(notification(message.summary)[:_TEXT], with_ids([*lead, *blocks, *tail]))


def context(text: str) -> Block:
    """Return a small line; `text` is Slack's own markup."""
    return {"type": "context", "elements": [mrkdwn_text(text)]}


def render_rest(message: Message, calendar: Calendar) -> list[Block]:
    """Return all blocks of the message's body in the order that `render` counts them by."""
    return _Drawing(message, calendar, tables=True).blocks(message.parts)


def render_fold(message: Message, calendar: Calendar, number: int, *, tables: bool) -> list[Block]:
    """Return the blocks of the message's fold with this number, depth first. Raises IndexError where there is none."""
    drawing = _Drawing(message, calendar, tables=tables)
    fold = list(folds(message.parts))[number]
    return drawing.blocks(fold.parts)


def fold_label(message: Message, number: int) -> str:
    """Return what the button of a fold says."""
    return list(folds(message.parts))[number].label


def page_of(blocks: list[Block], start: int, most_blocks: int, most_characters: int) -> Page:
    """Return as many blocks from `start` on as fit, at least one."""
    end = start
    size = 2
    while end < len(blocks) and end - start < most_blocks:
        size += size_of([blocks[end]])
        if size > most_characters and end > start:
            break
        end += 1
    return Page(blocks[start:end], end if end < len(blocks) else None)


def modal(title: str, blocks: list[Block], value: str, start: int) -> dict[str, Any]:
    """Return a modal with one page of `blocks`; `value` names what it shows, for the button that goes on. Tables become lines: a modal takes none."""
    lines = [line for block in blocks for line in untabled(block)]
    page = page_of(lines, start, MODAL_BLOCKS - 1, MODAL_CHARACTERS)
    shown = list(page.blocks)
    if page.following is not None:
        shown.append(actions_block([button_element("More", "dw:more:0", f"{value}:{page.following}")]))
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": short(title, 24)},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": with_ids(shown),
    }


@dataclass
class _Drawing:
    """Draws the parts of one message."""

    message: Message
    calendar: Calendar
    tables: bool
    _table_drawn: bool = False
    _links: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._links = {q.number: q.url for q in quotes(self.message.parts) if q.url is not None and is_link(q.url)}

    def blocks(self, parts: tuple[Part, ...]) -> list[Block]:
        """Return the blocks of all parts but the feedback buttons."""
        drawn: list[Block] = []
        lines: list[str] = []

        def close() -> None:
            drawn.extend(sections(lines))
            lines.clear()

        for part in parts:
            if isinstance(part, Text) and part.style in ("body", "bullet"):
                lines.append(self._line(part))
                continue
            close()
            if isinstance(part, Text) and part.style == "letter":
                drawn.extend(sections(self._letter(part)))
                continue
            if not (isinstance(part, Buttons) and is_feedback(part)):
                self._add(drawn, part)
        close()
        return drawn

    def tail(self, parts: tuple[Part, ...]) -> list[Block]:
        """Return the feedback buttons, which stand at the end whatever is folded."""
        return [
            {**actions_block(self._buttons(part)), "block_id": f"dw-feedback:{self.message.key}"[:255]}
            for part in parts
            if isinstance(part, Buttons) and is_feedback(part)
        ]

    def _add(self, drawn: list[Block], part: Part) -> None:
        if isinstance(part, Text):
            self._add_text(drawn, part)
        elif isinstance(part, Quote):
            drawn.extend(sections([self._quote(part)]))
        elif isinstance(part, Grid):
            drawn.extend(self._grid(part))
        elif isinstance(part, Buttons):
            self._add_buttons(drawn, part)
        elif isinstance(part, Fold):
            self._add_fold(drawn, part)
        elif isinstance(part, Chart):
            drawn.extend(chart_blocks(part))
        elif isinstance(part, Form) and part.inside:
            drawn.extend(tick_blocks(part))
            self._add_buttons(drawn, Buttons((Button(part.submit, part.action, part.value, style="primary"),)))
        elif isinstance(part, Form):
            drawn.extend(sections([f"*{escaped(part.title)}*"]))

    def _letter(self, part: Text) -> list[str]:
        told = [mrkdwn(line, self._links).strip() for line in part.text.split("\n")]
        return [f"> {piece}" if piece else ">" for line in told for piece in (pieces(line, SECTION - 2) or [""])]

    def _line(self, part: Text) -> str:
        bullet = "• " if part.style == "bullet" else ""
        return f"{bullet}{_SIGNS[part.tone]}{mrkdwn(part.text, self._links)}"

    def _add_text(self, drawn: list[Block], part: Text) -> None:
        told = mrkdwn(part.text, self._links)
        if not told:
            return
        if part.style == "heading":
            drawn.extend(sections([_SIGNS[part.tone] + told]))
            return
        for piece in pieces(told):
            last = drawn[-1] if drawn else {}
            if last.get("type") == "context" and len(last["elements"]) < 10:
                last["elements"].append(mrkdwn_text(piece))
            else:
                drawn.append({"type": "context", "elements": [mrkdwn_text(piece)]})

    def _quote(self, quote: Quote) -> str:
        about = [escaped(quote.speaker or "")]
        about.append(self.calendar.day(quote.at) if quote.at else "")
        about.append(escaped(quote.label or ""))
        told = f"*[{quote.number}]* “{escaped(quote.text)}”"
        if source := " · ".join(filter(None, about)):
            told += f"\n_{source}_"
        return f"{told} · {link(quote.url, 'open')}" if quote.url and is_link(quote.url) else told

    def _grid(self, grid: Grid) -> list[Block]:
        cells = [unmarked(cell) for row in grid.rows for cell in row]
        fits = len(grid.rows) < 100 and len(grid.headings) <= 20 and all(len(cell) <= _CELL for cell in cells)
        if self.tables and fits and not self._table_drawn:
            table = table_block(grid, self._links)
            if size_of([table]) <= MESSAGE_CHARACTERS * 3 // 4:
                self._table_drawn = True
                return [table]
        return sections([self._row(grid, index) for index in range(len(grid.rows))])

    def _row(self, grid: Grid, index: int) -> str:
        row = grid.rows[index]
        url = grid.links[index] if index < len(grid.links) else None
        told = []
        for column, cell in enumerate(row):
            shown = mrkdwn(cell, self._links)
            if column == 0:
                told.append(f"*{link(url, unmarked(cell))}*" if is_link(url) and url else f"*{shown}*")
            elif unmarked(cell) not in ("", "–"):
                told.append(f"{mrkdwn(grid.headings[column], {})}: {shown}")
        return "• " + " · ".join(told)

    def _add_buttons(self, drawn: list[Block], part: Buttons) -> None:
        long = [one for one in part.buttons if len(one.label) > _LABEL and not one.url]
        for index, button in enumerate(long):
            # A label that a button can't hold stands beside it.
            section = sections([escaped(button.label)])
            section[-1]["accessory"] = button_element(
                "Choose", _action_id(button.action, 100 + index), self._value(button)
            )
            drawn.extend(section)
        self._add_elements(drawn, self._buttons(Buttons(tuple(one for one in part.buttons if one not in long))))

    def _add_fold(self, drawn: list[Block], fold: Fold) -> None:
        if not self.message.key:
            drawn.extend(self.blocks(fold.parts))
            return
        number = next(index for index, one in enumerate(folds(self.message.parts)) if one is fold)
        button = button_element(short(fold.label, _LABEL), f"dw:fold:{number}", f"{self.message.key}:{number}:0:0")
        self._add_elements(drawn, [button])

    def _add_elements(self, drawn: list[Block], elements: list[Block]) -> None:
        for element in elements:
            last = drawn[-1] if drawn else {}
            if last.get("type") == "actions" and "block_id" not in last and len(last["elements"]) < 25:
                used = {one["action_id"] for one in last["elements"]}
                if element["action_id"] in used:
                    element = {**element, "action_id": f"{element['action_id']}:{len(used)}"}
                last["elements"].append(element)
            else:
                drawn.append(actions_block([element]))

    def _buttons(self, part: Buttons) -> list[Block]:
        drawn = []
        for index, button in enumerate(part.buttons):
            if button.action == "open" or button.url:
                if not is_link(button.url):
                    continue
                element = button_element(short(button.label, _LABEL), _action_id(button.action, index), "")
                element["url"] = button.url
            else:
                element = button_element(
                    short(button.label, _LABEL), _action_id(button.action, index), self._value(button)
                )
            if button.style != "plain":
                element["style"] = button.style
            drawn.append(element)
        return drawn

    def _value(self, button: Button) -> str:
        if len(button.value) <= _VALUE:
            return button.value
        # Too long to travel: the click finds it again in the stored answer.
        number = next(index for index, one in enumerate(all_buttons(self.message.parts)) if one is button)
        return f"@{self.message.key}:{number}"


def _action_id(action: str, index: int) -> str:
    # Buttons of cards carry their action alone, as programs send it; the others a number, so that many may stand in one row.
    return f"dw:{action}" if action in VERBS else f"dw:{action}:{index}"


def _rest_button(key: str, start: int) -> Block:
    return actions_block([button_element("Show the rest", "dw:fold:rest", f"{key}:{REST}:{start}:0")])


def _fits(blocks: list[Block], most_blocks: int, most_characters: int) -> bool:
    return len(blocks) <= most_blocks and size_of(blocks) <= most_characters
