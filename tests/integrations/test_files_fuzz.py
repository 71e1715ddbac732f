"""Whatever a file holds, an import ends, tells what it kept aside, and loses no good row.

1,000 cases here; 10,000 with DEALWRIGHT_SOAK=1.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.files import read_bytes
from sales.records import MailMessage, Record, Reject, Row, Transcript

_CASES = 10_000 if os.environ.get("DEALWRIGHT_SOAK") == "1" else 1_000
_fuzz = settings(
    max_examples=_CASES // 8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=os.environ.get("DEALWRIGHT_SOAK") != "1",
)
_NAMES = [
    "x.csv",
    "deals.csv",
    "call.vtt",
    "call.srt",
    "call.txt",
    "call.json",
    "calls.jsonl",
    "mail.eml",
    "box.mbox",
    "x",
    "x_participants.csv",
    "x.xlsx",
]
_NASTY = st.text(alphabet="\",;\t|\n\r\x00\\'abc09.- :<>{}[]€ü\u2028", max_size=120)

SEEDS: list[tuple[str, bytes]] = [
    ("deals.csv", b'Deal ID,Deal Name,Account,Amount,Close Date,Stage\nD1,"A, Inc",Acme,"$1,200.50",12/31/2025,Won\nD2,B,Beta,900,1/2/2025,Lost\n'),
    ("k.csv", "Verkaufschance;Kunde;Betrag;Phase\nX;Müller;1.200,50 €;Angebot\n".encode("cp1252")),
    ("call.vtt", b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Lee, Ann (Contractor)>Hi &amp; hello</v>\n\n2\n00:00:02.000 --> 00:00:03.000\nBob: Yes\n"),
    ("call.srt", b"1\n00:00:01,000 --> 00:00:02,000\nAnn: Hi\n\n2\n00:00:02,000 --> 00:00:03,000\nAnn: Bye\n"),
    ("call.txt", b"Ann: Hello.\nBob: Hi there.\nAnn: Price?\n[00:01:00] Bob: 5.\n"),
    ("call.json", b'{"id":"c1","title":"T","started_at":"2025-01-01T10:00:00Z","turns":[{"speaker":"A","text":"x","start":1.5}],"participants":["A <a@b.c>"]}'),
    ("gong.json", b'{"callTranscripts":[{"callId":"7","transcript":[{"speakerId":"1","sentences":[{"start":1,"end":2,"text":"Hi"}]}]}],"calls":[{"metaData":{"id":"7"},"parties":[{"speakerId":"1","name":"A"}]}]}'),
    ("ff.json", b'{"data":{"transcript":{"id":"f","date":1710500000000,"sentences":[{"index":0,"speaker_name":"A","text":"Hi","start_time":1}]}}}'),
    ("tree.json", b'{"records":[{"attributes":{"type":"Account","referenceId":"A1"},"Name":"Acme","Opportunities":{"records":[{"attributes":{"type":"Opportunity"},"Name":"D","StageName":"Won"}]}}]}'),
    ("m.eml", b"From: =?utf-8?q?=C3=A9?= <a@b.c>\r\nTo: x@y.z\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-7\r\n\r\n<p>Hi<blockquote>old</blockquote>\r\n--b--\r\n"),
    ("m.mbox", b"From a@b.c Tue Mar 04 10:00:00 2025\nFrom: a@b.c\nSubject: one\n\nHi\n\nFrom b@b.c Tue Mar 04 10:00:00 2025\nFrom: b@b.c\nSubject: two\n\nOn Mon, Mar 3, 2025 Bob wrote:\n> x\n"),
]  # fmt: skip


def everything(data: bytes, name: str) -> list[Record | Reject]:
    """Read all; each reject must carry a sentence."""
    out = list(read_bytes(data, name))
    for item in out:
        if isinstance(item, Reject):
            assert item.reason.endswith("."), item.reason
            assert item.origin.file == name
    return out


@_fuzz
@given(st.binary(max_size=400), st.sampled_from(_NAMES))
def test_any_bytes_under_any_name_are_read_or_refused(data: bytes, name: str) -> None:
    for item in everything(data, name):
        assert item.origin.file == name


@_fuzz
@given(_NASTY, st.sampled_from(_NAMES))
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    for item in everything(text.encode("utf-8"), name):
        assert item.origin.line >= 0


@_fuzz
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 30), st.binary(max_size=12)), min_size=1, max_size=6),
)
def test_a_damaged_export_of_any_shape_is_read_or_refused(
    seed: tuple[str, bytes], cuts: list[tuple[int, int, bytes]]
) -> None:
    name, data = seed
    for at, drop, put in cuts:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + drop :]
    for item in everything(data, name):
        if isinstance(item, Transcript):
            assert item.call_id
            assert len({turn.turn_id for turn in item.turns}) == len(item.turns)
        elif isinstance(item, Row):
            assert "\x00" not in json.dumps([item.values, item.custom], default=str)


_cell = st.text(alphabet='abcZ ü,"\n0', max_size=12)


@_fuzz
@given(
    st.lists(
        st.tuples(_cell, st.integers(0, 10**7), st.sampled_from(["Won", "Lost", "Open"])), min_size=3, max_size=12
    ),
    _NASTY,
    st.integers(0, 12),
    st.sampled_from([",", ";", "\t"]),
)
def test_one_broken_line_among_good_ones_costs_only_itself(
    rows: list[tuple[str, int, str]], broken: str, at: int, delimiter: str
) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [
        delimiter.join((f"D-{n}", quoted(name), str(amount), stage, f"2025-01-{n + 1:02}"))
        for n, (name, amount, stage) in enumerate(rows)
    ]
    lines.insert(at % (len(lines) + 1), broken)
    text = delimiter.join(("Deal ID", "Deal Name", "Amount", "Stage", "Close Date")) + "\n" + "\n".join(lines) + "\n"
    kept = {
        row.values["external_id"]: row.values
        for row in everything(text.encode(), "deals.csv")
        if isinstance(row, Row) and "external_id" in row.values
    }
    for n, (_, amount, stage) in enumerate(rows):
        assert kept[f"D-{n}"]["amount"] == amount
        assert kept[f"D-{n}"]["stage"] == stage


@_fuzz
@given(st.integers(2, 8), _NASTY.filter(lambda text: "\n" not in text and "\r" not in text), st.integers(0, 8))
def test_one_broken_line_of_json_lines_costs_only_itself(count: int, broken: str, at: int) -> None:
    lines = [json.dumps({"id": f"c{n}", "turns": [{"speaker": "A", "text": f"word {n}"}]}) for n in range(count)]
    lines.insert(at % (count + 1), broken)
    calls = {
        item.call_id for item in everything("\n".join(lines).encode(), "calls.jsonl") if isinstance(item, Transcript)
    }
    assert calls >= {f"c{n}" for n in range(count)}


@_fuzz
@given(st.integers(2, 8), _NASTY, st.integers(0, 8))
def test_one_broken_cue_among_good_ones_costs_only_itself(count: int, broken: str, at: int) -> None:
    cues = [f"g{n}/1-0\n00:00:{n:02}.000 --> 00:00:{n + 1:02}.000\n<v Ann Lee>word{n}</v>" for n in range(count)]
    cues.insert(at % (count + 1), broken.replace("-->", ""))
    spoken = [
        turn.text
        for item in everything(("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode(), "c.vtt")
        if isinstance(item, Transcript)
        for turn in item.turns
    ]
    for n in range(count):
        assert any(f"word{n}" in text for text in spoken)


@_fuzz
@given(st.integers(1, 6), _NASTY, st.integers(0, 6))
def test_one_broken_mail_in_a_mailbox_costs_only_itself(count: int, broken: str, at: int) -> None:
    mails = [
        f"From a{n}@b.c Tue Mar 04 10:00:00 2025\nFrom: a{n}@b.c\nMessage-ID: <m{n}@x>\nSubject: s{n}\n\nbody {n}\n"
        for n in range(count)
    ]
    mails.insert(1 + at % count, f"From x@b.c Tue Mar 04 10:00:00 2025\nSubject: bad\nFrom: {broken}\n")
    found = {
        item.message_id for item in everything("\n".join(mails).encode(), "box.mbox") if isinstance(item, MailMessage)
    }
    assert found >= {f"m{n}@x" for n in range(count)}


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["id", "turns", "transcript", "sentences", "speaker", "text", "start", "callTranscripts", "calls", "data", "records", "attributes", "type", "participants", "name", "Account", "date", "metaData", "stage", "amount", "deals"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@_fuzz
@given(_json, st.sampled_from(["x.json", "x.jsonl"]))
def test_any_json_is_read_or_refused(value: Any, name: str) -> None:
    for item in everything(json.dumps(value).encode(), name):
        if isinstance(item, Transcript):
            assert item.turns


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        "[" + "9" * 6000 + "]",
        '{"id": 1e999999999, "turns": [{"speaker": "a", "text": "b"}]}',
    ],
)
def test_json_beyond_reason_ends_in_a_sentence(text: str) -> None:
    out = everything(text.encode(), "x.json")
    assert len(out) == 1
