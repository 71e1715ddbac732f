"""Reports of machines about the authentication of our mail (DMARC): nobody's complaint."""

from __future__ import annotations

from agents.mailroom.mailroom import Mailroom
from infra.spine.database import Database
from infra.spine.models import Sequence, Suppression
from tests.agents.mailroom.conftest import MARKER


def report(kind: str) -> bytes:
    """Return a report in ARF (RFC 5965) on the first touch, of the kind that is named."""
    return (
        "From: reports@buyer.example\nTo: sam@ours.example\nSubject: FW: An idea\nMessage-ID: <arf@buyer.example>\nDate: Mon, 23 Nov 2026 14:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\nContent-Type: text/plain\n\nThis is a report.\n\n--b\nContent-Type: message/feedback-report\n\n'
        f"Feedback-Type: {kind}\nUser-Agent: R/1\nVersion: 1\nOriginal-Rcpt-To: anna@buyer.example\nAuth-Failure: dmarc\nReported-Domain: ours.example\n\n--b\nContent-Type: text/rfc822-headers\n\n"
        f"From: Sam Reed <sam@ours.example>\nTo: anna@buyer.example\nSubject: An idea\nMessage-ID: {MARKER}\n\n--b--\n"
    ).encode()


def test_a_report_on_failed_authentication_stops_and_counts_nothing(mailroom: Mailroom, filled: Database) -> None:
    taken = mailroom.take(report("auth-failure"))
    assert (taken.kind, taken.suppressed, taken.paused_domain) == ("automatic", (), None)
    with filled.session() as session:
        sequence = session.get(Sequence, "seq")
        assert sequence is not None
        assert sequence.state == "active"
        assert session.query(Suppression).count() == 0


def test_the_same_report_of_abuse_stops(mailroom: Mailroom, filled: Database) -> None:
    assert mailroom.take(report("abuse")).kind == "complaint"
    with filled.session() as session:
        sequence = session.get(Sequence, "seq")
        assert sequence is not None
        assert sequence.state == "stopped"


def test_an_aggregate_report_is_nobodys_answer(mailroom: Mailroom, filled: Database) -> None:
    raw = (
        f"From: Anna Berg <anna@buyer.example>\nTo: sam@ours.example\nIn-Reply-To: {MARKER}\nMessage-ID: <agg@buyer.example>\nDate: Mon, 23 Nov 2026 14:00:00 +0000\n"
        "Subject: Report Domain: ours.example Submitter: buyer.example Report-ID: <2026.11.23>\n\nThis is an aggregate report.\n"
    ).encode()
    assert mailroom.take(raw).kind == "automatic"
    with filled.session() as session:
        sequence = session.get(Sequence, "seq")
        assert sequence is not None
        assert sequence.state == "active"
