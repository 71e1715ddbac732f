"""What a card is headed with: what happened, in one short line of plain words."""

from __future__ import annotations

from agents.outreach.case import Case
from sales.mail_words import company_name, job_title, person_name, plain_line
from sales.signals import MEANINGS, Kind

_MOST = 120


def headline_of(case: Case) -> str:
    """Return the headline of a case: `Northwind is hiring a VP Sales`. Never longer than 120 letters."""
    company = company_name(case.ground.company) or plain_line(case.ground.company) or "A company"
    return _worded(case, company)[:_MOST]


def _worded(case: Case, company: str) -> str:
    told, kind = case.told, case.kind
    person, title = person_name(case.signal.person), job_title(case.signal.title)
    if kind in (Kind.JOB_CHANGE, Kind.CHAMPION_JOINED) and person:
        return f"{person} joined {company}" + (f" as {title}" if title else "")
    if kind is Kind.CHAMPION_LEFT and person:
        return f"{person} left {company}"
    if kind is Kind.NEW_PERSON and person:
        return f"{company}: {person} is new on a call"
    if kind is Kind.FUNDING:
        if told.filing:
            return f"{company} filed for new funding"
        what = " ".join(one for one in (told.sum, told.round) if one)
        if told.sum:
            return f"{company} raised {what}"
        return f"{company} raised a {told.round}" if told.round else f"{company} raised money"
    if kind is Kind.HIRING:
        return f"{company} is hiring {told.role}" if told.role else f"{company} is hiring"
    if kind is Kind.TECHNOLOGY and told.technology:
        return f"{company} moves to {told.technology}"
    if kind is Kind.SITE_VISIT and told.page:
        return f"{company} looked at our {told.page}"
    if kind is Kind.AI_REFERRAL and told.assistant:
        return f"{company} found us through {told.assistant}"
    if kind is Kind.COMPETITOR and told.rival:
        return f"{company} looks at {told.rival}"
    return f"{company}: {MEANINGS[kind].words}" if kind is not None else f"{company}: news"
