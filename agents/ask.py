"""Ask: one question in, one answer out, whatever the road. Linked, answered, checked, dated, and kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from agents.answer import Answer, Claim
from agents.brief.answering import brief_answer
from agents.brief.asked import asks_for_brief
from agents.brief.asked import wish_of as brief_wish_of
from agents.brief.service import Briefs
from agents.claims import ClaimCheck
from agents.evidence_search import EvidenceSearch
from agents.freshness import freshness_of
from agents.health.next_step import NextSteps
from agents.health.road import HealthRoad
from agents.health.service import HealthService
from agents.hindsight import hindsight
from agents.linking import Linker
from agents.links import Links, NoLinks
from agents.mentions import Entity, Mentions
from agents.metrics.answering import MetricsRoad
from agents.narrative.draft import Draft
from agents.narrative.intents import Wanted, wanted
from agents.narrative.road import NarrativeRoad
from agents.narrative.subject import ambiguity
from agents.objections.answering import library_answer
from agents.objections.asked import asks_about_objections, wish_of
from agents.pipeline.road import PipelineRoad
from agents.question import Progress, Question
from agents.reply_owed import in_known_words
from agents.roads import ModelRoad, StructuredRoad, road_of
from agents.small_talk import small_talk
from agents.spoken import words_spoken
from agents.structured import Clarify, Planned, PlanOutcome, Structured
from agents.thread import Context, load_context, picked, save_context
from infra.errors import DealwrightError
from infra.settings import Settings
from infra.spine.base import JsonText
from infra.spine.database import Database
from infra.spine.models import Account, Activity, StoredAnswer
from sales.clock import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Understood:
    """A question with all that was made of it."""

    question: Question
    mentions: Mentions
    context: Context
    wanted: Wanted


@dataclass(frozen=True)
class _Made:
    """An answer with what its thread is about afterwards."""

    answer: Answer
    context: Context
    accounts: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()


class Ask:
    """Answers questions. Thread-safe; holds only the cache of names."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        search: EvidenceSearch,
        structured: StructuredRoad | None = None,
        model: ModelRoad | None = None,
        links: Links | None = None,
        health: HealthService | None = None,
        pipeline: PipelineRoad | None = None,
        metrics: MetricsRoad | None = None,
        next_steps: NextSteps | None = None,
        alone: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._structured: StructuredRoad = structured or Structured(database, settings)
        self._model = model
        self._linker = Linker()
        self._links = links or NoLinks()
        self._narrative = NarrativeRoad(settings, search, self._links)
        self._briefs = Briefs(database, settings, clock, self._links)
        self._metrics = metrics
        standing = health or HealthService(database, settings, clock, self._links)
        self._health = HealthRoad(standing, settings, clock, next_steps, alone)
        self._pipeline = pipeline

    def ask(self, question: Question, progress: Progress = lambda line: None) -> Answer:
        """Return the answer to a question; never nothing. What is shown is in the asker's scope, checked, and kept for links and feedback."""
        started = time.perf_counter()
        with self._database.session() as session:
            context = load_context(session, question.thread, question.scope)
            if (meant := picked(context, question.text)) is not None:
                question = replace(question, text=meant)
            made = self._answer(session, question, context, progress)
            if (
                not made.answer.freshness
                and made.answer.kind in ("narrative", "not_found")
                and (made.accounts or made.deals or made.answer.claims)
            ):
                dated = freshness_of(
                    session, question.scope, as_of=question.as_of, accounts=made.accounts, deals=made.deals
                )
                made = _Made(made.answer.model_copy(update={"freshness": dated}), made.context)
            if made.answer.kind == "structured" and (made.context.plan or {}).get("subject") == "deal":
                note = hindsight(session, question.scope, question.as_of, self._clock.now(), self._settings.zone)
                if note is not None:
                    noted = made.answer.model_copy(update={"notes": (*made.answer.notes, note)})
                    made = _Made(noted, made.context, made.accounts, made.deals)
        answer = made.answer.model_copy(
            update={
                "as_of": made.answer.as_of or question.as_of,
                "took_ms": round((time.perf_counter() - started) * 1000),
                "id": f"ans-{uuid4().hex[:20]}",
            }
        )
        choices = tuple((choice.label, choice.question) for choice in answer.choices)
        return self._kept(question, answer, made.context.model_copy(update={"choices": choices}))

    def _answer(self, session: Session, question: Question, context: Context, progress: Progress) -> _Made:
        question = replace(question, text=in_known_words(question.text))
        brief = asks_for_brief(question.text)
        plain = None if brief else small_talk(question, lambda: self._some_account(session, question))
        if plain is not None:
            return _Made(plain, context)
        mentions = self._linker.link(session, question.scope, question.text, context)
        today = question.as_of.astimezone(self._settings.zone).date()
        understood = _Understood(
            question, mentions, context, wanted(question.text, mentions, today, words_spoken(session, question.text))
        )
        if brief and (made := self._brief(session, understood, progress)) is not None:
            return made
        if asks_about_objections(question.text) and (made := self._objections(session, understood)) is not None:
            return made
        if self._metrics is not None and (measured := self._metrics.answer(session, question, mentions)) is not None:
            return _Made(measured, self._after(understood, (), None))
        if (made := self._standing(session, understood)) is not None:
            return made
        if (
            self._pipeline is not None
            and (told := self._pipeline.answer(session, question, mentions, context)) is not None
        ):
            return _Made(told, self._after(understood, (), None))
        notes: list[str] = []
        if self._model is not None:
            made = self._by_model(session, understood, progress, notes)
            if made is not None:
                return made
        made = self._by_rules(session, understood, progress)
        if notes:
            made = _Made(
                made.answer.model_copy(update={"notes": (*made.answer.notes, *notes)}),
                made.context,
                made.accounts,
                made.deals,
            )
        return made

    def _brief(self, session: Session, understood: _Understood, progress: Progress) -> _Made | None:
        """Return the brief that is asked for, a question back, or None where the words want something else."""
        question = understood.question
        wish = brief_wish_of(session, question, understood.mentions, understood.context, understood.wanted)
        if wish is None or isinstance(wish, Answer):
            return None if wish is None else _Made(wish, understood.context)
        progress(f"Reading what passed with {wish.account_name}…")
        brief = self._briefs.read(
            session,
            wish.account_id,
            scope=question.scope,
            deal_id=wish.deal_id,
            meeting_id=wish.meeting_id,
            as_of=question.as_of,
        )
        deals = (Entity("deal", brief.deal.id, brief.deal.name, 1.0),) if brief.deal is not None else ()
        focus = (Entity("account", wish.account_id, wish.account_name, 1.0), *deals)
        answer = brief_answer(brief, self._links, self._settings.zone)
        return _Made(answer, self._after(understood, focus, None), (wish.account_id,))

    def _objections(self, session: Session, understood: _Understood) -> _Made | None:
        """Return what the objection library holds; None where the words want something else, or it holds nothing of one account."""
        question = understood.question
        wish = wish_of(question, understood.mentions, self._settings)
        if wish is None:
            return None
        answer = library_answer(session, question, wish, self._settings, self._links)
        if answer.kind == "not_found" and (not wish.sure or wish.looked.account_id or wish.looked.deal_id):
            return None
        checked = answer.model_copy(update={"claims": self._checked(session, question, answer.claims)})
        return _Made(checked, self._after(understood, (), None))

    def _standing(self, session: Session, understood: _Understood) -> _Made | None:
        """Return how a deal stands, or which deals are at risk; None where the words want something else."""
        told = self._health.answer(session, understood.question, understood.mentions, understood.context)
        if told is None:
            return None
        if told.open_name:
            return _Made(told.answer, understood.context)
        accounts = tuple(one.id for one in told.focus if one.kind == "account")
        deals = tuple(one.id for one in told.focus if one.kind == "deal")
        return _Made(told.answer, self._after(understood, told.focus, None), accounts, deals)

    def _by_rules(self, session: Session, understood: _Understood, progress: Progress) -> _Made:
        question, mentions = understood.question, understood.mentions
        outcome = self._structured.plan(question, mentions, understood.context)
        road = road_of(outcome, understood.wanted, mentions)
        if road == "figures":
            return self._by_figures(understood, outcome)
        unclear = ambiguity(session, question.scope, question, mentions)
        if unclear is not None:
            return _Made(unclear, understood.context)
        result = self._narrative.answer(session, question, mentions, understood.context, understood.wanted, progress)
        if isinstance(result, Answer):
            made = _Made(result, self._after(understood, (), None))
        else:
            made = self._finished(session, understood, result)
        if road == "figures_if_nothing_else" and made.answer.kind == "not_found":
            return self._by_figures(understood, outcome)
        return made

    def _by_figures(self, understood: _Understood, outcome: PlanOutcome) -> _Made:
        """Answer a plan, or give the question back that stands in its way."""
        if isinstance(outcome, Planned):
            answer = self._structured.answer(outcome.plan, understood.question)
            after = self._after(understood, (), None)
            return _Made(answer, after.model_copy(update={"plan": outcome.plan.model_dump(mode="json")}))
        assert isinstance(outcome, Clarify)
        return _Made(outcome.answer, understood.context)

    def _finished(self, session: Session, understood: _Understood, draft: Draft) -> _Made:
        """Check a draft's claims; with none left, say what was looked for."""
        kept = self._checked(session, understood.question, draft.claims)
        if not kept:
            answer = _nothing(draft, understood.question)
        else:
            answer = draft.answer(kept)
        return _Made(answer, self._after(understood, draft.focus, draft.topic), draft.accounts, draft.deals)

    def _checked(self, session: Session, question: Question, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        zone = self._settings.zone
        checked = ClaimCheck(session, question.scope, zone, question.as_of.astimezone(zone).date()).check(claims)
        if checked.dropped:
            _log.info("claims dropped by the check", extra={"dropped": checked.dropped, "kept": len(checked.kept)})
        return checked.kept

    def _by_model(
        self, session: Session, understood: _Understood, progress: Progress, notes: list[str]
    ) -> _Made | None:
        """Let the model answer; None where it could not, with the reason in `notes`."""
        assert self._model is not None
        try:
            made = self._model.answer(understood.question, understood.mentions, understood.context, (), progress)
        except DealwrightError as error:
            _log.warning("the model failed", extra={"kind": type(error).__name__})
            notes.append("The language model could not be reached; this answer was made without it.")
            return None
        if made is None:
            notes.append("The language model gave no answer in its bounds; this answer was made without it.")
            return None
        focus = tuple(mention.best for mention in understood.mentions.found if not mention.ambiguous)
        after = self._after(understood, focus, None)
        if made.plan is not None:
            # What SQL computed is the answer; the model only chose what to compute.
            return _Made(made.answer, after.model_copy(update={"plan": made.plan.model_dump(mode="json")}))
        kept = self._checked(session, understood.question, made.answer.claims)
        if not kept:
            notes.append("What the language model said did not stand in the sources; this answer was made without it.")
            return None
        return _Made(made.answer.model_copy(update={"claims": kept}), after, made.accounts)

    def _after(self, understood: _Understood, focus: tuple[Entity, ...], topic: str | None) -> Context:
        """Return what the thread is about after this question."""
        linked = tuple(
            mention.best
            for mention in understood.mentions.found
            if not mention.ambiguous and mention.best.kind in ("account", "deal", "contact", "user")
        )
        context = understood.context.with_focus(focus or linked)
        return context.model_copy(
            update={
                "question": understood.question.text[:1000],
                "intent": understood.wanted.intent,
                "topic": topic or context.topic,
                "plan": None,
            }
        )

    def _some_account(self, session: Session, question: Question) -> str | None:
        """Return a visible account where something happened lately, for examples."""
        if len(question.text.split()) > 12 and len(question.text) <= 10_000:
            return None
        query = (
            select(Account.name)
            .join(Activity, Activity.account_id == Account.id)
            .where(
                question.scope.accounts(),
                Activity.at <= question.as_of,
                Activity.at >= question.as_of - timedelta(days=30),
            )
            .limit(1)
        )
        return session.scalars(query).first()

    def _kept(self, question: Question, answer: Answer, context: Context) -> Answer:
        """Keep the answer and the thread. Where the spine is busy being written, the answer goes out unkept rather than late."""
        text = JsonText(answer.written())
        try:
            with self._database.transaction() as session:
                session.execute(
                    insert(StoredAnswer).values(
                        id=answer.id,
                        conversation_id=question.thread,
                        user_id=question.user_id,
                        surface=question.surface,
                        question=question.text[:10_000],
                        answer=text,
                        at=self._clock.now(),
                    )
                )
                if question.thread is not None:
                    save_context(session, question.thread, question.surface, context, question.scope, self._clock.now())
        except OperationalError:
            _log.warning("an answer could not be kept")
            return answer.model_copy(update={"id": None})
        return answer


def _nothing(draft: Draft, question: Question) -> Answer:
    where = f" in {draft.checked} calls, mails and notes" if draft.checked else ""
    looked = draft.looked or "an answer"
    return Answer(
        kind="not_found",
        headline=f"Not found: I looked for {looked}{where}.",
        notes=tuple(draft.notes),
        rule=draft.rule,
        checked=draft.checked,
        as_of=question.as_of,
    )
