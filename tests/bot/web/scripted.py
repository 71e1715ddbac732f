"""The real Ask, but for two states that no data brings about on demand: a question that takes as long as the test wants, and one that breaks."""

from __future__ import annotations

import threading

from agents.answer import Answer
from agents.ask import Ask
from agents.question import Progress, Question
from infra.spine.database import Database
from tests.bot.offices import keep


class ScriptedAsk:
    """Answers as the real one does, unless the question holds "slowly" or "break". `release` lets a slow one go on; `seen` are all questions."""

    def __init__(self, database: Database, real: Ask) -> None:
        self._database = database
        self._real = real
        self.release = threading.Event()
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.seen: list[Question] = []

    def ask(self, question: Question, progress: Progress = lambda _line: None) -> Answer:
        """Return the answer, kept."""
        self.seen.append(question)
        words = question.text.lower()
        if "break" in words:
            raise RuntimeError("secret words of a customer")
        if "slowly" in words:
            return self._slow(question, progress)
        return self._real.ask(question, progress)

    def _slow(self, question: Question, progress: Progress) -> Answer:
        self.begun.set()
        try:
            for number in range(600):
                progress(f"Reading call {number + 1}")
                if self.release.wait(0.1):
                    break
        finally:
            self.ended.set()
        nothing = f"I looked for “{question.text}” and found nothing."
        return keep(self._database, question, Answer(kind="not_found", headline=nothing), took_ms=42)
