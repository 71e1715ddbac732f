"""Cards for the tests of chat surfaces: proposals to people where it is night, and the signals that they are because of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from agents.proposals.book import put_forward
from agents.proposals.record import Content, Mail, NewProposal
from bot.app import App
from infra.spine.models import Account, Contact, Signal
from tests.bot.offices import by_night
from tests.conftest import NOW

CAME: dict[str, Any] = {"source": "t", "source_at": NOW}


def propose(app: App, key: str, owner: str = "dana", *, signal: bool = False, kind: str = "hiring") -> str:
    """Put a proposal forward without showing it; its headline ends with `key`. With `signal`, of a kind, it stands in the owner's feed."""
    now = app.clock.now()
    with app.database.transaction() as session:
        account, contact, mail = f"lumen-{key}", f"ilse-{key}", f"ilse@{key}.example"
        country, _ = by_night(now)
        session.add(Account(id=account, name="Lumen", name_key=account, owner_id=owner, country=country, **CAME))
        session.flush()
        session.add(
            Contact(id=contact, account_id=account, name="Ilse Brandt", name_key="ilse brandt", email=mail, **CAME)
        )
        if signal:
            session.add(
                Signal(
                    id=f"s-{key}",
                    kind=kind,
                    key=f"{kind}:{key}",
                    account_id=account,
                    owner_id=owner,
                    occurred_at=now - timedelta(hours=1),
                    received_at=now,
                    expires_at=now + timedelta(hours=60),
                    state="drafted",
                    strength=0.9,
                    rank=0.9,
                )
            )
        session.flush()
        effect = Mail(sender=f"{owner}@tallyport.example", to=mail, subject="ninety days", body=f"Hi,\n\nabout {key}?")
        return put_forward(
            session,
            NewProposal(
                key=f"test:{key}",
                kind="outreach",
                headline=f"Lumen hired {key}",
                owner_id=owner,
                account_id=account,
                contact_id=contact,
                signal_id=f"s-{key}" if signal else None,
                content=Content(effect=effect),
                expires_at=now + timedelta(hours=60 if signal else 20),
            ),
            now,
        )
