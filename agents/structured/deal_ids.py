"""Deals that a question names by their id, as an export without names of deals has nothing else to call them by."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.mentions import Entity, Mention, Mentions
from infra.spine.business import Deal
from infra.spine.scope import Scope

_ID = re.compile(r"(?<![\w-])(?=[\w-]*\d)[^\W_][\w-]{5,63}(?![\w-])")
_MOST = 20


def with_deal_ids(session: Session, scope: Scope, text: str, mentions: Mentions) -> Mentions:
    """Return the mentions with those added that are the id of a deal in scope, in the place of others at the same words."""
    spans = list(_ID.finditer(text))[:_MOST]
    if not spans:
        return mentions
    spelled = {form for span in spans for form in (span.group(), span.group().upper(), span.group().lower())}
    query = select(Deal.id, Deal.name).where(Deal.id.in_(sorted(spelled)), scope.deals())
    names = {row[0]: row[1] for row in session.execute(query)}
    if not names:
        return mentions
    found = []
    for span in spans:
        forms = (span.group(), span.group().upper(), span.group().lower())
        identity = next((form for form in forms if form in names), None)
        if identity is not None:
            entity = Entity("deal", identity, names[identity] or identity, 1.0)
            found.append(Mention(span.start(), span.end(), span.group(), (entity,)))
    others = [one for one in mentions.found if not any(one.start < new.end and new.start < one.end for new in found)]
    return Mentions(tuple(sorted([*others, *found], key=lambda one: one.start)), mentions.unknown_names)
