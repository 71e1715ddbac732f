"""Everything that the rules ask for on open deals, as of a moment: triggers of every kind, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from agents.workflow.fields import next_steps_due, stages_entered
from agents.workflow.found import Found, Started
from agents.workflow.ground import Span
from agents.workflow.promised import promises_due
from agents.workflow.triggers import Triggers
from sales.workflow.rules import Rule, Rules
from sales.workflow.words import Heard, heard_in, names_any

_OF_WORDS = frozenset({"interest", "question", "asks_for"})
_MOST_REMEMBERED = 100_000


class Reader:
    """Reads the buyer's mails for what they start, each text once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[str, ...], bool], Heard] = {}

    def read(self, row: _Mail, zone: ZoneInfo, words: tuple[str, ...], *, interest: bool) -> Heard:
        """Return what a mail starts."""
        key = (row.content_hash, words, interest)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = heard_in(row.body, row.started.at.astimezone(zone).date(), words, interest=interest)
            self._known[key] = found
        return found


@dataclass(frozen=True)
class _Mail:
    started: Started
    body: str
    content_hash: str
    sorted_as: str | None


def find(session: Session, rules: Rules, span: Span, zone: ZoneInfo, reader: Reader) -> list[Found]:
    """Return what the rules ask for because of what happened in the span, done or not."""
    kinds = {rule.trigger for rule in rules.rules}
    silences = {rule.after_days for rule in rules.rules if rule.trigger == "silence"}
    span = replace(span, reach=timedelta(days=max(silences, default=0)))
    triggers = Triggers(span)
    started: list[Started] = list(_touched(session, triggers, kinds, silences))
    if kinds & _OF_WORDS:
        started += _heard(session, triggers, rules, zone, reader)
    if "promise_due" in kinds:
        started += promises_due(session, span, triggers.deals, zone)
    if "next_step_due" in kinds:
        started += next_steps_due(session, span, triggers.deals, zone)
    if "stage_changed" in kinds:
        started += stages_entered(session, span, triggers.deals, rules)
    return list(_asked(rules, (one for one in started if span.since <= one.at <= span.as_of)))


def _asked(rules: Rules, started: Iterable[Started]) -> Iterator[Found]:
    by_trigger: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        by_trigger.setdefault(rule.trigger, []).append(rule)
    for one in started:
        for rule in by_trigger.get(one.trigger, ()):
            told = one.trigger != "asks_for" or names_any(one.quote or "", rule.words)
            if rule.after_days == one.days and told and rules.holds(rule, one.stage):
                yield Found(rule, one)


def _touched(session: Session, triggers: Triggers, kinds: Iterable[str], silences: set[int]) -> Iterator[Started]:
    statement = triggers.statement(set(kinds), silences)
    if statement is None:
        return
    for row in session.execute(statement):
        at = row.triggered_at + timedelta(days=row.days)
        yield Started(
            row.trigger, row.deal_id, row.owner_id, row.stage, row.trigger_id, at, row.seen_id,
            done_at=_not_before(row.done_at, at), done_by=row.done_by, days=row.days,
        )  # fmt: skip


def _heard(session: Session, triggers: Triggers, rules: Rules, zone: ZoneInfo, reader: Reader) -> Iterator[Started]:
    words = tuple(sorted({word for rule in rules.rules for word in rule.words}))
    of_interest = [rule for rule in rules.rules if rule.trigger == "interest"]
    for row in session.execute(triggers.mails()):
        base = Started(
            "", row.deal_id, row.owner_id, row.stage, row.trigger_id, row.triggered_at, row.seen_id,
            done_at=_not_before(row.done_at, row.triggered_at), done_by=row.done_by,
        )  # fmt: skip
        heard = reader.read(
            _Mail(base, row.body or "", row.content_hash, row.sorted_as),
            zone,
            words,
            interest=any(rules.holds(rule, row.stage) for rule in of_interest) and row.sorted_as in (None, "positive"),
        )
        if row.sorted_as in (None, "positive") and (heard.interest or row.sorted_as):
            yield replace(base, trigger="interest", quote=heard.interest)
        if heard.question or row.sorted_as == "question":
            yield replace(base, trigger="question", quote=heard.question)
        if heard.asks_for:
            yield replace(base, trigger="asks_for", quote=heard.asks_for)


def _not_before(done: datetime | None, at: datetime) -> datetime | None:
    # What was done before its clock started took no time.
    return None if done is None else max(done, at)
