"""Forms as Slack's modals, and what people filled in.

Shapes: https://docs.slack.dev/surfaces/modals, https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.message import TICK, TICKS, Form, Input
from bot.slack.blocks import Block, sections, short
from bot.slack.mrkdwn import escaped

_TITLE, _LABEL, _TEXT, _VALUE, _OPTION = 24, 150, 3_000, 3_000, 75


_OPTIONS = 10
_BOXES = "dw-ticks"


def form_modal(form: Form, lead: list[Block] | None = None) -> dict[str, Any]:
    """Return the modal of a form, with `lead` above its fields. Its `callback_id` and `private_metadata` say what is decided, on what."""
    return {
        "type": "modal",
        "callback_id": f"dw:{form.action}",
        "private_metadata": form.value[:_VALUE],
        "title": _plain(form.title, _TITLE),
        "submit": _plain(form.submit, _TITLE),
        "close": _plain("Cancel", _TITLE),
        "blocks": [*(lead or []), *(block for one in form.inputs for block in _inputs(one))],
    }


def tick_blocks(form: Form) -> list[Block]:
    """Return the lines to tick of a form that stands inside a message: checkboxes under the heading of each group."""
    blocks: list[Block] = []
    for field in form.inputs:
        for number, (lines, boxes) in enumerate(_boxes(field)):
            heading = [f"*{escaped(field.label)}*"] if number == 0 else []
            blocks += sections([*heading, *lines])
            blocks.append({"type": "actions", "block_id": _block_id(form, field, number), "elements": [boxes]})
    return blocks


def _block_id(form: Form, field: Input, number: int) -> str:
    # Its version is part of it: what somebody ticked on another version is not taken over.
    return f"{_BOXES}:{form.value}:{field.key}:{number}"[:255]


def _inputs(field: Input) -> Iterator[Block]:
    if field.kind != "ticks":
        yield _input(field)
        return
    for number, (lines, boxes) in enumerate(_boxes(field)):
        yield from sections(lines)
        yield {
            "type": "input",
            "block_id": f"{_BOXES}-{field.key}-{number}",
            "label": _plain(field.label, _LABEL),
            "optional": True,
            "element": boxes,
        }


def _boxes(field: Input) -> Iterator[tuple[list[str], Block]]:
    """Yield checkboxes of at most ten lines, each with those lines in full that a checkbox can't hold."""
    notes = dict(field.notes)
    for start in range(0, len(field.choices), _OPTIONS):
        some = field.choices[start : start + _OPTIONS]
        long = [f"• {escaped(label)}" for _, label in some if len(" ".join(label.split())) > _OPTION]
        options = [_option(value, label, notes.get(value, "")) for value, label in some]
        chosen = [one for one in options if one["value"] in field.chosen]
        boxes: Block = {"type": "checkboxes", "action_id": f"{TICKS}-{field.key}-{start}", "options": options}
        yield long, boxes | ({"initial_options": chosen} if chosen else {})


def _option(value: str, label: str, note: str) -> dict[str, Any]:
    option = {"text": _plain(label, _OPTION), "value": value}
    return option | ({"description": _plain(note, _OPTION)} if note else {})


def fits(form: Form) -> bool:
    """Return whether every text of the form can be edited in a modal as a whole."""
    return all(len(one.value) <= _TEXT for one in form.inputs if one.kind != "ticks")


def filled_in(holder: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a submitted modal, or of a pressed message, by their keys; what was left empty is "", and each ticked line a field of its own."""
    told: dict[str, str] = {}
    state = holder.get("state")
    blocks = state.get("values") if isinstance(state, dict) else None
    for elements in blocks.values() if isinstance(blocks, dict) else ():
        for key, element in elements.items() if isinstance(elements, dict) else ():
            if isinstance(element, dict) and element.get("type") == "checkboxes":
                told |= {TICKS: "1", **{f"{TICK}{one}": "true" for one in _ticked(element)}}
            else:
                told[key] = _value(element)[:_VALUE] if isinstance(element, dict) else ""
    return told


def _ticked(element: dict[str, Any]) -> list[str]:
    chosen = element.get("selected_options")
    return (
        [str(one.get("value") or "")[:80] for one in chosen if isinstance(one, dict)]
        if isinstance(chosen, list)
        else []
    )


def _value(element: dict[str, Any]) -> str:
    chosen = element.get("selected_option")
    if isinstance(chosen, dict):
        return str(chosen.get("value") or "")
    return str(element.get("value") or element.get("selected_date") or "")


def _input(field: Input) -> Block:
    return {
        "type": "input",
        "block_id": f"dw-{field.key}",
        "label": _plain(field.label, _LABEL),
        "optional": field.optional,
        "element": _element(field),
    }


def _element(field: Input) -> dict[str, Any]:
    if field.kind == "date":
        picker: dict[str, Any] = {"type": "datepicker", "action_id": field.key}
        return picker | ({"initial_date": field.value} if field.value else {})
    if field.kind == "choice":
        options = [{"text": _plain(label, _OPTION), "value": value} for value, label in field.choices]
        chosen = [one for one in options if one["value"] == field.value]
        select = {"type": "static_select", "action_id": field.key, "options": options}
        return select | ({"initial_option": chosen[0]} if chosen else {})
    text: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": field.key,
        "multiline": field.kind == "long",
        "max_length": _TEXT,
    }
    return text | ({"initial_value": field.value[:_TEXT]} if field.value else {})


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": short(text, most)}
