"""Asks the labelled questions of the sample company without a language model, and checks every quote that is shown."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.ask import Ask
from agents.intake.sample import load_sample, sample_day
from agents.question import Question
from agents.structured import Structured
from infra.errors import Denied
from infra.settings import Settings
from infra.spine.database import Database, open_database
from infra.spine.models import Account, Activity, Contact, Deal, DealChange, Lead, Turn
from infra.spine.scope import scope_for_email
from retrieval.index import Index
from retrieval.search import Search
from sales.clock import FixedClock
from tests.conftest import NOW
from tests.evals.cases import Case, faults, load_cases

_RECORDS: dict[str, type[Any]] = {
    "deal": Deal,
    "account": Account,
    "contact": Contact,
    "lead": Lead,
    "change": DealChange,
}


@dataclass
class Outcome:
    """How the questions fared: by kind (right, asked), what was wrong by case, and the quotes."""

    by_kind: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    faults: dict[str, list[str]] = field(default_factory=dict)
    quotes: int = 0
    invented: list[str] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    @property
    def right(self) -> int:
        """How many answers were right."""
        return sum(right for right, _ in self.by_kind.values())

    @property
    def asked(self) -> int:
        """How many questions were asked."""
        return sum(asked for _, asked in self.by_kind.values())


def run(home: Path) -> Outcome:
    """Load the sample company under `home` (once) and ask every labelled question of it."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home, time_zone="America/New_York", company_domain="tallyport.example")
    clock = FixedClock(NOW)
    database = open_database(settings)
    index = Index(database, settings)
    today = NOW.astimezone(settings.zone).date()
    with database.session() as session:
        loaded = sample_day(session)
    if loaded != today:
        load_sample(database, settings, clock, today)
    index.refresh()
    ask = Ask(database, settings, clock, Search(database, index, clock), Structured(database, settings))
    outcome = Outcome()
    threads: dict[str, str] = {}
    for case in load_cases(today, settings.zone):
        threads[case.id] = threads.get(case.after, case.id) if case.after else case.id
        _try(
            case,
            f"eval-{NOW.timestamp()}-{time.monotonic_ns()}" if not case.after else threads[case.id],
            threads,
            ask,
            database,
            outcome,
        )
    database.close()
    return outcome


def _try(case: Case, thread: str, threads: dict[str, str], ask: Ask, database: Database, outcome: Outcome) -> None:
    threads[case.id] = thread
    with database.session() as session:
        try:
            scope = scope_for_email(session, case.asker, case.visibility)  # type: ignore[arg-type]
        except Denied:
            wrong = [] if case.kind == "refused" else ["the asker is refused"]
            _note(case, wrong, outcome)
            return
    start = time.perf_counter()
    answer = ask.ask(Question(case.question, scope, NOW, user_id=scope.user_id, thread=thread))
    outcome.took_ms.append((time.perf_counter() - start) * 1_000)
    _note(case, faults(case, answer.public()), outcome)
    with database.session() as session:
        _check_quotes(session, case, answer, outcome)


def _note(case: Case, wrong: list[str], outcome: Outcome) -> None:
    counts = outcome.by_kind[case.kind]
    counts[0] += not wrong
    counts[1] += 1
    if wrong:
        outcome.faults[case.id] = wrong


def _check_quotes(session: Session, case: Case, answer: Answer, outcome: Outcome) -> None:
    for claim in answer.claims:
        for evidence in claim.evidence:
            outcome.quotes += 1
            if not _stands(session, evidence.source, evidence.id, evidence.quote):
                outcome.invented.append(f"{case.id}: {evidence.source} {evidence.id}")


def _stands(session: Session, source: str, record: str, quote: str) -> bool:
    """Tell whether the quote stands in its source, letter for letter; computed here without the code under test."""
    model = _RECORDS.get(source, Activity)
    row = session.get(model, record)
    if row is None:
        return False
    texts = [str(getattr(row, column.key)) for column in inspect(model).columns if getattr(row, column.key) is not None]
    if model is Activity:
        texts += session.scalars(select(Turn.text).where(Turn.activity_id == record))
    if source in ("deal", "account", "contact"):
        texts += [str(value) for value in (row.custom or {}).values()]
    return bool(quote) and any(quote in text for text in texts)


def report(outcome: Outcome) -> str:
    """Return the figures as text, the faults under them."""
    lines = [f"{'labelled questions':<28}{'right':>8}{'asked':>8}"]
    lines += [f"  {kind:<26}{right:>8}{asked:>8}" for kind, (right, asked) in sorted(outcome.by_kind.items())]
    lines.append(f"  {'all':<26}{outcome.right:>8}{outcome.asked:>8}   {outcome.right / max(1, outcome.asked):.3f}")
    lines.append(f"quotes verbatim in their source: {outcome.quotes - len(outcome.invented)} of {outcome.quotes}")
    took = sorted(outcome.took_ms)
    lines.append(f"time of an answer: p50 {took[len(took) // 2]:.0f} ms, p95 {took[int(len(took) * 0.95)]:.0f} ms")
    lines += [f"  wrong {case}: {'; '.join(wrong)}" for case, wrong in sorted(outcome.faults.items())]
    lines += [f"  not in its source: {one}" for one in outcome.invented]
    return "\n".join(lines)
