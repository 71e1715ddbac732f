"""Having a model fill in one form: a system prompt, one message, one typed answer; inside a budget, on a loop of its own, and never for longer than allowed."""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.model.budget import Budget, OverBudget, letters_in
from agents.model.provider import OpenModel, open_model, provider_of
from infra.errors import Fatal
from infra.settings import Settings

_log = logging.getLogger(__name__)
_GRACE_S = 1.0
_GARBAGE = (ValueError, TypeError, LookupError, AttributeError)
"""What the clients of providers raise for an answer that is not of their format."""

Form = TypeVar("Form", bound=BaseModel)


def fill_in(settings: Settings, system: str, message: str, form: type[Form]) -> Form | None:
    """Return the form as the model filled it in; None where it did not, in its bounds, or where its provider failed. Raises nothing of its own."""
    try:
        # Imports take seconds when they come first: they are not the model's time.
        importlib.import_module(provider_of(settings)[0].package)
        importlib.import_module("agents.model.running")
    except Fatal as error:
        _log.warning("the model can't be used: %s", error.sentence)
        return None
    box: list[Form | None] = []

    def run() -> None:
        box.append(asyncio.run(_bounded(settings, system, message, form)))

    # A daemon: a client that swallows its cancellation keeps neither the draft nor the process waiting.
    thread = threading.Thread(target=run, name="model-form", daemon=True)
    thread.start()
    thread.join(settings.model_timeout_s + _GRACE_S)
    if not box:
        _log.warning("the model did not fill in the form in time", extra={"form": form.__name__})
        return None
    return box[0]


async def _bounded(settings: Settings, system: str, message: str, form: type[Form]) -> Form | None:
    try:
        model = open_model(settings)
    except Fatal as error:
        _log.warning("the model can't be used: %s", error.sentence)
        return None
    failures: tuple[type[Exception], ...] = (*model.failures, *_GARBAGE)
    budget = Budget(settings.model_max_calls, settings.model_max_tokens, settings.model_timeout_s)
    try:
        async with asyncio.timeout(settings.model_timeout_s):
            return await _asked(model, system, message, form, budget)
    except (OverBudget, TimeoutError, asyncio.CancelledError) as error:
        _log.warning("the model went over its bounds", extra={"kind": type(error).__name__})
        return None
    except failures as error:
        # The provider's own text may repeat what was sent, so that only the kind of failure is told.
        _log.warning("the model's provider failed", extra={"kind": type(error).__name__})
        return None
    finally:
        for client in model.clients:
            await client.aclose()


async def _asked(model: OpenModel, system: str, message: str, form: type[Form], budget: Budget) -> Form | None:
    """Ask once: whoever waits for a draft is better served by a template than by a second try."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
    from langsmith import tracing_context

    from agents.model.running import Meter

    meter = Meter(budget, letters_in(str(form.model_json_schema())))
    asked: Any = model.chat.bind_tools([form], tool_choice="any")
    # Words of customers must not leave for a tracing service because some variable of the environment says so.
    with tracing_context(enabled=False):
        told = await asked.ainvoke([SystemMessage(system), HumanMessage(message)], {"callbacks": [meter]})
    if not isinstance(told, AIMessage):
        return None
    try:
        for call in told.tool_calls:
            if call["name"] == form.__name__:
                return form.model_validate(call["args"])
        # Small models write the form as text instead of calling the tool.
        text = told.text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
        return form.model_validate_json(text)
    except ValidationError:
        return None
