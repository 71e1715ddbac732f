"""An Ask that answers from a script, for what the console does with answers: it keeps them as the real one does, and can be slow, long or broken."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from agents.answer import Action, Answer, Cell, Choice, Claim, Column, Evidence, Excluded, Freshness, Table
from agents.question import Progress, Question
from bot.addresses import ConsoleLinks, record_address
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Deal, Turn
from tests.bot.offices import keep

REPORT = "I can't take this to security without the report."


class ScriptedAsk:
    """Answers by a word of the question. `release` lets a question that holds "slowly" go on; `seen` are all questions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.release = threading.Event()
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.seen: list[Question] = []

    def ask(self, question: Question, progress: Progress = lambda _line: None) -> Answer:
        """Return the scripted answer, kept."""
        self.seen.append(question)
        makers: dict[str, Callable[[Question, Progress], Answer]] = {
            "slowly": self._slow,
            "break": self._broken,
            "latest on acme": self._latest,
            "silent": self._silent,
            "summit": self._which,
        }
        words = question.text.lower()
        made = next((maker for word, maker in makers.items() if word in words), self._nothing)(question, progress)
        return keep(self._database, question, made, took_ms=42)

    def _slow(self, question: Question, progress: Progress) -> Answer:
        self.begun.set()
        try:
            for number in range(600):
                progress(f"Reading call {number + 1}")
                if self.release.wait(0.1):
                    break
        finally:
            self.ended.set()
        return self._nothing(question, progress)

    def _broken(self, question: Question, progress: Progress) -> Answer:
        raise RuntimeError("secret words of a customer")

    def _nothing(self, question: Question, progress: Progress) -> Answer:
        return Answer(
            kind="not_found",
            headline=f"I looked for “{question.text}” and found nothing.",
            notes=("Nothing was left out.",),
        )

    def _latest(self, question: Question, progress: Progress) -> Answer:
        progress("Reading 4 calls and 12 mails")
        with self._database.session() as session:
            turn = session.scalars(
                select(Turn).where(Turn.text.contains(REPORT)).order_by(Turn.activity_id.desc()).limit(1)
            ).one()
            call = session.get_one(Activity, turn.activity_id)
            mail = session.scalars(
                select(Activity)
                .where(Activity.kind == "mail", Activity.account_id == call.account_id)
                .order_by(Activity.at.desc())
                .limit(1)
            ).one()
        links = ConsoleLinks()
        said = Evidence(
            source="call",
            id=call.id,
            quote=REPORT,
            speaker=turn.speaker,
            at=call.at,
            turns=(turn.turn_id,),
            label=call.subject,
            url=links.evidence("call", call.id, (turn.turn_id,)),
        )
        line = next(line for line in (mail.body or "").splitlines() if len(line) > 25)
        written = Evidence(
            source="mail", id=mail.id, quote=line, at=mail.at, label=mail.subject, url=links.evidence("mail", mail.id)
        )
        return Answer(
            kind="narrative",
            headline="Acme Logistics – Expansion, $84,000, Propose, closes in 9 days — slipping: legal has not answered for 9 days",
            claims=(
                Claim(
                    text=f"Their VP Operations wants SOC 2 before signature: “{REPORT}”",
                    evidence=(said,),
                    tone="trouble",
                ),
                Claim(text="The last mail says what is open.", evidence=(written,)),
                Claim(text="The CRM says Commit; the buyer sees it later.", evidence=(said, written)),
                Claim(text="Dock times at Ontario went down.", evidence=(written,), tone="good"),
            ),
            actions=(
                Action(label="Timeline", verb="open", value=record_address("account", call.account_id or "") or "/"),
                Action(label="Who is involved?", verb="ask", value="Who is involved at Acme?"),
            ),
            freshness=(Freshness(source="call", at=call.at), Freshness(source="mailbox of the owner", at=None)),
        )

    def _silent(self, question: Question, progress: Progress) -> Answer:
        columns = (
            Column(key="deal", label="Deal", type="text"),
            Column(key="amount", label="Amount", type="money", unit="USD"),
            Column(key="silent", label="Silent", type="days"),
            Column(key="last", label="Last from them", type="date"),
            Column(key="words", label="Words", type="quote"),
        )
        with self._database.session() as session:
            deals = session.execute(
                select(Deal, Account.name)
                .outerjoin(Account, Account.id == Deal.account_id)
                .where(question.scope.deals(), Deal.status == "open")
                .order_by(Deal.id)
                .limit(23)
            ).all()
        rows: list[dict[str, Cell]] = [
            {
                "record_id": deal.id,
                "url": record_address("deal", deal.id),
                "deal": deal.name,
                "amount": deal.amount or Decimal(0),
                "silent": 40 - place,
                "last": date(2026, 10, 1 + place % 28),
                "words": "checking with legal" if place % 3 == 0 else None,
            }
            for place, (deal, _) in enumerate(deals)
        ]
        return Answer(
            kind="structured",
            headline=f"{len(rows)} of {len(rows) + 9} open deals: no word from the buyer for 5 days or more",
            table=Table(columns=columns, rows=tuple(rows)),
            rule="calendar days since the buyer last wrote, spoke or met; our own mails and automatic replies don't count",
            checked=len(rows) + 9,
            excluded=(Excluded(reason="with a meeting booked", count=3),),
            unknown_words=("frobnicated",) if "frobnicated" in question.text else (),
            as_of=question.as_of,
        )

    def _which(self, question: Question, progress: Progress) -> Answer:
        if "Health Supply" in question.text or "Outfitters" in question.text:
            return self._nothing(question, progress)
        choices = tuple(
            Choice(label=name, question=f"What's the latest on {name}?")
            for name in ("Summit Health Supply", "Summit Outfitters")
        )
        return Answer(kind="clarify", headline="Which Summit do you mean?", choices=choices)
