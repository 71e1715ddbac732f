"""Public job boards: what a company hires for, as Greenhouse, Lever and Ashby publish it without a key.

Greenhouse: https://developers.greenhouse.io/job-board.html#list-jobs
Lever: https://github.com/lever/postings-api/blob/master/README.md
Ashby: https://developers.ashbyhq.com/docs/public-job-posting-api
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations.signals.feeds import plain
from sales.names import fold
from sales.signals import Kind, Telling, Unread, title_words

MOST_JOBS = 5_000


@dataclass(frozen=True)
class Job:
    """One open posting, whatever board it stands on."""

    id: str
    title: str
    at: datetime
    url: str | None
    text: str | None
    about: Mapping[str, str]


@dataclass(frozen=True)
class Board:
    """A kind of board: where the jobs of a company stand, and how they are read."""

    base_url: str
    path: str
    jobs: Callable[[Any], Iterator[Job | Unread]]

    def url(self, name: str, base_url: str | None = None) -> str:
        """Return the address of a company's jobs."""
        return (base_url or self.base_url).rstrip("/") + self.path.format(name=quote(name, safe=""))


def read_board(
    body: bytes,
    board: str,
    source: str,
    now: datetime,
    *,
    company: str | None,
    domain: str | None,
    roles: tuple[str, ...] = (),
) -> Iterator[Telling | Unread]:
    """Yield what a company hires for. `roles` are the words of our category: only postings whose title has all words of one are told."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        yield Unread(board, "The job board's answer is not JSON.")
        return
    for place, job in enumerate(BOARDS[board].jobs(value)):
        if place >= MOST_JOBS:
            return
        if isinstance(job, Unread):
            yield job
        elif not roles or _is_ours(job.title, roles):
            yield Telling(
                source=source,
                external_id=f"{board}:{job.id}",
                kind=Kind.HIRING,
                occurred_at=min(job.at, now),
                company=company,
                domain=domain,
                title=job.title,
                text=job.text,
                url=job.url,
                about=job.about,
            )


def _is_ours(title: str, roles: tuple[str, ...]) -> bool:
    words = title_words(title)
    return any(title_words(role) <= words or fold(role) in fold(title) for role in roles)


def _greenhouse(value: Any) -> Iterator[Job | Unread]:
    for job in _listed(value, "jobs"):
        # `updated_at` moves with every edit of a posting; when it first stood there is the event.
        at = _moment(job.get("first_published") or job.get("updated_at"))
        about = {"region": _name(job.get("location")), "department": _first_name(job.get("departments"))}
        yield _job(job.get("id"), job.get("title"), at, job.get("absolute_url"), job.get("content"), about)


def _lever(value: Any) -> Iterator[Job | Unread]:
    for job in _listed(value, None):
        told = job.get("categories")
        categories: dict[str, Any] = told if isinstance(told, dict) else {}
        about = {"region": _words(categories.get("location")), "department": _words(categories.get("team"))}
        text = job.get("descriptionPlain") or job.get("description")
        yield _job(job.get("id"), job.get("text"), _moment(job.get("createdAt")), job.get("hostedUrl"), text, about)


def _ashby(value: Any) -> Iterator[Job | Unread]:
    for job in _listed(value, "jobs"):
        if job.get("isListed") is False:
            continue
        about = {"region": _words(job.get("location")), "department": _words(job.get("department") or job.get("team"))}
        text = job.get("descriptionPlain") or job.get("descriptionHtml")
        identity = job.get("id") or job.get("jobUrl")
        yield _job(identity, job.get("title"), _moment(job.get("publishedAt")), job.get("jobUrl"), text, about)


def _job(
    identity: Any, title: Any, at: datetime | None, url: Any, text: Any, about: Mapping[str, str | None]
) -> Job | Unread:
    name, words = str(identity or "")[:180], _words(title)
    if not name or not words:
        return Unread(name or "a posting", "The posting has no id or no title.")
    if at is None:
        return Unread(name, "The posting has no date.")
    link = url if isinstance(url, str) and url.startswith(("https://", "http://")) else None
    return Job(name, words, at, link, plain(text), {field: value for field, value in about.items() if value})


def _listed(value: Any, key: str | None) -> Iterator[dict[str, Any]]:
    jobs = value.get(key) if key and isinstance(value, dict) else value
    if isinstance(jobs, list):
        yield from (job for job in jobs if isinstance(job, dict))


def _name(value: Any) -> str | None:
    return _words(value.get("name")) if isinstance(value, dict) else None


def _first_name(value: Any) -> str | None:
    return _name(value[0]) if isinstance(value, list) and value else None


def _words(value: Any) -> str | None:
    return value.strip()[:300] or None if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1_000, UTC)
        moment = datetime.fromisoformat(value.upper())
    except (AttributeError, TypeError, ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


BOARDS: dict[str, Board] = {
    "greenhouse": Board("https://boards-api.greenhouse.io", "/v1/boards/{name}/jobs?content=true", _greenhouse),
    "lever": Board("https://api.lever.co", "/v0/postings/{name}?mode=json", _lever),
    "ashby": Board("https://api.ashbyhq.com", "/posting-api/job-board/{name}", _ashby),
}
