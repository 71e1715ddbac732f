"""From an approved mail to the bytes that leave: the sender's footer, the recipient's own way out, and the signature."""

from __future__ import annotations

from datetime import datetime

from agents.guard.unsubscribing import unsubscribe_url
from agents.proposals.record import Mail
from infra.sealing import Sealer
from infra.settings import Settings
from integrations.sending.compose import Footer, Letter, compose
from integrations.sending.signing import dkim_key


def finished(
    mail: Mail,
    *,
    marker: str,
    proposal_id: str | None,
    settings: Settings,
    sealer: Sealer,
    date: datetime,
    sign: bool = True,
) -> bytes:
    """Return `mail` as RFC 5322 bytes under the Message-ID `marker` (with brackets). Raises Skippable where an address is none, Fatal where DKIM is set up wrongly.

    `sign` is False where the carrier signs by itself and would break a signature of ours (Gmail, Microsoft 365).
    """
    return compose(
        Letter(
            sender=mail.sender,
            to=mail.to,
            subject=mail.subject,
            body=mail.body,
            sender_name=mail.sender_name,
            to_name=mail.to_name,
            in_reply_to=mail.in_reply_to,
            references=mail.references,
        ),
        marker=marker,
        footer=Footer(mail.sender_name or mail.sender, settings.company_name or "", settings.company_address or ""),
        unsubscribe_url=unsubscribe_url(settings, sealer, mail.to, proposal_id),
        unsubscribe_mailto=settings.unsubscribe_mailto,
        date=date,
        dkim=dkim_key(settings) if sign else None,
    )
