"""How old each source of an answer is, and what is not connected: mails, calls, calendar, CRM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from agents.answer import Freshness
from infra.spine.models import Account, Activity, Deal, Mailbox
from infra.spine.outbound import CALENDARS
from infra.spine.scope import Scope

_NAMES = {
    "salesforce": "Salesforce",
    "hubspot": "HubSpot",
    "sample": "Sample company",
    "import": "Imported CRM files",
    "csv": "Imported CRM files",
}


def source_name(source: str | None) -> str:
    """Name a source as people do."""
    if not source:
        return "CRM"
    return _NAMES.get(source.casefold(), source)


def freshness_of(
    session: Session, scope: Scope, *, as_of: datetime, accounts: Sequence[str] = (), deals: Sequence[str] = ()
) -> tuple[Freshness, ...]:
    """Return the age of the CRM's records and of the latest call and mail, of some accounts or deals or of all that is visible.

    A source of which nothing is known is named with `at` None and a note, since silence then means nothing.
    """
    belongs = Activity.account_id.in_(accounts) if accounts else Activity.deal_id.in_(deals) if deals else None
    query = (
        select(Activity.kind, func.max(Activity.at), func.count())
        .where(scope.activities(), or_(Activity.at <= as_of, Activity.at.is_(None)), Activity.status != "booked")
        .group_by(Activity.kind)
    )
    if belongs is not None:
        query = query.where(belongs)
    latest = {kind: at for kind, at, _ in session.execute(query).all()}
    made = [_crm(session, scope, as_of, accounts, deals)]
    calls = max((at for kind in ("call", "meeting") if (at := latest.get(kind)) is not None), default=None)
    undated = "calls without a date" if {"call", "meeting"} & latest.keys() else "no calls or meetings here"
    made.append(Freshness(source="calls", at=calls, note=None if calls else undated))
    read = _mailboxes_read(session, as_of, accounts, deals)
    mail = max((at for at in (latest.get("mail"), read) if at is not None), default=None)
    unmailed = "mails without a date" if "mail" in latest else _no_mail(accounts, deals)
    broken = _broken(session, accounts, deals)
    made.append(Freshness(source="mail", at=mail, note=broken or (None if mail else unmailed)))
    return tuple(one for one in made if one is not None)


def _mailboxes_read(
    session: Session, as_of: datetime, accounts: Sequence[str], deals: Sequence[str]
) -> datetime | None:
    """Return since when at the latest the owners' mailboxes were all read: mail is as fresh as the one read longest ago. None where one is not connected."""
    owners = select(Account.owner_id).where(Account.id.in_(accounts)) if accounts else select(Deal.owner_id).where(Deal.id.in_(deals))  # fmt: skip
    if not accounts and not deals:
        return None
    wanted = set(session.scalars(owners.distinct()))
    connected = Mailbox.user_id.in_([one for one in wanted if one is not None]) & Mailbox.kind.not_in(CALENDARS)
    read = dict(
        session.execute(
            select(Mailbox.user_id, func.max(Mailbox.read_at)).where(connected, Mailbox.read_at <= as_of).group_by(Mailbox.user_id)
        ).all()
    )  # fmt: skip
    moments = [at for at in read.values() if at is not None]
    return min(moments) if moments and wanted == read.keys() else None


def _broken(session: Session, accounts: Sequence[str], deals: Sequence[str]) -> str | None:
    """Return what to say where an owner's mailbox can't be read any more: silence since then means nothing."""
    if not accounts and not deals:
        return None
    owners = select(Account.owner_id).where(Account.id.in_(accounts)) if accounts else select(Deal.owner_id).where(Deal.id.in_(deals))  # fmt: skip
    lost = select(Mailbox.id).where(
        Mailbox.state == "broken", Mailbox.kind.not_in(CALENDARS), Mailbox.user_id.in_(owners)
    )
    return "mailbox of the owner can't be read" if session.scalar(lost.limit(1)) else None


def _no_mail(accounts: Sequence[str], deals: Sequence[str]) -> str:
    return "mailbox of the owner not connected" if accounts or deals else "no mailbox connected"


def _crm(
    session: Session, scope: Scope, as_of: datetime, accounts: Sequence[str], deals: Sequence[str]
) -> Freshness | None:
    query = select(Deal.source, func.max(Deal.source_at)).where(scope.deals())
    if accounts:
        query = query.where(Deal.account_id.in_(accounts))
    elif deals:
        query = query.where(Deal.id.in_(deals))
    row = session.execute(query.group_by(Deal.source).order_by(func.max(Deal.source_at).desc())).first()
    if row is None and accounts:
        row = session.execute(
            select(Account.source, Account.source_at).where(Account.id.in_(accounts), scope.accounts())
        ).first()
    if row is None:
        return None
    return Freshness(source=source_name(row[0]), at=min(row[1], as_of) if row[1] else None)
