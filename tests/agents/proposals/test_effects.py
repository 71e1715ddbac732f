"""Doing what was approved: once, through refusals, broken connections, kills, and workers that come back late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.proposals.due import due_effects
from agents.proposals.effect_rows import read_key, work_key
from agents.proposals.guards import Block
from infra.errors import Fatal, Retriable
from infra.spine.activity import Activity, Participant
from infra.spine.outbound import CrmEntry, Notice, RuleFile
from infra.spine.proposals import Proposal
from infra.spine.touches import Reply, Sequence, Touch
from integrations.sending.carrier import NotTaken, OutcomeUnknown, Whereabouts
from tests.agents.proposals.office import Killed, Office
from tests.conftest import NOW


def _approved(office: Office, key: str = "one") -> str:
    one = office.forward(key)
    assert office.decide(one, "approve").outcome == "approved"
    return one


def test_a_mail_that_went_is_an_activity_of_the_account(office: Office) -> None:
    one = _approved(office)
    office.work()
    out = office.out(one)
    (effect,) = office.effect_rows()
    assert (out.state, out.effect_id, effect.state, effect.carrier) == ("done", effect.id, "done", "scripted")
    assert office.scripted.taken == [effect.marker] == [f"<{effect.id}@ours.example>"]
    with office.database.session() as session:
        activity = session.get_one(Activity, f"{effect.id}@ours.example")
        assert (activity.kind, activity.direction, activity.account_id, activity.owner_id) == (
            "mail",
            "outbound",
            "acc",
            "owner",
        )
        people = session.execute(select(Participant.role, Participant.email, Participant.side)).all()
        assert sorted(map(tuple, people)) == [
            ("from", "owner@ours.example", "seller"),
            ("to", "ray@acme.example", "buyer"),
        ]
        assert session.scalars(select(CrmEntry.state)).all() == ["waiting"]


def test_a_touch_that_went_has_its_next_one_set(office: Office) -> None:
    with office.database.transaction() as session:
        session.add(Sequence(id="s", recipient="ray@acme.example", state="active", started_at=NOW))
        session.flush()
        session.add(Touch(id="t1", sequence_id="s", number=1, state="proposed"))
    one = office.forward(touch_id="t1")
    office.decide(one, "approve")
    office.work()
    with office.database.session() as session:
        first, second = session.scalars(select(Touch).order_by(Touch.number)).all()
    assert (first.state, first.marker) == ("sent", office.scripted.taken[0])
    assert first.activity_id == office.scripted.taken[0].strip("<>")
    assert second.state == "planned"
    assert second.due_at is not None
    assert second.due_at > NOW + timedelta(days=1)


def test_the_next_touch_keeps_the_gap_that_the_team_has_set(office: Office) -> None:
    with office.database.transaction() as session:
        session.add(RuleFile(name="outreach.toml", version=1, text="gaps = [10, 2]\n", by="owner", at=NOW))
        session.add(Sequence(id="s", recipient="ray@acme.example", state="active", started_at=NOW))
        session.flush()
        session.add(Touch(id="t1", sequence_id="s", number=1, state="proposed"))
    one = office.forward(touch_id="t1")
    office.decide(one, "approve")
    office.work()
    with office.database.session() as session:
        due = session.scalars(select(Touch.due_at).where(Touch.number == 2)).one()
    assert due is not None
    assert due > NOW + timedelta(days=13)


@pytest.mark.parametrize(("action", "state"), [("reject", "dropped"), (None, "skipped")])
def test_a_touch_goes_with_its_proposal(office: Office, action: str | None, state: str) -> None:
    with office.database.transaction() as session:
        session.add(Sequence(id="s", recipient="ray@acme.example", state="active", started_at=NOW))
        session.flush()
        session.add(Touch(id="t1", sequence_id="s", number=1, state="proposed"))
    one = office.forward(touch_id="t1", expires_at=NOW + timedelta(hours=1))
    if action:
        office.decide(one, "reject", reason="wrong person")
    office.later(hours=2)
    with office.database.session() as session:
        assert session.get_one(Touch, "t1").state == state


def test_a_busy_server_is_tried_again_under_the_same_id(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing = [NotTaken("smtp_connect_421", permanent=False)] * 2
    office.work()
    assert (office.out(one).state, office.scripted.taken) == ("approved", [])
    assert office.out(one).held
    office.later(minutes=1)
    office.later(minutes=5)
    assert (office.out(one).state, office.out(one).held, len(office.scripted.taken)) == ("done", None, 1)


def test_a_server_that_never_takes_it_gives_it_back_to_a_person(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing = [NotTaken("smtp_unreachable", permanent=False)] * 50
    for _ in range(10):
        office.later(hours=5)
    out = office.out(one)
    assert (out.state, office.scripted.taken) == ("pending", [])
    assert "smtp_unreachable" in (out.held or "")
    office.scripted.failing = []
    office.decide(one, "approve", edit={"send": "now"})
    office.work()
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_an_address_that_does_not_exist_is_a_hard_bounce(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing = [NotTaken("smtp_recipient_550", permanent=True, about_recipient=True)]
    office.work()
    assert office.out(one).state == "rejected"
    with office.database.session() as session:
        bounce = session.scalars(select(Reply)).one()
    assert (bounce.kind, bounce.recipient, bounce.domain) == ("hard_bounce", "ray@acme.example", "ours.example")


@pytest.mark.parametrize(
    ("takes", "where", "state", "sent"),
    [(True, None, "done", 1), (False, None, "done", 1), (True, "cannot_tell", "unknown", 1), (False, "cannot_tell", "unknown", 0)],
)  # fmt: skip
def test_a_connection_that_broke_is_looked_into_and_never_guessed(
    office: Office, takes: bool, where: Whereabouts | None, state: str, sent: int
) -> None:
    one = _approved(office)
    office.scripted.failing, office.scripted.takes, office.scripted.where = [OutcomeUnknown("lost")], takes, where
    office.work()
    office.later(minutes=10)
    assert (office.out(one).state, len(office.scripted.taken)) == (state, sent)


@pytest.mark.parametrize("killed", [False, True])
def test_a_mail_that_the_carrier_shows_only_later_is_not_sent_again(office: Office, killed: bool) -> None:
    one = _approved(office)
    if killed:
        office.die_at = "send: taken"
        with pytest.raises(Killed):
            office.work()
    else:
        office.scripted.failing, office.scripted.takes = [OutcomeUnknown("lost")], True
    # A search that is behind: what was taken is not shown yet.
    office.scripted.where = "absent"
    office.work()
    assert office.out(one).state == "executing"
    assert office.decide(one, "undo").outcome == "already"
    office.scripted.where = None
    office.later(minutes=1)
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_a_mail_that_is_lost_again_and_again_stands_before_a_person(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing = [OutcomeUnknown("lost")] * 50
    for _ in range(10):
        office.later(hours=5)
    assert (office.out(one).state, office.scripted.taken) == ("unknown", [])


def test_a_carrier_that_fails_in_an_unforeseen_way_may_have_sent_it(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing, office.scripted.where = [RuntimeError("customers' words")], "cannot_tell"
    office.work()
    assert office.out(one).state == "unknown"


@pytest.mark.parametrize(
    ("action", "state", "sent"), [("sent", "done", 0), ("resend", "done", 1), ("reject", "rejected", 0)]
)
def test_a_person_settles_what_nobody_can_tell(office: Office, action: str, state: str, sent: int) -> None:
    one = _approved(office)
    office.scripted.failing, office.scripted.where = [OutcomeUnknown("lost")], "cannot_tell"
    office.work()
    assert office.decide(one, "approve").outcome == "already"
    office.decide(one, action)  # type: ignore[arg-type]
    office.work()
    assert (office.out(one).state, len(office.scripted.taken)) == (state, sent)
    with office.database.session() as session:
        assert len(session.scalars(select(Activity)).all()) == (1 if state == "done" else 0)


def test_a_carrier_that_can_not_be_asked_is_asked_again_and_then_a_person_is(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing, office.scripted.takes = [OutcomeUnknown("lost")], True
    office.scripted.where = Retriable("The provider is busy.")
    office.work()
    assert office.out(one).state == "executing"
    office.later(minutes=1)
    assert office.out(one).state == "executing"
    office.scripted.where = None
    office.later(minutes=6)
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_a_carrier_that_is_gone_after_a_broken_connection_leaves_it_to_a_person(office: Office) -> None:
    one = _approved(office)
    office.scripted.failing, office.scripted.takes = [OutcomeUnknown("lost")], True
    office.scripted.where = Fatal("The mailbox is not connected any more.")
    office.work()
    office.later(days=1)
    assert (office.out(one).state, len(office.scripted.taken)) == ("unknown", 1)


def test_a_mail_that_can_not_be_written_yet_is_written_later(office: Office) -> None:
    one = _approved(office)
    office.post.failing, office.scripted.where = Retriable("The key store is busy."), "cannot_tell"
    office.work()
    assert office.out(one).state == "approved"
    office.post.failing = None
    office.later(minutes=2)
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_a_soft_block_holds_it_and_a_hard_one_ends_it(office: Office) -> None:
    one, two = _approved(office, "one"), _approved(office, "two")
    office.rules.blocks["effect"] = (Block("pause", "Sending from ours.example is paused."),)
    office.work()
    assert (office.out(one).state, office.out(one).held) == ("approved", "Sending from ours.example is paused.")
    assert office.decide(two, "undo").outcome == "undone"
    office.rules.blocks["effect"] = (Block("suppression", "They opted out.", hard=True),)
    office.later(minutes=5)
    assert (office.out(one).state, office.out(one).reason) == ("rejected", "They opted out.")
    assert office.scripted.taken == []


def test_a_held_mail_goes_once_the_way_is_free_and_expires_where_it_never_is(office: Office) -> None:
    one = _approved(office)
    late = office.forward("late", expires_at=NOW + timedelta(hours=2))
    office.decide(late, "approve")
    office.rules.blocks["effect"] = (Block("gate", "DKIM is missing."),)
    office.later(hours=1)
    office.later(hours=2)
    assert office.out(late).state == "expired"
    office.rules.blocks = {}
    office.later(minutes=5)
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_a_mail_that_can_not_be_written_is_given_back(office: Office) -> None:
    one = _approved(office)
    office.post.failing = Fatal("The DKIM key can't be read.", "Check DEALWRIGHT_DKIM_KEY_FILE.")
    office.work()
    out = office.out(one)
    assert out.state == "pending"
    assert "DKIM" in (out.held or "")


@pytest.mark.parametrize("point", ["effect: begun", "send: marked", "send: taken", "send: recorded", "effect: sent"])
@pytest.mark.parametrize("asked", ["outbox", "smtp"])
def test_a_kill_at_any_point_loses_nothing_and_sends_nothing_twice(office: Office, point: str, asked: str) -> None:
    one = _approved(office)
    if asked == "outbox":
        office.post.carrier = office.outbox
    else:
        office.scripted.where = "cannot_tell"
    office.die_at = point
    with pytest.raises(Killed):
        office.work()
    office.work()
    in_the_middle = asked == "smtp" and point in ("send: marked", "send: taken")
    assert office.out(one).state == ("unknown" if in_the_middle else "done")
    sent = len(list(office.outbox.newest())) if asked == "outbox" else len(office.scripted.taken)
    assert sent == (0 if asked == "smtp" and point == "send: marked" else 1)


def test_a_worker_whose_work_was_taken_over_touches_no_carrier(office: Office) -> None:
    one = _approved(office)
    office.steps.taken_over = True
    with office.database.session() as session:
        (job,) = due_effects(session, NOW)
    office.effects.run(job.key, office.steps)
    assert office.scripted.taken == []
    office.steps.taken_over = False
    office.effects.run(job.key, office.steps)
    office.later(minutes=1)
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_an_old_piece_of_work_does_nothing(office: Office) -> None:
    one = _approved(office)
    with office.database.session() as session:
        (job,) = due_effects(session, NOW)
    office.decide(one, "undo")
    office.decide(one, "approve", until=NOW + timedelta(days=1))
    office.effects.run(job.key, office.steps)
    office.effects.run(work_key(job.effect_id, 7), office.steps)
    assert office.scripted.taken == []
    assert read_key(job.key) == (job.effect_id, 1)


def test_work_that_ends_without_a_verdict_again_and_again_stands_before_a_person(office: Office) -> None:
    one = _approved(office)
    for _ in range(10):
        (effect,) = office.effect_rows()
        office.effects.give_up(effect.id, effect.attempts)
        office.clock.at += timedelta(days=1)
    assert office.out(one).state == "unknown"
    assert ("changed", one) in office.told.heard


def test_a_clock_that_jumps_sends_nothing_twice(office: Office) -> None:
    one = _approved(office)
    office.later(days=400)
    office.later(days=-800)
    office.later(days=400)
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_whoever_decides_is_reminded_once_before_it_expires(office: Office) -> None:
    from agents.proposals.due import turn_over

    one = office.forward(expires_at=NOW + timedelta(hours=10))
    reminded = []
    for hours in (1, 7, 8, 9):
        with office.database.transaction() as session:
            turn_over(session, NOW + timedelta(hours=hours))
            reminded.append(_reminders(session))
    assert reminded == [[], [("owner", one)], [("owner", one)], [("owner", one)]]


def test_a_kill_while_people_are_to_be_reminded_loses_no_reminder_and_doubles_none(office: Office) -> None:
    from agents.proposals.due import turn_over

    one = office.forward(expires_at=NOW + timedelta(hours=10))
    at = NOW + timedelta(hours=7)

    def killed() -> None:
        with office.database.transaction() as session:
            turn_over(session, at)
            raise Killed

    with pytest.raises(Killed):
        killed()
    with office.database.session() as session:
        assert (_reminders(session), session.get_one(Proposal, one).reminded_at) == ([], None)
    for _ in range(2):
        with office.database.transaction() as session:
            turn_over(session, at)
    with office.database.session() as session:
        assert (_reminders(session), session.get_one(Proposal, one).reminded_at) == ([("owner", one)], at)


def _reminders(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(select(Notice).where(Notice.kind == "reminder"))
    return [(row.user_id, row.payload["proposal"]) for row in rows]


def test_a_mail_that_could_not_go_before_its_occasion_ended_stays_here(office: Office) -> None:
    """The server was down from before the agreed moment until after the expiry."""
    one = office.forward(expires_at=NOW + timedelta(hours=10))
    assert office.decide(one, "approve", until=NOW + timedelta(hours=9)).outcome == "approved"
    office.later(hours=60)
    assert (office.out(one).state, office.scripted.taken) == ("expired", [])
    assert [row.state for row in office.effect_rows()] == ["withdrawn"]
    assert office.told.heard[-1] == ("changed", one)
    assert office.decide(one, "approve").outcome == "expired"


def test_a_mail_of_unknown_fate_that_never_left_is_not_sent_after_its_occasion(office: Office) -> None:
    one = office.forward(expires_at=NOW + timedelta(hours=10))
    office.decide(one, "approve", edit={"send": "now"})
    office.die_at = "send: marked"
    with pytest.raises(Killed):
        office.work()
    office.scripted.where = "absent"
    office.later(hours=60)
    assert (office.out(one).state, office.scripted.taken) == ("expired", [])


def test_what_was_promised_for_their_next_morning_goes_though_the_occasion_ends_in_between(office: Office) -> None:
    evening = NOW.replace(hour=20, minute=0)
    office.clock.at = evening
    one = office.forward(expires_at=evening + timedelta(hours=2))
    assert office.decide(one, "approve").outcome == "approved"
    due = office.out(one).due_at
    assert due is not None
    assert due > evening + timedelta(hours=2)
    office.clock.at = due
    office.work()
    assert (office.out(one).state, len(office.scripted.taken)) == ("done", 1)


def test_a_person_who_sends_again_is_not_held_back_by_the_expiry(office: Office) -> None:
    one = office.forward(expires_at=NOW + timedelta(hours=10))
    office.decide(one, "approve", edit={"send": "now"})
    office.scripted.failing, office.scripted.where = [OutcomeUnknown("lost")], "cannot_tell"
    office.work()
    assert office.out(one).state == "unknown"
    office.clock.at += timedelta(days=3)
    assert office.decide(one, "resend").outcome == "resent"
    office.work()
    assert office.out(one).state == "done"


def test_leaving_what_nobody_knows_the_fate_of_claims_nothing(office: Office) -> None:
    one = office.forward()
    office.decide(one, "approve", edit={"send": "now"})
    office.scripted.failing, office.scripted.where = [OutcomeUnknown("lost")], "cannot_tell"
    office.work()
    told = office.decide(one, "reject", reason="other")
    assert told.sentence == "Closed. Whether it went out before is not known; it is not sent again."
    again = office.decide(one, "reject")
    assert again.outcome == "already"
    assert "not known" in again.sentence
    assert "nothing" not in again.sentence
