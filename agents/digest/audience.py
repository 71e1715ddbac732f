"""Whose review it is and who may read it: the people whose deals it tells of, and the scope that its reader brings."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from agents.digest.record import PERSONAL, Audience
from agents.pipeline.record import COMPANY, About
from infra.errors import Denied, Fatal
from infra.settings import Visibility
from infra.spine.business import Deal
from infra.spine.people import User
from infra.spine.scope import EVERYTHING, Scope, coached_by, scope_of

_NOT_FOR_YOU = ("There is no review of that team for you.", "A review is for those who may see all of a team's deals.")
_LEFT = ("That person is not active here.", "Reviews are for active users; `dealwright users` lists them.")


@dataclass(frozen=True)
class OwnersOnly(Scope):
    """A scope that shows of deals only those of some owners: a review tells of its people's own deals, not of all that they may look at."""

    owners: frozenset[str] = field(default_factory=frozenset)

    @property
    def everything(self) -> bool:
        """Never: some owners' deals are not all."""
        return False

    def key(self) -> tuple[tuple[str, ...], ...]:
        """Return a value that is equal for scopes that show the same records."""
        return (*super().key(), ("owners", *sorted(self.owners)))

    def deals(self, deal: type[Deal] = Deal) -> ColumnElement[bool]:
        """Return the condition that a row of `deals` is inside."""
        return and_(super().deals(deal), deal.owner_id.in_(self.owners))

    def users(self, user: type[User] = User) -> ColumnElement[bool]:
        """Return the condition that a colleague's own figures may be shown."""
        return and_(super().users(user), user.id.in_(self.owners))


@dataclass(frozen=True)
class Readership:
    """Whose review it is. `owners` are the people whose deals it tells of, None for everybody's; `scope` what its reader may see, held to them.

    `reach` is all that its reader may see, `team` the team whose people they are, where they are just those of one.
    `coached` are the people whose coaching and figures stand in it by name: nobody in a review that may stand in a channel. `names_deals` is False where
    not every reader may see every deal: then it tells figures only.
    """

    audience: Audience
    about: str | None
    about_name: str
    scope: Scope
    owners: frozenset[str] | None
    reach: Scope
    team: str | None = None
    coached: frozenset[str] = frozenset()
    names_deals: bool = True
    reader_id: str | None = None

    @property
    def personal(self) -> bool:
        """Whether it is for one person's eyes."""
        return self.audience in PERSONAL

    @property
    def whose(self) -> tuple[Scope, About]:
        """What the pipeline's figures are asked for: those who owned the deals then are told by `About`, today's owners by the scope."""
        if self.audience == "rep":
            return self.reach, About(user_id=self.about)
        if self.team is not None:
            return self.reach, About(team=self.team)
        return self.scope, COMPANY


def for_rep(session: Session, user: User, visibility: Visibility) -> Readership:
    """Return somebody's own review."""
    reach = scope_of(session, user, visibility)
    owners = frozenset({user.id})
    return Readership("rep", user.id, user.name, _held(reach, owners), owners, reach, None, owners, reader_id=user.id)


def for_manager(session: Session, user: User, visibility: Visibility) -> Readership:
    """Return the review of those who report to somebody, with what concerns each of them by name."""
    people = coached_by(session, user)
    reach = scope_of(session, user, visibility)
    teams = set(session.scalars(select(User.team).where(User.id.in_(people))))
    team = user.team if teams == {user.team} and _members(session, user.team or "") == people else None
    name = user.team or f"{user.name}'s people"
    return Readership("manager", user.id, name, _held(reach, people), people, reach, team, people, reader_id=user.id)


def for_team(session: Session, team: str, visibility: Visibility, asker: Scope | None = None) -> Readership:
    """Return a team's review as all its members may read it, or as far as `asker` may see. Raises Fatal (404) where that is not all of it."""
    members = _members(session, team)
    name = session.scalar(select(User.team).where(User.id.in_(members)).limit(1))
    if name is None or (asker is not None and not _sees(asker, members)):
        raise Fatal(*_NOT_FOR_YOU, status=404)
    own_only = asker is None and visibility == "own"
    reach = Scope(grants=(members,)) if asker is None else asker
    return Readership("team", name, name, _held(reach, members), members, reach, name, names_deals=not own_only)


def sees_team(session: Session, team: str, asker: Scope) -> bool:
    """Return whether there is a team of that name, all of whose deals somebody may see: a part of them would pass for all."""
    return _sees(asker, _members(session, team))


def for_company(asker: Scope | None = None) -> Readership:
    """Return the whole company's review. Raises Denied for somebody who may not see everything."""
    if asker is not None and not asker.everything:
        raise Denied(
            "The company's review is for those who may see every deal.", "Ask for your own: leave --company out."
        )
    return Readership("company", None, "Company", EVERYTHING, None, EVERYTHING)


def natural(session: Session, user: User, visibility: Visibility) -> Readership:
    """Return the review that somebody is meant by "the review of last week": an admin's is the company's, a manager's that of their people."""
    if not user.active:
        raise Fatal(*_LEFT, status=404)
    if user.role == "admin":
        return for_company()
    if user.role == "manager":
        return for_manager(session, user, visibility)
    return for_rep(session, user, visibility)


def _members(session: Session, team: str) -> frozenset[str]:
    return frozenset(session.scalars(select(User.id).where(func.lower(User.team) == team.strip().lower())))


def _held(scope: Scope, owners: frozenset[str]) -> OwnersOnly:
    return OwnersOnly(grants=scope.grants, user_id=scope.user_id, role=scope.role, owners=owners)


def _sees(asker: Scope, members: frozenset[str]) -> bool:
    return bool(members) and all(members <= grant for grant in asker.grants)
