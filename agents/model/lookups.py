"""The tools a model may call: the same reading as the road without one. Scope, day and asker are bound here; no argument can change them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.evidence_search import EvidenceSearch
from agents.links import Links
from agents.mentions import Mentions
from agents.model.grounding import Grounding, Ungrounded, own_words
from agents.model.plan_schema import plan_schema
from agents.model.prompts import prompt
from agents.model.shelf import Shelf
from agents.model.slot import Slot, flat
from agents.narrative.case import Case, Piece, read_case
from agents.narrative.phrasing import who
from agents.narrative.quoting import Citing, Quote
from agents.narrative.speech import heard_in
from agents.question import Progress, Question
from agents.roads import StructuredRoad, Tool
from agents.structured import Plan
from agents.structured.catalog import FIELDS
from agents.structured.lexer import key_words
from agents.structured.vocabulary import Vocabulary
from agents.structured.vocabulary_reader import VocabularyKeeper
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Deal
from sales.sentences import Sentence, sentences

_PASSAGES = 10
_MOST_LETTERS = 7_000
_MOST_WORDS = 60
_MOST_ROWS = 20
_NOTHING = "Nothing that the asker may see has this name."
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_UNFIT = "The arguments do not fit this tool."


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Search(_Arguments):
    query: str = Field(min_length=1, max_length=300)
    account: str | None = Field(None, max_length=200)


class _Record(_Arguments):
    name: str = Field(min_length=1, max_length=200)


@dataclass(frozen=True)
class Reading:
    """What the tools read from; shared by all requests."""

    database: Database
    settings: Settings
    search: EvidenceSearch
    structured: StructuredRoad
    keeper: VocabularyKeeper
    links: Links


class Lookups:
    """The tools of one request."""

    def __init__(
        self, reading: Reading, question: Question, mentions: Mentions, slot: Slot, shelf: Shelf, progress: Progress
    ) -> None:
        self._reading = reading
        self._question = question
        self._mentions = mentions
        self._slot = slot
        self._shelf = shelf
        self._progress = progress

    def tools(self) -> list[Tool]:
        """Return the tools."""
        vocabulary = self._vocabulary()
        fields = ", ".join(
            key for key in FIELDS if vocabulary.has(key) or key.partition(".")[0] in ("deal", "activity")
        )
        custom = flat(", ".join(sorted(vocabulary.custom_labels)[:40]), 1_500) or "none"
        figures = prompt("tool_figures").filled({"fields": fields, "custom": custom})
        return [
            Tool(
                "figures",
                figures,
                {"type": "object", "properties": {"plan": plan_schema()}, "required": ["plan"]},
                self._figures,
            ),
            Tool("search", prompt("tool_search").filled({}), _schema(_Search), self._search),
            Tool("record", prompt("tool_record").filled({}), _schema(_Record), self._record),
        ]

    def _vocabulary(self) -> Vocabulary:
        return self._reading.keeper.of(self._question.scope, self._question.as_of)

    def _figures(self, **arguments: Any) -> str:
        self._progress("Computing figures…")
        # Some models leave out the outermost name of the arguments.
        raw = arguments["plan"] if set(arguments) == {"plan"} else arguments
        try:
            plan = Plan.model_validate_json(_json(own_words(raw)))
            with self._reading.database.session() as session:
                plan = Grounding(self._vocabulary(), lambda name: self._deal_named(session, name)).plan(plan)
            answer = self._reading.structured.answer(plan, self._question)
        except Ungrounded as error:
            return self._slot.evidence([error.told])
        except ValidationError as error:
            return self._slot.evidence([f"The plan does not hold together: {_faults(error)}"])
        except (SQLAlchemyError, ArithmeticError, AssertionError, LookupError, ValueError, TypeError):
            # A plan that no question has led to before: it is the model's to make another one, or the other road's.
            return "This can't be computed. Make a simpler plan."
        if answer.kind != "structured":
            return self._slot.evidence([answer.headline])
        return self._slot.evidence([f"{self._shelf.keep(answer, plan)}: {answer.headline}", *_told(answer)])

    def _search(self, **arguments: Any) -> str:
        try:
            asked = _Search.model_validate(arguments)
        except ValidationError:
            return _UNFIT
        self._progress("Searching calls and mails…")
        with self._reading.database.session() as session:
            accounts: tuple[str, ...] = ()
            if asked.account:
                account, _ = self._named(session, asked.account)
                if account is None:
                    return _NOTHING
                accounts = (account,)
            found = self._reading.search.search(
                asked.query, self._question.scope, k=_PASSAGES, as_of=self._question.as_of, accounts=accounts
            )
            heard = heard_in(session, self._question.scope, found)
            case = Case(None, None, self._question.as_of, self._reading.settings.zone)
            # The best passages' words first, so that a cut leaves out the least.
            ranked = sorted(heard, key=lambda one: -one.score)
            return self._shown(
                line
                for one in ranked
                for line in self._words(case, one.piece, one.piece.happening.account_id, one.account)
            )

    def _record(self, **arguments: Any) -> str:
        try:
            asked = _Record.model_validate(arguments)
        except ValidationError:
            return _UNFIT
        with self._reading.database.session() as session:
            account, deal = self._named(session, asked.name)
            if account is None and deal is None:
                return _NOTHING
            self._progress("Reading the record…")
            case = read_case(
                session,
                self._question.scope,
                as_of=self._question.as_of,
                zone=self._reading.settings.zone,
                account_id=account,
                deal_id=deal,
            )
            return self._shown(self._facts(case))

    def _facts(self, case: Case) -> Iterator[str]:
        citing = Citing(case, self._reading.links)
        company = case.account_name or ""
        for deal in case.deals:
            for label, value in (
                ("stage", deal.stage),
                ("status", deal.status),
                ("amount", f"{deal.amount:.2f}" if deal.amount is not None else None),
                ("close date", deal.close_date.isoformat() if deal.close_date else None),
                ("forecast category", deal.forecast_category),
                ("owner", deal.owner),
                ("next step", deal.next_step),
                ("competitor", deal.competitor),
                ("loss reason", deal.loss_reason),
            ):
                if value:
                    name = self._shelf.put(
                        citing.field(deal, label, value), case.account_id, f"{deal.name} {company} {deal.currency}"
                    )
                    unit = f" {deal.currency}" if label == "amount" else ""
                    yield f"[{name}] deal “{deal.name}”, {label}: {value}{unit}"
        for id_, person in list(case.contacts.items())[:20]:
            name = self._shelf.put(
                citing.contact(id_, person.name), case.account_id, f"{person.title or ''} {person.role or ''} {company}"
            )
            yield f"[{name}] contact {person.name}, {person.title or 'no title'}, {person.role or 'no role'}"
        for happening in case.booked:
            if happening.subject:
                name = self._shelf.put(citing.happened(happening), case.account_id, company)
                yield f"[{name}] booked for {case.day(happening.at)}: {happening.kind} “{happening.subject}”"
        for change in sorted(case.changes, key=lambda one: one.at, reverse=True)[:8]:
            if change.new or change.old:
                name = self._shelf.put(citing.change(change), case.account_id, f"{change.old or ''} {company}")
                yield f"[{name}] {case.day(change.at)} changed {change.field}: {change.old or 'none'} → {change.new or 'none'}"
        for piece in case.pieces():
            yield from self._words(case, piece, case.account_id, case.account_name)

    def _words(self, case: Case, piece: Piece, account_id: str | None, account: str | None) -> Iterator[str]:
        """Shelve the words of a piece in stretches that can be quoted, and say who said them when."""
        citing = Citing(case, self._reading.links)
        happening = piece.happening
        told = f"{happening.kind} {case.day(happening.at)}{' with ' + account if account else ''}"
        for stretch in stretches(piece.text):
            name = self._shelf.put(citing.words(Quote(piece, stretch)), account_id, account or "")
            yield f"[{name}] {told}, {who(piece.person, piece.speaker)} ({piece.side}): {stretch.text}"

    def _shown(self, lines: Iterator[str]) -> str:
        chosen: list[str] = []
        letters = 0
        for line in lines:
            letters += len(line)
            if letters > _MOST_LETTERS:
                break
            chosen.append(line)
        return self._slot.evidence(chosen)

    def _named(self, session: Session, name: str) -> tuple[str | None, str | None]:
        """Return the account, else the deal, of this name inside the scope."""
        for mention in self._mentions.found:
            if name.casefold() in (mention.text.casefold(), mention.best.name.casefold()) and not mention.ambiguous:
                if mention.best.kind == "account":
                    return mention.best.id, None
                if mention.best.kind == "deal":
                    return self._account_of(session, mention.best.id)
        refs = [ref for ref in self._vocabulary().find(tuple(key_words(name))) if ref.field == "account.name"]
        if len(refs) == 1 and len(refs[0].values) == 1:
            return refs[0].values[0], None
        deal = self._deal_named(session, name)
        return self._account_of(session, deal[0]) if deal else (None, None)

    def _account_of(self, session: Session, deal_id: str) -> tuple[str | None, str | None]:
        account = session.scalar(
            select(Account.id)
            .join(Deal, Deal.account_id == Account.id)
            .where(Deal.id == deal_id, self._question.scope.deals(), self._question.scope.accounts())
        )
        return (account, None) if account else (None, deal_id)

    def _deal_named(self, session: Session, name: str) -> tuple[str, str] | None:
        rows = session.execute(
            select(Deal.id, Deal.name)
            .where(func.lower(Deal.name) == name.strip().lower(), self._question.scope.deals())
            .limit(2)
        ).all()
        return (rows[0][0], rows[0][1]) if len(rows) == 1 else None


def stretches(text: str) -> list[Sentence]:
    """Cut words into stretches of whole sentences that can be quoted, none much longer than sixty words; each stands verbatim in the text."""
    made: list[Sentence] = []
    for one in sentences(text):
        last = made[-1] if made else None
        if (
            last is not None
            and len(text[last.start : one.end].split()) <= _MOST_WORDS
            and "\n" not in text[last.end : one.start]
        ):
            made[-1] = Sentence(last.start, one.end, text[last.start : one.end])
        else:
            made += _cut(one)
    return made


def _cut(sentence: Sentence) -> list[Sentence]:
    """Cut speech without any full stop at every sixtieth word."""
    words = sentence.text.split()
    if len(words) <= _MOST_WORDS * 1.5:
        return [sentence]
    made, at = [], 0
    for first in range(0, len(words), _MOST_WORDS):
        start = sentence.text.index(words[first], at)
        at = start
        for word in words[first : first + _MOST_WORDS]:
            at = sentence.text.index(word, at) + len(word)
        made.append(Sentence(sentence.start + start, sentence.start + at, sentence.text[start:at]))
    return made


def _told(answer: Answer) -> list[str]:
    lines = [f"{one.label or one.key}: {one.value} {one.unit or ''}" for one in answer.figures[:_MOST_ROWS]]
    if answer.table is not None:
        labels = [column.label for column in answer.table.columns]
        keys = [column.key for column in answer.table.columns]
        lines.append(" | ".join(labels))
        lines += [" | ".join(str(row.get(key, "")) for key in keys) for row in answer.table.rows[:_MOST_ROWS]]
        if len(answer.table.rows) > _MOST_ROWS:
            lines.append(f"… and {len(answer.table.rows) - _MOST_ROWS} rows more, which the asker is shown")
    return lines


def _faults(error: ValidationError) -> str:
    """Say where a plan is wrong, by place and rule; the model's own words are not repeated."""
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc'])[:80] or 'plan'}: {flat(_QUOTED.sub('it', one['msg']), 120)}"
        for one in error.errors(include_input=False, include_url=False)[:4]
    )


def _json(value: Any) -> str:
    import json

    return json.dumps(value, default=str)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()
