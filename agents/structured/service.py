"""The road of structured questions: from text to a plan without any model, and from a plan to an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from agents.answer import Answer
from agents.links import Links, NoLinks
from agents.mentions import Mentions
from agents.question import Question
from agents.structured.assembly import Asker, Assembler, Candidate
from agents.structured.deal_ids import with_deal_ids
from agents.structured.draft import Draft
from agents.structured.judge import Judge
from agents.structured.leaning import leaning_plan, leans
from agents.structured.lexer import tokens_of
from agents.structured.one_deal import single_deal
from agents.structured.pieces import Cutter
from agents.structured.plan import Plan
from agents.structured.reading import Reader
from agents.structured.record_links import with_links
from agents.structured.refining import Refiner, is_fragment
from agents.structured.runner import PlanRunner
from agents.structured.target_reader import TargetReader, about_targets
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from agents.structured.vocabulary_reader import VocabularyKeeper
from agents.structured.windows import WindowReader
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import User
from sales.fiscal import FiscalCalendar

_LONGEST = 1_000


@dataclass(frozen=True)
class Planned:
    """A plan, and how sure the road is that the question is its own (0 to 1)."""

    plan: Plan
    confidence: float


@dataclass(frozen=True)
class Clarify:
    """The question is one of figures, but something in it must be asked back or is not there; `answer` says so."""

    answer: Answer
    confidence: float


@dataclass(frozen=True)
class NotStructured:
    """The question asks for something else than figures and lists."""

    confidence: float
    reason: str = ""


PlanOutcome = Planned | Clarify | NotStructured


_SURE = 0.85
_OF_WHAT = "The number or the amount of which deals? Ask it with their names or the rule that picks them."


class Structured:
    """Plans and answers structured questions. Thread-safe; keeps the vocabularies of recent scopes. `links` tells where the records of a table open."""

    def __init__(self, database: Database, settings: Settings, links: Links | None = None) -> None:
        self._database = database
        self._settings = settings
        self._links = links or NoLinks()
        self._keeper = VocabularyKeeper(database, settings)
        self._runner = PlanRunner(database, settings)
        self._calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)

    def plan(self, question: Question, mentions: Mentions | None = None, context: Any = None) -> PlanOutcome:
        """Return a plan, a question back, or that this is no question of figures. `context` may hold the thread's last plan."""
        previous = _previous(context)
        if previous is not None and leans(question.text):
            plan = leaning_plan(previous, question.text)
            # Without it the words alone would ask for all open deals, which is not what was meant.
            return Planned(plan, 0.9) if plan is not None else Clarify(ask_back(_OF_WHAT, ()), 0.9)
        if previous is not None:
            refined = self.refine(previous, question, mentions)
            if refined is not None:
                return refined
        return self._planned(question, mentions or Mentions())

    def answer(self, plan: Plan, question: Question) -> Answer:
        """Return the answer to a plan, complete and with its rule. Raises nothing of its own: what can't be computed is said."""
        vocabulary = self._keeper.of(question.scope, question.as_of)
        try:
            return with_links(self._runner.run(plan, question, vocabulary), plan, self._links)
        except Trouble as trouble:
            return trouble.answer.model_copy(update={"as_of": question.as_of})

    def refine(self, previous: Plan, question: Question, mentions: Mentions | None = None) -> PlanOutcome | None:
        """Return the previous plan changed by a short follow-up ("only mine", "over 50k", "by team", "and last quarter?"); None for a question of its own."""
        read = self._read(question, mentions or Mentions())
        if read is None:
            return None
        draft, judge, vocabulary, windows = read
        if previous.subject == "target":
            return self._refined_targets(previous, question, judge, vocabulary, windows)
        if not is_fragment(draft, question.text) or judge.leftovers(draft) is not None:
            return None
        today = self._calendar.day_of(question.as_of)
        try:
            candidates = Refiner(previous, draft, vocabulary, windows, today, self._asker(question)).candidates()
            return self._decided(candidates, question, vocabulary, judge, 0.8)
        except Trouble as trouble:
            return Clarify(trouble.answer.model_copy(update={"as_of": question.as_of}), 0.6)
        except ValidationError:
            return None

    def _read(self, question: Question, mentions: Mentions) -> tuple[Draft, Judge, Vocabulary, WindowReader] | None:
        """Read a question as far as a draft; None for nothing or for too much."""
        text = question.text.strip()
        if not text or len(text) > _LONGEST:
            return None
        mentions = self._with_deal_ids(question, mentions)
        vocabulary = self._keeper.of(question.scope, question.as_of)
        windows = WindowReader(
            self._calendar, self._calendar.day_of(question.as_of), day_first=self._settings.day_first
        )
        tokens = tokens_of(text)
        cutter = Cutter(vocabulary, windows, mentions.found)
        judge = Judge(text, tokens, cutter.cut(text, tokens), vocabulary, mentions, cutter)
        judge.mend()
        if judge.trouble is not None:
            return None
        try:
            draft = Reader(text, judge.tokens, judge.pieces, vocabulary).read()
        except Trouble:
            return None
        draft.notes += judge.speller.notes
        return draft, judge, vocabulary, windows

    def _planned(self, question: Question, mentions: Mentions) -> PlanOutcome:
        text = question.text.strip()
        if not text or len(text) > _LONGEST:
            return NotStructured(0.0, "no question, or too long a one")
        mentions = self._with_deal_ids(question, mentions)
        vocabulary = self._keeper.of(question.scope, question.as_of)
        today = self._calendar.day_of(question.as_of)
        windows = WindowReader(self._calendar, today, day_first=self._settings.day_first)
        tokens = tokens_of(text)
        cutter = Cutter(vocabulary, windows, mentions.found)
        judge = Judge(text, tokens, cutter.cut(text, tokens), vocabulary, mentions, cutter)
        judge.mend()
        if (other := judge.not_structured()) is not None:
            return NotStructured(*other)
        try:
            if judge.trouble is not None:
                raise judge.trouble
            judge.check_numbers()
            if about_targets(judge.pieces, vocabulary):
                return Planned(self._of_targets(question, judge, vocabulary, windows, today), _SURE)
            draft = Reader(text, judge.tokens, judge.pieces, vocabulary).read()
            draft.notes += judge.speller.notes
            judge.check_mentions(draft)
            confidence = judge.confidence(draft)
            if (left := judge.leftovers(draft)) is not None:
                return Clarify(left, confidence)
            candidates = Assembler(draft, vocabulary, windows, today, self._asker(question)).candidates()
            outcome = self._decided(candidates, question, vocabulary, judge, confidence)
            if isinstance(outcome, Planned):
                with self._database.session() as session:
                    plan = single_deal(session, outcome.plan, draft, question, self._settings, vocabulary)
                return Planned(plan, outcome.confidence)
            return outcome
        except Trouble as trouble:
            return Clarify(trouble.answer.model_copy(update={"as_of": question.as_of}), judge.confidence(None))
        except ValidationError:
            # The words were understood and yet make no plan that holds together.
            return Clarify(judge.muddled(), judge.confidence(None))

    def _of_targets(
        self, question: Question, judge: Judge, vocabulary: Vocabulary, windows: WindowReader, today: date
    ) -> Plan:
        reader = TargetReader(judge.text, judge.tokens, judge.pieces, vocabulary, windows, today, self._asker(question))
        reader.notes += judge.speller.notes
        return reader.plan()

    def _refined_targets(
        self, previous: Plan, question: Question, judge: Judge, vocabulary: Vocabulary, windows: WindowReader
    ) -> PlanOutcome | None:
        today = self._calendar.day_of(question.as_of)
        reader = TargetReader(judge.text, judge.tokens, judge.pieces, vocabulary, windows, today, self._asker(question))
        try:
            plan = reader.refined(previous)
        except Trouble as trouble:
            return Clarify(trouble.answer.model_copy(update={"as_of": question.as_of}), 0.6)
        return None if plan is None else Planned(plan, 0.8)

    def _decided(
        self, candidates: list[Candidate], question: Question, vocabulary: Vocabulary, judge: Judge, confidence: float
    ) -> PlanOutcome:
        """Take the only meaning, or the first of several whose answers are the same; else ask which is meant."""
        if len(candidates) == 1:
            return Planned(candidates[0].plan, confidence)
        if candidates[0].plan.limit is not None and all(
            _ranks_alike(candidates[0].plan, other.plan) for other in candidates
        ):
            # Several measures to rank by: where all name the same winners there is nothing to ask.
            tables = [self._runner.run(candidate.plan, question, vocabulary).table for candidate in candidates]
            rows = [sorted(str(row["record_id"]) for row in table.rows) if table else [] for table in tables]
            if all(found == rows[0] for found in rows):
                return Planned(candidates[0].plan, confidence)
        answers = [self._runner.run(candidate.plan, question, vocabulary) for candidate in candidates]
        if all(_same(answers[0], other) for other in answers[1:]):
            return Planned(candidates[0].plan, confidence)
        return Clarify(judge.which(candidates), confidence)

    def _with_deal_ids(self, question: Question, mentions: Mentions) -> Mentions:
        with self._database.session() as session:
            return with_deal_ids(session, question.scope, question.text, mentions)

    def _asker(self, question: Question) -> Asker:
        if question.user_id is None:
            return Asker(None)
        with self._database.session() as session:
            user = session.get(User, question.user_id)
            reports = tuple(
                session.scalars(select(User.id).where(User.manager_id == question.user_id).order_by(User.id))
            )
        return Asker(question.user_id, user.team if user is not None else None, reports)


def _ranks_alike(left: Plan, right: Plan) -> bool:
    return left.model_copy(update={"order": None}) == right.model_copy(update={"order": None})


def _same(left: Answer, right: Answer) -> bool:
    figures = [[(one.key, one.value, one.unit) for one in answer.figures] for answer in (left, right)]
    rows = [() if answer.table is None else answer.table.rows for answer in (left, right)]
    return left.kind == right.kind and figures[0] == figures[1] and rows[0] == rows[1]


def _previous(context: Any) -> Plan | None:
    kept = context.get("plan") if isinstance(context, Mapping) else getattr(context, "plan", None)
    if kept is None or isinstance(kept, Plan):
        return kept
    try:
        return Plan.model_validate(kept)
    except ValidationError:
        return None
