"""What is watched: how every open deal stands, the alerts that came of it, what a stage's rules ask for, and the reviews that were sent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class DealHealth(Base):
    """How an open deal stands now: `record` is `agents.health.record.Health` as JSON, the columns are what is sorted and counted by.

    `score` is 0 to 100, None where too little is known; `band` is healthy, watch, at_risk or unknown. `made_from` names what it was made from
    and by which rules, so that it is made anew when either changes.
    """

    __tablename__ = "deal_health"

    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[int | None]
    band: Mapped[str] = mapped_column(String(12), index=True)
    likelihood: Mapped[Decimal | None]
    expected_close: Mapped[date | None]
    record: Mapped[dict[str, Any]]
    made_from: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class HealthMark(Base):
    """A deal's health as it stood from `at` on: one row for each change of its score, band or reasons. `reasons` are their kinds."""

    __tablename__ = "health_marks"

    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    score: Mapped[int | None]
    band: Mapped[str] = mapped_column(String(12))
    likelihood: Mapped[Decimal | None]
    reasons: Mapped[list[str]]


Index("ix_health_marks_at", HealthMark.at)


class Alert(Base):
    """One alert to one person: a deal at risk, a renewal or an expansion. `key` is made of the deal, the kind, the person and a number that counts
    their alerts on it, so that one stands at a time: what comes to its cause joins it.

    `rule` is the cause that weighs most. `state` is waiting, held (the day's budget was used), told, working, snoozed, dismissed, resolved or
    muted (its rule was called useless too often). `event_at` is when what caused it happened, `record` is `agents.alerts.record.AlertOut` as JSON.
    `verdict` is what the person said of it: useful or useless.
    """

    __tablename__ = "alerts"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(40), index=True)
    causes: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(12), index=True)
    rank: Mapped[float]
    record: Mapped[dict[str, Any]]
    proposal_id: Mapped[str | None] = mapped_column(String(60), index=True)
    event_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str | None]
    verdict: Mapped[str | None] = mapped_column(String(12))
    verdict_at: Mapped[datetime | None]


Index("ix_alerts_user_raised", Alert.user_id, Alert.raised_at)


class MutedRule(Base):
    """A rule whose alerts are not told, for the whole company: `useful` of `judged` were called useful when it was muted. `by` is a person, None for the rule on precision.

    One that was lifted at `lifted_at` is told again, and only verdicts since then count.
    """

    __tablename__ = "muted_rules"

    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    useful: Mapped[int]
    judged: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class Stirred(Base):
    """A deal that something happened to, or where no deal is named an account, that nobody has looked at yet.

    The database's own triggers write it (migration 0020), in the transaction of whoever wrote: an import, a sync, a webhook, from whatever process.
    Whoever looks marks it `taken` before they look, and takes it away in the transaction in which they write down what they saw: what happens in
    between is noted anew.
    """

    __tablename__ = "stirred"
    # Without AUTOINCREMENT, SQLite gives the id of a row that was taken away to the next one.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    deal_id: Mapped[str | None] = mapped_column(String(80), index=True)
    account_id: Mapped[str | None] = mapped_column(String(80), index=True)
    taken: Mapped[bool] = mapped_column(default=False, server_default=false())


class DueAction(Base):
    """What the workflow asks for on a deal because of a trigger: done when `done_at` is set. `rule` is a key of workflow.toml.

    `trigger_id` is the activity, change or reply that started the clock; with the rule and the deal it makes the row's id, so a trigger asks once.
    `state` is waiting, done, dropped (the deal ended or a person said so) or paused.
    """

    __tablename__ = "due_actions"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    rule: Mapped[str] = mapped_column(String(40))
    stage: Mapped[str | None]
    trigger_id: Mapped[str] = mapped_column(String(200))
    triggered_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[str | None] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]]


Index("ix_due_actions_state_due", DueAction.state, DueAction.due_at)


class Review(Base):
    """A weekly review as it was made for one audience: `record` is `agents.digest.record.Digest` as JSON. `audience` is rep, team or company; `about` the user's id or the team's name.

    `week` is the ISO week that it tells of (2026-W47). It is made once: its id is of the week and the audience.
    """

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), index=True)
    audience: Mapped[str] = mapped_column(String(8))
    about: Mapped[str | None]
    record: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class Delivery(Base):
    """One review to one place: a person or a channel, on one surface. `state` is waiting, sending, sent, failed or unreached; `ref` is where it stands."""

    __tablename__ = "deliveries"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    surface: Mapped[str] = mapped_column(String(16))
    place: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ref: Mapped[dict[str, Any] | None]
    trouble: Mapped[str | None]


Index("ix_deliveries_state_due", Delivery.state, Delivery.due_at)


class SectionVerdict(Base):
    """What a person thinks of one section of a review: useful or not."""

    __tablename__ = "section_verdicts"

    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True)
    section: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    useful: Mapped[bool]
    at: Mapped[datetime]


class RuleChange(Base):
    """A change to how the team works that an operating review put forward, with the figures that argue for it. `state` is open, adopted or refused."""

    __tablename__ = "rule_changes"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str]
    figures: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), index=True)
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]


class AdminMinutes(Base):
    """How many minutes a person says they spent on administration on one day: the baseline week asked in chat, and the weeks after it."""

    __tablename__ = "admin_minutes"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int]
    baseline: Mapped[bool]
    at: Mapped[datetime]


class OperatingDecision(Base):
    """What somebody decided on one record in an operating review. `key` is the area, the record and the time that it holds for: a record is decided once.

    `about` is what the decision counts for beyond the record (a signal's kind, a variant, a stage). `owner_id` is whose record it was.
    """

    __tablename__ = "operating_decisions"

    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    area: Mapped[str] = mapped_column(String(12))
    item: Mapped[str] = mapped_column(String(200))
    choice: Mapped[str] = mapped_column(String(12))
    about: Mapped[str | None]
    by: Mapped[str | None] = mapped_column(String(80))
    owner_id: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(index=True)


class CompletenessMark(Base):
    """How many of an owner's open deals had complete records at the end of an ISO week (2026-W47), as of `at`: next steps have no history that could tell it later.

    `owner_id` None counts the deals of nobody.
    """

    __tablename__ = "completeness_marks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    week: Mapped[str] = mapped_column(String(8), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    complete: Mapped[int]
    deals: Mapped[int]
    at: Mapped[datetime]
