"""Ids that stay the same from import to import, and the domains by which companies are known."""

from __future__ import annotations

import hashlib
import re

from sales.addresses import parent_domains
from sales.names import fold
from sales.shared_domains import is_shared

ID_LENGTH = 80
ACTIVITY_ID_LENGTH = 200

_MADE = re.compile(r"[a-z]{2,12}-[0-9a-f]{20}")
_MACHINE = re.compile(
    r"""\d{3,}                                            # a row number
      | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
      | (?=.*\d)[0-9a-f]{16,}
      | 00[1-9a-z][0-9a-z]{12}(?:[0-9a-z]{3})?            # Salesforce
      | (?:acc|acct|account|org|organi[sz]ation|company|comp|cust|customer|con|contact|cont|person|deal|opp|opportunity|lead|user|usr|
           owner|rep|prod|product|sku|team|act|activity|call|meeting)[-_:\#.]\S+
      | [a-z]{1,4}[-_\#]\d+ | [a-z]{1,3}\d{4,}""",
    re.IGNORECASE | re.VERBOSE,
)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.IGNORECASE)


def stable_id(kind: str, *parts: object) -> str:
    """Return the id that `parts` always give: `kind` and 20 hex digits."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return f"{kind}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:20]}"


def is_made(identity: str) -> bool:
    """Whether an id was made by `stable_id`, so that it gives way once the record's own id is known."""
    return _MADE.fullmatch(identity) is not None


def fitted(kind: str, text: str, length: int = ID_LENGTH) -> str:
    """Return an imported id as it is, or a stable one in its place where it is longer than the spine keeps."""
    return text if len(text) <= length else stable_id(kind, text)


def looks_like_id(text: str) -> bool:
    """Whether a reference is a system's id rather than a name: nothing is made up from it."""
    return _MACHINE.fullmatch(text.strip()) is not None


def slug(label: str) -> str:
    """Return the key of a named field: `Forecast Score (AI)` → `forecast_score_ai`, at most 80 characters."""
    words = re.findall(r"[^\W_]+", fold(label))
    return "_".join(words)[:80] or stable_id("field", label)


def domain_of(text: str) -> str | None:
    """Return the domain that an address, a link or a bare domain names, in lower case without `www`; None for other words."""
    text = text.strip().lower()
    if "@" in text:
        text = text.rpartition("@")[2]
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text)
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].strip(".> ").removeprefix("www.")
    return host if _DOMAIN.fullmatch(host) else None


def company_domain_of(text: str) -> str | None:
    """Return the domain like `domain_of`, but None for a mail provider or hoster that anybody uses."""
    domain = domain_of(text)
    return None if domain is None or is_shared(domain) else domain


def domain_and_parents(domain: str) -> list[str]:
    """Return a domain and those above it that are the same owner's: `mail.eu.acme.com`, `eu.acme.com`, `acme.com`."""
    return list(parent_domains(domain))
