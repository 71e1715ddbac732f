"""The systems that can be connected: what each needs, and how its connector is opened. A new connector is one more entry here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from agents.crm.opening import has_salesforce_key, open_gong, open_salesforce, salesforce_ends
from agents.crm.rules import ownership_in_force
from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.crm import Connection
from infra.spine.database import Database
from integrations.connectors.pacing import Timer
from integrations.connectors.stream import Connector
from integrations.connectors.tokens import FixedToken, Grant, RenewedToken, Tokens
from sales.clock import Clock

Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Opening:
    """What a connector is opened with. `grant` is what a consent gave, None where a setting holds the token; `kept` stores a renewed one."""

    settings: Settings
    clock: Clock
    names: Names
    grant: Grant | None
    kept: Callable[[Grant], None]
    timer: Timer | None


@dataclass(frozen=True)
class System:
    """A system. `is_set` tells whether the settings alone connect it, `ends` when they stop to; `needs` says to a person what does; `writes` whether it is a system of record."""

    name: str
    title: str
    needs: str
    writes: bool
    is_set: Callable[[Settings], bool]
    open: Callable[[Opening], Connector]
    ends: Callable[[Settings], datetime | None] = lambda _settings: None


def _open_hubspot(opening: Opening) -> Connector:
    from integrations.hubspot.connector import HubSpot
    from integrations.hubspot.oauth import endpoint

    settings = opening.settings
    tokens: Tokens
    if settings.hubspot_token is not None:
        tokens = FixedToken(settings.hubspot_token.get_secret_value())
    elif opening.grant is not None and settings.hubspot_client_id and settings.hubspot_client_secret:
        refresh = endpoint(settings.hubspot_token_url).refresher(
            settings.hubspot_client_id, settings.hubspot_client_secret.get_secret_value()
        )
        tokens = RenewedToken(opening.grant, refresh, opening.kept)
    else:
        raise not_connected(SYSTEMS["hubspot"])
    return HubSpot(
        tokens, opening.names, base_url=settings.hubspot_base_url, timer=opening.timer, now=opening.clock.now
    )


def _open_salesforce(opening: Opening) -> Connector:
    found = open_salesforce(
        opening.settings,
        opening.names,
        opening.grant,
        opening.kept,
        now=opening.clock.now,
        timer=opening.timer,
    )
    if found is None:
        raise not_connected(SYSTEMS["salesforce"])
    return found


def _open_gong(opening: Opening) -> Connector:
    found = open_gong(opening.settings, now=opening.clock.now, timer=opening.timer)
    if found is None:
        raise not_connected(SYSTEMS["gong"])
    return found


SYSTEMS: dict[str, System] = {
    "hubspot": System(
        "hubspot",
        "HubSpot",
        "Set DEALWRIGHT_HUBSPOT_TOKEN to a private app's token, or run `dealwright crm connect hubspot`.",
        True,
        lambda settings: settings.hubspot_token is not None,
        _open_hubspot,
    ),
    "salesforce": System(
        "salesforce",
        "Salesforce",
        "Set DEALWRIGHT_SALESFORCE_CLIENT_ID, _USERNAME and _KEY_FILE of a connected app, or run `dealwright crm connect salesforce`.",
        True,
        lambda settings: settings.salesforce_token is not None or has_salesforce_key(settings),
        _open_salesforce,
        salesforce_ends,
    ),
    "gong": System(
        "gong",
        "Gong",
        "Set DEALWRIGHT_GONG_TOKEN to an access key and its secret, as key:secret.",
        False,
        lambda settings: settings.gong_token is not None,
        _open_gong,
    ),
}
"""All systems by name."""


def not_connected(system: System) -> Fatal:
    """Return what is said of a system that is not connected."""
    return Fatal(f"{system.title} is not connected.", system.needs, status=409)


class Systems:
    """The systems of this installation: which are connected, and their connectors."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, *, timer: Timer | None = None) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._timer = timer

    def named(self, name: str) -> System:
        """Return a system. Raises Fatal (404)."""
        found = SYSTEMS.get(name)
        if found is None:
            raise Fatal("There is no such system.", f"There are {', '.join(SYSTEMS)}.", status=404)
        return found

    def connected(self) -> list[str]:
        """Return the names of those that are connected, and note those that a setting connects."""
        with self._database.session() as session:
            known = {row.system: row.state for row in session.query(Connection)}
        wanted = [one.name for one in SYSTEMS.values() if one.is_set(self._settings)]
        if fresh := [name for name in wanted if name not in known]:
            with self._database.transaction() as session:
                for name in fresh:
                    if session.get(Connection, name) is None:
                        _connect(session, name, None, self._clock.now())
        return [name for name in SYSTEMS if name in wanted or name in known]

    def open(self, name: str) -> Connector:
        """Open a system's connector: whoever opens it closes it. Raises Fatal where it is not connected (409)."""
        system = self.named(name)
        self.connected()
        with self._database.session() as session:
            row = session.get(Connection, name)
            names = ownership_in_force(session).names(name)
            secret = row.secret if row is not None else None
            ends_at = row.ends_at if row is not None else None
        if row is None:
            raise not_connected(system)
        if system.is_set(self._settings) and (ends := system.ends(self._settings)) != ends_at:
            with self._database.transaction() as session:
                session.get_one(Connection, name).ends_at = ends
        grant = Grant(**json.loads(Sealer(self._settings).open(secret))) if secret else None
        return system.open(
            Opening(self._settings, self._clock, names, grant, lambda fresh: self.keep(name, fresh), self._timer)
        )

    def keep(self, name: str, grant: Grant, *, by: str | None = None, ends_at: datetime | None = None) -> None:
        """Keep what a consent or a renewal gave, sealed: the system is connected."""
        sealed = Sealer(self._settings).seal(json.dumps(asdict(grant)))
        with self._database.transaction() as session:
            row = session.get(Connection, name)
            now = self._clock.now()
            if grant.lasts_s is not None:
                ends_at = now + timedelta(seconds=grant.lasts_s)
            if row is None:
                _connect(session, name, sealed, now, by=by, ends_at=ends_at)
            else:
                row.secret, row.state, row.trouble = sealed, "connected", None
                row.ends_at = ends_at or row.ends_at
                if by is not None:
                    row.connected_by, row.connected_at, row.ends_at = by, now, ends_at

    def mended(self, name: str) -> None:
        """Note that a system lets us in (again)."""
        with self._database.session() as session:
            row = session.get(Connection, name)
            broken = row is not None and row.state != "connected"
        if broken:
            with self._database.transaction() as session:
                again = session.get_one(Connection, name)
                again.state, again.trouble = "connected", None

    def disconnect(self, name: str) -> None:
        """Forget a system's tokens. What was read stays; what waits for it goes on waiting."""
        self.named(name)
        with self._database.transaction() as session:
            row = session.get(Connection, name)
            if row is not None:
                session.delete(row)


def _connect(
    session: Session,
    name: str,
    sealed: str | None,
    now: datetime,
    *,
    by: str | None = None,
    ends_at: datetime | None = None,
) -> None:
    session.add(
        Connection(
            system=name, state="connected", secret=sealed, config={}, connected_at=now, connected_by=by, ends_at=ends_at
        )
    )
