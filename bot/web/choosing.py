"""Who may choose what follows a reply, and how replies are called on pages."""

from __future__ import annotations

from collections.abc import Sequence, Set

from agents.outreach.overview import SequenceOut
from bot.web.doorway import Visitor
from bot.web.pages import Desk

KINDS = {
    "positive": "They are interested",
    "question": "They ask a question",
    "objection": "They object",
    "not_now": "They say not now",
    "unclear": "They answered",
    "out_of_office": "Out of office",
    "opt_out": "They asked not to be written to",
    "hard_bounce": "The mail bounced for good",
    "soft_bounce": "The mail bounced for now",
    "complaint": "They reported it as spam",
}
REASONS = {
    "opt_out": "They asked not to be written to.",
    "complaint": "They reported a mail of ours as spam.",
    "legal_hold": "They are under a legal hold.",
    "do_not_contact": "They are marked as do not contact.",
    "bounce": "A mail to them bounced for good.",
    "customer": "They are a customer.",
    "by_hand": "They were put on the suppression list.",
}
"""How the reasons of the suppression list are told where one of them stopped a sequence."""


def decides_for(desk: Desk, visitor: Visitor, owners: Set[str | None]) -> set[str | None]:
    """Return those of the owners (None: nobody owns it) for whose things the visitor may decide now. Nobody decides while they view the console as somebody else."""
    from agents.proposals.rights import right_to_decide

    if visitor.viewing_as is not None:
        return set()
    if visitor.user_id is None:
        return set(owners)
    now = desk.app.clock.now()
    with desk.app.database.session() as session:
        return {one for one in owners if right_to_decide(session, visitor.user_id, one, now) is not None}


def may_choose(desk: Desk, visitor: Visitor, found: Sequence[SequenceOut]) -> set[str]:
    """Return the ids of the sequences about which the visitor may choose."""
    asking = [one for one in found if one.open_reply is not None]
    owners = decides_for(desk, visitor, {one.owner_id for one in asking})
    return {one.id for one in asking if one.owner_id in owners}
