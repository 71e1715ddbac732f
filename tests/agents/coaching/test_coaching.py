"""Scorecards: what they count, the moments they show, and that nobody but the rep and the manager sees them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from agents.coaching.scoring import scorecards
from agents.coaching.service import Coaching
from agents.coaching.track import EXAMPLE, faults_of_track, track_in_force
from agents.notes.call import load
from agents.notes.house import house_of
from agents.notes.people import recognised
from agents.notes.service import Notes
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Participant, Turn, User
from infra.spine.models import Scorecard as Row
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.conftest import NOW

_LONG = (
    "So let me share my screen and take you through it. What you see first is the yard, with every trailer that came in since midnight and the door that it stands at. Green means that somebody "
    "works on it, red means that it has waited for longer than you agreed with the carrier, and you can change that limit by customer if you like. When you press one of them you get its papers, the "
    "driver's phone number and what was counted when it was unloaded, together with the photos that your people took. Those photos matter more than you would think, because most claims end the moment "
    "there is one. Then there is the counting itself. Your people walk the aisle with a tablet, scan a shelf and say what is on it, and the system tells them at once whether that can be true. If it "
    "can't, they count again while they are still standing there, which is the whole trick. Over here is the view for your supervisors. They see the shift as it goes, who is behind, where the next peak "
    "will hit, and they can move two people over with a drag of the mouse. We built that together with a grocer in Ohio who had the same trouble every Thursday before a holiday. Next to it sits the "
    "invoice check, where detention fees are compared with the real waiting times, and anything that doesn't match goes into a list for your accountant. I could talk about that one for hours. The alerts "
    "come by text or mail, whatever somebody prefers, and nobody gets more than five a day unless they ask for it. Then we have the labels, which print themselves, the gate that opens by number plate, and "
    "the connection to whatever you run for orders. Most people bring theirs over in about a week, sometimes two when the old one is really old. And finally, because everybody asks for it sooner or "
    "later, all of this can be exported into a spreadsheet at any time, so your analysts can play with it on their own and nobody has to wait for us to build a chart for them."
)
SAID = (
    ("dana", "Thanks for joining. What would make this useful for you today?"),
    ("ray", "Our counts are wrong every single month, and it costs us about forty thousand dollars a quarter."),
    ("dana", _LONG),
    ("ray", "Okay. Honestly, that is too expensive for us, I can't justify that."),
    ("dana", "Understood. Let me go on with the reports."),
    ("ray", "Hm. I still do not see how we would pay for that."),
    ("dana", "These are the reports, one for each warehouse and one for the whole company."),
    ("ray", "Fine. I have to jump to another call now, talk to you some time."),
    ("dana", "Thanks for your time, Ray. Bye."),
)


@pytest.fixture
def office(database: Database, settings: Settings, clock: FixedClock) -> tuple[Database, Coaching]:
    """One call of Dana with Ray, on both databases, its notes made."""
    about = {"source": "test", "source_at": NOW}
    with database.transaction() as session:
        session.add(User(id="ines", name="Ines Calder", name_key="calder ines", role="admin", **about))
        session.flush()
        session.add(User(id="marcus", name="Marcus Oye", name_key="marcus oye", role="manager", team="West", **about))
        session.flush()
        for name in ("dana", "luis"):
            key = f"{name} rep"
            session.add(
                User(id=name, name=key.title(), name_key=key, role="rep", team="West", manager_id="marcus", **about)
            )
        session.flush()
        session.add(Account(id="acme", name="Acme", name_key="acme", owner_id="dana", **about))
        session.flush()
        session.add(Contact(id="ray", account_id="acme", name="Ray Okonkwo", name_key="okonkwo ray", **about))
        session.add(
            Activity(
                id="call-1",
                kind="call",
                direction="mutual",
                status="done",
                account_id="acme",
                owner_id="dana",
                subject="Acme: counts",
                at=NOW - timedelta(days=1),
                content_hash="h1",
                **about,
            )
        )
        session.flush()
        session.add(
            Participant(activity_id="call-1", name="Ray Okonkwo", role="attendee", side="buyer", contact_id="ray")
        )
        session.add(Participant(activity_id="call-1", name="Dana Rep", role="host", side="seller", user_id="dana"))
        begin = 0.0
        for place, (who, text) in enumerate(SAID):
            seconds = len(text.split()) * 0.5
            session.add(
                Turn(
                    activity_id="call-1",
                    position=place,
                    turn_id=str(place),
                    speaker="Dana Rep" if who == "dana" else "Ray Okonkwo",
                    side="seller" if who == "dana" else "buyer",
                    user_id="dana" if who == "dana" else None,
                    contact_id="ray" if who == "ray" else None,
                    start_s=begin,
                    end_s=begin + seconds,
                    text=text,
                )
            )
            begin += seconds
    Notes(database, settings, clock).of("call-1", scope=EVERYTHING)
    return database, Coaching(database, settings, clock, lambda: track_in_force(None))


def _user(database: Database, identity: str) -> User:
    with database.session() as session:
        return session.get_one(User, identity)


def test_the_rep_sees_how_the_call_was_led(office: tuple[Database, Coaching]) -> None:
    """Figures that can be counted by hand, no next step, and moments with verbatim words in the order of the call."""
    database, coaching = office
    (card,) = coaching.of("call-1", _user(database, "dana"))
    assert card.reason is None
    figures = {one.key: one for one in card.measures}
    ours = sum(len(text.split()) for who, text in SAID if who == "dana")
    whole = sum(len(text.split()) for _, text in SAID)
    assert figures["talk_share"].value == pytest.approx(100 * ours / whole, abs=0.1)
    assert figures["side_share"].standing == "high"
    assert figures["longest_monologue"].value == pytest.approx(len(_LONG.split()) * 0.5, abs=0.1)
    assert figures["questions"].value == 1
    assert card.next_step is None
    assert card.estimate is not None
    assert card.estimate.outcome == "continuation"
    kinds = [one.kind for one in card.moments]
    assert 2 <= len(kinds) <= 3
    assert {"monologue", "no_next_step"} <= set(kinds)
    for clip in card.moments:
        assert clip.said.quote in SAID[clip.said.position][1]
        assert clip.stronger
        assert clip.start_s is not None
    assert all(one.last < other.first for one, other in pairwise(card.moments))
    assert [one.key for one in card.track if one.taken] == ["agenda"]


def test_an_objection_that_was_left_open_is_shown_with_what_to_ask(
    office: tuple[Database, Coaching], settings: Settings, clock: FixedClock
) -> None:
    """The clip goes from the objection to what followed, and says what would have been stronger for this kind."""
    database, _ = office
    notes = Notes(database, settings, clock).of("call-1", scope=EVERYTHING)
    left_open = tuple(one.model_copy(update={"handled": "open"}) for one in notes.objections)
    with database.session() as session:
        loaded = load(session, "call-1", settings.zone)
        house = house_of(session, settings)
    assert loaded is not None
    (card,) = scorecards(recognised(loaded, house), notes.model_copy(update={"objections": left_open}), ())
    clip = next(one for one in card.moments if one.kind == "objection")
    assert "too expensive" in clip.said.quote
    assert "what they compare it with" in clip.stronger
    assert (clip.first, clip.last) == (3, 5)


def test_the_manager_sees_it_and_nobody_else(office: tuple[Database, Coaching]) -> None:
    """A colleague of the same team and an admin who leads nobody in it get the same answer as for a call that is not there."""
    database, coaching = office
    assert coaching.of("call-1", _user(database, "marcus"))
    told = []
    for who, call in (("luis", "call-1"), ("ines", "call-1"), ("dana", "call-9")):
        with pytest.raises(Fatal) as refused:
            coaching.of(call, _user(database, who))
        told.append((refused.value.sentence, refused.value.status))
    assert len(set(told)) == 1
    assert told[0][1] == 404
    for who, count in (("dana", 1), ("marcus", 1), ("luis", 0), ("ines", 0)):
        assert len(coaching.latest(_user(database, who), NOW - timedelta(days=30))) == count


def test_it_is_scored_once_and_again_when_its_words_change(
    office: tuple[Database, Coaching], settings: Settings, clock: FixedClock
) -> None:
    """A second round finds nothing; new words make new notes, and a new scorecard in place of the old one."""
    database, coaching = office
    assert (coaching.score_waiting(), coaching.score_waiting()) == (1, 0)
    with database.transaction() as session:
        session.get_one(Activity, "call-1").content_hash = "h2"
        session.get_one(Turn, ("call-1", 2)).text = "Short. What of it matters to you?"
    Notes(database, settings, clock).read_waiting()
    assert coaching.score_waiting() == 1
    (card,) = coaching.of("call-1", _user(database, "dana"))
    assert "monologue" not in [one.kind for one in card.moments]
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Row)) == 1


def test_a_talk_track_that_cannot_be_used_says_why() -> None:
    """The usual one can; what is wrong is told with its place."""
    assert faults_of_track(EXAMPLE) == ()
    assert "not TOML" in faults_of_track("[[step]")[0].message or faults_of_track("[[step]")[0].line == 1
    assert "needs key, label and says" in faults_of_track('[[step]]\nkey = "a"')[0].message
    assert "same key" in faults_of_track('[[step]]\nkey="a"\nlabel="A"\nsays=["x"]\n' * 2)[0].message
