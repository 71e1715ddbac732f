"""One world a connector: its fake, and what the contract suite does in it, in the service's own terms. Add yours to `WORLDS`, and the whole suite runs against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.spine.models import Contact
from integrations.connectors.stream import Connector
from integrations.connectors.tokens import FixedToken, Grant, RenewedToken, Tokens
from integrations.hubspot.connector import HubSpot
from integrations.hubspot.oauth import endpoint
from tests.agents.crm.passing import Time
from tests.agents.crm.salesforce_world import RULES, BulkWorld, SalesforceWorld
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.service import FakeService, Limit, Request

PAGE_STREAM_LIMIT = Limit(20, 10.0)


class World(Protocol):
    """What the suite needs of a connector and its fake. Its main stream holds people; `name_of` tells how one is called in the spine."""

    name: str
    stream: str
    renews: bool
    time: Time

    @property
    def fake(self) -> FakeService:
        """The service."""
        ...

    def connector(self, *, timeout_s: float = 5.0, renewing: bool = True) -> Connector:
        """Return a fresh connector to the fake, that waits in `time`."""
        ...

    def close(self) -> None:
        """Close the connectors that were made."""
        ...

    def is_page(self, request: Request) -> bool:
        """Whether a request reads records of the main stream."""
        ...

    def add(self, count: int) -> list[str]:
        """Add people called `Person <n>` and return their ids."""
        ...

    def rename(self, identity: str, name: str) -> None:
        """Change a person, at the service's present moment."""
        ...

    def remove(self, identity: str) -> None:
        """Delete a person."""
        ...

    def spoil(self, identity: str) -> None:
        """Make a person's record unreadable."""
        ...

    def mend(self, identity: str) -> None:
        """Make it readable again."""
        ...

    def give_unknown_field(self, identity: str, label: str, value: str) -> None:
        """Give a person a value in a field that we have no name for."""
        ...


def names(session: Session) -> list[str]:
    """Return the people of the spine by name."""
    return sorted(session.scalars(select(Contact.name)))


class HubSpotWorld:
    """A portal."""

    name = "hubspot"
    stream = "contacts"
    renews = True

    def __init__(self) -> None:
        self.time = Time()
        self.portal = FakeHubSpot(now=self.time.epoch)
        self._count = 0
        self._made: list[HubSpot] = []

    @property
    def fake(self) -> FakeService:
        return self.portal

    def connector(self, *, timeout_s: float = 5.0, renewing: bool = True) -> HubSpot:
        tokens: Tokens = FixedToken("good")
        if renewing:
            refresh = endpoint(f"{self.portal.url}/oauth/v1/token").refresher("id", "secret")
            tokens = RenewedToken(Grant("good", self.portal.refresh_token), refresh)
        made = HubSpot(
            tokens,
            RULES.names("hubspot"),
            base_url=self.portal.url,
            timer=self.time,
            now=lambda: datetime.fromtimestamp(self.time.epoch(), UTC),
            timeout_s=timeout_s,
        )
        self._made.append(made)
        return made

    def close(self) -> None:
        for one in self._made:
            one.close()

    def is_page(self, request: Request) -> bool:
        return self.stream in request.path.lower() and "propert" not in request.path

    def add(self, count: int) -> list[str]:
        made = []
        for _ in range(count):
            self._count += 1
            email = f"p{self._count}@buyer.example"
            made.append(str(self.portal.put("contacts", firstname="Person", lastname=str(self._count), email=email)))
        return made

    def rename(self, identity: str, name: str) -> None:
        first, _, last = name.partition(" ")
        self.portal.change("contacts", int(identity), firstname=first, lastname=last)

    def remove(self, identity: str) -> None:
        self.portal.archive("contacts", int(identity))

    def spoil(self, identity: str) -> None:
        self.portal.change("contacts", int(identity), firstname="", lastname="", email="")

    def mend(self, identity: str) -> None:
        self.portal.change("contacts", int(identity), firstname="Mended", lastname="Now")

    def give_unknown_field(self, identity: str, label: str, value: str) -> None:
        self.portal.add_property("contacts", "their_own", "string", label)
        self.portal.change("contacts", int(identity), their_own=value)


WORLDS: dict[str, Callable[[], Any]] = {
    "hubspot": HubSpotWorld,
    "salesforce": SalesforceWorld,
    "salesforce-bulk": BulkWorld,
}
"""Each connector's world by name."""
