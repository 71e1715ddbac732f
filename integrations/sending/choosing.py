"""Which carrier takes a sender's mail."""

from __future__ import annotations

from infra.settings import Settings
from integrations.sending.carrier import Carrier
from integrations.sending.outbox import FOLDER, Outbox
from integrations.sending.smtp import Smtp


def house_carrier(settings: Settings) -> Carrier:
    """Return the carrier for whoever has no mailbox connected: the SMTP server that is set up, else the outbox folder. Raises Fatal where its URL can't be read."""
    if settings.smtp_url is not None:
        return Smtp(settings.smtp_url.get_secret_value())
    return Outbox(settings.home / FOLDER)
