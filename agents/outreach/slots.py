"""The words that go into a mail's slots, each only where it is known and reads well in a sentence."""

from __future__ import annotations

import re

from agents.outreach.records import Peer, Recipient
from sales.events import Told
from sales.mail_words import (
    company_name,
    first_name,
    industry_phrase,
    is_many,
    job_title,
    person_name,
    plain_line,
    possessive,
    with_article,
)
from sales.names import person_key
from sales.signals import Kind, is_executive

Slots = dict[str, str]
_SLOT = re.compile(r"\{(\w+)\}")
_MOST_PRODUCT_WORDS = 4
_MOVES = (Kind.JOB_CHANGE, Kind.CHAMPION_JOINED)


def slots_of(
    kind: Kind | None,
    told: Told,
    who: Recipient,
    company: str | None,
    *,
    newcomer: str | None = None,
    newcomer_title: str | None = None,
    former: str | None = None,
    peer: Peer | None = None,
    industry: str | None = None,
    offer: str | None = None,
    about_other: bool | None = None,
) -> Slots:
    """Return what may stand in a mail to `who`: see the names in `agents.outreach.copy`."""
    name = company_name(company)
    other = is_other(who, newcomer) if about_other is None else about_other
    raw = newcomer_title if other else newcomer_title or who.title
    leads = is_executive(raw)
    title = job_title(raw)
    if title is not None and is_many(title):
        title = None
    found: dict[str, str | None] = {
        "company": name,
        "companys": possessive(name) if name else None,
        "title": (title if leads else with_article(title)) if title and kind in _MOVES else None,
        "post": title if kind in _MOVES else None,
        "leads": "" if leads else None,
        "newcomer": person_name(newcomer) if other else None,
        "newcomer_first": first_name(newcomer) if other else None,
        "former": company_name(former),
        "sum": told.sum,
        "round": told.round,
        "role": told.role,
        "one": "" if told.role and not told.many else None,
        "filing": "" if told.filing else None,
        "wrote": "" if told.wrote else None,
        "read": "" if told.read else None,
        "technology": told.technology,
        "rival": told.rival,
        "page": told.page,
        "assistant": told.assistant,
        "headline": told.headline,
        "offer": plain_line(offer) or None,
        "peer": peer.name if peer else None,
        "they": "they" if peer else None,
        "product": product_phrase(peer.product) if peer else None,
        "industry": industry_phrase(industry) if peer and peer.likeness == "industry" else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def is_other(who: Recipient, newcomer: str | None) -> bool:
    """Whether the news is of somebody else than whom the mail goes to."""
    return bool(newcomer and person_name(newcomer) and (not who.name or person_key(newcomer) != person_key(who.name)))


def product_phrase(product: str | None) -> str | None:
    """Return a product's name as said after `our`; None for a number of an article or a whole description."""
    text = plain_line(product)
    if not text or len(text.split()) > _MOST_PRODUCT_WORDS or len(text) > 32:
        return None
    if re.search(r"[<>{}\[\]|\\#@:;!?]|\d{3,}", text) or not re.search(r"[^\W\d_]{2}", text):
        return None
    return text


def filled(wordings: tuple[str, ...], slots: Slots) -> list[str]:
    """Return the wordings whose slots are all known, filled in, in their order."""
    known = [wording for wording in wordings if all(name in slots for name in _SLOT.findall(wording))]
    return [_SLOT.sub(lambda found: slots[found[1]], wording) for wording in known]
