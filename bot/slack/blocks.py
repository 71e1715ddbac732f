"""The pieces of Block Kit: sections, tables, buttons, and how large they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.markup import spans, unmarked
from bot.message import Chart, Grid
from bot.slack.mrkdwn import escaped, is_link

Block = dict[str, Any]

_TITLE, _ALTERNATIVE, _URL = 150, 2_000, 3_000

SECTION = 2_900
"""Characters that we put into a section; Slack takes 3,000."""


def mrkdwn_text(text: str) -> Block:
    """Return a text object of Slack's markup."""
    # verbatim: Slack makes no links or mentions of its own out of what people wrote.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def sections(lines: list[str]) -> list[Block]:
    """Return sections that hold the lines in order, each of at most 2,900 characters; longer lines go on in the next."""
    sections: list[Block] = []
    held = ""
    for line in lines:
        for piece in pieces(line):
            if held and len(held) + 1 + len(piece) > SECTION:
                sections.append({"type": "section", "text": mrkdwn_text(held)})
                held = ""
            held = f"{held}\n{piece}" if held else piece
    if held:
        sections.append({"type": "section", "text": mrkdwn_text(held)})
    return sections


def pieces(line: str, most: int = SECTION) -> list[str]:
    """Return a line in pieces of at most `most` characters, as a section holds them, cut between words and never inside a link."""
    pieces = []
    while len(line) > most:
        cut = line.rfind(" ", most // 2, most)
        # Not inside a link or an entity, which have no spaces before their label.
        opened = line.rfind("<", 0, cut if cut > 0 else most)
        if opened > 0 and line.find(">", opened) >= (cut if cut > 0 else most):
            cut = opened
        if cut <= 0:
            cut = most
        pieces.append(line[:cut].rstrip() or line[:cut])
        line = line[cut:].lstrip()
    if line.strip():
        pieces.append(line)
    return pieces


def table_block(grid: Grid, links: Mapping[int, str]) -> Block:
    """Return a table block: the first column's cells open their records."""
    rows = [[_cell(heading, None, {}) for heading in grid.headings]]
    for index, row in enumerate(grid.rows):
        url = grid.links[index] if index < len(grid.links) else None
        rows.append([_cell(cell, url if column == 0 else None, links) for column, cell in enumerate(row)])
    settings = [{"align": align, "is_wrapped": True} for align in grid.align]
    return {"type": "table", "column_settings": settings, "rows": rows}


def _cell(cell: str, url: str | None, links: Mapping[int, str]) -> Block:
    if is_link(url) or any(span.mark in links for span in spans(cell) if span.mark is not None):
        return _rich(cell, url if is_link(url) else None, links)
    return {"type": "raw_text", "text": unmarked(cell).strip() or "–"}


def _rich(text: str, url: str | None, links: Mapping[int, str]) -> Block:
    elements: list[Block] = []
    for span in spans(text):
        words = f"[{span.mark}]" if span.mark is not None else span.text
        target = url or (links.get(span.mark) if span.mark is not None else None)
        element: Block = {"type": "link", "url": target, "text": words} if target else {"type": "text", "text": words}
        if span.bold:
            element["style"] = {"bold": True}
        elements.append(element)
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements or [{"type": "text", "text": "–"}]}],
    }


def untabled(block: Block) -> list[Block]:
    """Return a block as it is, or a table as lines: modals take no tables."""
    if block["type"] != "table":
        return [block]
    headings, *rows = [[_words(cell) for cell in row] for row in block["rows"]]
    lines = []
    for first, *others in rows:
        told = [f"{escaped(heading)}: {escaped(cell)}" for heading, cell in zip(headings[1:], others) if cell != "–"]
        lines.append("• " + " · ".join([f"*{escaped(first)}*", *told]))
    return sections(lines)


def _words(cell: Block) -> str:
    if cell["type"] == "raw_text":
        return str(cell["text"])
    return "".join(one["text"] for section in cell["elements"] for one in section["elements"])


def chart_blocks(chart: Chart) -> list[Block]:
    """Return a picture that Slack can show, with its alternative text; else that text itself.

    Limits: https://docs.slack.dev/reference/block-kit/blocks/image-block
    """
    where = image_source(chart)
    if where is None or not chart.alternative.strip():
        return sections([f"*{escaped(chart.title)}*", escaped(chart.alternative)])
    title = {"title": {"type": "plain_text", "text": short(chart.title, _TITLE)}} if chart.title.strip() else {}
    return [{"type": "image", **where, "alt_text": short(chart.alternative, _ALTERNATIVE), **title}]


def image_source(chart: Chart) -> Block | None:
    """Return where Slack finds a picture: a file that was uploaded there, or an address of ours."""
    if chart.upload:
        return {"slack_file": {"id": chart.upload}}
    return {"image_url": chart.url} if chart.url and is_link(chart.url) and len(chart.url) <= _URL else None


def unpictured(blocks: list[Block]) -> list[Block]:
    """Return the blocks with each picture told in words: for where Slack does not take it."""
    told: list[Block] = []
    for block in blocks:
        if block["type"] != "image":
            told.append(block)
            continue
        lines = [f"*{escaped(block['title']['text'])}*"] if "title" in block else []
        made = sections([*lines, escaped(block["alt_text"])])
        told += [{**one, "block_id": f"{block['block_id']}-{number}"} for number, one in enumerate(made)]
    return told


def button_element(label: str, action_id: str, value: str) -> Block:
    """Return a button."""
    element: Block = {"type": "button", "text": {"type": "plain_text", "text": label or "…"}, "action_id": action_id}
    if value:
        element["value"] = value
    return element


def actions_block(elements: list[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": elements}


def short(text: str, most: int) -> str:
    """Return one line of at most `most` characters; where it is longer an ellipsis says so."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def size_of(blocks: list[Block]) -> int:
    """Return how many characters of JSON the blocks take, ids included."""
    return len(json.dumps(with_ids(blocks), ensure_ascii=False)) + 2 * len(blocks)


def with_ids(blocks: list[Block]) -> list[Block]:
    """Return the blocks with an id each."""
    return [
        block if "block_id" in block else {**block, "block_id": f"dw-{index}"} for index, block in enumerate(blocks)
    ]
