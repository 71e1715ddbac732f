"""The stages of opportunities as the organization defines them: the object OpportunityStage (Object Reference for the Salesforce Platform)."""

from __future__ import annotations

from typing import Any

from integrations.connectors.errors import NotAllowed, NotThere, Refused
from integrations.connectors.stream import StageTold
from integrations.connectors.values import number
from integrations.salesforce import soql
from integrations.salesforce.api import Api
from integrations.salesforce.values import flat

OBJECT = "OpportunityStage"
_FIELDS = ("Id", "ApiName", "MasterLabel", "SortOrder", "IsClosed", "IsWon", "DefaultProbability")


def stages_of(api: Api) -> tuple[StageTold, ...] | None:
    """Return the active stages in their order; None where we may not see them."""
    query = soql.select(_FIELDS, OBJECT, ["IsActive = true"], order="SortOrder,Id")
    try:
        rows = api.all_rows(query)
    except (NotThere, NotAllowed, Refused):
        return None
    return tuple(_told(one, place) for place, one in enumerate(rows))


def _told(row: dict[str, Any], place: int) -> StageTold:
    values = flat(row)
    won, closed = values.get("IsWon") == "true", values.get("IsClosed") == "true"
    # An opportunity's StageName is the API name, which a renamed label leaves as it was.
    name = values.get("ApiName") or values.get("MasterLabel") or ""
    return StageTold(
        id=str(values["Id"]),
        name=name,
        position=place,
        status="won" if won else "lost" if closed else "open",
        probability=number(values.get("DefaultProbability")),
    )
