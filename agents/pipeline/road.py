"""From a question about the pipeline to its answer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.mentions import Mentions
from agents.pipeline.answering import forecast_answer, likely_answer, moved_answer
from agents.pipeline.asked import asks_about_pipeline, wish_of
from agents.pipeline.service import Pipeline
from agents.question import Question
from agents.thread import Context
from infra.settings import Settings


class PipelineRoad:
    """Answers what moved, how the forecast stands and how likely a deal is to close."""

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._settings = settings

    def answer(self, session: Session, question: Question, mentions: Mentions, context: Context) -> Answer | None:
        """Return the answer, a question back where a name is open, or None where the words want something else."""
        if not asks_about_pipeline(question.text):
            return None
        wish = wish_of(session, question, mentions, context, self._settings)
        if wish is None or isinstance(wish, Answer):
            return wish
        scope, as_of, zone = question.scope, question.as_of, self._settings.zone
        if wish.kind == "forecast":
            return forecast_answer(self._pipeline.forecast(session, scope, as_of, wish.about), wish)
        if wish.kind == "moved" and wish.window is not None:
            return moved_answer(self._pipeline.movement(session, scope, wish.window, wish.about), wish, as_of, zone)
        found = self._pipeline.likelihoods.of(session, wish.deal_ids, as_of)
        return likely_answer(session, found, wish, as_of, zone)
