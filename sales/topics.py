"""Fields of talk in a sale, and the words in which they come up: who asks for "price" means "too expensive" as well."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sales.wording import stem, tokens


@dataclass(frozen=True)
class Topic:
    """One field of talk: the words of a question that mean it, and the stems by which speech is known to be about it.

    `names` are the stems that name the field as a whole: "price" may be answered by "too expensive", "discount" only by a discount.
    """

    name: str
    asked: re.Pattern[str]
    stems: frozenset[str]
    query: str
    names: frozenset[str]


def _topic(name: str, names: str, asked: str, spoken: str) -> Topic:
    stems = frozenset(stem(word) for word in spoken.split())
    return Topic(
        name,
        re.compile(rf"\b(?:{asked})\b", re.I),
        stems,
        " ".join(spoken.split()[:8]),
        frozenset(stem(word) for word in names.split()),
    )


TOPICS: tuple[Topic, ...] = (
    _topic("competition", "competition competitor competitors competing rival rivals", r"competit\w+|rivals?|up against|(?:any(?:body|one)|some(?:body|one)|who) else|other (?:vendors?|suppliers?|quotes?|offers?|bids?|options?)|alternatives?|incumbent|who else are they|compared? (?:to|with|against)|vs", "competitor competitors competition alternative vendor vendors rival incumbent compare compared shortlist bakeoff"),
    _topic("price", "price prices pricing priced cost costs expensive cheap money", r"pric\w*|cost\w*|expensive|cheap\w*|discount\w*|money|how much|quote|rates?|fees?", "price pricing expensive cheap discount cost costs budget dollars euros pounds percent thousand fee fees quote money payback"),
    _topic("budget", "budget budgets funding", r"budget\w*|funding|funds|capex|opex|afford\w*", "budget funding capex opex afford fiscal spend money finance"),
    _topic("payment", "payment payments billing terms", r"payments?|billing|invoic\w*|pay(?:s|ing)? (?:terms|annual\w*|monthly|quarterly|up ?front)|payment terms", "payment pay billing invoice invoices annual monthly quarterly upfront advance halves days"),
    _topic("security", "security secure infosec", r"secur\w*|soc ?2|iso ?27001|pen(?:etration)? ?test\w*|infosec|ciso|questionnaire|encryption", "security soc iso pentest penetration questionnaire encryption compliance audit certificate infosec sso access hosting"),
    _topic("privacy", "privacy data", r"privacy|gdpr|dpa|data (?:protection|processing|location|residency)|personal data", "privacy gdpr dpa data residency protection personal hosting names retention"),
    _topic("legal", "legal contract contracts paper paperwork clauses", r"legal|contracts?|redlines?|liabilit\w+|lawyers?|counsel|msa|terms and conditions|paper(?:work)?|clauses?|nda", "legal contract redlines liability lawyer counsel agreement clause msa nda terms paper indemnity cap"),
    _topic("timing", "timing timeline timelines date dates schedule delay", r"timing|timelines?|time ?frames?|when (?:will|would|can|do|does|are|is)|deadlines?|dates?|delay\w*|schedule|go[- ]?live|start date|how soon", "timeline deadline delay date schedule january february march april june july august september october november december quarter week month live start later realistically"),
    _topic("integration", "integration integrations integrate", r"integrat\w+|connectors?|api|erp|netsuite|sap|wms|salesforce|hubspot|sync\w*", "integration connector api erp netsuite sap wms interface sync bridge export file"),
    _topic("rollout", "rollout implementation deployment onboarding", r"implement\w*|roll-?outs?|onboarding|go[- ]live|deploy\w*|set-?up|training|migration", "implementation rollout onboarding golive live deploy training migration pilot setup site sites boots"),
    _topic("decision", "decision process criteria", r"decision (?:process|criteria)|decid\w+|approv\w+|sign-?off|procurement|purchasing|board|who signs", "decision decide approve approval sign signature board committee procurement purchasing cfo council vote"),
    _topic("value", "value roi benefit benefits case results", r"roi|return on investment|payback|savings?|business case|value|benefits?|results?|numbers", "roi payback saving save return benefit value minutes hours percent cut reduce improve case"),
    _topic("support", "support sla", r"support|sla|service levels?|help ?desk|uptime|downtime|outages?", "support sla ticket response uptime outage hours help hotline"),
    _topic("references", "reference references customers", r"references?|case stud\w+|testimonials?|other customers", "reference customer customers story case visit call"),
    _topic("pilot", "pilot pilots trial", r"pilots?|trials?|poc|proof of concept|tests?", "pilot trial poc proof test phase"),
    _topic("renewal", "renewal renewals", r"renew\w*|uplift|term|notice|cancel\w*", "renewal renew uplift term notice cancel months year"),
)  # fmt: skip


def topics_in(text: str) -> tuple[Topic, ...]:
    """Return the fields of talk that a question asks about."""
    return tuple(topic for topic in TOPICS if topic.asked.search(text))


def topic_stems_in(text: str) -> frozenset[str]:
    """Return all stems of a text, for meeting them with a topic's."""
    return frozenset(stem(token.key) for token in tokens(text))
