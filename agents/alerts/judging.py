"""What people say of alerts, by rule: precision, muting a rule that is of no use, and telling it again when a manager says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from agents.alerts.record import RuleStanding
from infra.errors import Fatal
from infra.spine.people import User
from infra.spine.watch import Alert, MutedRule
from sales.alerting import is_to_mute, upper_precision


def standings(session: Session) -> tuple[RuleStanding, ...]:
    """Return how every rule did whose alerts were told or that is muted, the most told first. Verdicts from before a rule was lifted don't count."""
    judged = or_(MutedRule.lifted_at.is_(None), Alert.verdict_at > MutedRule.lifted_at)
    rows = session.execute(
        select(
            Alert.rule,
            func.count().filter(Alert.told_at.is_not(None)).label("told"),
            func.count().filter(Alert.verdict.is_not(None), judged).label("judged"),
            func.sum(case(((Alert.verdict == "useful") & judged, 1), else_=0)).label("useful"),
        )
        .outerjoin(MutedRule, MutedRule.rule == Alert.rule)
        .group_by(Alert.rule)
    ).all()
    counts = {row.rule: (row.told, row.judged, row.useful or 0) for row in rows}
    muted = session.execute(select(MutedRule, User.name).outerjoin(User, User.id == MutedRule.by)).all()
    silent = {row.rule: (row.at, name) for row, name in muted if row.lifted_at is None}
    rules = {rule for rule, (told, said, _) in counts.items() if told or said} | silent.keys()
    return tuple(
        sorted(
            (_standing(rule, counts.get(rule, (0, 0, 0)), silent.get(rule)) for rule in rules),
            key=lambda one: (-one.told, one.rule),
        )
    )


def _standing(rule: str, counts: tuple[int, int, int], muted: tuple[datetime, str | None] | None) -> RuleStanding:
    told, judged, useful = counts
    return RuleStanding(
        rule=rule,
        told=told,
        judged=judged,
        useful=useful,
        precision=round(useful / judged, 3) if judged else None,
        upper=round(upper_precision(useful, judged), 3) if judged else None,
        muted_at=muted[0] if muted else None,
        muted_by=muted[1] if muted else None,
    )


def judge_rule(session: Session, rule: str, now: datetime) -> RuleStanding | None:
    """Mute a rule where its verdicts say so. Returns its standing if it was muted just now."""
    session.flush()
    found = next((one for one in standings(session) if one.rule == rule), None)
    if found is None or found.muted_at is not None or not is_to_mute(found.useful, found.judged):
        return None
    row = session.get(MutedRule, rule)
    if row is None:
        session.add(MutedRule(rule=rule, useful=found.useful, judged=found.judged, at=now, by=None))
    else:
        row.useful, row.judged, row.at, row.by, row.lifted_at, row.lifted_by = (
            found.useful,
            found.judged,
            now,
            None,
            None,
            None,
        )
    return found


def lift(session: Session, rule: str, by: str | None, now: datetime) -> None:
    """Tell a muted rule's alerts again; only what is said of it from now on counts. Raises Fatal (404) where it is not muted."""
    row = session.get(MutedRule, rule)
    if row is None or row.lifted_at is not None:
        raise Fatal("That rule is not muted.", "`dealwright alerts` shows which are.", status=404)
    row.lifted_at, row.lifted_by = now, by


def mute(session: Session, rule: str, by: str | None, now: datetime) -> None:
    """Mute a rule because a person says so."""
    found = next((one for one in standings(session) if one.rule == rule), None)
    useful, judged = (found.useful, found.judged) if found else (0, 0)
    row = session.get(MutedRule, rule)
    if row is None:
        session.add(MutedRule(rule=rule, useful=useful, judged=judged, at=now, by=by))
    elif row.lifted_at is not None:
        row.useful, row.judged, row.at, row.by, row.lifted_at, row.lifted_by = useful, judged, now, by, None, None
