"""Where deals and leads stand at a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime

from agents.intake.state import deal_states, lead_states
from infra.spine.database import Database
from infra.spine.models import User
from infra.spine.scope import EVERYTHING, NOTHING, scope_of
from tests.agents.intake.conftest import Bring

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FILES = {
    "users.csv": "name,email,role\nAda Quill,ada@us.example,rep\nBen Osei,ben@us.example,rep\n",
    "accounts.csv": "id,name,domain\nA1,Acme,acme.example\nA2,Globex,globex.example\n",
    "deals.csv": "id,name,account,owner,stage,created,next step,next step date,note\n"
    "D1,Expansion,A1,ada@us.example,Propose,2026-09-01,Chase legal,2026-11-21,Verbal yes from Colleen.\n"
    "D2,Rollout,A2,ben@us.example,Understand,2026-09-01,Send the plan,2026-12-04,\n"
    "D3,Quiet,A2,ben@us.example,Identify,2026-09-01,,,\n",
    "activities.csv": "id,type,direction,account,deal,subject,body,at,due,status,automatic\n"
    "T1,mail,inbound,A1,D1,Redlines,,2026-11-14 10:00,,done,\n"
    "T2,mail,inbound,A1,D1,Out of office,,2026-11-20 10:00,,done,yes\n"
    "T3,meeting,,A1,D1,Sign-off,,2026-11-27 15:00,,booked,\n"
    "T4,meeting,,A1,D1,Cancelled,,2026-11-25 15:00,,cancelled,\n"
    "T5,task,,A2,D2,Draft the plan,,,2026-11-30,open,\n"
    "T6,note,,A2,D2,,They have four sites,2026-11-10 09:00,,done,\n",
    "leads.csv": "id,name,email,company,source,created,first touch,status,owner,next action,next action date,note\n"
    "L1,Bo Lind,bo@new.example,Newco,Web,2026-11-01,2026-11-02,Working,ada@us.example,Call back,2026-11-20,Asked for prices.\n",
}


def test_a_deal_s_state_names_what_was_last_and_what_is_next(bring: Bring, database: Database) -> None:
    bring(FILES)
    with database.session() as session:
        states = deal_states(session, EVERYTHING, None, NOW, UTC)
    acme = states["D1"]
    assert (acme.stage, acme.note) == ("Propose", "Verbal yes from Colleen.")
    assert acme.last_action is not None
    assert (acme.last_action.kind, acme.last_action.text, acme.last_action.direction) == ("mail", "Redlines", "inbound")
    assert acme.next_action is not None
    assert (acme.next_action.kind, acme.next_action.text, acme.next_action.overdue) == ("meeting", "Sign-off", False)
    globex = states["D2"]
    assert globex.next_action is not None
    assert (globex.next_action.text, globex.next_action.activity_id) == ("Draft the plan", "T5")
    assert globex.last_action is not None
    assert globex.last_action.text == "They have four sites"
    assert (states["D3"].last_action, states["D3"].next_action, states["D3"].note) == (None, None, None)


def test_a_deal_s_state_is_told_as_of_a_moment(bring: Bring, database: Database) -> None:
    bring(FILES)
    with database.session() as session:
        before = deal_states(session, EVERYTHING, ["D1"], datetime(2026, 11, 13, tzinfo=UTC), UTC)["D1"]
        after = deal_states(session, EVERYTHING, ["D1"], datetime(2026, 11, 28, tzinfo=UTC), UTC)["D1"]
    assert before.last_action is None
    assert before.next_action is not None
    assert before.next_action.at == date(2026, 11, 21)
    assert after.next_action is not None
    assert (after.next_action.text, after.next_action.overdue) == ("Chase legal", True)


def test_a_state_is_shown_within_the_scope_only(bring: Bring, database: Database) -> None:
    bring(FILES)
    with database.session() as session:
        ben = session.query(User).filter(User.email == "ben@us.example").one()
        own = scope_of(session, ben, "own")
        assert set(deal_states(session, own, None, NOW, UTC)) == {"D2", "D3"}
        assert deal_states(session, own, ["D1"], NOW, UTC) == {}
        assert deal_states(session, NOTHING, None, NOW, UTC) == {}
        assert lead_states(session, own, None, NOW, UTC) == {}


def test_a_lead_s_state(bring: Bring, database: Database) -> None:
    bring(FILES)
    with database.session() as session:
        lead = lead_states(session, EVERYTHING, None, NOW, UTC)["L1"]
    assert (lead.stage, lead.note) == ("Working", "Asked for prices.")
    assert lead.last_action is not None
    assert (lead.last_action.kind, lead.last_action.at) == ("touch", datetime(2026, 11, 2, tzinfo=UTC))
    assert lead.next_action is not None
    assert (lead.next_action.text, lead.next_action.overdue) == ("Call back", True)


def test_a_lead_who_wrote_has_that_as_the_last_action(bring: Bring, database: Database) -> None:
    mail = "From: Bo <bo@new.example>\nTo: ada@us.example\nSubject: Prices?\nDate: Mon, 16 Nov 2026 10:00:00 +0000\nMessage-ID: <l@x>\n\nHow much?\n"
    bring(FILES | {"m.eml": mail})
    with database.session() as session:
        lead = lead_states(session, EVERYTHING, ["L1"], NOW, UTC)["L1"]
    assert lead.last_action is not None
    assert (lead.last_action.kind, lead.last_action.text) == ("mail", "Prices?")
