"""What an edit does to the risks on a card."""

from __future__ import annotations

from datetime import UTC, datetime

from agents.proposals.edited import edited, names_customer
from agents.proposals.record import Content, Mail

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
BODY = "You open a second dock. Kestrel Outdoor halved its waiting times with us. Worth a look?"
RISK = names_customer("Kestrel Outdoor")


def _content(body: str = BODY, risks: tuple[str, ...] = (RISK, "Only a template.")) -> Content:
    mail = Mail(sender="dana@tallyport.example", to="ray@acme.example", subject="Your second dock", body=body)
    return Content(effect=mail, risks=risks)


def test_a_customer_who_is_named_no_more_is_warned_of_no_more() -> None:
    """And again once the name is back; other risks stay."""
    first = _content()
    without = edited(first, first, {"body": "You open a second dock. Worth a look?"}, NOW)
    assert without.risks == ("Only a template.",)
    back = edited(first, without, {"body": "You open a second dock, as kestrel outdoor did. Worth a look?"}, NOW)
    assert back.risks[:2] == ("Only a template.", RISK)


def test_a_customer_who_is_still_named_is_still_warned_of() -> None:
    """A change elsewhere takes no warning away."""
    first = _content()
    assert RISK in edited(first, first, {"subject": "Your new dock"}, NOW).risks
