"""What a rep is told of a morning in Slack: their feed, once a working day; and what only a person can judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from infra.spine.models import Copy, Notice, Signal, User
from tests.bot.offices import until
from tests.bot.proposing import propose
from tests.bot.slack.conftest import Workspace, buttons, texts

DANA = "DUDANA"


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """An office where people may be told things at any hour, and are shown their feed from midnight on."""
    return open_office(
        working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999", feed_at="00:00"
    )


def _tick(office: Workspace) -> None:
    """Let the mornings look now, as they do twice a minute."""
    from bot.morning import Morning

    Morning(office.app).tick()


def _waiting(office: Workspace) -> bool:
    with office.app.database.session() as session:
        return bool(session.scalars(select(Notice.key).where(Notice.state == "waiting")).all())


def _review(office: Workspace, key: str, owner: str | None = "dana", kind: str = "hiring", rank: float = 0.5) -> None:
    now = office.app.clock.now()
    with office.app.database.transaction() as session:
        session.add(
            Signal(
                id=key,
                key=f"{kind}:{key}",
                kind=kind,
                state="review",
                owner_id=owner,
                company="Lumen",
                occurred_at=now - timedelta(hours=1),
                received_at=now,
                expires_at=now + timedelta(hours=60),
                strength=0.5,
                rank=rank,
                judgement={"missing": ["nobody to write to"]},
            )
        )


def test_the_feed_comes_once_a_day_and_its_card_is_drawn_anew(office: Workspace) -> None:
    proposal = propose(office.app, "one", signal=True)
    _tick(office)
    until(lambda: len(office.slack.said(DANA)) == 1)
    _tick(office)
    until(lambda: not _waiting(office))
    (feed,) = office.slack.said(DANA)
    assert "Card 1 of 1" in texts(feed)
    assert "Lumen hired one" in texts(feed)
    assert office.slack.said("DULUIS") == []
    approve = next(one for title, one in buttons(feed).items() if title.startswith("Approve"))
    office.asks(office.slack.click("UDANA", DANA, feed, approve))
    until(lambda: "Approved by" in texts(office.slack.said(DANA)[0]))
    with office.app.database.session() as session:
        assert session.scalars(select(Copy.proposal_id)).all() == [proposal]


def test_what_can_wait_comes_with_the_feed_alone_and_what_can_not_comes_when_it_is_found(office: Workspace) -> None:
    first, second = (propose(office.app, key, signal=True, kind="technology_change") for key in ("one", "two"))
    pressing = propose(office.app, "three", signal=True, kind="hiring")
    for proposal in (first, second, pressing):
        office.app.announcer.offer(proposal)
    until(lambda: len(office.slack.said(DANA)) == 1)
    assert "Lumen hired three" in texts(office.slack.said(DANA)[0])
    _tick(office)
    until(lambda: len(office.slack.said(DANA)) == 2)
    until(lambda: not _waiting(office))
    feed = office.slack.said(DANA)[1]
    assert "Card 1 of 3" in texts(feed)
    assert {"Edit", "Snooze", "Not this one…", "Next"} <= set(buttons(feed))
    seen = {texts(feed)}
    for _ in range(2):
        office.asks(office.slack.click("UDANA", DANA, feed, buttons(feed)["Next"]))
        feed = office.slack.said(DANA)[1]
        seen.add(texts(feed))
    assert all(any(f"Lumen hired {key}" in one for one in seen) for key in ("one", "two", "three"))
    assert len(office.slack.said(DANA)) == 2


def test_before_the_hour_nobody_is_shown_a_feed(open_office: Callable[..., Workspace]) -> None:
    office = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="00:01", feed_at="00:00")
    propose(office.app, "one", signal=True)
    _tick(office)
    with office.app.database.session() as session:
        assert session.scalars(select(Notice.key).where(Notice.kind == "feed")).all() == []


@pytest.mark.parametrize(("label", "state"), [("Skip it", "skipped"), ("In a month", "nurtured")])
def test_what_only_a_person_can_judge_is_asked_and_settled(office: Workspace, label: str, state: str) -> None:
    _review(office, "s1")
    _tick(office)
    until(lambda: any(label in buttons(one) for one in office.slack.said(DANA)))
    card = next(one for one in office.slack.said(DANA) if label in buttons(one))
    assert "nobody to write to" in texts(card)
    office.slack.channels[DANA].members.append("ULUIS")
    office.asks(office.slack.click("ULUIS", DANA, card, buttons(card)[label]))
    assert _state(office, "s1") == "review"
    office.asks(office.slack.click("UDANA", DANA, card, buttons(card)[label]))
    assert _state(office, "s1") == state
    until(lambda: not any(label in buttons(one) for one in office.slack.said(DANA)))


@pytest.mark.parametrize(
    ("label", "state"), [("Write to them", "judged"), ("Skip it", "skipped"), ("In a month", "nurtured")]
)
def test_what_nobody_owns_is_asked_of_an_admin_once(office: Workspace, label: str, state: str) -> None:
    _review(office, "s1", owner=None)
    _tick(office)
    until(lambda: len(office.slack.said("DUINES")) == 1)
    until(lambda: not _waiting(office))
    _tick(office)
    (card,) = office.slack.said("DUINES")
    assert "nobody to write to" in texts(card)
    assert office.slack.said(DANA) == []
    with office.app.database.session() as session:
        assert len(session.scalars(select(Notice.key).where(Notice.kind == "review")).all()) == 1
    office.asks(office.slack.click("UINES", "DUINES", card, buttons(card)[label]))
    decided = {"judged", "drafted", "skipped", "review"} if state == "judged" else {state}
    assert _state(office, "s1") in decided
    with office.app.database.session() as session:
        assert session.get_one(Signal, "s1").judgement["decided_by"] == "ines"


def test_where_one_admin_is_reached_nowhere_the_next_is_asked(office: Workspace) -> None:
    with office.app.database.transaction() as session:
        came = {"source": "t", "source_at": office.app.clock.now()}
        session.add(User(id="adam", email="adam@nowhere.example", name="Adam", name_key="adam", role="admin", **came))
    _review(office, "s1", owner=None)
    _tick(office)
    until(lambda: not _waiting(office))
    assert office.slack.said("DUINES") == []
    _tick(office)
    until(lambda: len(office.slack.said("DUINES")) == 1)


def _state(office: Workspace, signal: str) -> str:
    with office.app.database.session() as session:
        return session.get_one(Signal, signal).state


def test_a_flood_of_questions_asks_a_few_and_leaves_the_others_in_the_feed(office: Workspace) -> None:
    for number in range(8):
        _review(office, f"s{number}")
    _tick(office)
    _tick(office)
    with office.app.database.session() as session:
        assert len(session.scalars(select(Notice.key).where(Notice.kind == "review")).all()) == 3


@pytest.mark.parametrize("owner", ["dana", None])
def test_who_asks_for_a_demo_is_told_of_at_once_however_much_was_asked_before(
    office: Workspace, owner: str | None
) -> None:
    for number in range(4):
        _review(office, f"s{number}", owner)
    _tick(office)
    _review(office, "demo", owner, "demo_request", rank=0.1)
    _tick(office)
    with office.app.database.session() as session:
        asked = session.scalars(select(Notice).where(Notice.kind == "review")).all()
        assert [one.payload["signal"] for one in asked if one.urgent] == ["demo"]
        assert len(asked) == 4
    until(lambda: not _waiting(office))
