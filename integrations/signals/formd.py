"""SEC Form D filings in XML: who raised how much, when, and who leads them.

The format: https://www.sec.gov/info/edgar/specifications/formdxml.htm (Form D XML Technical Specification).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sales.signals import Kind, Telling, Unread

LARGEST = 5_000_000
_LEADS = ("chief executive", "ceo", "president", "founder", "managing", "general partner", "manager", "chief")
_FIRM = re.compile(
    r"\b(ltd|llc|l\.l\.c|inc|incorporated|corp|corporation|lp|l\.p|llp|gmbh|plc|company|group|partners|capital|holdings|fund|trust|management|advisors|ventures)\b",
    re.IGNORECASE,
)
"""Related persons that are firms: filers put them into the fields of a person's name."""

_SHELLS = re.compile(r"\b(fund|reit|spv|a series of|feeder|co-invest\w*|opportunity zone)\b", re.IGNORECASE)


def is_form_d(text: str) -> bool:
    """Return whether a text is a Form D filing."""
    return "<edgarSubmission" in text[:4_000]


def read_form_d(text: str, name: str, now: datetime) -> Iterator[Telling | Unread]:
    """Yield the filing as one telling of funding at its primary issuer. `name` stands for its id where it can't be read.

    The event's moment is the day of signature, for a filing follows the first sale within 15 days; both dates stand in the text. An
    amendment is told as such. Entities that a document declares are refused (defusedxml).
    """
    if len(text) > LARGEST:
        yield Unread(name, "The filing is larger than five million characters.")
        return
    try:
        root = fromstring(text.strip().encode("utf-8"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        yield Unread(name, "The filing is not XML that can be read.")
        return
    if _local(root) != "edgarSubmission":
        yield Unread(name, "This XML is no Form D filing.")
        return
    yield _filing(root, name, now)


def _filing(root: Any, name: str, now: datetime) -> Telling | Unread:
    issuer = _find(root, "primaryIssuer")
    company = _text(issuer, "entityName") if issuer is not None else None
    if not company:
        return Unread(name, "The filing names no issuer.")
    sold, offered = _money(_text(root, "totalAmountSold")), _text(root, "totalOfferingAmount")
    first_sale = _day(_text(root, "dateOfFirstSale/value") or _text(root, "dateOfFirstSale"))
    signed = _day(_text(root, "signatureDate"))
    at = signed or first_sale
    if at is None:
        return Unread(name, "The filing has no date of signature nor of first sale.")
    moment = datetime.combine(at, time(12), UTC)
    if moment > now:
        moment = now
    person, role = _leader(root)
    kind = _text(root, "submissionType") or "D"
    amended = kind.endswith("/A") or _text(root, "isAmendment") == "true"
    cik = (_text(issuer, "cik") or "").lstrip("0")
    about = {
        "industry": _text(root, "industryGroupType"),
        "amount": f"{sold:f}" if sold is not None else None,
        "country": _country(issuer),
        "region": _text(issuer, "stateOrCountryDescription"),
        "first_sale": first_sale.isoformat() if first_sale else None,
        "fund": "yes" if _text(root, "investmentFundType") or _SHELLS.search(company) else None,
    }
    return Telling(
        source="sec-form-d",
        external_id=f"{cik or company}:{kind}:{at.isoformat()}:{_text(root, 'totalAmountSold') or ''}",
        kind=Kind.FUNDING,
        occurred_at=moment,
        company=company,
        person=person,
        title=role,
        text=_told(company, sold, offered, first_sale, amended),
        url=f"https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK={cik}&type=D" if cik.isdigit() else None,
        about={field: value for field, value in about.items() if value},
    )


def _told(company: str, sold: Decimal | None, offered: str | None, first_sale: date | None, amended: bool) -> str:
    """The filing in a sentence, from its own figures."""
    parts = [f"{company} {'amended its' if amended else 'filed a'} Form D"]
    if sold is not None:
        parts.append(f"${sold:,.0f} sold")
    if offered:
        whole = _money(offered)
        parts.append(f"of ${whole:,.0f} offered" if whole is not None else f"offered: {offered.lower()}")
    if first_sale is not None:
        parts.append(f"first sale on {first_sale.isoformat()}")
    return ", ".join(parts).replace(", of $", " of $") + "."


def _leader(root: Any) -> tuple[str | None, str | None]:
    """The related person who leads, with what the filing calls them; the first named where none is said to lead."""
    found: list[tuple[int, str, str | None]] = []
    for info in _all(root, "relatedPersonInfo"):
        parts = [_text(info, f"relatedPersonName/{part}") for part in ("firstName", "middleName", "lastName")]
        # A firm in place of a person stands in the last name, with a dash or N/A for the first.
        if not parts[0] or parts[0].strip("-–. ").lower() in ("", "n/a", "na", "none"):
            continue
        name = " ".join(part for part in parts if part and part.strip("-–. "))
        if _FIRM.search(name):
            continue
        clarified = _text(info, "relationshipClarification")
        relations = [one.text.strip() for one in _all(info, "relationship") if one.text and one.text.strip()]
        role = clarified or (", ".join(relations) or None)
        order = next((place for place, word in enumerate(_LEADS) if word in (role or "").lower()), len(_LEADS))
        found.append((order + (0 if "Executive Officer" in relations else 1), name, role))
    if not found:
        return None, None
    _, name, role = min(found, key=lambda one: one[0])
    return name, role


def _country(issuer: Any) -> str | None:
    # EDGAR's codes for US states are two letters; for countries a letter and a digit.
    code = _text(issuer, "stateOrCountry") or ""
    return "United States" if re.fullmatch(r"[A-Z]{2}", code) else _text(issuer, "stateOrCountryDescription")


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: Any, name: str) -> list[Any]:
    return [one for one in element.iter() if _local(one) == name]


def _find(element: Any, path: str) -> Any:
    here = element
    for part in path.split("/"):
        here = next((one for one in here.iter() if one is not here and _local(one) == part), None)
        if here is None:
            return None
    return here


def _text(element: Any, path: str) -> str | None:
    found = _find(element, path) if element is not None else None
    text = (found.text or "").strip() if found is not None else ""
    return text or None


def _money(text: str | None) -> Decimal | None:
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
