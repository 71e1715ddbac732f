"""An organization of Salesforce, for the contract suite: read by queries, and once more by jobs of the Bulk API."""

from __future__ import annotations

from datetime import UTC, datetime

from integrations.connectors.tokens import FixedToken, Grant, RenewedToken
from integrations.salesforce.connector import Salesforce
from integrations.salesforce.oauth import endpoint
from integrations.salesforce.reading import BULK_FROM
from sales.ownership import usual
from sales.qualifying.frameworks import standard
from tests.agents.crm.passing import Time
from tests.fakes.salesforce import FakeSalesforce
from tests.fakes.service import FakeService, Request

RULES = usual().with_elements(one.key for one in standard().current.elements)
"""The rules that hold where nobody has written any, with the elements of the usual framework."""


class SalesforceWorld:
    """An organization. Its answers are short, so that a few hundred people take several."""

    name = "salesforce"
    stream = "contacts"
    renews = True
    bulk_from = BULK_FROM

    def __init__(self) -> None:
        self.time = Time()
        self.org = FakeSalesforce(now=self.time.epoch)
        self.org.page = 100
        self.store = self.org.store
        self._count = 0
        self._made: list[Salesforce] = []

    @property
    def fake(self) -> FakeService:
        return self.org

    def connector(self, *, timeout_s: float = 5.0, renewing: bool = True) -> Salesforce:
        tokens: FixedToken | RenewedToken = FixedToken("good")
        if renewing:
            refresh = endpoint(self.org.url).refresher("client-id", "secret")
            tokens = RenewedToken(Grant("good", self.org.refresh_token, self.org.url), refresh)
        made = Salesforce(
            tokens,
            RULES.names("salesforce"),
            base_url=None if renewing else self.org.url,
            timer=self.time,
            now=lambda: datetime.fromtimestamp(self.time.epoch(), UTC),
            timeout_s=timeout_s,
            bulk_from=self.bulk_from,
        )
        self._made.append(made)
        return made

    def close(self) -> None:
        for one in self._made:
            one.close()

    def is_page(self, request: Request) -> bool:
        return self.org.object_of(request) == "Contact"

    def add(self, count: int) -> list[str]:
        made = []
        for _ in range(count):
            self._count += 1
            email = f"p{self._count}@buyer.example"
            made.append(self.store.put("Contact", FirstName="Person", LastName=str(self._count), Email=email))
        return made

    def rename(self, identity: str, name: str) -> None:
        first, _, last = name.partition(" ")
        self.store.change("Contact", identity, FirstName=first, LastName=last)

    def remove(self, identity: str) -> None:
        self.store.delete("Contact", identity)

    def spoil(self, identity: str) -> None:
        self.store.change("Contact", identity, FirstName=None, LastName=None)

    def mend(self, identity: str) -> None:
        self.rename(identity, "Mended Now")

    def give_unknown_field(self, identity: str, label: str, value: str) -> None:
        self.store.add_field("Contact", "Their_Own__c", "string", label)
        self.store.change("Contact", identity, Their_Own__c=value)


class BulkWorld(SalesforceWorld):
    """The same, with every object read by a job the first time."""

    bulk_from = 0
