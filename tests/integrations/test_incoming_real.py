"""Real bounces, complaints, auto-replies and replies, sorted: the bars of *Approve*, and both halves of the labelled set apart.

The halves are told by the hash of a file's name. Rules were tuned on the one; the other was looked at once, after its first figures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from integrations.files.incoming import read_incoming
from integrations.files.options import Hints
from sales.mail.incoming import Verdict
from sales.mail.opt_out import opt_out_words
from sales.mail.sorting import sort_mail
from sales.records import Origin

pytestmark = pytest.mark.shared_data
DAY = date(2026, 7, 1)
FORWARDED = "lhost-sendmail-14.eml"
"""A person forwards a bounce, with a line of their own above it: theirs, so no bounce, whatever its label says."""


def _sorted(raw: bytes, name: str) -> Verdict | None:
    read = read_incoming(raw, Origin(name), Hints())
    return sort_mail(read[0], DAY) if isinstance(read, tuple) else None


def _labelled(shared_data: Path, half: int | None = None) -> Iterator[tuple[dict[str, Any], Verdict]]:
    for label, verdict in _all_sorted(shared_data / "mail" / "bounces"):
        if half is None or hashlib.sha256(label["file"].encode()).digest()[0] % 2 == half:
            assert verdict is not None, label["file"]
            yield label, verdict


@cache
def _all_sorted(folder: Path) -> list[tuple[dict[str, Any], Verdict | None]]:
    """Return every label with how its mail is sorted: read once for all tests."""
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    return [(label, _sorted((folder / label["file"]).read_bytes(), label["file"])) for label in labels]


@pytest.mark.parametrize("half", [0, 1], ids=["tuned", "held back"])
def test_bounces_are_found_and_hard_is_told_from_soft(shared_data: Path, half: int) -> None:
    bounces = [pair for pair in _labelled(shared_data, half) if pair[0]["kind"] == "bounce"]
    missed = {label["file"] for label, verdict in bounces if not verdict.kind.endswith("_bounce")}
    assert missed <= {FORWARDED}
    found = [(label, verdict) for label, verdict in bounces if label["file"] not in missed]
    right = sum((verdict.kind == "hard_bounce") == label["hard"] for label, verdict in found)
    assert right / len(found) >= 0.95


def test_every_bounce_names_whom_it_did_not_reach(shared_data: Path) -> None:
    found = [verdict for _, verdict in _labelled(shared_data) if verdict.kind.endswith("_bounce")]
    named = sum(any(failure.recipient for failure in verdict.failures) for verdict in found)
    assert named / len(found) >= 0.97


def test_complaints_absence_notes_and_deliveries_are_no_bounces(shared_data: Path) -> None:
    kinds = {label["file"]: verdict.kind for label, verdict in _labelled(shared_data) if label["kind"] != "bounce"}
    assert kinds.pop("arf-26.eml") == "opt_out"  # a mail program's unsubscribe button
    assert kinds.pop("rfc3834-05.eml") == "out_of_office"
    assert kinds.pop("lhost-amazonses-13.eml") == "automatic"  # it arrived
    assert set(kinds.values()) == {"complaint"}


def test_bounces_and_complaints_of_other_collections_are_found_too(shared_data: Path) -> None:
    for path in sorted((shared_data / "mail" / "ordinary").glob("*.eml")):
        verdict = _sorted(path.read_bytes(), path.name)
        if path.name.startswith("bounce-") and verdict is not None:
            assert verdict.kind.endswith("_bounce"), path.name
        if path.name.startswith("complaints-"):
            assert verdict is not None
            assert verdict.kind == "complaint", path.name


def _answers(shared_data: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((shared_data / "mail" / "ordinary").glob("ordinary-*.eml")):
        yield path.name, path.read_bytes()
    for path in sorted((shared_data / "mail").glob("replies-*/*")):
        if path.suffix == ".eml":
            yield path.name, path.read_bytes()
        elif path.suffix == ".txt":
            yield path.name, _HEAD + path.read_bytes()


_HEAD = (
    b"From: Anna Berg <anna@buyer.example>\nTo: Sam <sam@ours.example>\nSubject: Re: An idea for your team\nMessage-ID: <a1@buyer.example>\n"
    b"In-Reply-To: <t1@ours.example>\nContent-Type: text/plain; charset=utf-8\n\n"
)


def test_no_ordinary_mail_is_a_bounce_a_complaint_or_an_opt_out(shared_data: Path) -> None:
    seen = 0
    for name, raw in _answers(shared_data):
        verdict = _sorted(raw, name)
        seen += 1
        assert verdict is None or verdict.kind not in ("hard_bounce", "soft_bounce", "complaint", "opt_out"), name
    assert seen > 150


@pytest.mark.parametrize("ways", [2, pytest.param(9, marks=pytest.mark.soak)])
def test_a_person_who_forwards_or_quotes_any_of_these_bounces_sent_no_bounce(shared_data: Path, ways: int) -> None:
    """Each in two of nine ways that take turns, in `make soak` in all nine."""
    folder = shared_data / "mail" / "bounces"
    for place, (label, verdict) in enumerate(_labelled(shared_data)):
        if not verdict.kind.endswith("_bounce"):
            continue
        raw = (folder / label["file"]).read_bytes()
        read = read_incoming(raw, Origin(label["file"]), Hints())
        assert isinstance(read, tuple)
        subject, text = read[0].subject, read[0].text[:3_000]
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        bodies = (
            f"Hi Sam,\n\nis this from you? It came back to me.\n\n{text}",
            f"Your last mail did not get through, see below. Please use my new address.\n\nOn Mon, 29 Jun 2026 at 10:00, Mail Delivery <mailer-daemon@x.example> wrote:\n{quoted}",
            f"FYI\n\n---------- Forwarded message ---------\nFrom: Mail Delivery Subsystem <mailer-daemon@x.example>\nSubject: {subject}\n\n{text}",
        )
        every = list(product(bodies, ("Re: An idea", f"Fwd: {subject}", f"Re: {subject}")))
        for told, prefix in (every[(place * ways + way) % len(every)] for way in range(ways)):
            mail = f"From: Anna Berg <anna@buyer.example>\nTo: sam@ours.example\nSubject: {prefix}\nMessage-ID: <a@b.example>\nContent-Type: text/plain; charset=utf-8\n\n{told}\n"
            own = _sorted(mail.encode("utf-8", "replace"), label["file"])
            assert own is not None
            assert own.kind not in ("hard_bounce", "soft_bounce", "complaint", "opt_out"), (label["file"], prefix)


def test_a_bounce_attached_by_a_person_is_theirs(shared_data: Path) -> None:
    for label, verdict in _labelled(shared_data):
        if not verdict.kind.endswith("_bounce"):
            continue
        raw = (shared_data / "mail" / "bounces" / label["file"]).read_bytes()
        mail = (
            b"From: Anna Berg <anna@buyer.example>\nTo: sam@ours.example\nSubject: Undeliverable: what is this?\nMessage-ID: <a@b.example>\n"
            b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="outer-of-a-person"\n\n--outer-of-a-person\nContent-Type: text/plain\n\n'
            b"I got this back. Do you have another address?\n--outer-of-a-person\nContent-Type: message/rfc822\n\n"
            + raw
            + b"\n--outer-of-a-person--\n"
        )
        own = _sorted(mail, label["file"])
        assert own is not None
        assert own.human, label["file"]
        assert own.kind != "opt_out", label["file"]


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_nobody_opts_out_in_twenty_thousand_turns_of_real_meetings(shared_data: Path, every: int) -> None:
    seen = 0
    for line in (shared_data / "calls" / "qmsum-val" / "val.cases.jsonl").read_text().splitlines():
        for turn in json.loads(line)["turns"][::every]:
            seen += 1
            assert opt_out_words(turn["text"]) is None, turn["text"][:200]
    assert seen > 20_000 / every
