"""A provider with an HTTP API of its own: one GET with what is known, a JSON object back, its fields named in the settings.

The address may name `{person}`, `{first}`, `{last}`, `{company}`, `{domain}`, `{email}`; what is not known is left empty. The answer's fields are
looked up by dotted paths, `email` first under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from infra.errors import Fatal, Retriable
from integrations.enrichment.record import FIELDS, Fact, Lookup

_SLOT = re.compile(r"\{(person|first|last|company|domain|email|title)\}")
_MOST_BYTES = 200_000
_PLACES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "data.email", "person.email", "work_email", "result.email"),
    "title": ("title", "data.title", "person.title", "job_title", "data.position"),
    "phone": ("phone", "data.phone", "phone_number", "person.phone"),
    "domain": ("domain", "data.domain", "company.domain", "website"),
    "industry": ("industry", "data.industry", "company.industry", "organization.industry"),
    "employees": ("employees", "data.employees", "company.employees", "headcount", "company.metrics.employees"),
    "country": ("country", "data.country", "company.country", "geo.country"),
    "city": ("city", "data.city", "company.city", "geo.city"),
    "description": ("description", "data.description", "company.description"),
    "linkedin": ("linkedin", "linkedin_url", "data.linkedin", "person.linkedin"),
}
"""Where common providers put each field; `places` comes before these."""


class HttpProvider:
    """Asks one API. `token` goes as a bearer token; `places` names the answer's own paths by field."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        token: str | None = None,
        places: Mapping[str, str] | None = None,
        timeout_s: float = 8.0,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise Fatal("The address of the enrichment provider can't be used.", "Give an http or https address.")
        self.name = name
        self._url = url
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._places = dict(places or {})
        self._timeout = httpx.Timeout(timeout_s)

    def look_up(self, lookup: Lookup) -> Sequence[Fact]:
        """Return the wanted fields of the answer; () where the provider does not know them (404, 204). Raises Retriable or Fatal."""
        try:
            with (
                httpx.Client(timeout=self._timeout, follow_redirects=False) as client,
                client.stream("GET", self._address(lookup), headers=self._headers) as response,
            ):
                body = b""
                for piece in response.iter_bytes(16_384):
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise Fatal("The enrichment provider answered with too much.", "Check its address.")
        except httpx.HTTPError as error:
            raise Retriable(
                "The enrichment provider could not be reached.", "It is asked again with the next lead."
            ) from error
        if response.status_code in (204, 404):
            return ()
        if response.status_code in (401, 403):
            raise Fatal("The enrichment provider refused our key.", "Check its token in the settings.")
        if response.status_code != 200:
            raise Retriable("The enrichment provider could not answer.", "It is asked again with the next lead.")
        return self._facts(body, lookup.wanted)

    def _address(self, lookup: Lookup) -> str:
        words = (lookup.person or "").split()
        known = {
            "person": lookup.person,
            "first": words[0] if words else None,
            "last": words[-1] if len(words) > 1 else None,
            "company": lookup.company,
            "domain": lookup.domain,
            "email": lookup.email,
            "title": lookup.title,
        }
        return _SLOT.sub(lambda found: quote(known[found[1]] or "", safe=""), self._url)

    def _facts(self, body: bytes, wanted: Sequence[str]) -> list[Fact]:
        try:
            told = httpx.Response(200, content=body).json()
        except ValueError as error:
            raise Retriable("The enrichment provider's answer can't be read.", "Check its address.") from error
        if isinstance(told, list):
            told = told[0] if told else {}
        facts = []
        for field in wanted:
            if field not in FIELDS:
                continue
            paths = ((self._places[field],) if field in self._places else ()) + _PLACES[field]
            value = next((found for path in paths if (found := _at(told, path)) is not None), None)
            if value is not None:
                facts.append(Fact(field, value))
        return facts


def _at(told: Any, path: str) -> str | None:
    """Return the text or number at a dotted path, or None."""
    for part in path.split("."):
        if not isinstance(told, dict):
            return None
        told = told.get(part)
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return None
    return str(told).strip() or None
