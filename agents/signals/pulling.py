"""Sources that are asked: feeds, job boards and filings that `signals.toml` in the home folder names, fetched when they have something new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from agents.signals.rulebook import RuleBook
from agents.signals.sources import FILE, Source, Sources, faults_of_sources, parse_sources
from infra.errors import DealwrightError, Fatal
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Fact
from integrations.fetching import Fetcher
from integrations.signals.boards import BOARDS, read_board
from integrations.signals.feeds import read_feed
from integrations.signals.formd import read_form_d
from sales.signals import Telling, Unread

_LOG = logger("signals")
_FACT = "signals:fetched:"


@dataclass
class Fetched:
    """What one source gave: its tellings, what could not be read, and the sentence of the error where it failed."""

    name: str
    tellings: list[Telling] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    unchanged: bool = False
    trouble: str | None = None
    _seen: dict[str, str | None] = field(default_factory=dict)


class Puller:
    """Fetches the sources. What each had when it was last asked is kept, so that it is asked only for what is new."""

    def __init__(self, database: Database, settings: Settings, fetcher: Fetcher | None = None) -> None:
        self._database = database
        self._settings = settings
        self._fetcher = fetcher
        self.rules = RuleBook(database, settings.home, FILE, faults_of_sources)

    def sources(self, now: datetime) -> Sources:
        """Return the sources that are set up; none where there is no file. Raises Fatal, with what to mend, where the file on the disk has a fault."""
        if self.rules.faults():
            parse_sources(self.rules.path.read_text(encoding="utf-8"))
        found = self.rules.current(now)
        return parse_sources(found.text) if found is not None else Sources()

    def pull(self, now: datetime, only: str | None = None) -> Iterator[Fetched]:
        """Yield what each source gives. One that fails does not stop the rest. Call `keep` when what it gave is safe."""
        sources = self.sources(now)
        fetcher = self._fetcher or Fetcher(allowed=frozenset({*sources.inside, *self._own_origins()}))
        chosen = [one for one in sources.source if only in (None, one.name)]
        if only is not None and not chosen:
            raise Fatal(
                f"{FILE} names no source called that.",
                "`dealwright signals fetch` without a name asks all.",
                status=404,
            )
        for source in chosen:
            try:
                yield self._fetch(source, fetcher, now)
            except DealwrightError as error:
                _LOG.warning("not fetched", source=source.name, error=type(error).__name__)
                yield Fetched(source.name, trouble=f"{error.sentence} {error.next_step}".strip())

    def keep(self, fetched: Fetched) -> None:
        """Note how far a source was read, once what it gave is in the spine."""
        if fetched._seen:
            with self._database.transaction() as session:
                session.merge(Fact(key=_FACT + fetched.name, value=fetched._seen))

    def _fetch(self, source: Source, fetcher: Fetcher, now: datetime) -> Fetched:
        with self._database.session() as session:
            fact = session.get(Fact, _FACT + source.name)
            seen: dict[str, Any] = fact.value if fact else {}
        url = self._url(source)
        # What was kept of another address says nothing about this one.
        known = seen if seen.get("url") == url else {}
        page = fetcher.get(url, known.get("etag"), known.get("modified"))
        if page.body is None:
            return Fetched(source.name, unchanged=True)
        done = Fetched(source.name, _seen={"url": url, "etag": page.etag, "modified": page.modified})
        for one in _read(source, page.body, now):
            if isinstance(one, Telling):
                done.tellings.append(one)
            else:
                done.unread.append(one)
        return done

    def _url(self, source: Source) -> str:
        if source.kind in BOARDS:
            base: str | None = getattr(self._settings, f"{source.kind}_base_url")
            return BOARDS[source.kind].url(source.board or "", base)
        return source.url or ""

    def _own_origins(self) -> Iterator[str]:
        for name in BOARDS:
            if base := getattr(self._settings, f"{name}_base_url"):
                parts = urlsplit(base)
                yield f"{parts.scheme}://{parts.netloc}"


def _read(source: Source, body: bytes, now: datetime) -> Iterator[Telling | Unread]:
    if source.kind in BOARDS:
        return read_board(
            body, source.kind, source.name, now, company=source.account, domain=source.domain, roles=source.roles
        )
    if source.kind == "form_d":
        return read_form_d(body.decode("utf-8", "replace"), source.name, now)
    return read_feed(body, source.name, now, kind=source.says, company=source.account, domain=source.domain)
