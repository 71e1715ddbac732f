"""Metrics of outreach against the same figures computed by hand from generated rows, on both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from agents.metrics.ground import Ground, Span
from agents.metrics.metric import Metric, Window
from agents.metrics.outreach import outreach_metrics
from agents.metrics.outreach_rows import CONVERSATION
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    Decision,
    Proposal,
    Reply,
    Sequence,
    Signal,
    Touch,
    User,
)
from infra.spine.scope import EVERYTHING, Scope
from tests.in_turn import in_turn

BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = Window(begin=BEGIN, end=BEGIN + timedelta(days=14))
KINDS = ("hiring", "funding", "demo_request")
REPLIES = (*CONVERSATION, "opt_out", "hard_bounce", "soft_bounce", "complaint", "out_of_office", None, None, None)


class Company:
    """A company's outreach as plain rows, and the same in the spine."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.touches: list[dict[str, Any]] = []
        self.approvals: list[dict[str, Any]] = []

    def fill(self, database: Database, sequences: int = 60) -> None:
        with database.transaction() as session:
            for user in ("dana", "luis"):
                session.add(User(id=user, name=user, name_key=user, source="test", source_at=BEGIN))
            session.flush()
            for number in range(sequences):
                self._sequence(session, number)

    def _sequence(self, session: Any, number: int) -> None:
        chance, owner = self.chance, self.chance.choice(("dana", "luis"))
        kind = chance.choice(KINDS)
        received = BEGIN + timedelta(minutes=chance.randrange(0, 14 * 1440))
        occurred = received - timedelta(hours=chance.randrange(0, 200))
        account, signal, sequence = f"a{number}", f"s{number}", f"q{number}"
        session.add(Account(id=account, name=account, name_key=account, source="test", source_at=BEGIN))
        session.flush()
        session.add(
            Signal(id=signal, key=signal, kind=kind, account_id=account, occurred_at=occurred, received_at=received)
        )
        session.flush()
        session.add(
            Sequence(
                id=sequence,
                account_id=account,
                owner_id=owner,
                signal_id=signal,
                recipient="x@buyer.example",
                state="active",
                started_at=received,
            )
        )
        session.flush()
        met = None
        for place in range(1, chance.randrange(1, 4) + 1):
            sent = received + timedelta(minutes=chance.randrange(1, 3 * 1440)) + timedelta(days=4 * (place - 1))
            variant, back = chance.choice(("plain", "question")), chance.choice(REPLIES)
            touch = f"{sequence}-{place}"
            session.add(
                Touch(
                    id=touch,
                    sequence_id=sequence,
                    number=place,
                    state="sent",
                    sent_at=sent,
                    variant=variant,
                    signal_kind=kind,
                )
            )
            session.flush()
            if back is not None:
                session.add(Reply(id=f"r-{touch}", kind=back, touch_id=touch, at=sent + timedelta(hours=3)))
            if met is None and chance.random() < 0.3:
                met = sent + timedelta(days=chance.choice((2, 29, 31)))
                session.add(
                    Activity(
                        id=f"m{number}",
                        kind="meeting",
                        direction="mutual",
                        account_id=account,
                        at=met,
                        content_hash="",
                        source="test",
                        source_at=BEGIN,
                    )
                )
            row = {
                "owner": owner,
                "kind": kind,
                "variant": variant,
                "number": place,
                "sent": sent,
                "received": received,
                "occurred": occurred,
                "back": back,
                "signal": signal,
            }
            self.touches.append(row)
        for row in self.touches:
            if row["signal"] == signal:
                row["met"] = met
        self._approval(session, number, owner, account)

    def _approval(self, session: Any, number: int, owner: str, account: str) -> None:
        created = BEGIN + timedelta(minutes=self.chance.randrange(0, 14 * 1440))
        decided = created + timedelta(minutes=self.chance.randrange(1, 600))
        action = self.chance.choice(("approve", "approve", "reject"))
        session.add(
            Proposal(
                id=f"p{number}",
                key=f"p{number}",
                kind="outreach",
                state="done",
                owner_id=owner,
                account_id=account,
                headline="x",
                created_at=created,
            )
        )
        session.flush()
        session.add(
            Decision(proposal_id=f"p{number}", version=1, action=action, user_id=owner, surface="slack", at=decided)
        )
        self.approvals.append({"owner": owner, "action": action, "created": created, "decided": decided})


def _within(moment: datetime) -> bool:
    return WINDOW.begin <= moment < WINDOW.end


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def _middle(values: list[timedelta]) -> Decimal | None:
    return Decimal(round(median(one.total_seconds() for one in values))) if values else None


def _by_hand(company: Company, owners: set[str]) -> dict[tuple[str, str | None], Decimal | None]:
    sent = [one for one in company.touches if one["owner"] in owners and _within(one["sent"])]
    told: dict[tuple[str, str | None], Decimal | None] = {}
    first = [one for one in sent if one["number"] == 1]
    told["signal_to_send", None] = _middle([one["sent"] - one["received"] for one in first])
    approved = [
        one
        for one in company.approvals
        if one["owner"] in owners and one["action"] == "approve" and _within(one["decided"])
    ]
    told["approval_time", None] = _middle([one["decided"] - one["created"] for one in approved])
    groups: dict[tuple[str, str | None], list[bool]] = defaultdict(list)
    for one in sent:
        replied = one["back"] in CONVERSATION
        groups["reply_rate", None].append(replied)
        groups["reply_rate_by_signal", one["kind"]].append(replied)
        groups["reply_rate_by_variant", one["variant"]].append(replied)
    for one in first:
        days = (one["sent"] - one["occurred"]).total_seconds() / 86_400
        labels = ((1, "day 1"), (2, "day 2"), (3, "day 3"), (7, "days 4 to 7"))
        label = next((label for most, label in labels if days < most), "later")
        groups["reply_rate_by_age", label].append(one["back"] in CONVERSATION)
    told |= {key: _share(sum(replied), len(replied)) for key, replied in groups.items()}
    for key, kinds in (
        ("bounce_rate", {"hard_bounce", "soft_bounce"}),
        ("complaint_rate", {"complaint"}),
        ("opt_out_rate", {"opt_out"}),
    ):
        told[key, None] = _share(sum(one["back"] in kinds for one in sent), len(sent))
    met = {
        one["signal"] for one in sent if one["met"] and timedelta(0) < one["met"] - one["sent"] <= timedelta(days=30)
    }
    told["meetings_from_signals", None] = _share(len(met), len({one["signal"] for one in sent}))
    return told | _of_people(company, owners)


def _of_people(company: Company, owners: set[str]) -> dict[tuple[str, str | None], Decimal | None]:
    """What is counted by person, and by signal over all its touches."""
    mine = [one for one in company.touches if one["owner"] in owners]
    by_signal: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in mine:
        by_signal[one["signal"]].append(one)
    begun = [rows for rows in by_signal.values() if any(one["number"] == 1 and _within(one["sent"]) for one in rows)]
    answered = [any(one["back"] in CONVERSATION for one in rows) for rows in begun]
    met = [any(_leads(one) for one in rows if one["number"] == 1) for rows in begun]
    meetings = {signal: rows[0]["met"] for signal, rows in by_signal.items() if any(_leads(one) for one in rows)}
    inside = [signal for signal, at in meetings.items() if _within(at)]
    received = {signal: rows[0]["received"] for signal, rows in by_signal.items()}
    lately = [
        rows
        for rows in by_signal.values()
        if min(one["sent"] for one in rows) < WINDOW.end
        and WINDOW.begin - min(one["sent"] for one in rows) <= timedelta(days=30)
    ]
    return {
        ("conversation_rate", None): _share(sum(answered), len(begun)),
        ("meeting_set_rate", None): _share(sum(met), len(begun)),
        ("signal_meetings", None): (Decimal(len(inside)) / 2).quantize(Decimal("0.1")) if lately else None,
        ("signal_to_meeting", None): _middle([meetings[signal] - received[signal] for signal in inside]),
        ("collision_rate", None): None,
        ("speed_to_lead", None): None,
    }


def _leads(touch: dict[str, Any]) -> bool:
    return touch["met"] is not None and timedelta(0) < touch["met"] - touch["sent"] <= timedelta(days=30)


def _told(metrics: list[Metric]) -> dict[tuple[str, str | None], Decimal | None]:
    return {(one.key, one.split): one.value for one in metrics if one.key != "signal_to_send_p90"}


def _ground(scope: Scope, settings: Settings) -> Ground:
    """Looked at when everything that came of the window has come."""
    return Ground(scope, settings, WINDOW.end + timedelta(days=60), (Span("two weeks", WINDOW),))


@pytest.mark.parametrize(("database_url", "seed"), in_turn(*range(4)), indirect=["database_url"])
def test_every_figure_is_the_one_that_is_counted_by_hand(database: Database, settings: Settings, seed: int) -> None:
    company = Company(seed)
    company.fill(database)
    for scope, owners in (
        (EVERYTHING, {"dana", "luis"}),
        (Scope((frozenset({"dana"}),)), {"dana"}),
    ):
        with database.session() as session:
            assert _told(outreach_metrics(session, _ground(scope, settings))) == _by_hand(company, owners)


def test_where_nothing_was_sent_no_rate_is_claimed(database: Database, settings: Settings) -> None:
    with database.session() as session:
        metrics = outreach_metrics(session, _ground(EVERYTHING, settings))
    assert {one.value for one in metrics} == {None}
    assert {one.denominator for one in metrics} == {0}
