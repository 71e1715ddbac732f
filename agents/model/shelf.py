"""What was shown to a model in one request: evidence and computed results by short ids. What is not on it can't be cited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

from agents.answer import Answer, Evidence
from agents.structured import Plan


@dataclass(frozen=True)
class Shown:
    """Evidence as it was shown, with the account that it belongs to, and in `about` the names of what it tells of."""

    evidence: Evidence
    account_id: str | None = None
    about: str = ""


@dataclass(frozen=True)
class Computed:
    """A result of the figures tool, with the plan that it answers."""

    answer: Answer
    plan: Plan


@dataclass
class Shelf:
    """Evidence `e1`, `e2`, … and results `f1`, `f2`, …; the same evidence gets the same id again. Tools may run at once."""

    _evidence: dict[str, Shown] = field(default_factory=dict)
    _ids: dict[tuple[str, str, str, tuple[str, ...]], str] = field(default_factory=dict)
    _results: dict[str, Computed] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, evidence: Evidence, account_id: str | None = None, about: str = "") -> str:
        """Keep evidence and return its id."""
        key = (evidence.source, evidence.id, evidence.quote, evidence.turns)
        with self._lock:
            if key not in self._ids:
                self._ids[key] = f"e{len(self._ids) + 1}"
                self._evidence[self._ids[key]] = Shown(evidence, account_id, about)
            return self._ids[key]

    def keep(self, answer: Answer, plan: Plan) -> str:
        """Keep a computed result and return its id."""
        with self._lock:
            name = f"f{len(self._results) + 1}"
            self._results[name] = Computed(answer, plan)
            return name

    def evidence(self, name: str) -> Shown | None:
        """Return the evidence of this id, or None where nothing of it was shown."""
        return self._evidence.get(name.strip().strip("[]").lower())

    def result(self, name: str) -> Computed | None:
        """Return the computed result of this id, or None."""
        return self._results.get(name.strip().strip("[]").lower())

    def results(self) -> Iterator[Computed]:
        """Return all computed results in order."""
        return iter(list(self._results.values()))
