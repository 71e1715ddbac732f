"""What a search gives: the right words, in their place, and nothing from outside the asker's scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Base, Deal, DealChange, Passage, StemCount, Turn, User
from infra.spine.scope import EVERYTHING, NOTHING, Scope
from retrieval.encoder import Encoder
from retrieval.index import Index
from retrieval.search import Search
from sales.clock import FixedClock

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BORDER = [
    ("Ray", "Good morning, how was the weekend with the kids?"),
    ("Dana", "Lovely, thanks, we went hiking. Shall we start with the integration?"),
    ("Ray", "I can't take this to security without the SOC 2 report, the auditors will block it."),
    ("Dana", "Understood, you will have the SOC 2 report on Friday."),
    ("Ray", "And the price per dock door is above what we have in the budget for this year."),
]
OTHER = [("Mia", "Our forklift drivers like the yard map, the trailers are found at once."), ("Tom", "Great to hear.")]


def _sourced(row: Base) -> Base:
    row.source, row.source_at = "test", NOW  # type: ignore[attr-defined]
    return row


@pytest.fixture
def spine(database: Database) -> Database:
    """Two accounts of two reps, each with a call; a note, and a change of a close date."""
    with database.transaction() as session:
        for name in ("ann", "ben"):
            session.add(
                _sourced(
                    User(
                        id=name,
                        name=name.title(),
                        name_key=name,
                        email=f"{name}@x.example",
                        role="rep",
                        active=True,
                        custom={},
                    )
                )
            )
        session.flush()
        for account, owner in (("acme", "ann"), ("birch", "ben")):
            session.add(
                _sourced(
                    Account(
                        id=account,
                        name=account.title(),
                        name_key=account,
                        owner_id=owner,
                        aliases=[],
                        custom={},
                        provenance={},
                    )
                )
            )
            session.flush()
            session.add(
                _sourced(
                    Deal(
                        id=f"d-{account}",
                        name=f"{account.title()} rollout",
                        account_id=account,
                        owner_id=owner,
                        currency="USD",
                        status="open",
                        custom={},
                        provenance={},
                    )
                )
            )
        session.flush()
        _call(session, "call-acme", "acme", "ann", BORDER, NOW - timedelta(days=3))
        _call(session, "call-birch", "birch", "ben", OTHER, NOW - timedelta(days=2))
        session.add(
            _sourced(
                Activity(
                    id="note-1",
                    kind="note",
                    direction="internal",
                    account_id="acme",
                    owner_id="ann",
                    at=NOW - timedelta(days=1),
                    body="Security review is scheduled.\n\nThey compare us with Stockwise on price.",
                    content_hash="n1",
                    custom={},
                )
            )
        )
        session.add(
            DealChange(
                id="ch-1",
                deal_id="d-acme",
                field="close_date",
                old="2026-10-31",
                new="2026-11-30",
                at=NOW - timedelta(days=20),
                source="test",
            )
        )
    return database


def _call(session: Session, call: str, account: str, owner: str, said: list[tuple[str, str]], at: datetime) -> None:
    session.add(
        _sourced(
            Activity(
                id=call,
                kind="call",
                direction="mutual",
                account_id=account,
                deal_id=f"d-{account}",
                owner_id=owner,
                at=at,
                content_hash=call,
                custom={},
            )
        )
    )
    session.flush()
    session.add_all(
        [
            Turn(activity_id=call, position=i, turn_id=str(10 + i), speaker=who, text=text)
            for i, (who, text) in enumerate(said)
        ]
    )


@pytest.fixture
def index(spine: Database, settings: Settings, encoder: Encoder) -> Index:
    made = Index(spine, settings, open_encoder=lambda: encoder)
    made.refresh()
    return made


@pytest.fixture
def search(spine: Database, index: Index) -> Search:
    return Search(spine, index, FixedClock(NOW))


def test_the_words_asked_for_come_first_with_call_turns_speaker_and_time(search: Search) -> None:
    found = search.search("which report do the auditors want?", EVERYTHING)
    assert "SOC 2 report" in found[0].text
    assert found[0].source_id == "call-acme"
    assert "12" in found[0].turns
    assert found[0].speaker is not None
    assert "Ray" in found[0].speaker
    assert found[0].at == NOW - timedelta(days=3)


def test_a_change_of_a_close_date_is_found(search: Search) -> None:
    found = search.search("close date changed", EVERYTHING, accounts=["acme"])
    assert any(hit.kind == "change" and "2026-10-31" in hit.text and hit.source_id == "ch-1" for hit in found)


@pytest.mark.parametrize(
    ("scope", "visible"),
    [
        (Scope((frozenset({"ann"}),)), {"acme"}),
        (Scope((frozenset({"ben"}),)), {"birch"}),
        (Scope((frozenset({"ann"}), frozenset({"ben"}))), set()),
        (NOTHING, set()),
        (EVERYTHING, {"acme", "birch"}),
    ],
)
def test_nothing_outside_the_scope_is_found_whatever_is_asked(search: Search, scope: Scope, visible: set[str]) -> None:
    asked = ("security SOC 2 report", "forklift drivers yard", "price", "Stockwise", "close date")
    found = [hit for question in asked for hit in search.search(question, scope, k=50)]
    assert {hit.account_id for hit in found} == visible


def test_a_call_outside_the_scope_can_not_be_searched_by_its_id(search: Search) -> None:
    assert search.search("forklift", Scope((frozenset({"ann"}),)), activity="call-birch") == []


def test_a_deal_that_changes_hands_is_shown_to_its_new_owner_only(
    search: Search, index: Index, spine: Database
) -> None:
    ann, ben = Scope((frozenset({"ann"}),)), Scope((frozenset({"ben"}),))
    assert {hit.account_id for hit in search.search("report", ann)} == {"acme"}
    with spine.transaction() as session:
        for table in (Account, Deal, Activity):
            session.execute(update(table).where(table.owner_id == "ann").values(owner_id="ben"))
    index.refresh()
    assert search.search("report", ann) == []
    assert {hit.account_id for hit in search.search("report", ben, k=50)} == {"acme", "birch"}


def test_nothing_from_after_the_moment_asked_for_is_found(search: Search) -> None:
    before = search.search("SOC 2 report security", EVERYTHING, as_of=NOW - timedelta(days=10))
    assert {hit.kind for hit in before} <= {"change"}
    since = search.search("SOC 2 report security", EVERYTHING, since=NOW - timedelta(days=1, hours=1))
    assert {hit.source_id for hit in since} == {"note-1"}


def test_each_turn_is_given_once(search: Search) -> None:
    found = search.search("security price report", EVERYTHING, activity="call-acme", k=50)
    turns = [turn for hit in found for turn in hit.turns]
    assert sorted(turns) == ["10", "11", "12", "13", "14"]


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", "\x00", "the of and", "日本語", "O'Neil's \"quotes\" AND NOT (x", "a" * 10_000]
)
def test_an_odd_question_gives_an_answer_or_nothing_but_no_error(search: Search, question: str) -> None:
    assert isinstance(search.search(question, EVERYTHING), list)


def test_refreshing_twice_does_nothing_the_second_time(index: Index) -> None:
    report = index.refresh()
    assert (report.cut, report.embedded, report.removed) == (0, 0, 0)


def test_changed_words_replace_the_old_ones_everywhere(index: Index, search: Search, spine: Database) -> None:
    with spine.transaction() as session:
        session.execute(
            update(Activity)
            .where(Activity.id == "note-1")
            .values(body="They love the giraffe demo.", content_hash="n2")
        )
    index.refresh()
    assert search.search("giraffe", EVERYTHING)[0].source_id == "note-1"
    assert all("Stockwise" not in hit.text for hit in search.search("Stockwise", EVERYTHING, k=50))
    with spine.session() as session:
        assert session.scalar(select(StemCount.passages).where(StemCount.stem == "stockwis")) == 0
        assert index.vectors.count() == len(session.scalars(select(Passage.id)).all())


def test_a_deleted_account_is_gone_from_words_and_vectors(index: Index, search: Search, spine: Database) -> None:
    with spine.session() as session:
        gone = [
            (id_, stems)
            for id_, stems in session.execute(select(Passage.id, Passage.stems).where(Passage.account_id == "acme"))
        ]
    with spine.transaction() as session:
        session.execute(delete(Account).where(Account.id == "acme"))
    index.forget(gone)
    assert {hit.account_id for hit in search.search("security SOC 2 report", EVERYTHING, k=50)} <= {"birch"}
    assert index.vectors.kept([id_ for id_, _ in gone]) == set()


def test_vectors_without_a_passage_are_swept(index: Index, spine: Database) -> None:
    with spine.transaction() as session:
        session.execute(delete(Activity).where(Activity.id == "call-birch"))
    assert index.sweep() == 1
    assert index.sweep() == 0


def test_stopping_in_the_middle_loses_nothing(spine: Database, settings: Settings, encoder: Encoder) -> None:
    index = Index(spine, settings, open_encoder=lambda: encoder)
    assert not index.refresh(stop=_after(1)).finished
    index.refresh()
    fresh = index.refresh()
    assert (fresh.cut, fresh.embedded) == (0, 0)
    assert index.vectors.count() == 4


def _after(calls: int) -> Callable[[], bool]:
    left = [calls]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stop
