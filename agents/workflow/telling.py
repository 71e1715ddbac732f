"""From kept or found actions to the records that people and other parts read: names, sums, why, what to do about it, and whether it is late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.links import Links
from agents.workflow.record import TASK, Due, Verb
from infra.spine.activity import Activity, Participant
from infra.spine.business import Account, Deal
from infra.spine.people import Contact, User
from infra.spine.scope import Scope
from sales.mail.turns import object_of, phrase_of
from sales.workflow.rules import FIELDS, Rules
from sales.workflow.wording import DRAFTED, PURPOSE_OF, in_a_row, spoken_day, topic, why

_PART = 400


@dataclass(frozen=True)
class Action:
    """An action before it is told: as it is kept, or as it was found."""

    id: str
    deal_id: str
    rule: str
    stage: str | None
    trigger_id: str
    triggered_at: datetime
    due_at: datetime
    state: Any
    done_at: datetime | None
    detail: dict[str, Any]
    owner_id: str | None = None


class Telling:
    """Tells actions as of a moment."""

    def __init__(self, session: Session, rules: Rules, links: Links, as_of: datetime, zone: ZoneInfo) -> None:
        self._session = session
        self._rules = rules
        self._links = links
        self._as_of = as_of
        self._zone = zone
        self._colleagues: dict[str, str] = {}

    def told(self, actions: Sequence[Action], scope: Scope) -> list[Due]:
        """Return the actions on deals inside a scope, in the order that they came."""
        deals = self._deals({one.deal_id for one in actions}, scope)
        seen = self._seen({one.detail["seen"] for one in actions if one.detail.get("seen")})
        people = self._people([one for one in actions if one.deal_id in deals])
        self._colleagues = self._users({one.owner_id for one in actions if one.owner_id})
        return [
            self._due(one, deals[one.deal_id], seen.get(one.detail.get("seen", "")), people.get(one.id))
            for one in actions
            if one.deal_id in deals
        ]

    def _due(self, one: Action, deal: Any, seen: Any, who: str | None) -> Due:
        trigger = one.detail.get("trigger", "")
        rule = self._rules.rule(one.rule)
        late = self._as_of - one.due_at if one.state == "waiting" and one.due_at < self._as_of else None
        # A silence is told from the last word on, not from the day on which it had become too long.
        local = (one.triggered_at - timedelta(days=one.detail.get("days", 0))).astimezone(self._zone).date()
        day = spoken_day(local, self._as_of.astimezone(self._zone).date())
        subject = seen.subject if seen is not None else None
        verb, value = self._doing(trigger, one, deal, who, subject)
        return Due(
            id=one.id,
            deal_id=one.deal_id,
            deal=deal.name,
            account_id=deal.account_id,
            account=deal.account,
            owner_id=one.owner_id or deal.owner_id,
            owner=self._colleagues.get(one.owner_id or "", deal.owner),
            amount=deal.amount,
            currency=deal.currency,
            stage=one.stage,
            rule=one.rule,
            trigger=trigger,
            label=_label(one, rule.action if rule else one.rule),
            why=why(trigger, day, one.detail, who=who, stage=one.stage) if trigger else one.rule,
            trigger_id=one.trigger_id,
            triggered_at=one.triggered_at,
            due_at=one.due_at,
            state=one.state,
            done_at=one.done_at,
            overdue=late is not None,
            late=late,
            took=one.done_at - one.triggered_at if one.state == "done" and one.done_at else None,
            verb=verb,
            value=value,
            evidence=self._evidence(one, seen),
        )

    def _doing(self, trigger: str, one: Action, deal: Any, who: str | None, subject: str | None) -> tuple[Verb, str]:
        """Return how it is done from here: a mail to the person is drafted, else the deal is opened."""
        if trigger in DRAFTED and who:
            work = one.detail.get("what") or one.detail.get("task")
            purpose = phrase_of(PURPOSE_OF.get(trigger, "ask"))
            about = (object_of(work) if work else None) or topic(trigger, subject, named=not purpose)
            told = (f"Draft a mail to {who}", purpose, f"about {about}" if about else "")
            return "draft", " ".join(filter(None, told))[:300]
        return "open", self._links.evidence("deal", deal.id) or deal.id

    def _evidence(self, one: Action, seen: Any) -> Evidence | None:
        quote = one.detail.get("quote") or (seen.subject if seen is not None else None)
        if seen is None or not quote:
            return None
        return Evidence(
            source=seen.kind, id=seen.id, quote=quote, at=seen.at, url=self._links.evidence(seen.kind, seen.id), label=seen.subject
        )  # fmt: skip

    def _deals(self, ids: set[str], scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in _parts(ids):
            rows = self._session.execute(
                select(
                    Deal.id, Deal.name, Deal.account_id, Account.name.label("account"), Deal.owner_id,
                    User.name.label("owner"), Deal.amount, Deal.currency,
                )
                .outerjoin(Account, Account.id == Deal.account_id)
                .outerjoin(User, User.id == Deal.owner_id)
                .where(Deal.id.in_(part), scope.deals())
            )  # fmt: skip
            found |= {row.id: row for row in rows}
        return found

    def _users(self, ids: set[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(ids):
            found |= dict(self._session.execute(select(User.id, User.name).where(User.id.in_(part))).all())
        return found

    def _seen(self, ids: set[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in _parts(ids):
            rows = self._session.execute(
                select(Activity.id, Activity.kind, Activity.subject, Activity.at).where(Activity.id.in_(part))
            )
            found |= {row.id: row for row in rows}
        return found

    def _people(self, actions: list[Action]) -> dict[str, str]:
        """Return whom each action is about: the person who is new, else somebody of the buyer's side in what started it."""
        named = {one.id: one.trigger_id.removeprefix("person:") for one in actions if one.trigger_id.startswith("person:")}  # fmt: skip
        there = self._there({one.detail["seen"] for one in actions if one.detail.get("seen") and one.id not in named})
        names = self._names({*named.values(), *there.values()})
        found = {one.id: there.get(one.detail.get("seen", "")) for one in actions} | named
        return {id: names[contact] for id, contact in found.items() if contact in names}

    def _there(self, ids: set[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(ids):
            rows = self._session.execute(
                select(Participant.activity_id, Participant.contact_id)
                .where(Participant.activity_id.in_(part), Participant.side == "buyer", Participant.contact_id.is_not(None))
                .order_by(Participant.id)
            )  # fmt: skip
            for activity, contact in rows:
                found.setdefault(activity, str(contact))
        return found

    def _names(self, ids: set[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(ids):
            found |= dict(self._session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(part))).all())
        return found


def _label(one: Action, action: str) -> str:
    if one.detail.get("task"):
        return f"{TASK}{one.detail['task']}"[:200]
    what = one.detail.get("what") or one.detail.get("step")
    if missing := one.detail.get("missing"):
        what = in_a_row([FIELDS.get(name, name) for name in missing])
    return f"{action}: {what}"[:200] if what else action


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    told = sorted(ids)
    return (told[begin : begin + _PART] for begin in range(0, len(told), _PART))
