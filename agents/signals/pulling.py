"""Sources that are asked: feeds, job boards and filings that `signals.toml` in the home folder names, fetched when they have something new."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.errors import DealwrightError, Fatal
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Fact
from integrations.fetching import Fetcher
from integrations.signals.boards import BOARDS, read_board
from integrations.signals.feeds import read_feed
from integrations.signals.formd import read_form_d
from sales.signals import Kind, Telling, Unread

FILE = "signals.toml"
_LOG = logger("signals")
_FACT = "signals:fetched:"


class Source(BaseModel):
    """One source. `kind` is feed, form_d, greenhouse, lever or ashby; boards have a `board`, the others a `url`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    kind: Literal["feed", "form_d", "greenhouse", "lever", "ashby"]
    url: str | None = None
    board: str | None = Field(None, min_length=1, max_length=100)
    account: str | None = None
    domain: str | None = None
    says: Kind | None = None
    roles: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Source:
        if self.kind in BOARDS:
            if not self.board:
                raise ValueError("a job board needs `board`, the company's name in its address")
            if not (self.account or self.domain):
                raise ValueError("a job board needs `account` or `domain`: whose board it is")
        elif not self.url:
            raise ValueError("this kind of source needs `url`")
        return self


class Sources(BaseModel):
    """All of `signals.toml`. `inside` are origins inside the own network that may be fetched, such as `http://10.0.0.5:8080`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inside: tuple[str, ...] = ()
    source: tuple[Source, ...] = ()


@dataclass
class Fetched:
    """What one source gave: its tellings, what could not be read, and the sentence of the error where it failed."""

    name: str
    tellings: list[Telling] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    unchanged: bool = False
    trouble: str | None = None
    _seen: dict[str, str | None] = field(default_factory=dict)


def load_sources(home: Path) -> Sources:
    """Return the sources that are set up; none where there is no file. Raises Fatal, with what to mend."""
    path = home / FILE
    try:
        return Sources.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Sources()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Fatal(f"{FILE} can't be read.", "It must be TOML in UTF-8.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        raise Fatal(f"{FILE} can't be used: {place}: {said}.", "Mend it and try again.", status=422) from error


class Puller:
    """Fetches the sources. What each had when it was last asked is kept, so that it is asked only for what is new."""

    def __init__(self, database: Database, settings: Settings, fetcher: Fetcher | None = None) -> None:
        self._database = database
        self._settings = settings
        self._fetcher = fetcher

    def pull(self, now: datetime, only: str | None = None) -> Iterator[Fetched]:
        """Yield what each source gives. One that fails does not stop the rest. Call `keep` when what it gave is safe."""
        sources = load_sources(self._settings.home)
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
