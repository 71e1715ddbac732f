"""Forms as Teams' dialogs (task modules): what opens them, and what closes them.

Shapes: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots,
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/invoking-task-modules
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.message import TICK, Form, Input
from bot.teams.elements import Element, action_set, entries, paragraphs, run, short, size
from bot.teams.render import CARD_BYTES, CONTENT_TYPE, Card

Task = dict[str, Any]
"""The body of an answer to `task/fetch` or `task/submit`."""

_TOO_LONG = "This is too long for a form in Teams. Open it in the console to change it."


def opened(form: Form, told: str = "", lead: list[Element] | None = None) -> Task:
    """Return the dialog of a form; `told` stands above it, and `lead` as far as there is room. What is too long to be edited whole is said to be so."""
    card = form_card(form, told, lead)
    if size(card) > CARD_BYTES:
        # The words under each line open from `Why?` as well.
        card = form_card(form, told, lead, bare=True)
    if size(card) > CARD_BYTES:
        card = form_card(form, told, bare=True)
    if size(card) > CARD_BYTES:
        return said(_TOO_LONG)
    attachment = {"contentType": CONTENT_TYPE, "content": card}
    value = {"title": short(form.title), "height": "medium", "width": "medium", "card": attachment}
    return {"task": {"type": "continue", "value": value}}


def said(sentence: str) -> Task:
    """Return the dialog that only says something."""
    return {"task": {"type": "message", "value": sentence}}


def filled(form: Form, fields: Mapping[str, str]) -> Form:
    """Return the form with what somebody filled in, so that none of their words are lost."""
    return replace(form, inputs=tuple(_filled(one, fields) for one in form.inputs))


def _filled(field: Input, fields: Mapping[str, str]) -> Input:
    if field.kind != "ticks":
        return replace(field, value=fields.get(field.key, field.value))
    ticked = [value for value, _ in field.choices if fields.get(f"{TICK}{value}") == "true"]
    return replace(field, value=",".join(ticked))


def form_card(form: Form, told: str = "", lead: list[Element] | None = None, *, bare: bool = False) -> Card:
    """Return the card of a dialog. What is filled in comes back beside the form's action and value."""
    send = {
        "type": "Action.Submit",
        "title": short(form.submit),
        "style": "positive",
        "data": {"dw": form.action, "v": form.value},
    }
    above = paragraphs([run(told, color="Attention")]) if told else []
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": [
            *above,
            *(lead or []),
            *(element for one in form.inputs for element in entries(one, bare=bare)),
            action_set([send]),
        ],
    }
