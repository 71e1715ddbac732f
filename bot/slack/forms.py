"""Forms as Slack's modals, and what people filled in.

Shapes: https://docs.slack.dev/surfaces/modals, https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

from typing import Any

from bot.message import Form, Input
from bot.slack.blocks import Block, short

_TITLE, _LABEL, _TEXT, _VALUE, _OPTION = 24, 150, 3_000, 3_000, 75


def form_modal(form: Form) -> dict[str, Any]:
    """Return the modal of a form. Its `callback_id` and `private_metadata` say what is decided, on what."""
    return {
        "type": "modal",
        "callback_id": f"dw:{form.action}",
        "private_metadata": form.value[:_VALUE],
        "title": _plain(form.title, _TITLE),
        "submit": _plain(form.submit, _TITLE),
        "close": _plain("Cancel", _TITLE),
        "blocks": [_input(one) for one in form.inputs],
    }


def fits(form: Form) -> bool:
    """Return whether every text of the form can be edited in a modal as a whole."""
    return all(len(one.value) <= _TEXT for one in form.inputs)


def filled_in(view: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a submitted modal by their keys; what was left empty is ""."""
    told: dict[str, str] = {}
    blocks = (view.get("state") or {}).get("values")
    for elements in blocks.values() if isinstance(blocks, dict) else ():
        for key, element in elements.items() if isinstance(elements, dict) else ():
            told[key] = _value(element)[:_VALUE] if isinstance(element, dict) else ""
    return told


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
