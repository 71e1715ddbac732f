"""Pictures at an address: chats that fetch a picture get a link that only we can make, and that ends.

The link carries no figures: these are kept, once for the same figures, and drawn when somebody asks. Whoever has the link sees the picture, as
whoever reads the message does; `/pictures/<token>.png` tells nothing to anybody else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from pydantic import TypeAdapter
from sqlalchemy import delete

from agents.digest.pictures import Picture
from bot.message import Chart, Message, with_charts
from bot.pictures.drawing import drawn
from infra.errors import DealwrightError
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.delivering import KeptPicture
from sales.clock import Clock

PATH = "/pictures/"
KEPT_FOR = timedelta(days=90)
"""So long a link shows its picture; after it a message shows the alternative text in its place."""

_PURPOSE = "picture:"
_KINDS: TypeAdapter[Picture] = TypeAdapter(Picture)


class Pictures:
    """Makes links to pictures, and draws what a link is for."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock

    @cached_property
    def _sealer(self) -> Sealer:
        return Sealer(self._settings)

    @property
    def reachable(self) -> bool:
        """Whether a chat's servers can fetch from us: over https, at an address that people reach."""
        public = self._settings.public_url or ""
        return public.startswith("https://") or (self._settings.test and public.startswith("http://127.0.0.1:"))

    def linked(self, message: Message) -> Message:
        """Return the message with an address for each chart that has figures; as it is where nobody could fetch it from us."""
        return with_charts(message, self._linked) if self.reachable else message

    def _linked(self, chart: Chart) -> Chart:
        if chart.url is not None or chart.picture is None:
            return chart
        token = self._sealer.seal(_PURPOSE + self._keep(chart.picture))
        public = (self._settings.public_url or "").rstrip("/")
        return replace(chart, url=f"{public}{PATH}{token}.png")

    def _keep(self, picture: Picture) -> str:
        record = picture.model_dump(mode="json")
        name = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
        now = self._clock.now()
        with self._database.transaction() as session:
            session.execute(delete(KeptPicture).where(KeptPicture.used_at < now - KEPT_FOR - timedelta(days=1)))
            session.merge(KeptPicture(id=name, kind=picture.key, record=record, used_at=now))
        return name

    def read(self, token: str) -> bytes | None:
        """Return the picture that a link is for; None where it is none of ours, is too old, or was forgotten. Blocks."""
        try:
            opened = self._sealer.open(token, max_age_s=int(KEPT_FOR.total_seconds()))
        except DealwrightError:
            return None
        name = opened.removeprefix(_PURPOSE)
        if name == opened:
            return None
        with self._database.session() as session:
            row = session.get(KeptPicture, name)
            record = row.record if row is not None else None
        return drawn(_KINDS.validate_python(record)) if record is not None else None
