"""Who may decide on a proposal: its owner, a manager over the owner, an admin, and a delegate while the owner is away. Nobody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Right = Literal["owner", "manager", "admin", "delegate"]


@dataclass(frozen=True)
class Decider:
    """Somebody who wants to decide. `leads` are the ids of the people whom they manage, directly or through others."""

    id: str
    role: str
    active: bool = True
    leads: frozenset[str] = frozenset()


def right_of(decider: Decider, owner_id: str | None, delegates: Collection[str]) -> Right | None:
    """Return by what right `decider` may decide, or None. `delegates` are those named for an owner who is away now.

    What has no owner (they left the company) is decided on by an admin alone.
    """
    if not decider.active:
        return None
    if owner_id is not None and decider.id == owner_id:
        return "owner"
    if decider.role == "admin":
        return "admin"
    if owner_id is None:
        return None
    if decider.role == "manager" and owner_id in decider.leads:
        return "manager"
    return "delegate" if decider.id in delegates else None
