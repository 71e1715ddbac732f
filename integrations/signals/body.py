"""One signal as a JSON object (of a webhook, or a line of JSON lines) or a row of a table, read into a Telling."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from email.utils import parseaddr
from typing import Any

from sales.addresses import ascii_domain, written_address
from sales.names import fold
from sales.signals import Kind, Telling, Unread, kind_of

LONGEST_ID = 200
_FAR_AHEAD = timedelta(days=3 * 366)
_SKEW = timedelta(hours=26)
"""A clock or a zone may be wrong by a day; more than that ahead is a date to come, which only a contract's end has."""

_SPELT = {
    "id": "id event_id eventid signal_id external_id uuid guid message_id",
    "kind": "kind type event event_type signal signal_type category signal_kind",
    "account": "account company account_name company_name organization organisation org employer account_id customer",
    "domain": "domain company_domain account_domain website company_website",
    "person": "person name contact contact_name full_name person_name who",
    "person_email": "person_email email contact_email email_address mail",
    "title": "title job_title position role headline person_title new_title subject",
    "occurred_at": "occurred_at at date time timestamp event_date happened_at created_at occurred event_time detected_at published published_at",
    "url": "url link source_url href",
    "text": "text description summary body details note notes message content snippet",
    "ends_at": "ends_at end_date contract_end renewal_date contract_end_date expires_on expiry_date renewal contract_ends",
}
_FIELDS = {spelling: field for field, spellings in _SPELT.items() for spelling in spellings.split()}
_ABOUT = {
    "employees": "employees size headcount company_size employee_count",
    "industry": "industry sector vertical",
    "country": "country",
    "region": "region state location",
    "technology": "technology technologies tech",
    "tier": "tier account_tier",
    "amount": "amount funding_amount round_amount value",
    "round": "round funding_round round_name series",
    "previous_company": "previous_company from_company old_company former_company previous_account previous_employer from old_account",
    "previous_title": "previous_title old_title former_title",
    "score": "score nps_score",
}
_TOLD = {spelling: field for field, spellings in _ABOUT.items() for spelling in spellings.split()}
_STAMP = re.compile(r"-?\d{9,13}(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Refused(ValueError):
    """The entry can't be taken. Its text is a sentence that names fields, never what stands in them."""


def field_name(label: str) -> str:
    """Return the field that a key or column header means, itself in small letters where it means none: `Company Name` is account."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", label.strip())
    plain = re.sub(r"[^a-z0-9]+", "_", fold(split)).strip("_")
    return _FIELDS.get(plain) or _TOLD.get(plain) or plain


def read_object(value: Any, source: str, now: datetime, place: str) -> Telling | Unread:
    """Return the telling that an object holds, or why it can't be taken. `place` stands for its id where it has none: `entry 3`."""
    if not isinstance(value, Mapping):
        return Unread(place, "It is not an object with fields.")
    told = _named(value)
    identity = _text(told.get("id")) or ""
    try:
        return _telling(told, value, identity, source, now)
    except Refused as refused:
        return Unread(identity[:LONGEST_ID] or place, str(refused))


def _named(value: Mapping[Any, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for key, held in value.items():
        if isinstance(key, str) and held not in (None, "", [], {}):
            # A key spelt as we spell it goes before one that only means the same.
            name = field_name(key)
            if name not in told or key == name:
                told[name] = held
    person = told.get("person")
    if isinstance(person, Mapping):
        told["person"] = person.get("name") or person.get("full_name")
        told.setdefault("person_email", person.get("email"))
        told.setdefault("title", person.get("title"))
    account = told.get("account")
    if isinstance(account, Mapping):
        told["account"] = account.get("name") or account.get("id")
        told.setdefault("domain", account.get("domain"))
    return told


def _telling(told: dict[str, Any], raw: Mapping[Any, Any], identity: str, source: str, now: datetime) -> Telling:
    kind = _kind(told)
    name, email = _person(told)
    company, domain = _text(told.get("account")), _domain(_text(told.get("domain")))
    if company and domain is None and "." in company and " " not in company and (meant := _domain(company)):
        domain = meant
        company = None
    if not company and not domain and not email:
        raise Refused("It names no company: set `account` or `domain`.")
    at = _moment(told.get("occurred_at"), "occurred_at")
    ends = _moment(told.get("ends_at"), "ends_at")
    if at is None:
        if "occurred_at" not in told and kind is Kind.CONTRACT_END and ends is not None:
            at = now
        else:
            raise Refused("It does not say when it happened: set `occurred_at`.")
    if kind is Kind.CONTRACT_END and ends is None and at > now:
        at, ends = now, at
    if at > now + _SKEW or at.year < 1970 or (ends is not None and ends > now + _FAR_AHEAD):
        raise Refused("Its date lies too far away: `occurred_at` is when it happened.")
    url = _text(told.get("url"))
    return Telling(
        source=source,
        external_id=identity[: 4 * LONGEST_ID] or content_id(raw),
        kind=kind,
        occurred_at=min(at, now),
        company=company,
        domain=domain,
        person=name,
        person_email=email,
        title=_text(told.get("title")),
        text=_text(told.get("text")),
        url=url if url and re.match(r"https?://", url, re.IGNORECASE) else None,
        ends_at=ends,
        about={field: text for field in _ABOUT if (text := _plain(told.get(field)))},
    )


def content_id(raw: Mapping[Any, Any]) -> str:
    """Return an id for an entry that has none: the same content is the same entry."""
    canonical = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return "content-" + hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()[:32]


def _kind(told: Mapping[str, Any]) -> Kind:
    text = _text(told.get("kind"))
    if text is None:
        raise Refused("It has no `kind`.")
    kind = kind_of(text)
    if kind is None:
        raise Refused(f"Its `kind` is none of {', '.join(Kind)}.")
    return kind


def _person(told: Mapping[str, Any]) -> tuple[str | None, str | None]:
    text, email = _text(told.get("person")), _text(told.get("person_email"))
    if text and "@" in text:
        name, address = parseaddr(text)
        text = name.strip() or None
        email = email or address
    if email is not None and written_address(email) is None:
        email = None
    return text, email


def _domain(text: str | None) -> str | None:
    if text is None:
        return None
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.lower().rpartition("@")[2])
    return ascii_domain(re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www."))


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or value is None or isinstance(value, list | Mapping):
        return None
    text = str(value).replace("\x00", "").strip()
    return text or None


def _plain(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(one) for one in value) or None
    return _text(value)


def _moment(value: Any, field: str) -> datetime | None:
    text = _text(value)
    if text is None:
        return None
    try:
        if _STAMP.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1_000 if abs(seconds) > 10_000_000_000 else seconds, UTC)
        if _DAY.fullmatch(text):
            # A day without a time: noon in UTC is that day almost everywhere.
            return datetime.combine(datetime.fromisoformat(text).date(), time(12), UTC)
        moment = datetime.fromisoformat(text.upper().replace(" UTC", "+00:00"))
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(f"`{field}` is no date: write it like 2026-11-23T09:00:00+01:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
