"""All tables in one place to import from; each lives in the file of its field."""

from infra.spine.activity import Activity, Participant, Passage, StemCount, Turn
from infra.spine.base import Base
from infra.spine.business import Account, Deal, DealChange, Product, Stage, Target, Territory
from infra.spine.calls import Briefed, CallNote, Element, Objection, Scorecard
from infra.spine.crm import Connection, CrmLink, CrmWrite, DeadLetter, RemoteChange, SyncState
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
from infra.spine.outbound import CrmEntry, Mailbox, Notice, RuleFile
from infra.spine.people import Contact, Identity, Lead, User
from infra.spine.proposals import Absence, Copy, Decision, Effect, Proposal, ProposalVersion, Removal
from infra.spine.signals import Enrichment, Sighting, Signal
from infra.spine.touches import Reply, SendingDomain, Sequence, Suppression, Touch, Verification
from infra.spine.waiting import WaitingLink

__all__ = [
    "Absence",
    "Account",
    "Activity",
    "AuditEntry",
    "Base",
    "Briefed",
    "CallNote",
    "Connection",
    "Contact",
    "Conversation",
    "Copy",
    "CrmEntry",
    "CrmLink",
    "CrmWrite",
    "CustomField",
    "DeadLetter",
    "Deal",
    "DealChange",
    "Decision",
    "Effect",
    "Element",
    "Enrichment",
    "Fact",
    "Feedback",
    "Identity",
    "ImportRun",
    "InboxEvent",
    "JoinOffer",
    "KeptAside",
    "Lead",
    "Mailbox",
    "Notice",
    "Objection",
    "Participant",
    "Passage",
    "Post",
    "Product",
    "Proposal",
    "ProposalVersion",
    "RemoteChange",
    "Removal",
    "Reply",
    "RuleFile",
    "Scorecard",
    "SendingDomain",
    "Sequence",
    "Sighting",
    "Signal",
    "Stage",
    "StemCount",
    "StoredAnswer",
    "Suppression",
    "SyncState",
    "Target",
    "Territory",
    "Touch",
    "Turn",
    "User",
    "Verification",
    "WaitingLink",
]
