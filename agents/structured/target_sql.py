"""Targets and what was won towards them, by person and by team, as SQL: one row for each of them and each currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, not_, select
from sqlalchemy.orm import Session

from agents.structured.columns import Columns
from agents.structured.sql_time import quarter_key
from infra.settings import Settings
from infra.spine.business import Deal, Target
from infra.spine.people import User
from infra.spine.scope import Scope
from sales.attainment import attainment, to_go

_QUARTER: Any = Target.fiscal_year * 10 + Target.quarter


@dataclass(frozen=True)
class Standing:
    """Where somebody stands: `id` is the user's or the team's name; `quarters` how many quarters the target adds up; `summed` that it is its people's."""

    id: str
    name: str
    kind: str
    team: str | None
    currency: str
    target: Decimal
    quarters: int
    won: Decimal
    deals: int
    other_currency: int = 0
    unpriced: int = 0
    summed: bool = False

    @property
    def percent(self) -> Decimal | None:
        """What was won, in percent of the target."""
        return attainment(self.won, self.target)

    @property
    def gap(self) -> Decimal:
        """What is still to be won; negative where the target was passed."""
        return to_go(self.won, self.target)


class TargetSql:
    """Reads targets of some fiscal quarters (year times ten plus the quarter) inside a scope, and the won deals that count towards them."""

    def __init__(self, session: Session, scope: Scope, settings: Settings, columns: Columns) -> None:
        self.session = session
        self.scope = scope
        self.settings = settings
        self.columns = columns

    def standings(self, quarters: Sequence[int], first: Any, until: Any) -> list[Standing]:
        """Return everybody's and every team's standing. Teams with somebody outside the scope are left out: their sum would be too small."""
        people, teams, won = self._people(quarters), self._teams(quarters), self._won(first, until)
        made = []
        for (identity, name, team, currency), targets in _by(people, "user_id", "name", "team", "currency").items():
            own = [row for row in won if row.owner_id == identity]
            made.append(_standing((identity, name, "person", team, currency), targets, own))
        told = {(row.team.casefold(), row.currency) for row in teams}
        for (team, currency), targets in _by(teams, "team", "currency").items():
            made.append(_standing((team, team, "team", team, currency), targets, _of_team(won, team)))
        hidden = {str(name) for name in self.session.scalars(self._hidden())}
        missing = [row for row in people if row.team and (row.team.casefold(), row.currency) not in told]
        for (team, currency), targets in _by(missing, "team", "currency").items():
            if team.casefold() not in hidden:
                standing = _standing((team, team, "team", team, currency), targets, _of_team(won, team))
                made.append(replace(standing, summed=True))
        return made

    def _people(self, quarters: Sequence[int]) -> list[Any]:
        return list(self.session.execute(
            select(Target.user_id, User.name, User.team, Target.currency, Target.amount, _QUARTER.label("quarter"))
            .join(User, User.id == Target.user_id)
            .where(_QUARTER.in_(quarters), self.scope.users())
            .order_by(User.name, Target.currency, _QUARTER)
        ))  # fmt: skip

    def _teams(self, quarters: Sequence[int]) -> list[Any]:
        return list(self.session.execute(
            select(Target.team, Target.currency, Target.amount, _QUARTER.label("quarter"))
            .where(_QUARTER.in_(quarters), Target.team.is_not(None), func.lower(Target.team).not_in(self._hidden()))
            .order_by(Target.team, Target.currency, _QUARTER)
        ))  # fmt: skip

    def _hidden(self) -> Any:
        return select(func.lower(User.team)).where(User.team.is_not(None), not_(self.scope.users())).correlate(None)

    def _won(self, first: Any, until: Any) -> list[Any]:
        """Return what each owner won in each currency and fiscal quarter inside the days."""
        closed = self.columns.expression("deal.closed")
        quarter = quarter_key(closed, self.settings.fiscal_year_start)
        return list(self.session.execute(
            select(
                Deal.owner_id, User.team, Deal.currency, quarter.label("quarter"), func.sum(Deal.amount).label("amount"), func.count().label("deals"),
                func.count(case((Deal.amount.is_(None), 1))).label("unpriced"),
            )
            .select_from(self.columns.source().join(User.__table__, User.id == Deal.owner_id))
            .where(self.scope.deals(), Deal.status == "won", closed >= first, closed < until)
            .group_by(Deal.owner_id, User.team, Deal.currency, quarter)
        ))  # fmt: skip


def _by(rows: Sequence[Any], *names: str) -> dict[tuple[Any, ...], list[Any]]:
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        found.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
    return found


def _of_team(won: Sequence[Any], team: str) -> list[Any]:
    return [row for row in won if row.team and row.team.casefold() == team.casefold()]


def _standing(who: tuple[str, str, str, str | None, str], targets: Sequence[Any], won: Sequence[Any]) -> Standing:
    """Hold what was won against the targets, in those quarters alone that have one."""
    quarters = {int(row.quarter) for row in targets}
    counted = [row for row in won if int(row.quarter) in quarters]
    same = [row for row in counted if row.currency == who[4]]
    return Standing(
        *who, target=sum((Decimal(row.amount) for row in targets), Decimal(0)), quarters=len(quarters),
        won=sum((Decimal(row.amount or 0) for row in same), Decimal(0)), deals=sum(int(row.deals) for row in same),
        other_currency=sum(int(row.deals - row.unpriced) for row in counted if row.currency != who[4]),
        unpriced=sum(int(row.unpriced) for row in counted),
    )  # fmt: skip
