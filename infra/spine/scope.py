"""Who may see what: the scope of an asker, and the SQL that holds every query to it.

A scope is a list of grants, one for each person who will read the answer (one in private; every member in a channel): a record is
inside when every grant allows it. A grant is the set of owners whose records may be seen; no grants means everything.

A deal is seen with its owner's records or with its account's owner's; an account is seen with its owner's records or when one
of its deals is; an activity with its deal, with its account where it has no deal, or with its own owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from infra.errors import Denied
from infra.settings import Visibility
from infra.spine.activity import Activity, Passage
from infra.spine.business import Account, Deal
from infra.spine.people import Contact, Lead, User
from infra.spine.proposals import Proposal
from infra.spine.signals import Signal

UNKNOWN_ASKER = "I don't know you yet, so I can't show you any deal."
UNKNOWN_ASKER_NEXT = "Ask your Dealwright admin to add you as a user with your mail address."


@dataclass(frozen=True)
class Scope:
    """What an answer may use. Build it with `scope_of`, `scope_of_all` or `EVERYTHING`; it is a required argument of every search and query."""

    grants: tuple[frozenset[str], ...]
    user_id: str | None = None
    role: str = "rep"

    @property
    def everything(self) -> bool:
        """True when nothing is hidden."""
        return not self.grants

    def key(self) -> tuple[tuple[str, ...], ...]:
        """Return a value that is equal for scopes that show the same records, for caches."""
        return tuple(sorted(tuple(sorted(grant)) for grant in self.grants))

    def deals(self, deal: type[Deal] = Deal) -> ColumnElement[bool]:
        """Return the condition that a row of `deals` is inside."""
        return _all(self.grants, lambda grant: _deal_in(deal, grant))

    def accounts(self, account: type[Account] = Account) -> ColumnElement[bool]:
        """Return the condition that a row of `accounts` is inside."""
        return _all(self.grants, lambda grant: _account_in(account, grant))

    def activities(self, activity: type[Activity] = Activity) -> ColumnElement[bool]:
        """Return the condition that a row of `activities` is inside."""
        return _all(self.grants, lambda grant: _belongs(activity, grant))

    def passages(self, passage: type[Passage] = Passage) -> ColumnElement[bool]:
        """Return the condition that a row of `passages` is inside."""
        return _all(self.grants, lambda grant: _belongs(passage, grant))

    def contacts(self, contact: type[Contact] = Contact) -> ColumnElement[bool]:
        """Return the condition that a row of `contacts` is inside."""
        return _all(
            self.grants, lambda grant: or_(contact.owner_id.in_(grant), contact.account_id.in_(_account_ids(grant)))
        )

    def proposals(self, proposal: type[Proposal] = Proposal) -> ColumnElement[bool]:
        """Return the condition that a row of `proposals` is inside."""
        return _all(self.grants, lambda grant: _belongs(proposal, grant))

    def leads(self, lead: type[Lead] = Lead) -> ColumnElement[bool]:
        """Return the condition that a row of `leads` is inside."""
        return _all(self.grants, lambda grant: or_(lead.owner_id.in_(grant), lead.account_id.in_(_account_ids(grant))))

    def signals(self, signal: type[Signal] = Signal) -> ColumnElement[bool]:
        """Return the condition that a row of `signals` is inside: with its owner's records, or with its account."""
        return _all(
            self.grants, lambda grant: or_(signal.owner_id.in_(grant), signal.account_id.in_(_account_ids(grant)))
        )

    def users(self, user: type[User] = User) -> ColumnElement[bool]:
        """Return the condition that a colleague's own figures (targets, scorecards) may be shown."""
        return _all(self.grants, lambda grant: user.id.in_(grant))


EVERYTHING = Scope(grants=(), role="admin")
"""The scope of an admin."""

NOTHING = Scope(grants=(frozenset(),))
"""The scope that shows no record."""


def _all(grants: tuple[frozenset[str], ...], condition) -> ColumnElement[bool]:  # type: ignore[no-untyped-def]
    if not grants:
        return true()
    return and_(*(condition(grant) if grant else false() for grant in grants))


# Made once: an alias costs a millisecond, and every question builds several conditions.
_OWNED, _ACCOUNT = aliased(Account), aliased(Account)
_DEAL, _OF_ROW = aliased(Deal), aliased(Deal)


def _deal_in(deal: type[Deal], grant: frozenset[str]) -> ColumnElement[bool]:
    owned = _OWNED
    return or_(deal.owner_id.in_(grant), deal.account_id.in_(select(owned.id).where(owned.owner_id.in_(grant))))


def _account_in(account: type[Account], grant: frozenset[str]) -> ColumnElement[bool]:
    deal = _DEAL
    return or_(
        account.owner_id.in_(grant),
        account.id.in_(select(deal.account_id).where(deal.owner_id.in_(grant), deal.account_id.is_not(None))),
    )


def _account_ids(grant: frozenset[str]):  # type: ignore[no-untyped-def]
    account = _ACCOUNT
    return select(account.id).where(_account_in(account, grant))


def _belongs(row: type[Activity] | type[Passage] | type[Proposal], grant: frozenset[str]) -> ColumnElement[bool]:
    deal = _OF_ROW
    return or_(
        row.owner_id.in_(grant),
        row.deal_id.in_(select(deal.id).where(_deal_in(deal, grant))),
        and_(row.deal_id.is_(None), row.account_id.in_(_account_ids(grant))),
    )


def find_user(session: Session, email: str) -> User | None:
    """Return the active user with this mail address, whatever its case, or None."""
    from sqlalchemy import func

    return session.scalars(
        select(User).where(func.lower(User.email) == email.strip().lower(), User.active)
    ).one_or_none()


def scope_of(session: Session, user: User, visibility: Visibility) -> Scope:
    """Return what `user` may see: an admin all; a manager the team's; a rep by `visibility` their own, the team's, or all."""
    if user.role == "admin" or (visibility == "all" and user.role != "manager"):
        return Scope(grants=(), user_id=user.id, role=user.role)
    if user.role == "manager":
        return Scope(grants=(_team_of_manager(session, user),), user_id=user.id, role=user.role)
    owners = _team_of_rep(session, user) if visibility == "team" else frozenset({user.id})
    return Scope(grants=(owners,), user_id=user.id, role=user.role)


def coached_by(session: Session, user: User) -> frozenset[str]:
    """Return whose coaching a user may see: their own, and that of the people who report to them. Nobody else's, whatever their role."""
    if user.role == "manager":
        return _team_of_manager(session, user)
    reports = frozenset(session.scalars(select(User.id).where(User.manager_id == user.id)))
    return reports | {user.id}


def _team_of_manager(session: Session, manager: User) -> frozenset[str]:
    # Where reporting lines are known they are the team; a shared team name alone would show a peer manager's people.
    reports: set[str] = set()
    level = {manager.id}
    while level:
        below = set(session.scalars(select(User.id).where(User.manager_id.in_(level)))) - reports - {manager.id}
        reports |= below
        level = below
    if not reports and manager.team:
        reports = set(session.scalars(select(User.id).where(User.team == manager.team)))
    return frozenset(reports | {manager.id})


def _team_of_rep(session: Session, user: User) -> frozenset[str]:
    if user.team:
        return frozenset(session.scalars(select(User.id).where(User.team == user.team))) | {user.id}
    if user.manager_id:
        return frozenset(session.scalars(select(User.id).where(User.manager_id == user.manager_id))) | {user.id}
    return frozenset({user.id})


def scope_of_all(scopes: Iterable[Scope]) -> Scope:
    """Return what every one of `scopes` allows: the scope of a channel whose members these are."""
    grants: list[frozenset[str]] = []
    for scope in scopes:
        for grant in scope.grants:
            if any(kept <= grant for kept in grants):
                continue
            grants = [kept for kept in grants if not grant <= kept]
            grants.append(grant)
    return Scope(grants=tuple(grants))


def scope_for_email(session: Session, email: str, visibility: Visibility) -> Scope:
    """Return the scope of the user with this mail address. Raises Denied, in fixed words, for somebody unknown."""
    user = find_user(session, email)
    if user is None:
        raise Denied(UNKNOWN_ASKER, UNKNOWN_ASKER_NEXT)
    return scope_of(session, user, visibility)
