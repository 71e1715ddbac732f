"""The pieces of an Adaptive Card 1.5 that we use. Words of others stand in runs of text, where markdown has no effect.

Schema: https://adaptivecards.io/explorer; what Teams takes: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.markup import Span, spans
from bot.message import TICK, Button, Chart, Input
from bot.pictures.inline import DATA
from bot.teams.words import is_link, shown

Element = dict[str, Any]
Run = dict[str, Any]

ACTIONS = 6
"""Teams shows no more actions side by side."""

PIECE = 2_400
"""Bytes of JSON that one run of text may have, so that a card can always be divided between runs."""

_ALTERNATIVE = 1_600
_VALUE = 600
_LABEL = 150
_STYLES = {"primary": "positive", "danger": "destructive"}


def size(value: Any) -> int:
    """Return the bytes of `value` as JSON on the wire, where every sign beyond ASCII is written out."""
    return len(json.dumps(value))


def run(text: str, **look: Any) -> Run:
    """Return a run of words; `look` is of a TextRun: weight, italic, isSubtle, color, size, selectAction."""
    return {"type": "TextRun", "text": shown(text), **{key: value for key, value in look.items() if value}}


def link_run(text: str, url: str | None, **look: Any) -> Run:
    """Return a run that opens `url` where that is a link, else the words alone."""
    if not is_link(url):
        return run(text, **look)
    return run(text, **look, color="Accent", selectAction={"type": "Action.OpenUrl", "url": _ascii(url or "")})


def runs(text: str, links: Mapping[int, str], **look: Any) -> list[Run]:
    """Return a marked-up text of a Message as runs; `[n]` opens what `links` has for n."""
    return [_run_of(span, links, look) for span in spans(text)]


def _run_of(span: Span, links: Mapping[int, str], look: dict[str, Any]) -> Run:
    if span.mark is not None:
        return link_run(f"[{span.mark}]", links.get(span.mark))
    return run(
        span.text,
        **{**look, **({"weight": "Bolder"} if span.bold else {}), **({"isSubtle": True} if span.quiet else {})},
    )


def chart(part: Chart) -> list[Element]:
    """Return a picture at an address that Teams can fetch, or one that its address holds, with its alternative text; else that text itself.

    Images: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format.
    """
    title = [run(part.title, weight="Bolder")]
    if part.url is not None and part.url.startswith(DATA) and part.alternative.strip():
        held = {"type": "Image", "url": part.url, "altText": shown(part.alternative)[:_ALTERNATIVE], "size": "Stretch"}
        return [*paragraphs(title), held]
    if not is_link(part.url) or not part.alternative.strip():
        return paragraphs([*title, run(f" {part.alternative}")])
    image = {
        "type": "Image",
        "url": _ascii(part.url or ""),
        "altText": shown(part.alternative)[:_ALTERNATIVE],
        "size": "Stretch",
        "selectAction": {"type": "Action.OpenUrl", "url": _ascii(part.url or ""), "title": "Open the picture"},
    }
    return [*paragraphs(title), image]


def rich(inlines: Sequence[Run], **more: Any) -> Element:
    """Return a paragraph of runs."""
    return {"type": "RichTextBlock", "inlines": list(inlines) or [run("–")], **more}


def paragraphs(inlines: Sequence[Run], **more: Any) -> list[Element]:
    """Return runs as one paragraph, or as several where one would be too large to be moved to another card."""
    made: list[Element] = []
    held: list[Run] = []
    for one in ({**whole, "text": text} for whole in _joined(inlines) for text in pieces(whole["text"])):
        if held and size([*held, one]) > PIECE * 2:
            made.append(rich(held, **more))
            held = []
        held.append(one)
    if held:
        made.append(rich(held, **more))
    return made


def _joined(inlines: Sequence[Run]) -> list[Run]:
    """Return the runs with neighbours that look the same put into one: each run of its own costs forty bytes."""
    joined: list[Run] = []
    for one in inlines:
        before = joined[-1] if joined else {}
        if "selectAction" not in one and {**before, "text": ""} == {**one, "text": ""}:
            joined[-1] = {**before, "text": before["text"] + one["text"]}
        else:
            joined.append(one)
    return joined


def pieces(text: str) -> Iterator[str]:
    """Yield a text in stretches of at most `PIECE` bytes of JSON, cut between words where there are any."""
    while size(text) > PIECE:
        end = min(len(text), PIECE)
        while size(text[:end]) > PIECE:
            end = end * PIECE // (size(text[:end]) + 1)
        cut = text.rfind(" ", end // 2, end)
        end = cut + 1 if cut > 0 else max(1, end)
        yield text[:end]
        text = text[end:]
    if text:
        yield text


def container(items: list[Element], **more: Any) -> Element:
    """Return a container."""
    return {"type": "Container", "items": items, **more}


def action_set(actions: list[Element]) -> Element:
    """Return a row of at most six actions."""
    return {"type": "ActionSet", "actions": actions}


def execute(label: str, action: str, value: str, style: str = "plain", *, dialog: bool = False) -> Element:
    """Return a button that we answer at once, and which older clients send as a message. It carries the action and its value only.

    With `dialog` a client that can opens a dialog for it; one that can't presses it, and gets the form inside the card.
    Dialogs: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots
    """
    title = short(label)
    data: dict[str, Any] = {"dw": action, "v": value}
    if dialog:
        data["msteams"] = {"type": "task/fetch"}
    fallback = data
    if action == "ask":
        # Older clients show in the chat what was asked.
        fallback = {**data, "msteams": {"type": "messageBack", "displayText": title, "text": title}}
    look = {"style": _STYLES[style]} if style in _STYLES else {}
    return {
        "type": "Action.Execute",
        "title": title,
        "verb": f"dw:{action}"[:40],
        "data": data,
        "associatedInputs": "none",
        **look,
        "fallback": {"type": "Action.Submit", "title": title, "data": fallback, **look},
    }


def open_url(label: str, url: str) -> Element:
    """Return a button that opens a link."""
    return {"type": "Action.OpenUrl", "title": short(label), "url": _ascii(url)}


def toggle(label: str, target: str) -> Element:
    """Return a button that shows and hides an element of the same card."""
    return {"type": "Action.ToggleVisibility", "title": short(label), "targetElements": [target]}


def carried(button: Button, key: str, number: int) -> str | None:
    """Return what a button carries: its value; where that is long, the place in the stored answer where a click finds it; else None."""
    if size(button.value) <= _VALUE:
        return button.value
    return f"@{key}:{number}" if key else None


def is_short(label: str) -> bool:
    """Return whether a button can show the whole label."""
    return short(label) == " ".join(shown(label).split())


def short(label: str) -> str:
    """Return a label as a button can show it."""
    line = " ".join(shown(label).split()) or "…"
    if size(line) <= _LABEL:
        return line
    end = min(len(line), _LABEL)
    while size(line[:end]) > _LABEL - 8:
        end -= 1
    return line[:end].rstrip() + "…"


def entries(field: Input, number: int | None = None, *, bare: bool = False) -> list[Element]:
    """Return a field of a form with what belongs to it: lines to tick come each with what stands under it, unless `bare`.

    `number` is put behind the ids where a card has several forms.
    """
    behind = "" if number is None else f":{number}"
    if field.kind != "ticks":
        return [entry(field, f"{field.key}{behind}")]
    notes = {} if bare else dict(field.notes)
    made = paragraphs([run(field.label, weight="Bolder")])
    for value, label in field.choices:
        made.append(
            {
                "type": "Input.Toggle",
                "id": f"{TICK}{value}{behind}",
                "title": shown(" ".join(label.split())) or "…",
                "value": "true" if value in field.chosen else "false",
                "valueOn": "true",
                "valueOff": "false",
                "wrap": True,
            }
        )
        if note := notes.get(value):
            made += paragraphs([run(note, isSubtle=True, size="Small")], spacing="None")
    return made


def entry(field: Input, id: str) -> Element:
    """Return a field of a form."""
    known: dict[str, Any] = {"id": id, "label": shown(field.label), "isRequired": not field.optional}
    if not field.optional:
        known["errorMessage"] = "Please fill this in."
    if field.value:
        known["value"] = field.value
    if field.kind == "date":
        return {"type": "Input.Date", **known}
    if field.kind == "choice":
        choices = [{"title": shown(title), "value": value} for value, title in field.choices]
        return {"type": "Input.ChoiceSet", **known, "choices": choices}
    return {"type": "Input.Text", **known, "isMultiline": field.kind == "long"}


def _ascii(url: str) -> str:
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]-._")
