"""All tables in one place to import from; each lives in the file of its field."""

from infra.spine.activity import Activity, Participant, Passage, StemCount, Turn
from infra.spine.base import Base
from infra.spine.business import Account, Deal, DealChange, Product, Stage, Target, Territory
from infra.spine.desk import (
    AuditEntry,
    Conversation,
    CustomField,
    Fact,
    Feedback,
    ImportRun,
    InboxEvent,
    JoinOffer,
    KeptAside,
    Post,
    StoredAnswer,
)
from infra.spine.people import Contact, Identity, Lead, User
from infra.spine.waiting import WaitingLink

__all__ = [
    "Account",
    "Activity",
    "AuditEntry",
    "Base",
    "Contact",
    "Conversation",
    "CustomField",
    "Deal",
    "DealChange",
    "Fact",
    "Feedback",
    "Identity",
    "ImportRun",
    "InboxEvent",
    "JoinOffer",
    "KeptAside",
    "Lead",
    "Participant",
    "Passage",
    "Post",
    "Product",
    "Stage",
    "StemCount",
    "StoredAnswer",
    "Target",
    "Territory",
    "Turn",
    "User",
    "WaitingLink",
]
