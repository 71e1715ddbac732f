"""Calls and transcripts in the shapes that recorders export."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.files import read, read_bytes, sniff
from sales.records import Person, Reject, Row, SpokenTurn, Transcript


def call(text: str, name: str) -> Transcript:
    found = [item for item in read_bytes(text.encode(), name) if isinstance(item, Transcript)]
    assert len(found) == 1
    return found[0]


def said(transcript: Transcript) -> list[tuple[str, str | None, str, float | None]]:
    return [(turn.turn_id, turn.speaker, turn.text, turn.start) for turn in transcript.turns]


def test_the_projects_own_call_json() -> None:
    found = call(
        json.dumps(
            {
                "id": "c1", "title": "Kickoff", "started_at": "2025-02-03T10:00:00+01:00", "account": "Acme", "deal": "D1", "mood": "good", "score": 1.5,
                "participants": [{"name": "Ann", "email": "a@b.c", "role": "host"}, "Bob <b@c.d>"],
                "turns": [{"speaker": "Ann", "text": "hi"}, {"id": 7, "speaker": "Bob", "text": "yo", "start": 3.5, "end": 4}, {"speaker": "Cy", "text": " "}, {"speaker": "Cy", "text": "hm", "start": "00:01:02.5"}],
            }
        ),
        "call.json",
    )  # fmt: skip
    assert (found.call_id, found.title, found.account, found.deal) == ("c1", "Kickoff", "Acme", "D1")
    assert found.started_at == datetime(2025, 2, 3, 10, tzinfo=timezone(timedelta(hours=1)))
    assert said(found) == [("0", "Ann", "hi", None), ("7", "Bob", "yo", 3.5), ("3", "Cy", "hm", 62.5)]
    assert found.participants == (Person("Ann", "a@b.c", "host"), Person("Bob", "b@c.d"), Person("Cy", None, "speaker"))
    assert found.custom == {"mood": "good", "score": Decimal("1.5")}


def test_a_call_without_an_id_gets_the_same_one_each_time() -> None:
    text = '{"title":"T","turns":[{"speaker":"a","text":"b"}]}'
    assert call(text, "one.json").call_id == call(text, "two.json").call_id


def test_lists_and_lines_of_calls_lose_only_what_is_broken() -> None:
    text = '{"id":1,"turns":[{"speaker":"a","text":"b"}]}\n{bad\n[1]\n{"id":"2","turns":[]}\n{"id":"3","turns":[{"speaker":"a","text":"b"}]}\n'
    out = list(read_bytes(text.encode(), "calls.jsonl"))
    assert [item.call_id for item in out if isinstance(item, Transcript)] == ["1", "3"]
    assert [item.origin.line for item in out if isinstance(item, Reject)] == [2, 3, 4]
    listed = list(
        read_bytes(
            b'[{"id":"1","turns":[{"text":"x"}]}, 5, {"meeting":"m","turns":[{"speaker":"a","text":"y"}]}]',
            "calls.json",
        )
    )
    assert [getattr(item, "call_id", "rejected") for item in listed] == ["1", "rejected", "m"]


def test_gong_transcripts_take_names_from_the_calls_beside_them() -> None:
    document = {
        "callTranscripts": [{"callId": "77", "transcript": [
            {"speakerId": "1", "sentences": [{"start": 1000, "end": 2500, "text": "Hello."}, {"start": 2600, "end": 3000, "text": "You."}]},
            {"speakerId": "9", "sentences": [{"start": 4000, "end": 5000, "text": "Hi"}]}]}],
        "calls": [{"metaData": {"id": "77", "title": "Demo", "started": "2025-01-02T03:04:05Z", "duration": 600, "url": "u"},
                   "parties": [{"speakerId": "1", "name": "Rep", "emailAddress": "r@us.com", "affiliation": "Internal"}],
                   "context": [{"objects": [{"objectType": "Account", "objectId": "001", "fields": [{"name": "Name", "value": "Acme"}]}]}]}],
    }  # fmt: skip
    found = call(json.dumps(document), "gong.json")
    assert (found.call_id, found.title, found.account, found.url, found.origin.system) == (
        "77",
        "Demo",
        "Acme",
        "u",
        "gong",
    )
    assert found.ended_at == datetime(2025, 1, 2, 3, 14, 5, tzinfo=UTC)
    assert found.turns == (
        SpokenTurn("0", "Rep", "Hello. You.", 1.0, 3.0),
        SpokenTurn("1", "Speaker 9", "Hi", 4.0, 5.0),
    )
    assert found.participants == (Person("Rep", "r@us.com", side="seller"), Person("Speaker 9", None, "speaker"))


@pytest.mark.parametrize("wrapped", [True, False])
def test_fireflies_sentences(wrapped: bool) -> None:
    inner = {
        "id": "ff1", "title": "Demo", "date": 1710500000000, "duration": 30.5, "host_email": "h@x.com", "transcript_url": "https://app/ff1",
        "participants": ["h@x.com", "c@y.com"], "meeting_attendees": [{"displayName": "Cleo", "email": "c@y.com"}],
        "sentences": [{"index": 0, "speaker_name": "Cleo", "text": "Hi", "start_time": "1.5", "end_time": 2}, {"index": 1, "speaker_name": None, "speaker_id": 0, "text": "Yo", "start_time": 3}],
    }  # fmt: skip
    found = call(json.dumps({"data": {"transcript": inner}} if wrapped else inner), "ff.json")
    assert (found.call_id, found.owner, found.url, found.origin.system) == (
        "ff1",
        "h@x.com",
        "https://app/ff1",
        "fireflies",
    )
    assert found.started_at == datetime(2024, 3, 15, 10, 53, 20, tzinfo=UTC)
    assert said(found) == [("0", "Cleo", "Hi", 1.5), ("1", "Speaker 0", "Yo", 3.0)]
    assert Person("Cleo", "c@y.com") in found.participants


def test_a_bare_list_of_sentences_is_one_call() -> None:
    found = call(
        '[{"sentence":"Hi","startTime":"00:01","endTime":"00:02","speaker_name":"Zoe"},{"sentence":"Yo","startTime":"00:03","speaker_name":"Al"}]',
        "acme-demo.json",
    )
    assert found.call_id == "acme-demo"
    assert said(found) == [("0", "Zoe", "Hi", 1.0), ("1", "Al", "Yo", 3.0)]


TEAMS = """WEBVTT

0b1c2d3e-1111-2222-3333-444455556666/12-0
00:00:03.120 --> 00:00:05.000
<v Müller, Anna (Contractor)>Hello &amp; welcome, R&amp;D folks

0b1c2d3e-1111-2222-3333-444455556666/12-1
00:00:05.000 --> 00:00:07.000
<v O&#39;Neil, Pat>We need
SOC 2.</v>

00:00:08.000 --> 00:00:09.000
no speaker here

NOTE a comment
that goes on

00:00:10.000 --> 00:00:11.000
<v Ann>one</v> <v Bo>two</v>
00:00:1x --> 00:00:12.000
broken
"""


def test_teams_captions() -> None:
    out = list(read_bytes(TEAMS.encode(), "Acme sync.vtt"))
    (found,) = [item for item in out if isinstance(item, Transcript)]
    guid = "0b1c2d3e-1111-2222-3333-444455556666"
    assert said(found)[:5] == [
        (f"{guid}/12-0", "Anna Müller", "Hello & welcome, R&D folks", 3.12),
        (f"{guid}/12-1", "Pat O'Neil", "We need SOC 2.", 5.0),
        ("2", None, "no speaker here", 8.0),
        ("3", "Ann", "one", 10.0),
        ("3.2", "Bo", "two", 10.0),
    ]
    assert Person("Anna Müller", None, "speaker", "Contractor") in found.participants
    assert [(item.origin.line, "times" in item.reason) for item in out if isinstance(item, Reject)] == [(20, True)]


def test_srt_names_speakers_only_where_names_come_back() -> None:
    found = call(
        "1\n00:00:01,000 --> 00:00:02,000\nAnn Lee: Price is: 5\n\n2\n00:00:02,500 --> 00:00:03,000\nand the ratio: low\n\n3\n00:00:04,000 --> 00:00:05,000\nAnn Lee: ok\n",
        "acme.srt",
    )
    assert said(found) == [
        ("1", "Ann Lee", "Price is: 5", 1.0),
        ("2", None, "and the ratio: low", 2.5),
        ("3", "Ann Lee", "ok", 4.0),
    ]


def test_a_plain_transcript_is_told_from_prose() -> None:
    text = (
        "Title: Acme kickoff\nDate: 2025-03-04\nAccount: Acme\n\nAnn: Hello there.\nBob Smith: Hi. Note: this is big.\nNote: remember that.\nand it goes on\n"
        "[00:01:02] Ann: Great\n00:01:10 Bob Smith: Yes: 10:30 works\nBob Smith: bye\n"
    )
    found = call(text, "acme.txt")
    assert (found.title, found.account, found.started_at) == ("Acme kickoff", "Acme", datetime(2025, 3, 4, tzinfo=UTC))
    assert said(found) == [
        ("0", "Ann", "Hello there.", None),
        ("1", "Bob Smith", "Hi. Note: this is big. Note: remember that. and it goes on", None),
        ("2", "Ann", "Great", 62.0),
        ("3", "Bob Smith", "Yes: 10:30 works", 70.0),
        ("4", "Bob Smith", "bye", None),
    ]
    assert (
        sniff(
            b"Note: the meeting is at 10:30.\nPlease remember: bring pens.\nSummary: all good.\nNote: again.\n", "n.txt"
        ).kind
        == "unknown"
    )


def test_a_transcript_with_names_and_times_on_lines_of_their_own() -> None:
    assert said(
        call(
            "Ann Lee  0:03\nHello there everyone.\n\nBob Smith  0:10\nHi Ann.\n\nAnn Lee  0:15\nSo, price.\n",
            "otter.txt",
        )
    ) == [
        ("0", "Ann Lee", "Hello there everyone.", 3.0),
        ("1", "Bob Smith", "Hi Ann.", 10.0),
        ("2", "Ann Lee", "So, price.", 15.0),
    ]


def test_names_that_any_file_has_do_not_make_two_calls_one() -> None:
    first = call("WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: a\n\n00:03.000 --> 00:04.000\nAnn: b\n", "transcript.vtt")
    second = call("WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: c\n\n00:03.000 --> 00:04.000\nAnn: d\n", "transcript.vtt")
    assert first.call_id != second.call_id
    assert call(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "GMT20240315-140203_Recording.transcript.vtt"
    ).started_at == datetime(2024, 3, 15, 14, 2, 3, tzinfo=UTC)


def test_zooms_files_belong_together(tmp_path: Path) -> None:
    (tmp_path / "m1_transcript.vtt").write_text(
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nAnn Lee: Hi\n\n2\n00:00:03.000 --> 00:00:04.000\nGuest: Yo\n"
    )
    (tmp_path / "m1_participants.csv").write_text(
        "\ufeffMeeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n01,Reunion,09/24/2020 11:35:16 AM,09/24/2020 12:49:20 PM,ann@x.edu,75,2,\n\n"
        "Name (Original Name),User Email,Total Duration (Minutes),Guest\nAnn Lee (Annie),Ann@x.edu,75,\nBo,,70,\n"
    )
    (tmp_path / "m1_chat.txt").write_text("00:21:14\tAnn Lee:\tHello all\n00:22:00\tBo:\tPrice list: see link\n")
    chat, transcript = list(read(tmp_path))
    assert isinstance(transcript, Transcript)
    assert (transcript.title, transcript.started_at) == ("Reunion", datetime(2020, 9, 24, 11, 35, 16, tzinfo=UTC))
    assert transcript.participants == (Person("Ann Lee", "ann@x.edu"), Person("Bo"), Person("Guest", None, "speaker"))
    assert isinstance(chat, Row)
    assert chat.values["body"] == "Ann Lee: Hello all\nBo: Price list: see link"
    assert chat.values["type"] == "note"
    (tmp_path / "m1_transcript.vtt").unlink()
    alone = [item for item in read(tmp_path / "m1_participants.csv") if isinstance(item, Reject)]
    assert "transcript is not beside it" in alone[0].reason
