"""Real files, as their tools wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from integrations.files import read
from sales.records import MailMessage, RecordKind, Reject, Row, Transcript

pytestmark = pytest.mark.shared_data


def test_the_zoom_meeting_is_one_call_with_all_its_cues(shared_data: Path) -> None:
    (call,) = read(shared_data / "calls" / "zoom" / "zoom-meeting001_transcript.vtt")
    assert isinstance(call, Transcript)
    assert len(call.turns) == 300
    assert [turn.turn_id for turn in call.turns] == [str(n) for n in range(1, 301)]
    assert sum(turn.speaker is None for turn in call.turns) == 2
    assert call.title == "Meeting about Reunion"
    assert {p.name for p in call.participants} >= {"Andrew Knight", "Paul McCartney", "Ringo Starr"}
    (chat,) = read(shared_data / "calls" / "zoom" / "zoom-meeting001_chat.txt")
    assert isinstance(chat, Row)
    assert str(chat.values["body"]).count("\n") == 9


def test_captions_without_speakers_agree_in_both_forms(shared_data: Path) -> None:
    srt, vtt = (
        next(iter(read(shared_data / "calls" / "zoom" / f"adaptivecards-ProductVideoSubtitles.{end}")))
        for end in ("srt", "vtt")
    )
    assert isinstance(srt, Transcript)
    assert isinstance(vtt, Transcript)
    assert [(t.speaker, t.text, t.start) for t in srt.turns] == [(t.speaker, t.text, t.start) for t in vtt.turns]


@pytest.mark.parametrize(
    ("name", "id_key"), [("earnings/calls.jsonl", "call"), ("qmsum-val/val.cases.jsonl", "meeting")]
)
def test_corpora_of_calls_come_in_whole(shared_data: Path, name: str, id_key: str) -> None:
    path = shared_data / "calls" / name
    found = list(read(path))
    for line, call in zip(path.read_text().splitlines(), found, strict=True):
        source = json.loads(line)
        assert isinstance(call, Transcript)
        assert call.call_id == source[id_key]
        assert call.account == source.get("company")
        spoken = [turn for turn in source["turns"] if turn["text"].strip()]
        assert [(t.turn_id, t.speaker, t.text) for t in call.turns] == [
            (str(t["id"]), t["speaker"], t["text"].strip()) for t in spoken
        ]


def test_salesforce_trees_are_records(shared_data: Path) -> None:
    found = list(read(shared_data / "crm" / "salesforce-ebikes"))
    accounts = [row.values["name"] for row in found if isinstance(row, Row) and row.kind is RecordKind.ACCOUNT]
    products = [row.values for row in found if isinstance(row, Row) and row.kind is RecordKind.PRODUCT]
    assert accounts == ["Wheelworks", "Northern Trail Cycling", "Trailblazers"]
    assert len(products) == 16
    assert {str(values["family"]) for values in products} <= {"Dynamo", "Electra", "Fuse", "Volt"}
    assert all("price" in values for values in products)
    assert sum(isinstance(item, Reject) for item in found) == 2


def test_every_real_mail_is_read(shared_data: Path) -> None:
    for path in sorted((shared_data / "mail").rglob("*.*")):
        for item in read(path):
            if path.suffix == ".eml" and path.name != "bounce-delayed-broken.eml":
                assert isinstance(item, MailMessage), path.name
                assert item.message_id
                assert "\x00" not in item.body


def test_bounces_are_machines_and_replies_are_people(shared_data: Path) -> None:
    bounces = [
        item
        for path in (shared_data / "mail" / "bounces").glob("*.eml")
        for item in read(path)
        if isinstance(item, MailMessage)
    ]
    assert sum(item.automatic for item in bounces) >= 0.95 * len(bounces)
    replies = [
        item
        for path in (shared_data / "mail" / "replies-talon").glob("*.eml")
        for item in read(path)
        if isinstance(item, MailMessage)
    ]
    assert not any(item.automatic for item in replies)
    assert all(item.body.startswith("Hello") and "bob" not in item.body for item in replies)
