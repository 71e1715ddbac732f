"""The fields that a question can name: what each is called by people, its type, and which record it belongs to.

A column of an import that no field of the spine claims is a field too: `deal.custom:<key>`, known from `custom_fields`.
Which SQL a field stands for is told by `columns`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Subject = Literal["deal", "account", "user", "lead", "contact", "activity", "product", "target"]
Entity = Literal["deal", "account", "owner", "product", "lead", "contact", "activity", "target"]
FieldType = Literal["text", "name", "money", "number", "integer", "percent", "date", "days", "bool"]

CUSTOM = re.compile(r"(deal|account|owner|product|lead|contact|activity)\.custom:(.{1,80})", re.DOTALL)


@dataclass(frozen=True)
class CatalogField:
    """One field: its key `entity.field`, what people read as its label, its type, and the words that mean it (singular, folded)."""

    key: str
    label: str
    type: FieldType
    words: tuple[str, ...]

    @property
    def entity(self) -> str:
        """The record that the field belongs to."""
        return self.key.partition(".")[0]


_TABLE = """
deal.name|Deal|name|deal name|opportunity name|deal title
deal.status|Status|text|status|deal status|outcome|deal outcome|opportunity status|result
deal.stage|Stage|text|stage|deal stage|sales stage|pipeline stage|opportunity stage|phase|step of the pipeline|current stage
deal.amount|Amount|money|amount|deal amount|value|deal value|close value|closed value|deal size|opportunity amount|opportunity value|contract value|ticket size|opportunity size|order value|size|worth|sales value|deal price|transaction value|sale price|closing value|contract size|dollar amount|dollar value
deal.currency|Currency|text|currency
deal.forecast_category|Forecast category|text|forecast category|forecast|forecast type|category|call
deal.probability|Probability|percent|probability|win probability|likelihood|close probability|chance|chance of winning|confidence
deal.created|Created|date|created date|creation date|create date|date created|engage date|engagement date|open date|start date|date of creation|created
deal.close_date|Close date|date|close date|closing date|expected close date|expected close|target close date|due date|closing day|expected closing date
deal.closed|Closed|date|closed date|date closed|won date|lost date|actual close date
deal.stage_entered|Stage entered|date|stage entry date|stage change date|last stage change
deal.next_step|Next step|text|next step|next action|next activity|next task|followup|follow up|next move
deal.next_step_date|Next step date|date|next step date|next action date|follow up date|next activity date|next step due date
deal.type|Type|text|deal type|opportunity type|type|business type|kind of deal
deal.lead_source|Lead source|text|lead source|source|channel|origin|deal source|acquisition channel
deal.loss_reason|Loss reason|text|loss reason|lost reason|reason lost|reason for loss|reason for losing|reason|closed lost reason|reason we lost|cause of loss
deal.competitor|Competitor|text|competitor|competition|rival|vendor we lost to
deal.pipeline|Pipeline|text|pipeline name|sales process
deal.quantity|Quantity|number|quantity|seat|unit|license|licence|number of unit|unit count
deal.cycle_days|Days to close|days|sales cycle|cycle|cycle length|cycle time|sales cycle length|sales cycle time|days to close|time to close|length of sales cycle|deal cycle|deal cycle length|close time|closing time|time to win|days to win|deal duration|deal length|sales velocity in days|time from engagement to close|deal cycle time|length of the sales cycle|duration
deal.age_days|Age|days|age|deal age|days open|time open
deal.stage_days|Days in stage|days|days in stage|time in stage|stage age|days in current stage|time in current stage|age in stage|stage duration
deal.last_activity|Last activity|date|last activity|last activity date|last touch|last contact|last contacted
deal.next_meeting|Next meeting|date|next meeting date
deal.slips|Slips|integer|slip|number of slip|push|push count|slip count|number of push|close date push
deal.moves|Close date changes|integer|close date change|number of close date change|close date move|change of the close date|close date moves
deal.last_slip|Last slip|date|last slip
deal.slipped_days|Days slipped|days|days slipped|slipped days|total slip
account.name|Account|name|account|account name|customer|customer name|company|company name|client|client name|organization|organisation|logo
account.industry|Industry|text|industry|sector|vertical|line of business|business sector|industry sector|market sector
account.employees|Employees|integer|employee|number of employee|employee count|headcount|staff|company size|people|worker|workforce|account size|employee number|number of staff
account.annual_revenue|Annual revenue|number|annual revenue|company revenue|account revenue|yearly revenue|annual turnover|account annual revenue|company annual revenue|turnover|customer revenue
account.region|Account region|text|account region|region|geography|geo|area|state
account.country|Country|text|country|office location|location|headquarter|headquarters|hq|hq location|nation|office|based
account.city|City|text|city|town
account.tier|Tier|text|tier|segment|account tier|customer segment|customer tier|account segment
account.type|Account type|text|account type|customer type|company type
account.founded|Founded|integer|founded|year founded|founding year|year established|established|foundation year|year of establishment|year of foundation
account.territory|Territory|text|territory|sales territory
account.parent|Parent account|text|parent|parent account|parent company|owned by group|subsidiary of|holding|mother company|group
account.domain|Domain|text|domain|website domain
account.created|Account created|date|account creation date|account created date
owner.name|Owner|name|owner|rep|sales rep|agent|sales agent|salesperson|sales person|salespeople|seller|account executive|ae|deal owner|account owner|opportunity owner|representative|sales representative|account manager|sales people|people in sales|individual|team member|user|colleague|bdr|sdr|sales executive|salesman|saleswoman|salesmen|opp owner
owner.team|Team|text|team|sales team|squad|pod|department|business unit
owner.region|Region|text|region|regional office|sales region|office|sales office|regional team|geo|geography|area|rep region|owner region|agent region
owner.manager|Manager|name|manager|sales manager|team lead|team leader|supervisor|boss|team manager|regional manager|line manager|sales lead
owner.role|Role|text|user role
product.name|Product|name|product|product name|item|solution|sku|offering|product sold|line item
product.family|Product family|text|product family|series|product series|family|product line|line|product category|product group|product type|category
product.price|List price|money|list price|price|sale price|sales price|retail price|unit price|suggested price|suggested retail price|product price|catalogue price|catalog price|cost|listed price|rrp|msrp|standard price
lead.name|Lead|name|lead name
lead.company|Company|text|lead company
lead.source|Lead source|text|lead source|source|channel|origin
lead.status|Lead status|text|lead status|status
lead.created|Created|date|lead created date|lead creation date|created date
lead.first_touch|First touch|date|first touch|first touch date|first contacted|first response
lead.next_action|Next action|text|next action|next step
lead.next_action_date|Next action date|date|next action date|next step date
lead.response_days|Days to first touch|days|response time|time to first touch|speed to first touch|time to first contact|speed to first contact|first response time|time to first response|days to first contact|days to first response|time to touch|speed of first touch|days to first touch|speed to lead|lead response time
contact.name|Contact|name|contact name
contact.title|Title|text|title|job title|position
contact.role|Buying role|text|role|buying role|contact role|committee role
contact.stance|Stance|text|stance|sentiment|attitude
activity.kind|Activity|text|activity type|kind of activity|type of activity
activity.direction|Direction|text|direction
activity.at|Date|date|activity date
activity.status|Activity status|text|activity status
activity.due|Due|date|due date|task due date
target.amount|Target|money|target|quota|goal|sales target|sales quota|sales goal
target.team|Team|text|target team
target.person|Person|name|target person
target.quarter|Quarter|text|target quarter
"""


def _parsed() -> dict[str, CatalogField]:
    fields = {}
    for line in _TABLE.strip().splitlines():
        key, label, type_, *words = line.split("|")
        fields[key] = CatalogField(key, label, type_, tuple(words))  # type: ignore[arg-type]
    return fields


FIELDS: dict[str, CatalogField] = _parsed()
"""Every field of the spine that a question can name, by key."""

EXPLICIT: dict[str, str] = {
    "account.region": "account region", "owner.region": "rep region", "owner.team": "team", "deal.type": "deal type", "account.type": "account type",
    "deal.lead_source": "lead source", "product.family": "product family", "deal.forecast_category": "forecast category", "account.tier": "tier",
    "account.industry": "industry", "account.country": "country", "account.city": "city", "account.territory": "territory", "deal.stage": "stage",
    "product.name": "product", "account.name": "account", "owner.name": "rep", "owner.manager": "manager", "account.parent": "parent account",
    "deal.loss_reason": "loss reason", "deal.competitor": "competitor", "deal.pipeline": "pipeline name", "deal.amount": "amount",
    "account.annual_revenue": "annual revenue", "product.price": "list price", "deal.created": "created date", "deal.close_date": "close date",
}  # fmt: skip
"""Words that mean one field only, for questions back."""

ENTITY_OF_SUBJECT: dict[str, str] = {"user": "owner"}
"""Where a subject's own fields carry another prefix than its name."""

NAME_OF: dict[str, str] = {
    "deal": "deal.name",
    "account": "account.name",
    "user": "owner.name",
    "product": "product.name",
    "lead": "lead.name",
    "contact": "contact.name",
}
"""The field by which a record of the subject is called."""


def field_named(key: str) -> CatalogField | None:
    """Return the field with this key, or None for a custom one or for no field at all."""
    return FIELDS.get(key)


def is_field(key: str) -> bool:
    """Whether this is the key of a field of the spine, or has the form of a custom field's."""
    return key in FIELDS or CUSTOM.fullmatch(key) is not None


def entity_of(key: str) -> str:
    """Return the record that a field belongs to: deal, account, owner, product, …"""
    return key.partition(".")[0]
