"""The road with a language model: it plans and phrases, code computes, quotes and checks; and nothing that it does can stop an answer."""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from datetime import date

from sqlalchemy import select

from agents.answer import Answer, Claim
from agents.claims import ClaimCheck
from agents.evidence_search import EvidenceSearch
from agents.links import Links, NoLinks
from agents.mentions import Mentions
from agents.model.believing import believed
from agents.model.budget import Budget, OverBudget
from agents.model.lookups import Lookups, Reading
from agents.model.prompts import prompt
from agents.model.provider import OpenModel, open_model
from agents.model.shelf import Computed, Shelf
from agents.model.slot import Slot, flat
from agents.model.told import Told
from agents.narrative.phrasing import short_day
from agents.question import Progress, Question
from agents.roads import Modelled, StructuredRoad, Tool
from agents.structured import Planned, PlanOutcome
from agents.structured.vocabulary_reader import VocabularyKeeper
from agents.thread import Context
from infra.errors import Fatal, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account

_log = logging.getLogger(__name__)
_LONGEST = 2_000
_GRACE_S = 1.0
_SURE_OF_FIGURES = 0.5
_SURE_OF_THE_PLAN = 0.8
READ_OTHERWISE = "The language model read the question otherwise; these figures follow the rule that is told here."
_GARBAGE = (ValueError, TypeError, LookupError, AttributeError)
"""What the clients of providers raise for an answer that is not of their format."""


class LanguageModelRoad:
    """Answers with the model that the settings name. Thread-safe; the model is opened at first use, and its connections live on a loop of its own."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        search: EvidenceSearch,
        structured: StructuredRoad,
        links: Links | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._structured = structured
        self._reading = Reading(
            database, settings, search, structured, VocabularyKeeper(database, settings), links or NoLinks()
        )
        self._opening = threading.Lock()
        self._model: OpenModel | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> OpenModel:
        """Make the model and its loop, once. Raises Fatal, which says what to set or to install."""
        with self._opening:
            if self._model is None:
                model = open_model(self._settings)
                importlib.import_module("agents.model.running")
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="model", daemon=True)
                self._thread.start()
                self._model = model
            return self._model

    def warm(self) -> None:
        """Open the model ahead of the first question, which then does not pay for it. What is not set up is told when somebody asks, and by `doctor`."""
        try:
            self.open()
        except Fatal as error:
            _log.warning("the model can't be used: %s", error.sentence)

    def close(self) -> None:
        """Close the connections and the loop."""
        with self._opening:
            model, loop, thread = self._model, self._loop, self._thread
            self._model = self._loop = self._thread = None
        if model is None or loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_ended(model), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        if not thread.is_alive():
            loop.close()

    def answer(
        self, question: Question, mentions: Mentions, context: Context, tools: Sequence[Tool], progress: Progress
    ) -> Modelled | None:
        """Return the model's answer; None where it gave none in its bounds. Raises Retriable where the provider fails, Fatal where the model is not set up."""
        try:
            model = self.open()
        except Fatal as error:
            _log.warning("the model can't be used: %s", error.sentence)
            raise
        slot, shelf = Slot(), Shelf()
        progress("Asking the language model…")
        offered = [*Lookups(self._reading, question, mentions, slot, shelf, progress).tools(), *tools]
        system, human = self._words(question, mentions, context, slot)
        budget = Budget(self._settings.model_max_calls, self._settings.model_max_tokens, self._settings.model_timeout_s)
        told = self._told(model, system, human, offered, budget)
        _log.info(
            "the model is done", extra={"calls": budget.calls, "tokens": budget.spent, "answered": told is not None}
        )
        if told is None:
            return None
        return self._made(question, mentions, context, told, shelf)

    def _words(self, question: Question, mentions: Mentions, context: Context, slot: Slot) -> tuple[str, str]:
        named = ", ".join(f"{one.best.kind} “{one.best.name}”" for one in mentions.found if not one.ambiguous)
        system = prompt("ask_system").filled(
            {"slot": slot.mark, "today": self._today(question).isoformat(), "zone": self._settings.time_zone}
        )
        human = prompt("ask_question").filled(
            {
                "slot": slot.mark,
                "question": flat(question.text, _LONGEST),
                "named": flat(named) or "none",
                "before": flat(context.question or "") or "none",
            }
        )
        return system, human

    def _told(self, model: OpenModel, system: str, human: str, tools: Sequence[Tool], budget: Budget) -> Told | None:
        """Run the model on its loop. A run that is too long, in time, calls or tokens, is cut off there."""
        from agents.model.running import run_agent

        assert self._loop is not None

        async def bounded() -> Told | None:
            async with asyncio.timeout(self._settings.model_timeout_s):
                return await run_agent(model.chat, system, human, tools, budget)

        failures: tuple[type[Exception], ...] = (*model.failures, *_GARBAGE)
        running = asyncio.run_coroutine_threadsafe(bounded(), self._loop)
        try:
            # A client may swallow the cancellation: whoever asked is not kept waiting for it.
            return running.result(self._settings.model_timeout_s + _GRACE_S)
        except (OverBudget, TimeoutError, CancelledError) as error:
            running.cancel()
            _log.warning("the model went over its bounds", extra={"kind": type(error).__name__})
            return None
        except failures as error:
            # The provider's own text may repeat what was sent, so that only the kind of failure is told.
            _log.warning("the model's provider failed", extra={"kind": type(error).__name__})
            raise Retriable("The language model could not be reached.", "Try again later.") from None

    def _made(
        self, question: Question, mentions: Mentions, context: Context, told: Told, shelf: Shelf
    ) -> Modelled | None:
        result = shelf.result(told.figures) if told.figures else None
        outcome = self._structured.plan(question, mentions, context)
        if result is not None:
            return self._computed(question, result, outcome)
        if isinstance(outcome, Planned) and outcome.confidence >= _SURE_OF_FIGURES:
            # It is a question of figures, and the model computed none: claims would only look like an answer.
            return None
        made = believed(told, shelf)
        with self._database.session() as session:
            kept = (
                ClaimCheck(session, question.scope, self._settings.zone, self._today(question)).check(made.claims).kept
            )
            names = [
                name
                for _, name in session.execute(
                    select(Account.id, Account.name)
                    .where(Account.id.in_(made.accounts), question.scope.accounts())
                    .order_by(Account.name)
                ).all()
            ]
        if told.claims and not kept:
            return Modelled(Answer(kind="narrative", headline=""))
        if not kept:
            return None
        headline = self._headline(question, mentions, names, kept)
        return Modelled(Answer(kind="narrative", headline=headline, claims=kept), accounts=made.accounts)

    def _computed(self, question: Question, result: Computed, outcome: PlanOutcome) -> Modelled:
        """Return a computed result; where the rules are sure of the question and compute another value, theirs."""
        if isinstance(outcome, Planned) and outcome.confidence >= _SURE_OF_THE_PLAN:
            ours = self._structured.answer(outcome.plan, question)
            if ours.kind == "structured" and _contradicts(ours, result.answer):
                return Modelled(ours.model_copy(update={"notes": (*ours.notes, READ_OTHERWISE)}), plan=outcome.plan)
        return Modelled(result.answer, plan=result.plan)

    def _headline(
        self, question: Question, mentions: Mentions, accounts: Sequence[str], claims: Sequence[Claim]
    ) -> str:
        """Say what the answer is about and what it rests on, in words of ours: a model's headline could say anything."""
        named = [one.best.name for one in mentions.found if one.best.kind in ("account", "deal") and not one.ambiguous]
        about = ", ".join(dict.fromkeys(named or accounts)) or "What was said"
        sources = {(one.source, one.id) for claim in claims for one in claim.evidence}
        days = [one.at.astimezone(self._settings.zone).date() for claim in claims for one in claim.evidence if one.at]
        points = f"{len(claims)} point{'' if len(claims) == 1 else 's'}"
        whence = f"{len(sources)} source{'' if len(sources) == 1 else 's'}"
        latest = f", latest {short_day(max(days), self._today(question))}" if days else ""
        return f"{about}: {points} from {whence}{latest}"

    def _today(self, question: Question) -> date:
        return question.as_of.astimezone(self._settings.zone).date()


def _contradicts(left: Answer, right: Answer) -> bool:
    """Whether two answers tell another value of the same thing, or tell of nothing in common. More columns or figures beside are no contradiction."""
    if (left.table is None) != (right.table is None):
        return True
    if left.table is not None and right.table is not None:
        keys = sorted({column.key for column in left.table.columns} & {column.key for column in right.table.columns})
        rows = [
            sorted(repr([row.get(key) for key in keys]) for row in table.rows) for table in (left.table, right.table)
        ]
        return not keys or rows[0] != rows[1]
    figures = [{(one.key, one.unit): one.value for one in answer.figures} for answer in (left, right)]
    common = set(figures[0]) & set(figures[1])
    return not common or any(figures[0][key] != figures[1][key] for key in common)


async def _ended(model: OpenModel) -> None:
    """Cancel what still runs, and close the clients."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)
    for client in model.clients:
        await client.aclose()
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()
