"""What a person does with an alert: works it, puts it off, says that it is no risk, or says what they think of it. Who may is decided at the click."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from agents.alerts.judging import judge_rule
from agents.alerts.record import OPEN, AlertOut, Ending, RuleStanding
from agents.alerts.rows import out_of
from agents.proposals.rights import right_to_decide
from infra.errors import Denied, Fatal
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.watch import Alert

Act = Literal["work", "snooze", "dismiss", "useful"]

REASONS: tuple[tuple[str, str], ...] = (
    ("known", "I know, and it is in hand"),
    ("agreed_pause", "We agreed on a pause with them"),
    ("other_channel", "We talk, but where Dealwright doesn't see it"),
    ("wrong_fact", "What it says is not so"),
    ("not_mine", "This deal is not mine"),
    ("dead", "The deal is dead"),
    ("other", "Another reason"),
)
"""Why an alert is no risk: counted, and shown beside its rule."""


@dataclass(frozen=True)
class Acted:
    """What came of it: the alert as it stands then, whether anything changed, a sentence where nothing did, and the rule that this muted."""

    alert: AlertOut
    changed: bool
    sentence: str = ""
    muted: RuleStanding | None = None


def act(
    session: Session,
    alert_id: str,
    action: Act,
    user_id: str,
    surface: str,
    now: datetime,
    *,
    until: datetime | None = None,
    reason: str = "",
) -> Acted:
    """Do what a person who may says about an alert. Raises Fatal: 404 where there is none, 422 for a snooze that has no future day."""
    row = session.get(Alert, alert_id, with_for_update=True)
    if row is None:
        raise Fatal("There is no such alert any more.", status=404)
    if row.state not in OPEN and action != "useful":
        return Acted(out_of(row), changed=False, sentence="That alert has ended already.")
    if action == "snooze" and (until is None or until <= now):
        raise Fatal("That day has passed.", "Choose a later one.", status=422)
    if action == "work":
        row.state, row.verdict = "working", row.verdict or "useful"
    elif action == "snooze":
        row.state, row.snoozed_until = "snoozed", until
    elif action == "dismiss":
        row.state, row.ended_at, row.ended_by = "dismissed", now, user_id
        row.verdict, row.reason = "useless", reason[:500] or "other"
        why = dict(REASONS).get(row.reason, row.reason)
        ending = Ending(sentence=f"Not a risk: {why}", at=now)
        row.record = out_of(row).model_copy(update={"ending": ending}).model_dump(mode="json")
    else:
        row.verdict = "useful"
    row.told_at = row.told_at or now
    if row.verdict is not None and action != "snooze":
        row.verdict_at = now
    session.add(_audit(now, user_id, surface, action, alert_id))
    muted = judge_rule(session, row.rule, now) if action == "dismiss" else None
    return Acted(out_of(row), changed=True, muted=muted)


def allow(database: Database, alert_id: str, user_id: str, surface: str, now: datetime) -> None:
    """Return where somebody may decide on an alert: whoever was told of it, and who decides for them. Raises Denied, and keeps that in the trail."""
    with database.session() as session:
        row = session.get(Alert, alert_id)
        if row is None or row.user_id == user_id or right_to_decide(session, user_id, row.user_id, now) is not None:
            return
    with database.transaction() as session:
        session.add(_audit(now, user_id, surface, "denied", alert_id))
    raise Denied("That alert is somebody else's.", "Whoever was told, or who leads them, decides on it.")


def _audit(now: datetime, user_id: str, surface: str, action: str, alert_id: str) -> AuditEntry:
    return AuditEntry(at=now, actor=user_id, surface=surface, action=f"alert {action}", detail={"alert": alert_id})
