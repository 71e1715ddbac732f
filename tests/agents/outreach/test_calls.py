"""Interest is answered the same day, in the same thread, in the rep's voice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents.mailroom.record import Occasion
from agents.outreach.calls import CallAnswerer
from agents.proposals.record import Mail, NewProposal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Reply
from tests.agents.northern import settle
from tests.agents.outreach.conftest import sent_mail
from tests.conftest import NOW


def answered(database: Database, settings: Settings, text: str, kind: str = "positive", owner: str | None = "ana") -> NewProposal | None:  # fmt: skip
    """Let Lee answer with this text and return what is proposed."""
    with database.transaction() as session:
        settle(session, NOW, *sent_mail("in@northwind.example", "ana", "con-lee@buyer.example", text, 0, inbound=True, account_id="acc-northwind"))  # fmt: skip
        session.add(Reply(id="in@northwind.example", kind=kind, at=NOW, activity_id="in@northwind.example", detail={}))
        session.flush()
        occasion = Occasion(
            reply_id="in@northwind.example",
            kind=kind,
            text=text,
            words=text,
            subject="Re: hiring at Northwind",
            sender="con-lee@buyer.example",
            sender_name="Lee Park",
            recipient="ana@ours.example",
            in_reply_to="<in@northwind.example>",
            references=("<out@ours.example>", "<in@northwind.example>"),
            touch_id="t",
            sequence_id="q",
            owner_id=owner,
            account_id="acc-northwind",
            contact_id="con-lee",
            signal_id=None,
            at=NOW,
        )
        return CallAnswerer(settings).answer(session, occasion)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sounds good.", "Thanks, good to hear. Would a short call on Tuesday or Wednesday suit you?"),
        ("Yes, Thursday?", "Thanks, good to hear. Thursday works for me. Which time suits you?"),
        ("Tomorrow at 3pm is fine.", "Thanks, good to hear. Tomorrow at 3pm works for me. Which number should I call?"),
        ("Thursday or Friday, either is fine.", "Thanks, good to hear. Would a short call on Tuesday or Wednesday suit you?"),
        ("Saturday would be perfect.", "Thanks, good to hear. Would a short call on Tuesday or Wednesday suit you?"),
    ],
)  # fmt: skip
def test_a_call_is_proposed_on_the_day_they_named(desk: Database, settings: Settings, text: str, words: str) -> None:
    made = answered(desk, settings, text)
    assert made is not None
    mail = made.content.effect
    assert isinstance(mail, Mail)
    assert mail.body == f"Hi Lee,\n\n{words}\n\nBest,\nAna"
    assert (made.kind, made.owner_id, made.headline) == ("call", "ana", "Lee Park is interested: propose a call")
    assert (mail.subject, mail.in_reply_to) == ("Re: hiring at Northwind", "<in@northwind.example>")
    assert mail.references == ("<out@ours.example>", "<in@northwind.example>")
    assert made.content.evidence[0].quote in text
    assert made.expires_at is not None
    assert made.expires_at < NOW + timedelta(days=4)


def test_it_stands_on_both_databases(spine: Database, settings: Settings) -> None:
    assert answered(spine, settings, "Yes, Thursday?") is not None


def test_only_interest_is_answered_and_only_for_somebody(desk: Database, settings: Settings) -> None:
    assert answered(desk, settings, "No.", kind="objection") is None


def test_nobody_answers_for_nobody(desk: Database, settings: Settings) -> None:
    assert answered(desk, settings, "Yes.", owner=None) is None
