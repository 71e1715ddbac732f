"""Calls, meetings and mails: who was there on which side, who acted, and which deal it is about."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Contact, Deal, Participant, Turn, User, WaitingLink
from tests.agents.intake.conftest import Bring, snapshot

BASE = {
    "users.csv": "name,email,role\nAda Quill,ada@us.example,rep\nBen Osei,ben@us.example,rep\n",
    "accounts.csv": "id,name,domain\nA1,Acme Logistics,acme.example\nA2,Globex,globex.example\n",
    "contacts.csv": "id,account,name,email\nC1,A1,Renata Silva,renata@acme.example\n",
    "deals.csv": "id,name,account,owner,stage,created,close date,amount\n"
    "D1,Expansion,A1,ada@us.example,Propose,2026-09-01,2026-12-01,84000\n"
    "D0,First deal,A1,ada@us.example,Closed Won,2026-01-10,2026-03-01,20000\n"
    "D2,Rollout,A2,ben@us.example,Propose,2026-09-01,2026-12-01,10\n"
    "D3,Renewal,A2,ben@us.example,Propose,2026-09-01,2026-12-01,10\n",
}


def mail(sender: str, to: str, identity: str, date: str = "Tue, 10 Nov 2026 10:00:00 +0000", **headers: str) -> str:
    """One mail as a file."""
    body = headers.pop("body", "Hello,\n\nwe are checking with legal.\n")
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"From: {sender}\nTo: {to}\nSubject: Contract\nDate: {date}\nMessage-ID: <{identity}>\n{more}\n{body}"


def call(**values: Any) -> str:
    """One call as a file."""
    told = {
        "id": "call-1",
        "title": "Contract",
        "started_at": "2026-11-12T15:00:00+00:00",
        "participants": [
            {"name": "Ada Quill", "email": "ada@us.example"},
            {"name": "Renata Silva", "email": "renata@acme.example"},
            {"name": "Devin Park", "email": "devin@acme.example", "role": "Head of Security"},
        ],
        "turns": [
            {"speaker": "Renata", "text": "I can't take this to security.", "start": 1.0, "end": 4.0},
            {"speaker": "Ada Quill", "text": "You will have the report today.", "start": 5.0, "end": 61.5},
        ],
    } | values
    return json.dumps(told)


def _rows(database: Database, *columns: Any) -> list[tuple[Any, ...]]:
    with database.session() as session:
        return sorted(map(tuple, session.execute(select(*columns))), key=repr)


def _one(database: Database, identity: str) -> Activity:
    with database.session() as session:
        found = session.get(Activity, identity)
        assert found is not None, identity
        return found


ADDRESSED = {
    "from-them": ("Renata Silva <renata@acme.example>", "ada@us.example", "inbound", "A1"),
    "from-us": ("ada@us.example", "renata@acme.example, ben@us.example", "outbound", "A1"),
    "among-us": ("ada@us.example", "Ben Osei <BEN@us.example>", "internal", None),
    "new-person": ("New Person <new@mail.acme.example>", "ada@us.example", "inbound", "A1"),
    "stranger": ("somebody@elsewhere.example", "ada@us.example", "inbound", None),
    "colleague": ("colleague@us.example", "renata@acme.example", "outbound", "A1"),
    "strangers": ("x@elsewhere.example", "y@nowhere.example", "unknown", None),
}


def test_a_mail_s_direction_and_account_follow_from_its_addresses(bring: Bring, database: Database) -> None:
    bring(BASE | {f"{name}.eml": mail(sender, to, name) for name, (sender, to, _, _) in ADDRESSED.items()})
    for name, (_, _, direction, account) in ADDRESSED.items():
        found = _one(database, name)
        assert (found.kind, found.direction, found.account_id) == ("mail", direction, account), name
        assert found.deal_id == ("D1" if account else None), name


def test_a_mail_of_a_public_provider_belongs_to_no_company(bring: Bring, database: Database) -> None:
    files = {"accounts.csv": "id,name,domain\nA1,Smith Trading,gmail.com\n", "users.csv": BASE["users.csv"]}
    bring(files | {"m.eml": mail("joe@gmail.com", "ada@us.example", "m1@x")})
    assert _one(database, "m1@x").account_id is None


def test_a_thread_bears_the_id_of_its_first_mail_and_a_robot_is_marked(bring: Bring, database: Database) -> None:
    first = mail("ada@us.example", "renata@acme.example", "m1@x")
    reply = mail("renata@acme.example", "ada@us.example", "m2@x", References="<m1@x>", In_Reply_To="<m1@x>")
    robot = mail("renata@acme.example", "ada@us.example", "m3@x", In_Reply_To="<m1@x>", Auto_Submitted="auto-replied")
    bring(BASE | {"1.eml": first, "2.eml": reply, "3.eml": robot})
    assert _rows(database, Activity.thread_key) == [("m1@x",)] * 3
    assert _rows(database, Activity.id, Activity.automatic) == [("m1@x", False), ("m2@x", False), ("m3@x", True)]


def test_a_touch_belongs_to_the_only_deal_that_was_open_then(bring: Bring, database: Database) -> None:
    bring(
        BASE
        | {
            "then.eml": mail("renata@acme.example", "ada@us.example", "then@x", "Tue, 10 Feb 2026 10:00:00 +0000"),
            "between.eml": mail("renata@acme.example", "ada@us.example", "mid@x", "Tue, 10 May 2026 10:00:00 +0000"),
            "now.eml": mail("renata@acme.example", "ada@us.example", "now@x"),
            "two.eml": mail("x@globex.example", "ben@us.example", "two@x"),
        }
    )
    assert _rows(database, Activity.id, Activity.deal_id) == [
        ("mid@x", None),
        ("now@x", "D1"),
        ("then@x", "D0"),
        ("two@x", None),
    ]


def test_an_inferred_deal_is_taken_back_when_a_second_one_appears_and_a_named_one_stays(
    bring: Bring, database: Database
) -> None:
    activities = "id,type,account,deal,subject,at\nN1,note,A1,,One,2026-11-01\nN2,note,A1,D1,Two,2026-11-01\n"
    bring(BASE | {"activities.csv": activities})
    assert _rows(database, Activity.id, Activity.deal_id) == [("N1", "D1"), ("N2", "D1")]
    bring({"deals.csv": "id,name,account,stage,created\nD9,Another,A1,Propose,2026-09-02\n"})
    assert _rows(database, Activity.id, Activity.deal_id) == [("N1", None), ("N2", "D1")]


def test_a_call_knows_its_people_its_sides_and_makes_a_contact_of_a_listed_buyer(
    bring: Bring, database: Database
) -> None:
    bring(BASE | {"call.json": call()})
    found = _one(database, "call-1")
    assert (found.kind, found.direction, found.account_id, found.deal_id) == ("call", "mutual", "A1", "D1")
    assert found.ended_at is not None
    assert found.at is not None
    assert (found.ended_at - found.at).total_seconds() == 61.5
    assert _rows(database, Turn.position, Turn.turn_id, Turn.speaker, Turn.side, Turn.contact_id) == [
        (0, "0", "Renata", "buyer", "C1"),
        (1, "1", "Ada Quill", "seller", None),
    ]
    with database.session() as session:
        devin = session.scalars(select(Contact).where(Contact.email == "devin@acme.example")).one()
    assert (devin.name, devin.account_id, devin.source, devin.title) == ("Devin Park", "A1", "call", "Head of Security")


def test_a_speaker_who_is_only_heard_is_not_made_a_contact(bring: Bring, database: Database) -> None:
    turns = [{"speaker": "Some Body", "text": "Hm."}, {"speaker": "Ada Quill", "text": "Well."}]
    bring(BASE | {"call.json": call(turns=turns, account="Acme Logistics")})
    with database.session() as session:
        assert session.scalars(select(Contact.id).where(Contact.name == "Some Body")).all() == []
        assert session.scalars(select(Participant.side).where(Participant.name == "Some Body")).all() == ["unknown"]


def test_a_call_that_comes_before_its_people_is_settled_when_they_come(bring: Bring, database: Database) -> None:
    late = {"call.json": call(), "m.eml": mail("renata@acme.example", "ada@us.example", "m1@x")}
    bring(late)
    for name in ("contacts.csv", "deals.csv", "accounts.csv", "users.csv"):
        bring({name: BASE[name]})
    assert _one(database, "m1@x").direction == "inbound"
    assert (_one(database, "call-1").account_id, _one(database, "call-1").deal_id) == ("A1", "D1")
    assert _rows(database, Turn.position, Turn.side, Turn.contact_id) == [(0, "buyer", "C1"), (1, "seller", None)]
    assert {row[0] for row in _rows(database, Participant.contact_id)} >= {"C1"}


def test_everything_together_twice_is_the_same(bring: Bring, database: Database) -> None:
    files = BASE | {
        "call.json": call(),
        "m.eml": mail("renata@acme.example", "ada@us.example", "m1@x"),
        "activities.csv": "type,direction,account,deal,contact,owner,subject,body,at,due,status\n"
        "meeting,,A1,D1,C1,ada@us.example,Walk-through,,2026-11-30 15:00,,booked\n"
        "call,outbound,A1,D1,Renata Silva,ada@us.example,Tried,,2026-11-02 15:00,,left voicemail\n"
        "note,,A1,D1,,ada@us.example,,Legal is slow,2026-11-03,,\n"
        "note,,A1,D1,,ada@us.example,,Legal is slower,2026-11-03,,\n"
        "task,,A1,D1,,ada@us.example,Chase legal,,,2026-11-25,open\n",
    }
    bring(files)
    before = snapshot(database)
    report = bring({name: text + ("\n" if name.endswith(".csv") else "") for name, text in files.items()})
    assert snapshot(database) == before
    assert (report.total.added, report.total.changed) == (0, 0)
    assert _rows(database, Activity.kind, Activity.direction, Activity.status) == [
        ("call", "mutual", "done"),
        ("call", "outbound", "done"),
        ("mail", "inbound", "done"),
        ("meeting", "mutual", "booked"),
        ("note", "internal", "done"),
        ("note", "internal", "done"),
        ("task", "internal", "open"),
    ]


def test_a_changed_transcript_is_to_be_indexed_again(bring: Bring, database: Database) -> None:
    bring(BASE | {"call.json": call()})
    before = _one(database, "call-1").content_hash
    turns = [{"speaker": "Renata Silva", "text": "I can't take this to security without the report."}]
    report = bring({"call.json": call(turns=turns)})
    assert report.of("call").changed == 1
    assert _one(database, "call-1").content_hash != before
    assert _rows(database, Turn.text) == [("I can't take this to security without the report.",)]


def test_a_call_and_a_note_of_the_same_id_are_both_kept(bring: Bring, database: Database) -> None:
    bring(BASE | {"activities.csv": "id,type,account,subject,at\ncall-1,note,A1,Mind this,2026-11-01\n"})
    bring({"call.json": call()})
    assert sorted(row[0] for row in _rows(database, Activity.kind)) == ["call", "note"]
    assert _one(database, "call-1").kind == "note"


def test_a_named_deal_that_is_not_there_yet_is_waited_for(bring: Bring, database: Database) -> None:
    bring(BASE | {"activities.csv": "id,type,account,deal,subject,at\nN1,note,A1,D77,Mind,2026-11-01\n"})
    assert _one(database, "N1").deal_id is None
    assert _rows(database, WaitingLink.field, WaitingLink.text) == [("deal_id", "D77")]
    bring({"deals.csv": "id,name,account,stage\nD77,Late,A1,Propose\n"})
    assert _one(database, "N1").deal_id == "D77"
    assert _rows(database, WaitingLink.text) == []


def test_our_own_domain_can_be_told_by_a_setting(bring: Bring, database: Database, settings: Settings) -> None:
    told = settings.model_copy(update={"company_domain": "us.example"})
    files = {"accounts.csv": BASE["accounts.csv"], "m.eml": mail("who@us.example", "renata@acme.example", "m1@x")}
    bring(files, settings=told)
    assert _one(database, "m1@x").direction == "outbound"
    assert _rows(database, User.id) == []


def test_an_activity_s_owner_is_found_for_the_scope(bring: Bring, database: Database) -> None:
    bring(BASE | {"m.eml": mail("renata@acme.example", "ada@us.example", "m1@x"), "call.json": call()})
    with database.session() as session:
        owners = set(
            session.scalars(
                select(User.name)
                .join(Activity, Activity.owner_id == User.id)
                .join(Deal, isouter=True, onclause=Deal.id == Activity.deal_id)
            )
        )
    assert owners == {"Ada Quill"}


def test_two_mailboxes_with_the_same_mail_are_one_mail_each_time(bring: Bring, database: Database) -> None:
    one = mail("ada@us.example", "renata@acme.example", "m1@x", body="As she sent it.\n")
    two = mail("ada@us.example", "renata@acme.example", "m1@x", body="As he got it, with a footer.\n")
    for _ in range(2):
        report = bring(BASE | {"ada.eml": one, "ben.eml": two})
        assert report.of("mail").changed == 0
        assert _one(database, "m1@x").body == "As she sent it."
    report = bring({"ada.eml": one.replace("sent", "wrote")})
    assert report.of("mail").changed == 1


def test_a_transcript_keeps_the_notes_that_a_table_has_on_its_call(bring: Bring, database: Database) -> None:
    table = "id,type,account,subject,body,at,status\ncall-1,call,A1,Short,He wants two weeks.,2026-11-12 15:00,done\n"
    bring(BASE | {"activities.csv": table, "call.json": call()})
    assert _one(database, "call-1").body == "He wants two weeks."
    assert len(_rows(database, Turn.position)) == 2
