"""What the console's pages read: timelines, lists, cards, sources and conversations, on both databases, for an admin and for a rep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from agents.answer import Answer, Claim, Column, Evidence, Figure, Table
from agents.history import rate, read_answer, read_talk, read_talks, restore
from agents.listing import PAGE, Filter, colleagues, find, list_accounts, list_deals, owners_and_stages
from agents.standing import account_of_contact, read_account, read_deal, read_deals, read_people
from agents.starters import first_questions
from agents.timeline import PAGE as ENTRIES
from agents.timeline import Changed, Touch, deal_of_change, read_timeline
from agents.verbatim import read_verbatim
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    Base,
    Contact,
    CustomField,
    Deal,
    DealChange,
    Participant,
    Stage,
    StoredAnswer,
    Turn,
    User,
)
from infra.spine.scope import EVERYTHING, NOTHING, Scope
from tests.conftest import NOW

ANN = Scope(grants=(frozenset({"ann"}),), user_id="ann")
CAME: dict[str, Any] = {"source": "test", "source_at": NOW}


def touch(id: str, ago_h: float | None, kind: str = "mail", **more: Any) -> Activity:
    """Return something that happened on Ann's deal with Acme, so many hours ago."""
    at = None if ago_h is None else NOW - timedelta(hours=ago_h)
    return Activity(**{"id": id, "kind": kind, "direction": "inbound", "account_id": "acme", "deal_id": "d-acme", "owner_id": "ann", "at": at, "content_hash": id, "subject": id, **CAME, **more})  # fmt: skip


def company() -> Iterator[list[Base]]:
    """Two reps with an account each. Ann also owns a deal with Bob's account."""
    yield [CustomField(kind="account", key="score", label="Score", type="number")]
    yield [
        User(id=i, name=n, name_key=n.lower(), role=r, team=t, email=f"{i}@us.example", **CAME)
        for i, n, r, t in (("ann", "Ann Ames", "rep", "West"), ("bob", "Bob Beck", "rep", "East"))
    ]
    yield [
        Account(id="acme", name="Acme Logistics", name_key="acme logistics", owner_id="ann", aliases=["ACL"], employees=1850, note="Big", custom={"score": "7"}, **CAME),
        Account(id="brew", name="Brew & Sons", name_key="brew and sons", owner_id="bob", parent_id="acme", **CAME),
    ]  # fmt: skip
    yield [
        Stage(pipeline="", name=n, position=p, status=s)
        for p, (n, s) in enumerate((("Identify", "open"), ("Propose", "open"), ("Won", "won")))
    ]
    yield [
        Contact(id="c-ann", account_id="acme", name="Zoe", name_key="zoe", role="champion", **CAME),
        Contact(id="c-abe", account_id="acme", name="Abe", name_key="abe", **CAME),
        Contact(id="c-brew", account_id="brew", name="Bea", name_key="bea", **CAME),
    ]
    deal: dict[str, Any] = {"currency": "USD", "status": "open", **CAME}
    yield [
        Deal(id="d-acme", name="Acme – Dock", account_id="acme", owner_id="ann", stage="Propose", amount=Decimal("84000"), close_date=date(2026, 11, 30), next_step="Call", **deal),
        Deal(id="d-old", name="Acme – Yard", account_id="acme", owner_id="bob", stage="Won", amount=Decimal("9.5"), **{**deal, "status": "won"}),
        Deal(id="d-brew", name="Brew – Count", account_id="brew", owner_id="ann", stage="Identify", amount=Decimal("120000"), close_date=date(2026, 12, 5), **deal),
        Deal(id="d-bob", name="Brew – Dock", account_id="brew", owner_id="bob", stage="Identify", **deal),
        Deal(id="d-none", name="Nobody's %_ deal", stage=None, **deal),
    ]  # fmt: skip
    yield [
        touch("m1", 30),
        touch("call", 5, "call", direction="mutual", subject="Contract"),
        touch("auto", 1, automatic=True),
        touch("n1", 2, "note", direction="internal", deal_id=None, body="Called them"),
        touch("booked", -48, "meeting", status="booked"),
        touch("missed", 48, "meeting", status="booked"),
        touch("todo", 3, "task", status="open", due_at=NOW - timedelta(days=1)),
        touch("undated", None, "note"),
        touch("future", -2),
        touch("b1", 4, account_id="brew", deal_id="d-bob", owner_id="bob"),
    ]
    yield [
        Participant(activity_id="call", role="attendee", side="seller", name="Ann Ames", user_id="ann"),
        Participant(activity_id="call", role="attendee", side="buyer", name="zoe@x", contact_id="c-ann"),
        *(Turn(activity_id="call", position=p, turn_id=str(10 + p), speaker="Zoe", side="buyer", text=f"Word {p}") for p in range(3)),
        DealChange(id="ch1", deal_id="d-acme", field="close_date", old="2026-11-01", new="2026-11-30", at=NOW - timedelta(hours=6), by="Ann", source="test"),
        DealChange(id="ch2", deal_id="d-bob", field="stage", old=None, new="Identify", at=NOW - timedelta(hours=7), source="test"),
    ]  # fmt: skip


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as writing:
        for records in company():
            writing.add_all(records)
            writing.flush()
    with database.session() as reading:
        yield reading


def test_a_timeline_holds_what_passed_in_order_and_what_lies_ahead(session: Session) -> None:
    line = read_timeline(session, EVERYTHING, NOW, deal_id="d-acme")
    assert [entry.id for entry in line.entries] == ["auto", "call", "ch1", "m1", "missed"]
    assert [one.id for one in line.ahead] == ["todo", "booked"]
    assert [one.id for one in line.undated] == ["undated"]
    assert line.older is None
    call = line.entries[1]
    assert isinstance(call, Touch)
    assert (call.who, call.turns) == (("Zoe", "Ann Ames"), 3)
    change = line.entries[2]
    assert isinstance(change, Changed)
    assert (change.field, change.new, change.kind) == ("close_date", "2026-11-30", "change")


def test_an_accounts_timeline_has_its_deals_and_what_belongs_to_none(session: Session) -> None:
    assert [entry.id for entry in read_timeline(session, EVERYTHING, NOW, account_id="acme").entries] == [
        "auto",
        "n1",
        "call",
        "ch1",
        "m1",
        "missed",
    ]
    assert [entry.id for entry in read_timeline(session, EVERYTHING, NOW, account_id="brew").entries] == ["b1", "ch2"]


def test_a_timeline_shows_a_rep_nothing_of_others(session: Session) -> None:
    assert read_timeline(session, ANN, NOW, account_id="brew").entries == ()
    assert read_timeline(session, ANN, NOW, deal_id="d-bob").entries == ()
    assert read_timeline(session, NOTHING, NOW, deal_id="d-acme") == read_timeline(
        session, EVERYTHING, NOW, deal_id="d-x"
    )
    with pytest.raises(ValueError):
        read_timeline(session, ANN, NOW)


def test_a_long_timeline_is_read_page_by_page_without_loss(session: Session, database: Database) -> None:
    many = {f"p{number:03d}" for number in range(2 * ENTRIES + 7)}
    with database.transaction() as writing:
        # Five at a time share a moment: pages are cut between moments, never inside one.
        writing.add_all(touch(id, 100 + int(id[1:]) // 5) for id in many)
    seen: list[str] = []
    before: datetime | None = None
    for _ in range(9):
        line = read_timeline(session, EVERYTHING, NOW, deal_id="d-acme", before=before)
        seen += [entry.id for entry in line.entries]
        before = line.older
        if before is None:
            break
    assert len(seen) == len(set(seen))
    assert many < set(seen)


def test_more_at_one_moment_than_a_page_holds_is_all_shown(session: Session, database: Database) -> None:
    many = {f"q{number:03d}" for number in range(ENTRIES + 20)}
    with database.transaction() as writing:
        writing.add_all(touch(id, 200) for id in many)
    seen: list[str] = []
    before: datetime | None = None
    for _ in range(6):
        line = read_timeline(session, EVERYTHING, NOW, deal_id="d-acme", before=before)
        seen += [entry.id for entry in line.entries]
        before = line.older
        if before is None:
            break
    assert many < set(seen)
    assert len(seen) == len(set(seen))


def test_a_deal_card_tells_how_it_stands(session: Session) -> None:
    card = read_deal(session, ANN, "d-acme", NOW)
    assert card is not None
    assert (card.account, card.owner, card.amount, card.stages) == (
        "Acme Logistics",
        "Ann Ames",
        Decimal("84000"),
        ("Identify", "Propose"),
    )
    assert card.last is not None
    assert card.booked is not None
    assert (card.last.id, card.booked.id) == ("call", "booked")
    assert read_deal(session, ANN, "d-bob", NOW) is None
    assert read_deal(session, ANN, "d-x", NOW) is None


def test_an_account_card_holds_named_fields_and_only_a_parent_that_may_be_seen(session: Session) -> None:
    card = read_account(session, ANN, "acme")
    assert card is not None
    assert card.details == (("Employees", "1,850"), ("Score", "7"))
    brew = read_account(session, EVERYTHING, "brew")
    assert brew is not None
    assert (brew.parent_id, brew.parent) == ("acme", "Acme Logistics")
    bob = read_account(session, Scope(grants=(frozenset({"bob"}),)), "brew")
    assert bob is not None
    assert bob.parent == "Acme Logistics"
    assert read_account(session, NOTHING, "acme") is None


def test_an_accounts_deals_and_people_are_those_that_may_be_seen(session: Session) -> None:
    assert [card.id for card in read_deals(session, EVERYTHING, "acme", NOW)] == ["d-acme", "d-old"]
    assert [card.id for card in read_deals(session, ANN, "brew", NOW)] == ["d-brew"]
    assert [person.name for person in read_people(session, ANN, "acme")] == ["Zoe", "Abe"]
    assert account_of_contact(session, ANN, "c-ann") == "acme"
    assert account_of_contact(session, NOTHING, "c-ann") is None


def test_a_change_leads_to_its_deal(session: Session) -> None:
    found = deal_of_change(session, ANN, "ch1")
    assert found is not None
    assert found[0] == "d-acme"
    assert deal_of_change(session, ANN, "ch2") is None


def test_a_source_has_all_its_words_and_hides_what_is_not_the_viewers(session: Session) -> None:
    call = read_verbatim(session, ANN, "call")
    assert call is not None
    assert [turn.turn_id for turn in call.turns] == ["10", "11", "12"]
    assert [person.name for person in call.people] == ["Zoe", "Ann Ames"]
    assert (call.account, call.deal) == ("Acme Logistics", "Acme – Dock")
    assert read_verbatim(session, ANN, "b1") is None
    assert read_verbatim(session, EVERYTHING, "b1") is not None


def test_lists_hold_what_may_be_seen_in_the_order_asked_for(session: Session) -> None:
    mine = list_deals(session, ANN, NOW, Filter())
    assert [row.id for row in mine.rows] == ["d-acme", "d-brew"]
    assert mine.total == 2
    assert mine.rows[0].last_at == NOW - timedelta(hours=5)
    every = list_deals(session, EVERYTHING, NOW, Filter(status="any"), "amount", down=True)
    assert [row.id for row in every.rows] == ["d-brew", "d-acme", "d-old", "d-bob", "d-none"]
    assert [
        row.id for row in list_deals(session, EVERYTHING, NOW, Filter(words="ACME", status="any"), "name").rows
    ] == [
        "d-acme",
        "d-old",
    ]
    assert [row.id for row in list_deals(session, EVERYTHING, NOW, Filter(words="%_")).rows] == ["d-none"]
    assert [
        row.id for row in list_deals(session, EVERYTHING, NOW, Filter(owner="bob", stage="Identify"), "last").rows
    ] == ["d-bob"]
    assert list_deals(session, EVERYTHING, NOW, Filter(), page=2).rows == ()
    accounts = list_accounts(session, ANN, NOW, order="deals", down=True)
    assert [(row.id, row.open_deals) for row in accounts.rows] == [("acme", 1), ("brew", 1)]
    assert [row.id for row in list_accounts(session, EVERYTHING, NOW, "acl").rows] == ["acme"]
    assert [row.last_at for row in list_accounts(session, ANN, NOW, "brew").rows] == [None]
    assert owners_and_stages(session, ANN) == (
        [("ann", "Ann Ames"), ("bob", "Bob Beck")],
        ["Identify", "Propose", "Won"],
    )
    assert [one[1] for one in colleagues(session)] == ["Bob Beck", "Ann Ames"]


def test_a_list_of_many_is_cut_in_pages(session: Session, database: Database) -> None:
    with database.transaction() as writing:
        writing.add_all(
            Deal(id=f"x{n:03d}", name=f"X {n:03d}", owner_id="ann", currency="USD", status="open", **CAME)
            for n in range(PAGE + 5)
        )
    first, second = (list_deals(session, ANN, NOW, Filter(), "name", page=page) for page in (1, 2))
    assert (len(first.rows), len(second.rows), first.total) == (PAGE, 7, PAGE + 7)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


def test_a_few_letters_find_what_begins_with_them_first(session: Session) -> None:
    assert [(hit.kind, hit.id) for hit in find(session, EVERYTHING, "brew")] == [
        ("account", "brew"),
        ("deal", "d-brew"),
        ("deal", "d-bob"),
    ]
    assert [(hit.kind, hit.id) for hit in find(session, ANN, "brew")] == [("account", "brew"), ("deal", "d-brew")]
    assert find(session, EVERYTHING, "   ") == []
    assert find(session, NOTHING, "a") == []


def test_first_questions_name_only_what_the_viewer_has(session: Session) -> None:
    assert first_questions(session, EVERYTHING, NOW)[0] == "What's the latest on Acme Logistics?"
    assert not any("Brew" in question for question in first_questions(session, ANN, NOW))
    assert first_questions(session, NOTHING, NOW) == []


def stored(id: str, conversation: str, question: str, minutes: int) -> StoredAnswer:
    """Return a kept answer with a table, a figure and a claim."""
    evidence = Evidence(source="call", id="call", quote="Word 1", at=NOW, turns=("11",))
    table = Table(
        columns=(Column(key="amount", label="Amount", type="money", unit="USD"), Column(key="day", label="Day", type="date"), Column(key="at", label="At", type="datetime")),
        rows=({"record_id": "d-acme", "amount": Decimal("84000.50"), "day": date(2026, 11, 30), "at": NOW},),
    )  # fmt: skip
    answer = Answer(kind="structured", headline="h", claims=(Claim(text="t", evidence=(evidence,)),), table=table, figures=(Figure(key="sum", value=Decimal("1.50"), unit="USD"), Figure(key="who", value="7")))  # fmt: skip
    return StoredAnswer(
        id=id,
        conversation_id=conversation,
        user_id="ann",
        surface="console",
        question=question,
        answer=answer.public(),
        at=NOW + timedelta(minutes=minutes),
    )


def test_conversations_are_found_by_their_owner_and_read_in_order(session: Session, database: Database) -> None:
    with database.transaction() as writing:
        writing.add_all(
            [
                stored("a1", "web-1-x", "First", 0),
                stored("a2", "web-1-x", "Then", 5),
                stored("a3", "web-1-y", "Other", 3),
                stored("a4", "web-2-z", "Theirs", 9),
                stored("a5", "web_1-x", "Not mine", 9),
            ]
        )
        writing.flush()
        rate(writing, "a2", "ann", useful=True, at=NOW)
        rate(writing, "a2", "ann", useful=False, at=NOW)
    assert [(talk.id, talk.title) for talk in read_talks(session, "ann", "web-1-")] == [
        ("web-1-x", "First"),
        ("web-1-y", "Other"),
    ]
    assert [(one.question, one.rated) for one in read_talk(session, "web-1-x", "ann")] == [
        ("First", None),
        ("Then", False),
    ]
    assert read_talk(session, "web-1-x", "bob")[1].rated is None
    found = read_answer(session, "a1")
    assert found is not None
    assert found[1].id == "a1"
    assert read_answer(session, "none") is None


def test_a_kept_answer_has_its_values_again(session: Session) -> None:
    kept = stored("a1", "c", "q", 0)
    answer = restore(kept.answer)
    assert answer.table is not None
    assert answer.table.rows[0] == {
        "record_id": "d-acme",
        "amount": Decimal("84000.50"),
        "day": date(2026, 11, 30),
        "at": NOW,
    }
    assert [figure.value for figure in answer.figures] == [Decimal("1.50"), "7"]
    assert answer.public() == kept.answer
