"""Running a model with tools through LangChain's `create_agent`, inside a budget. Imported only when a model answers, as LangChain takes seconds to import."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tools import StructuredTool
from langsmith import tracing_context
from pydantic import ValidationError

from agents.model.budget import Budget, OverBudget, letters_in
from agents.model.told import Told
from agents.roads import Tool

_MISFIT = "The arguments of Told do not fit: claims with text and evidence ids, or the id of a result in figures. Once."


class Meter(AsyncCallbackHandler):
    """Counts calls and tokens against the budget; its OverBudget ends the run wherever it is."""

    raise_error = True
    run_inline = True

    def __init__(self, budget: Budget, tools_letters: int) -> None:
        self._budget = budget
        self._tools_letters = tools_letters

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any
    ) -> None:
        sent = sum(
            letters_in(message.content) + letters_in(getattr(message, "tool_calls", []))
            for batch in messages
            for message in batch
        )
        self._budget.begin(sent + self._tools_letters)

    async def on_llm_new_token(self, token: Any, *, chunk: Any = None, **kwargs: Any) -> None:
        parts = getattr(getattr(chunk, "message", None), "tool_call_chunks", None) or []
        self._budget.stream(letters_in(token) + sum(letters_in(part.get("args") or "") for part in parts))

    async def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        told = 0
        for batch in response.generations:
            for one in batch:
                message = one.message if isinstance(one, ChatGeneration) else None
                usage = message.usage_metadata if isinstance(message, AIMessage) else None
                told += usage["total_tokens"] if usage else 0
        self._budget.end(told)


async def run_agent(chat: Any, system: str, question: str, tools: Sequence[Tool], budget: Budget) -> Told | None:
    """Let the model use the tools until it answers. None where its last word is no answer; raises OverBudget, and what the provider raises."""
    bound = [_bound(tool) for tool in tools]
    letters = letters_in([[tool.description, json.dumps(tool.schema)] for tool in tools])
    letters += letters_in(json.dumps(Told.model_json_schema()))
    agent: Any = create_agent(
        chat,
        bound,
        system_prompt=system,
        response_format=ToolStrategy(Told, handle_errors=_MISFIT, tool_message_content="Taken."),
    )
    # Words of customers must not leave for a tracing service because some variable of the environment says so.
    with tracing_context(enabled=False):
        try:
            state = await agent.ainvoke(
                {"messages": [HumanMessage(question)]}, {"callbacks": [Meter(budget, letters)], "recursion_limit": 100}
            )
        except RecursionError as error:
            raise OverBudget from error
    told = state.get("structured_response")
    return told if isinstance(told, Told) else _written(state["messages"])


def _bound(tool: Tool) -> StructuredTool:
    def run(**arguments: Any) -> str:
        return tool.run(**arguments)

    made: Callable[..., str] = run
    return StructuredTool.from_function(
        made, name=tool.name, description=tool.description, args_schema=tool.schema, infer_schema=False
    )


def _written(messages: Sequence[BaseMessage]) -> Told | None:
    """Read an answer that a model wrote as JSON in its text instead of calling the tool, as small models do."""
    last = messages[-1] if messages else None
    if not isinstance(last, AIMessage) or last.tool_calls:
        return None
    text = last.text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        return Told.model_validate_json(text)
    except ValidationError:
        return None
