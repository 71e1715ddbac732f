"""Who is asked for an address that is missing, in which order, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from agents.proposals.record import Task
from infra.errors import Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Enrichment
from integrations.enrichment.record import Fact, Lookup
from tests.agents.outreach.conftest import kept, mail_of, outreach, proposals, signal, tell


class Knows:
    """A provider that says the same to everybody, and remembers what it was asked."""

    def __init__(self, name: str, *facts: Fact, fails: bool = False) -> None:
        self.name = name
        self._facts = facts
        self._fails = fails
        self.asked: list[Lookup] = []

    def look_up(self, lookup: Lookup) -> Sequence[Fact]:
        """Say it, or fail."""
        self.asked.append(lookup)
        if self._fails:
            raise Retriable("Away.")
        return self._facts


@pytest.fixture
def unknown(spine: Database) -> list[str]:
    """Somebody joined a company, and nobody knows their address."""
    return tell(spine, signal("s1", "job_change", account_id="acc-lonely", person="Zoe New", title="VP Sales", text="Zoe New joined Lonely Labs as VP Sales."))  # fmt: skip


def test_providers_are_asked_in_order_until_one_knows(spine: Database, settings: Settings, unknown: list[str]) -> None:
    first, second = Knows("first", fails=True), Knows("second", Fact("phone", "1"))
    third, fourth = Knows("third", Fact("email", "Zoe.New@Lonely.example", "https://x.example")), Knows("fourth")
    (outcome,) = outreach(spine, settings, providers=(first, second, third, fourth)).work(unknown)
    assert outcome.state == "drafted"
    assert [len(one.asked) for one in (first, second, third, fourth)] == [1, 1, 1, 0]
    assert (third.asked[0].person, third.asked[0].domain) == ("Zoe New", "lonely.example")
    with spine.session() as session:
        (row,) = session.scalars(select(Enrichment)).all()
    assert (row.provider, row.field, row.value, row.url) == (
        "third",
        "email",
        "zoe.new@lonely.example",
        "https://x.example",
    )
    (card,) = proposals(spine)
    assert mail_of(card).to == "zoe.new@lonely.example"
    assert "The address is a provider's word." in card.risks


def test_where_all_fail_a_person_is_asked_and_the_lead_goes_on(
    spine: Database, settings: Settings, unknown: list[str]
) -> None:
    providers = (Knows("a", fails=True), Knows("b", Fact("email", "not an address")))
    (outcome,) = outreach(spine, settings, providers=providers).work(unknown)
    assert (outcome.state, outcome.rule) == ("review", "no_address")
    assert kept(spine, "s1").judgement["missing"] == ["mail address"]


def test_the_same_word_is_kept_once(spine: Database, settings: Settings, unknown: list[str]) -> None:
    from agents.outreach.enrichment import ask_in_turn, keep
    from tests.conftest import NOW

    asked = ask_in_turn([Knows("a", Fact("email", "z@lonely.example"))], Lookup(wanted=("email",)))
    for expected in (1, 0):
        with spine.transaction() as session:
            assert keep(session, "signal", "s1", asked, NOW) == expected


def test_whoever_owns_it_is_asked_by_a_card_once_for_the_address(
    spine: Database, settings: Settings, unknown: list[str]
) -> None:
    (outcome,) = outreach(spine, settings).work(unknown)
    (card,) = proposals(spine)
    assert outcome.proposal_id == card.id
    assert isinstance(card.effect, Task)
    assert card.effect.title == "No mail address is known. Can you find one?"
    assert f"signals decide {unknown[0]} pursue" in card.effect.note
    assert outreach(spine, settings).work(unknown) == []
    assert len(proposals(spine)) == 1
