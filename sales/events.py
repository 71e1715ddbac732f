"""What a signal's own words tell: the sum and round of a funding, who is looked for, which technology, which page, which assistant. Nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sales.mail_words import is_many, job_title, plain_line, with_article
from sales.names import account_key
from sales.signals import Kind


@dataclass(frozen=True)
class Told:
    """What a signal says, in words that may stand in a sentence. None where it does not say.

    `sum` is the money as text (`$20 million`), `round` a funding round, `role` who is looked for with an article or count, `technology` a
    product's name, `rival` a competitor's, `page` what was looked at, `assistant` who sent the visitor, `headline` a clean headline that
    names the company. `filing` tells that the funding is known from a filing only; `wrote` and `read` what they did with reviews.
    """

    sum: str | None = None
    round: str | None = None
    role: str | None = None
    many: bool = False
    technology: str | None = None
    rival: str | None = None
    page: str | None = None
    assistant: str | None = None
    headline: str | None = None
    filing: bool = False
    wrote: bool = False
    read: bool = False


_SUM = re.compile(r"(?P<sign>US\$|[$€£])\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d\d?)?|\d+(?:\.\d+)?)\s?(?P<scale>k|m|mn|mm|bn|b|thousand|million|billion)?\b", re.IGNORECASE)  # fmt: skip
_ROUND = re.compile(
    r"\b(?:(?P<series>series\s+(?P<letter>[a-h])\b)|(?P<seed>(?:pre-?)?seed)(?:\s+round)?\b)", re.IGNORECASE
)
_FUNDED = re.compile(r"\b(?:rais|fund|invest|round|series|seed|financ|secur|clos|venture|capital)", re.IGNORECASE)
_LOOKED_FOR = re.compile(
    r"\b(?:hiring|looking for|seeking|recruiting|searching for|opening for|opened a role for)\s+(?:for\s+)?(?:an?\s+|the\s+)?(?:new\s+)?(?P<count>\d{1,3}\s+|two |three |four |five |six |seven |eight |nine |ten |several )?(?P<role>[^.;:!?\n()]{2,70})",
    re.IGNORECASE,
)
_TECHNOLOGY = re.compile(
    r"\b(?:adopt(?:s|ed|ing)?|mov(?:es|ed|ing)(?:\s+from\s+[\w .&-]{2,30}?)?\s+to|migrat(?:es|ed|ing)(?:\s+from\s+[\w .&-]{2,30}?)?\s+to|switch(?:es|ed|ing)(?:\s+from\s+[\w .&-]{2,30}?)?\s+to|roll(?:s|ed|ing)\s+out|implement(?:s|ed|ing)|install(?:s|ed|ing)|deploy(?:s|ed|ing)|added|started using|now uses)\s+(?P<name>[A-Z0-9][\w+&-]*(?:\.\w+)*(?:\s+(?:[A-Z0-9/][\w+&/-]*(?:\.\w+)*|for(?=\s+[A-Z]))){0,3})"
)
_RIVAL = re.compile(
    r"\b(?:review(?:ed|s|ing)?(?:\s+(?:of|on|for|about))?|compar(?:ed|es|ing|isons?)(?:\s+(?:of|with|to))?|evaluat(?:ed|es|ing)|versus|vs\.?|alternatives? to|competitor)\s*:?\s+(?P<name>[A-Z][\w+&-]*(?:\.\w+)*(?:\s+[A-Z][\w+&-]*(?:\.\w+)*){0,2})"
)
_WROTE_REVIEW = re.compile(
    r"\b(?:wrote|writes|left|leaves|posted|posts|published|gave|gives|submitted|rated|rates|reviewed|reviews? (?:by|from)|new review|[1-5](?:\.\d)?[\s-]?stars?)\b",
    re.IGNORECASE,
)
_READ_REVIEW = re.compile(
    r"\b(?:reads?|reading|view(?:s|ed|ing)?|brows(?:es|ed|ing)|visit(?:s|ed|ing)?|look(?:s|ed|ing)|compar(?:es|ed|ing|isons?)|research\w*|search\w*|intent|not|never|without)\b",
    re.IGNORECASE,
)
_ASSISTANT = re.compile(r"\b(ChatGPT|Claude|Perplexity|Gemini|Copilot|Mistral|Grok|DeepSeek)\b", re.IGNORECASE)
_ASSISTANT_NAMES = {one.lower(): one for one in ("ChatGPT", "Claude", "Perplexity", "Gemini", "Copilot", "Mistral", "Grok", "DeepSeek")}  # fmt: skip
_PAGES = (
    ("pricing", "pricing page"), ("price", "pricing page"), ("plans", "pricing page"), ("security", "security page"), ("trust", "security page"),
    ("case-stud", "case studies"), ("case stud", "case studies"), ("customers", "customer stories"), ("customer-stor", "customer stories"),
    ("integration", "integrations page"), ("docs", "documentation"), ("documentation", "documentation"), ("compare", "comparison page"),
    ("comparison", "comparison page"), ("roi", "ROI page"), ("demo", "demo page"),
)  # fmt: skip
_NEWS_VERB = re.compile(
    r"\b(?:rais|clos|secur|announc|launch|open|acquir|appoint|name|hire|adopt|migrat|mov|expand|partner|win|won|sign|complet|land|join|bring|add|grow|enter|build|select|choos|chose|roll|unveil|introduc|merg|buys|bought|receiv|list)\w*\b",
    re.IGNORECASE,
)
_UNQUOTABLE = re.compile(r"[<>{}\[\]|\\`*_#“”\"@]|https?:|www\.|\b(?:ignore|disregard|instruction|prompt|system|password|click|reply|send|forward|must|please|urgent|approve|assistant|you|your|i|we|our)\b", re.IGNORECASE)  # fmt: skip
_MOST_HEADLINE_WORDS = 12


def told(kind: Kind | None, title: str | None, text: str | None, url: str | None, company: str | None) -> Told:
    """Read a signal. Words that could carry somebody else's orders are never taken as a headline."""
    head, body = plain_line(title), plain_line(text)[:2_000]
    both = f"{head}. {body}" if head else body
    headline = _headline(head, company)
    if kind is Kind.FUNDING:
        return Told(sum=_sum(both), round=_round(both), headline=headline, filing=bool(re.search(r"\bform d\b|\boffering\b|\bfiling\b", both, re.IGNORECASE)))  # fmt: skip
    if kind is Kind.HIRING:
        role, many = _role(head, body)
        return Told(role=role, many=many, headline=headline)
    if kind is Kind.TECHNOLOGY:
        found = _TECHNOLOGY.search(both) or _TECHNOLOGY.search(body)
        return Told(technology=_product(found["name"]) if found else None, headline=headline)
    if kind in (Kind.COMPETITOR, Kind.REVIEW):
        found = _RIVAL.search(both) or _RIVAL.search(body)
        wrote, read = (kind is Kind.REVIEW and bool(one.search(both)) for one in (_WROTE_REVIEW, _READ_REVIEW))
        rival = _product(found["name"]) if found else None
        return Told(rival=rival, headline=headline, wrote=wrote and not read, read=read and not wrote)
    if kind in (Kind.SITE_VISIT, Kind.AI_REFERRAL):
        named = _ASSISTANT.search(both)
        return Told(page=_page(f"{url or ''} {both}"), assistant=_ASSISTANT_NAMES[named[1].lower()] if named else None)
    return Told(headline=headline)


def _sum(text: str) -> str | None:
    """Return the first sum of money of a text that speaks of funding, in words that read well: $5,000,000 is $5 million."""
    for found in _SUM.finditer(text):
        near = text[max(0, found.start() - 60) : found.end() + 60]
        if not _FUNDED.search(near):
            continue
        value = Decimal(found["digits"].replace(",", ""))
        scale = (found["scale"] or "").lower()
        value *= {"k": 1_000, "t": 1_000, "m": 10**6, "b": 10**9}.get(scale[:1], 1)
        sign = "$" if "$" in found["sign"] else found["sign"]
        for size, word in ((10**9, "billion"), (10**6, "million")):
            if value >= size:
                short = (value / size).normalize()
                exponent = short.as_tuple().exponent
                if not isinstance(exponent, int) or exponent < -2:
                    return None
                return f"{sign}{short:f} {word}"
        return f"{sign}{int(value):,}" if value >= 1_000 else None
    return None


def _round(text: str) -> str | None:
    found = _ROUND.search(text)
    if found is None:
        return None
    if found["letter"]:
        return f"Series {found['letter'].upper()}"
    return "pre-seed round" if found["seed"].lower().startswith("pre") else "seed round"


def _role(head: str, body: str) -> tuple[str | None, bool]:
    """Return who is looked for, as said in a sentence, and whether it is several people."""
    if (found := _looked_for(head)) is not None:
        return found
    direct = job_title(head)
    if direct is not None and not direct[:1].isdigit():
        return (direct, True) if is_many(direct) else (with_article(direct), False)
    return _looked_for(body) or (None, False)


def _looked_for(source: str) -> tuple[str, bool] | None:
    for found in _LOOKED_FOR.finditer(source):
        cut = re.split(
            r"\s+(?:to|in|for|who|with|at|based|across|and|on|as|from|this|by)\b|,\s+(?=an?\s|\d)", found["role"]
        )[0]
        role = job_title(cut)
        if role is None:
            continue
        count = (found["count"] or "").strip().lower()
        if is_many(role):
            return (f"{count} {role}" if count and count != "several" else role), True
        if not count:
            return with_article(role), False
    return None


def _product(name: str) -> str | None:
    words = re.split(r"\s+(?:for|and|to)\s*$", name.strip(" .,-&"))[0]
    return words if words and len(words) <= 40 else None


def _page(text: str) -> str | None:
    lowered = text.lower()
    return next((shown for word, shown in _PAGES if re.search(rf"(?<![a-z]){re.escape(word)}", lowered)), None)


def _headline(head: str, company: str | None) -> str | None:
    """Return a headline that may be quoted: short, about this company, telling that something happened, and asking nobody to do anything."""
    if not head or not company or len(head.split()) > _MOST_HEADLINE_WORDS or len(head) > 100 or len(head.split()) < 3:
        return None
    if _UNQUOTABLE.search(head) or not _NEWS_VERB.search(head) or account_key(company) not in account_key(head):
        return None
    return head.rstrip(" .!,;:-")
