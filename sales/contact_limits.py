"""How often one person or company is written to, and by whom: frequency caps, duplicate touches, territories, customers."""

from __future__ import annotations

import re

from sales.names import fold

PERSON_TOUCHES = 3
PERSON_DAYS = 7
"""Three touches a person and week over all channels: a sequence has at most three touches altogether, so whoever had three of us within a week has had enough."""

ACCOUNT_TOUCHES = 10
ACCOUNT_DAYS = 7
"""A buying committee has six to ten people (Gartner, B2B buying journey): ten touches a week are one for each, and more is a campaign against a company."""

DUPLICATE_DAYS = 7
"""Two of us who write to the same person within a week look as if we did not talk to each other."""

VERIFIED_DAYS = 90
"""B2B addresses go stale at two to three in a hundred a month as people change jobs, so a verification is good for a quarter."""

_NO_LONGER = re.compile(r"\b(?:former|ex|past|churned|lost|previous|cancel+ed|ehemalig\w*|non|not|no|nicht|kein)\b")
_CUSTOMER = re.compile(r"\b(?:customers?|clients?|\w*kund(?:e|en|in)|clientes?)\b")


def is_over_cap(touches: int, most: int) -> bool:
    """Return whether one more touch would be too many in the window."""
    return touches >= most


def is_customer(account_type: str | None, won_deals: int) -> bool:
    """Return whether a company buys from us already: its type says so, or it has a won deal and its type does not say that it left."""
    told = (account_type or "").casefold()
    if _NO_LONGER.search(told):
        return False
    return bool(_CUSTOMER.search(told)) or won_deals > 0


def belongs_to_another(owner_id: str | None, writer_id: str | None) -> bool:
    """Return whether an account, territory or open deal is another's. What nobody owns is anybody's; what nobody writes belongs to nobody."""
    return owner_id is not None and writer_id is not None and owner_id != writer_id


def in_anothers_territory(
    owner_id: str | None, team: str | None, writer_id: str | None, writer_team: str | None
) -> bool:
    """Return whether a territory is another's: its owner's where it has one, else that of its team's people. One that nobody works is anybody's."""
    if owner_id is not None:
        return belongs_to_another(owner_id, writer_id)
    return team is not None and writer_id is not None and fold(team) != fold(writer_team or "")


def counts_as_cold(kind: str, *, in_sequence: bool) -> bool:
    """Return whether a proposal writes to somebody who did not ask: outreach, and the later touches of a sequence. An answer does not."""
    return kind == "outreach" or (in_sequence and kind in ("follow_up", "reactivation"))
