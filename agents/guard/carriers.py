"""Which carrier takes a sender's mail: their own connected mailbox, else the company's SMTP server, else the outbox folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from agents.mailroom.boxes import token_url_of, with_client
from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.outbound import Mailbox
from integrations.mailboxes.source import Secret
from integrations.sending import gmail, graph
from integrations.sending.carrier import Carrier
from integrations.sending.choosing import house_carrier
from integrations.sending.provider import Access

_KEPT = 100


class Carriers:
    """The carriers of all senders; each is made once, and anew when its mailbox is connected again. Thread-safe."""

    def __init__(self, settings: Settings, database: Database, sealer: Sealer) -> None:
        self._settings = settings
        self._database = database
        self._sealer = sealer
        self._house: Carrier | None = None
        self._made: dict[tuple[str, str], Carrier] = {}
        self._making = threading.Lock()

    def of(self, sender: str) -> Carrier:
        """Return the carrier of this sender's mails. Raises Fatal where it can't be opened."""
        with self._database.session() as session:
            box = session.scalars(
                select(Mailbox)
                .where(
                    Mailbox.kind.in_(("gmail", "graph")),
                    Mailbox.state == "connected",
                    func.lower(Mailbox.address) == sender.strip().lower(),
                )
                .order_by(Mailbox.connected_at.desc(), Mailbox.id)
                .limit(1)
            ).first()
        with self._making:
            if box is None:
                self._house = self._house or house_carrier(self._settings)
                return self._house
            key = (box.id, f"{box.secret}{json.dumps(box.config, sort_keys=True)}")
            if key not in self._made:
                if len(self._made) >= _KEPT:
                    self._made.clear()
                self._made[key] = self._open(box)
            return self._made[key]

    def _open(self, box: Mailbox) -> Carrier:
        config: Mapping[str, Any] = box.config
        secret = with_client(self._settings, config, Secret(**json.loads(self._sealer.open(box.secret))) if box.secret else Secret())  # fmt: skip
        if box.kind == "gmail":
            base = config.get("base_url") or self._settings.gmail_base_url or gmail.BASE_URL
            return gmail.Gmail(_access(secret, str(base), token_url_of(self._settings, config, gmail.TOKEN_URL), ""))
        base = config.get("base_url") or self._settings.graph_base_url or graph.BASE_URL
        return graph.Graph(
            _access(secret, str(base), token_url_of(self._settings, config, graph.TOKEN_URL), graph.SCOPE)
        )


def _access(secret: Secret, base_url: str, token_url: str, scope: str) -> Access:
    if not (secret.access_token or secret.refresh_token):
        raise Fatal("This mailbox holds no token to send with.", "Its owner connects it again.")
    return Access(
        base_url.rstrip("/").removesuffix("/v1.0"),
        token_url,
        access_token=secret.access_token,
        refresh_token=secret.refresh_token,
        client_id=secret.client_id,
        client_secret=secret.client_secret,
        scope=scope,
    )
