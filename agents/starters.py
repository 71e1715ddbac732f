"""First questions to offer somebody who has asked nothing yet, made from what they may see."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infra.spine.models import Account, Activity, Contact, Deal
from infra.spine.scope import Scope

LATELY = timedelta(days=90)
"""How far back an account counts as lively."""


def first_questions(session: Session, scope: Scope, now: datetime, most: int = 6) -> list[str]:
    """Return questions that the data in the scope has something to say to, the liveliest account first; none where there is no data."""
    names = _lively_accounts(session, scope, now)
    open_deals = session.scalar(select(func.count()).select_from(Deal).where(Deal.status == "open", scope.deals())) or 0
    questions: list[str] = []
    if names:
        questions.append(f"What's the latest on {names[0]}?")
    if open_deals:
        questions += ["Which deals have been silent for 5+ days?", "Which deals close this month without a next step?"]
    if len(names) > 1:
        questions.append(f"What did {names[1]} say about price?")
    if open_deals:
        questions.append("Pipeline by owner")
    if names and _has_contacts(session, scope, names[0]):
        questions.append(f"Who is involved at {names[0]}?")
    return questions[:most]


def _lively_accounts(session: Session, scope: Scope, now: datetime) -> list[str]:
    """Return up to two accounts with an open deal: where most was said lately, else ever."""
    said = func.count(Activity.id)
    lively = (
        select(Account.name)
        .select_from(Activity)
        .join(Account, Account.id == Activity.account_id)
        .where(
            scope.accounts(),
            scope.activities(),
            Activity.at <= now,
            Activity.kind.in_(("call", "meeting", "mail")),
            Account.id.in_(
                select(Deal.account_id).where(Deal.status == "open", Deal.account_id.is_not(None), scope.deals())
            ),
        )
        .group_by(Account.id, Account.name)
        .order_by(said.desc(), func.max(Activity.at).desc(), Account.name)
        .limit(2)
    )
    return list(session.scalars(lively.where(Activity.at >= now - LATELY))) or list(session.scalars(lively))


def _has_contacts(session: Session, scope: Scope, account: str) -> bool:
    return (
        session.scalar(
            select(Contact.id)
            .join(Account, Account.id == Contact.account_id)
            .where(Account.name == account, scope.contacts())
            .limit(1)
        )
        is not None
    )
