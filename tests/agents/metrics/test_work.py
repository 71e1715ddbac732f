"""Metrics of calls, records and the work around them against the same figures computed by hand from generated rows, on both databases."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from sqlalchemy import insert, update

from agents.metrics.marking import mark_week
from agents.metrics.metric import Metric
from agents.metrics.service import Metrics, Wanted
from agents.metrics.spans import Asked
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    AdminMinutes,
    CrmWrite,
    Deal,
    DealChange,
    DueAction,
    HealthMark,
    Lead,
    Objection,
    Participant,
    User,
)
from infra.spine.scope import EVERYTHING, Scope
from tests.in_turn import in_turn

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 15)
BEGIN, END = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)
AS_OF = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWNERS = ("dana", "luis")
Row = dict[str, Any]
Told = dict[tuple[str, str | None], Decimal | None]


class Company:
    """Everything as plain rows."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.deals = [self._deal(number) for number in range(24)]
        self.talks = [self._talk(number) for number in range(50)]
        self.mails = [self._mail(number) for number in range(90)]
        self.objections = [self._objection(number) for number in range(40)]
        self.leads = [self._lead(number) for number in range(30)]
        self.actions = [self._action(number) for number in range(40)]
        self.marks = [one for deal in self.deals for one in self._marks(deal)]
        self.minutes = [
            self._minutes(owner, day) for owner in OWNERS for day in range(20) if self.chance.random() < 0.6
        ]
        self.writes = [self._write(number) for number in range(30)]
        self.changes = [one for deal in self.deals for one in self._changes(deal)]

    def moment(self) -> datetime:
        """Return a moment around the window."""
        return BEGIN - 5 * DAY + timedelta(minutes=self.chance.randrange(0, 24 * 1440))

    def _deal(self, number: int) -> Row:
        chance = self.chance
        status = chance.choice(("open", "open", "open", "won", "lost"))
        closed = self.moment() if status != "open" else None
        filled = chance.random() < 0.7
        return {
            "id": f"d{number}", "name": f"Deal {number}", "account_id": f"a{number % 12}", "owner_id": chance.choice(OWNERS), "currency": "USD", "status": status,
            "created_at": BEGIN - timedelta(days=chance.randrange(0, 60), hours=1), "closed_at": closed, "close_date": (closed or self.moment()).date(),
            "amount": Decimal(chance.randrange(1_000, 90_000)) if filled else None, "stage": chance.choice(("Propose", "", "Resolve")),
            "next_step": chance.choice(("Call them", None, " ")), "next_step_date": chance.choice((date(2026, 11, 20), None)),
        }  # fmt: skip

    def _talk(self, number: int) -> Row:
        deal = self.chance.choice(self.deals)
        at = self.moment()
        status = self.chance.choice(("done", "done", "done", "cancelled"))
        return {
            "id": f"t{number}", "kind": self.chance.choice(("call", "meeting")), "direction": "mutual", "status": status, "at": at, "ended_at": at + HOUR / 2,
            "account_id": deal["account_id"], "deal_id": self.chance.choice((deal["id"], None)), "owner_id": deal["owner_id"], "thread_key": None,
        }  # fmt: skip

    def _mail(self, number: int) -> Row:
        deal = self.chance.choice(self.deals)
        return {
            "id": f"m{number}", "kind": "mail", "direction": self.chance.choice(("outbound", "outbound", "inbound")), "status": "done", "at": self.moment(), "ended_at": None,
            "account_id": deal["account_id"], "deal_id": self.chance.choice((deal["id"], None)), "owner_id": self.chance.choice(OWNERS), "thread_key": self.chance.choice(("x", "y", None)),
        }  # fmt: skip

    def _objection(self, number: int) -> Row:
        talk = self.chance.choice(self.talks)
        answer = self.chance.choice(("We can do that.", None))
        handled = self.chance.choice(("answered", "open", "unknown")) if answer else "open"
        return {
            "id": f"o{number}", "activity_id": talk["id"], "account_id": talk["account_id"], "deal_id": talk["deal_id"], "owner_id": talk["owner_id"],
            "topic": self.chance.choice(("price", "security", "timing", "rare")), "quote": "Too much.", "position": number, "answer": answer, "handled": handled, "at": talk["at"],
        }  # fmt: skip

    def _lead(self, number: int) -> Row:
        came = self.moment()
        touched = self.chance.choice((came + timedelta(minutes=self.chance.randrange(0, 4_000)), None, came - HOUR))
        return {"id": f"l{number}", "name": f"Lead {number}", "name_key": f"lead {number}", "owner_id": self.chance.choice(OWNERS), "created_at": came, "first_touch_at": touched}  # fmt: skip

    def _action(self, number: int) -> Row:
        begun = self.moment()
        state = self.chance.choice(("done", "done", "waiting", "dropped"))
        done = begun + timedelta(minutes=self.chance.randrange(1, 5_000)) if state == "done" else None
        return {
            "id": f"w{number}", "deal_id": self.chance.choice(self.deals)["id"], "owner_id": self.chance.choice(OWNERS), "rule": "recap", "trigger_id": f"x{number}",
            "triggered_at": begun, "due_at": begun + DAY, "state": state, "done_at": done, "detail": {},
        }  # fmt: skip

    def _marks(self, deal: Row) -> list[Row]:
        moments = sorted({self.moment() for _ in range(self.chance.randrange(0, 5))})
        # Health is of open deals: nothing is marked from the day of closing on.
        kept = [one for one in moments if deal["closed_at"] is None or one.date() < deal["closed_at"].date()]
        bands = ("at_risk", "at_risk", "watch", "healthy", "unknown")
        return [{"deal_id": deal["id"], "at": at, "score": 40, "band": self.chance.choice(bands), "reasons": []} for at in kept]  # fmt: skip

    def _minutes(self, owner: str, day: int) -> Row:
        on = FIRST - 5 * DAY + day * DAY
        return {"user_id": owner, "day": on, "minutes": self.chance.choice((0, 15, 30, 60, 90)), "baseline": day < 7, "at": datetime(on.year, on.month, on.day, 17, tzinfo=UTC)}  # fmt: skip

    def _write(self, number: int) -> Row:
        at = self.moment()
        state = self.chance.choice(("done", "done", "failed", "dead", "conflict"))
        return {"key": f"k{number}", "system": "hubspot", "operation": "update", "kind": "deal", "record_id": "d0", "fields": {}, "expected": {}, "found": {}, "links": {}, "marker": f"k{number}", "state": state, "due_at": at, "attempted_at": at, "at": at, "receipt": {}}  # fmt: skip

    def _changes(self, deal: Row) -> list[Row]:
        moments = sorted({self.moment() for _ in range(self.chance.randrange(0, 4))})
        stages = ("Identify", "Contact", "Propose", "Resolve")
        return [
            {"id": f"c-{deal['id']}-{place}", "deal_id": deal["id"], "field": "stage", "old": stages[place], "new": stages[place + 1], "at": at, "source": "test"}
            for place, at in enumerate(moments)
        ]  # fmt: skip

    def fill(self, database: Database) -> None:
        """Put all rows into the spine."""
        came = {"source": "test", "source_at": BEGIN, "custom": {}}
        people = [
            {"activity_id": one["id"], "role": "to" if one["direction"] == "outbound" else "from", "side": "buyer", "email": f"b@{one['account_id']}.example", "name": "B"}
            for one in self.mails
        ]  # fmt: skip
        with database.transaction() as session:
            for owner, team in (("dana", "West"), ("luis", "East")):
                session.add(User(id=owner, name=owner, name_key=owner, team=team, **came))
            for number in range(12):
                session.add(Account(id=f"a{number}", name=f"A{number}", name_key=f"a{number}", aliases=[], provenance={}, **came))  # fmt: skip
            session.flush()
            plans: list[tuple[Any, list[Row]]] = [
                (Deal, [{**one, **came, "provenance": {}} for one in self.deals]),
                (
                    Activity,
                    [{**one, **came, "automatic": False, "content_hash": ""} for one in (*self.talks, *self.mails)],
                ),
                (Participant, people),
                (Objection, self.objections),
                (Lead, [{**one, **came} for one in self.leads]),
                (DueAction, self.actions),
                (HealthMark, self.marks),
                (AdminMinutes, self.minutes),
                (CrmWrite, self.writes),
                (DealChange, self.changes),
            ]
            for table, rows in plans:
                session.execute(insert(table), rows)


def _in(moment: datetime | None) -> bool:
    return moment is not None and BEGIN <= moment < END


def _share(hits: list[bool]) -> Decimal | None:
    return (Decimal(sum(hits)) * 100 / len(hits)).quantize(Decimal("0.1")) if hits else None


def _seconds(values: list[timedelta]) -> Decimal | None:
    return Decimal(round(median(one.total_seconds() for one in values))) if values else None


class ByHand:
    """The figures of some owners, in plain Python."""

    def __init__(self, company: Company, owners: set[str]) -> None:
        self.company, self.owners = company, owners
        self.owner_of = {one["id"]: one["owner_id"] for one in company.deals}

    def figures(self) -> Told:
        """Return every figure by its key and split."""
        return {**self._calls(), **self._objections(), **self._records(), **self._work(), **self._stages()}

    def _calls(self) -> Told:
        talks = [one for one in self.company.talks if one["status"] == "done" and one["owner_id"] in self.owners and _in(one["at"])]  # fmt: skip
        took, soon = [], []
        for talk in talks:
            mails = [
                one["at"]
                for one in self.company.mails
                if one["direction"] == "outbound" and one["account_id"] == talk["account_id"] and talk["ended_at"] <= one["at"] <= AS_OF
                and (one["deal_id"] is None or talk["deal_id"] is None or one["deal_id"] == talk["deal_id"])
            ]  # fmt: skip
            wait = min(mails) - talk["ended_at"] if mails else None
            if wait is not None and wait <= 7 * DAY:
                took.append(wait)
            recorded = any(one["account_id"] == talk["account_id"] and one["at"] <= AS_OF for one in self.company.mails)
            if wait is not None and wait <= DAY:
                soon.append(True)
            elif recorded:
                soon.append(False)
        return {("meeting_to_follow_up", None): _seconds(took), ("followed_up", None): _share(soon), ("collision_rate", None): self._collisions()}  # fmt: skip

    def _collisions(self) -> Decimal | None:
        ours = [one for one in self.company.mails if one["direction"] == "outbound"]
        hits = []
        for mail in ours:
            if mail["owner_id"] in self.owners and _in(mail["at"]):
                hits.append(
                    any(
                        one["account_id"] == mail["account_id"] and one["owner_id"] != mail["owner_id"] and timedelta(0) <= mail["at"] - one["at"] <= 7 * DAY
                        and (one["thread_key"] is None or mail["thread_key"] is None or one["thread_key"] != mail["thread_key"])
                        for one in ours
                    )
                )  # fmt: skip
        return _share(hits)

    def _objections(self) -> Told:
        mine = [one for one in self.company.objections if one["owner_id"] in self.owners and _in(one["at"])]
        known = [one for one in self.company.objections if one["handled"] == "answered" and one["answer"] and one["at"] <= AS_OF]  # fmt: skip
        told = [
            any(k["topic"] == one["topic"] and k["activity_id"] != one["activity_id"] for k in known) for one in mine
        ]
        return {
            ("objection_coverage", None): _share([one["handled"] == "answered" for one in mine if one["handled"] != "unknown"]),
            ("objection_library", None): _share(told),
        }  # fmt: skip

    def _records(self) -> Told:
        mine = [one for one in self.company.deals if one["owner_id"] in self.owners]

        def open_on(deal: Row, after: date) -> bool:
            return deal["closed_at"] is None or deal["closed_at"].date() >= after

        complete = [all(_filled(one)) for one in mine if one["created_at"] < END and open_on(one, END.date())]
        called = {one["deal_id"] for one in self.company.talks if one["status"] == "done" and _in(one["at"]) and AS_OF - one["at"] >= DAY}  # fmt: skip
        fields = [field for one in mine if one["id"] in called and open_on(one, AS_OF.date() + DAY) for field in _filled(one)]  # fmt: skip
        written = [one["state"] in ("failed", "dead") for one in self.company.writes if _in(one["attempted_at"])]
        return {
            ("crm_completeness", None): _share(complete),
            ("post_call_completion", None): _share(fields),
            ("sync_errors", None): Decimal(sum(written)) if written else None,
        }

    def _work(self) -> Told:
        actions = [one for one in self.company.actions if one["owner_id"] in self.owners]
        leads = [one for one in self.company.leads if one["owner_id"] in self.owners and _in(one["created_at"])]
        waited = [one["first_touch_at"] - one["created_at"] for one in leads if one["first_touch_at"] and one["created_at"] <= one["first_touch_at"] <= AS_OF]  # fmt: skip
        minutes = [one["minutes"] for one in self.company.minutes if one["user_id"] in self.owners and FIRST <= one["day"] <= LAST]  # fmt: skip
        due = [one for one in actions if one["state"] in ("done", "waiting") and _in(one["due_at"])]
        return {
            ("trigger_to_action", None): _seconds([one["done_at"] - one["triggered_at"] for one in actions if _in(one["done_at"])]),
            ("on_time", None): _share([one["done_at"] is not None and one["done_at"] <= one["due_at"] for one in due]),
            ("speed_to_lead", None): _seconds(waited),
            ("admin_minutes", None): (Decimal(sum(minutes)) / len(minutes)).quantize(Decimal("0.1")) if minutes else None,
            ("save_rate", None): self._saves(),
        }  # fmt: skip

    def _saves(self) -> Decimal | None:
        hits = []
        for deal in self.company.deals:
            if deal["owner_id"] not in self.owners:
                continue
            marks = [one for one in self.company.marks if one["deal_id"] == deal["id"] and one["at"] <= AS_OF]
            for before, after in itertools.pairwise(marks):
                if before["band"] == "at_risk" and after["band"] in ("watch", "healthy") and _in(after["at"]):
                    hits.append(True)
            closed = deal["closed_at"]
            if closed is not None and FIRST <= closed.date() <= LAST:
                known = [one for one in self.company.marks if one["deal_id"] == deal["id"]]
                if known and known[-1]["band"] == "at_risk":
                    hits.append(deal["status"] == "won")
        return _share(hits)

    def _stages(self) -> Told:
        stays: dict[str, list[int]] = {}
        for deal in self.company.deals:
            entered = deal["created_at"]
            for change in [one for one in self.company.changes if one["deal_id"] == deal["id"] and one["at"] <= AS_OF]:
                days = (change["at"].date() - entered.date()).days
                if deal["owner_id"] in self.owners and _in(change["at"]):
                    stays.setdefault(change["old"], []).append(days)
                entered = change["at"]
        told = {stage: [one for one in days if one >= 0] for stage, days in stays.items()}
        return {("time_in_stage", stage): Decimal(str(median(days))).quantize(Decimal("0.1")) if days else None for stage, days in told.items()}  # fmt: skip


def _filled(deal: Row) -> list[bool]:
    step = bool((deal["next_step"] or "").strip()) and deal["next_step_date"] is not None
    return [True, deal["amount"] is not None, True, bool(deal["stage"]), step]


def _told(metrics: tuple[Metric, ...], keys: set[str]) -> Told:
    return {(one.key, one.split): one.value for one in metrics if one.key in keys}


@pytest.mark.parametrize(("database_url", "seed"), in_turn(*range(3)), indirect=["database_url"])
def test_every_figure_is_the_one_that_is_counted_by_hand(database: Database, settings: Settings, seed: int) -> None:
    company = Company(seed)
    company.fill(database)
    wanted = Wanted(Asked(first=FIRST.isoformat(), last=LAST.isoformat()), trend=False)
    for scope, owners in ((EVERYTHING, {"dana", "luis"}), (Scope((frozenset({"dana"}),)), {"dana"})):
        expected = ByHand(company, owners).figures()
        with database.session() as session:
            report = Metrics(settings).report(session, scope, AS_OF, wanted)
        assert _told(report.metrics, {key for key, _ in expected}) == expected


def test_a_team_has_the_figures_of_its_people(database: Database, settings: Settings) -> None:
    company = Company(9)
    company.fill(database)
    asked = Asked(first=FIRST.isoformat(), last=LAST.isoformat())
    with database.session() as session:
        report = Metrics(settings).report(session, EVERYTHING, AS_OF, Wanted(asked, by="team", trend=False))
    for team, owner in (("West", "dana"), ("East", "luis")):
        by_hand = ByHand(company, {owner}).figures()
        told = {(one.key, one.split): one.value for one in report.metrics if one.team == team}
        expected = {key: value for key, value in by_hand.items() if value is not None and key[0] != "sync_errors"}
        assert {key: told[key] for key in expected} == expected
    # What is nobody's own is told for the company alone.
    assert not [one for one in report.metrics if one.key == "sync_errors" and one.team]


def test_a_flat_metric_names_the_stage_to_look_at(database: Database, settings: Settings) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    with database.transaction() as session:
        for week in range(8):
            for number in range(3):
                came = now - timedelta(days=7 * week, hours=number)
                session.add(Lead(id=f"l{week}-{number}", name="x", name_key="x", created_at=came, first_touch_at=came + 2 * HOUR, custom={}, source="test", source_at=now))  # fmt: skip
    with database.session() as session:
        report = Metrics(settings).report(session, EVERYTHING, now)
    trend = next(one for one in report.trends if one.key == "speed_to_lead")
    assert trend.course == "flat"
    assert (trend.where, trend.look_at) == (
        "identify",
        "who is told of a new lead, and when nobody is at work to hear it",
    )
    assert trend.values[-4:] == (Decimal(7200),) * 4
    assert [one.course for one in report.trends if one.key == "bounce_rate"] == [None]


def test_completeness_has_a_course_by_its_marks_and_a_flat_one_names_where_to_look(
    database: Database, settings: Settings
) -> None:
    company, monday = Company(4), datetime(2026, 11, 16, tzinfo=UTC)
    for one in company.deals:
        one["status"], one["closed_at"] = "open", None
    company.fill(database)
    # A mark a day, at the end of which the last of a week is how it ended; in the week of the 12th of October nobody looked.
    for day in range(-42, 1):
        if not -34 <= day <= -28:
            with database.transaction() as session:
                mark_week(session, settings, monday + timedelta(days=day, hours=1))
    for scope, owners in ((EVERYTHING, {"dana", "luis"}), (Scope((frozenset({"dana"}),)), {"dana"})):
        with database.session() as session:
            report = Metrics(settings).report(session, scope, monday + 9 * HOUR, Wanted(keys=("crm_completeness",)))
        (trend,) = report.trends
        told = dict(zip(trend.weeks, trend.values, strict=True))
        share = _share([all(_filled(one)) for one in company.deals if one["owner_id"] in owners])
        weeks = {f"2026-W{number}": None if number in (35, 36, 37, 38, 39, 42) else share for number in range(35, 47)}
        assert told == weeks
        assert (trend.course, trend.where) == ("flat", "understand")
        assert trend.look_at == "the field that is blank most often: `dealwright hygiene` tells"
    with database.transaction() as session:
        session.execute(update(Deal).values(owner_id="dana", amount=Decimal(1), stage="Propose", next_step="Call", next_step_date=date(2026, 12, 1)))  # fmt: skip
        assert mark_week(session, settings, monday + HOUR) == "2026-W46"
        report = Metrics(settings).report(session, EVERYTHING, monday + 9 * HOUR, Wanted(keys=("crm_completeness",)))
    assert report.trends[0].values[-1] == Decimal(100)
    assert (report.trends[0].course, report.trends[0].where) == ("met", None)
