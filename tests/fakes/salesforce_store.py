"""The records of a Salesforce organization, and what follows from changing them: stamps, stages, history, the recycle bin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.fakes.salesforce_schema import NO_BIN, PREFIXES, REQUIRED, STAGES, default_fields, field_of

Values = dict[str, Any]
_HISTORIC = ("StageName", "Amount", "CloseDate", "Probability")


class Invalid(Exception):
    """Values that Salesforce refuses, with its code and the fields that it names."""

    def __init__(self, code: str, *fields: str) -> None:
        super().__init__(code)
        self.code = code
        self.fields = list(fields)


class Store:
    """Records by object and id. `now` is the organization's clock; moments are kept in seconds since 1970, whole ones, as Salesforce keeps them."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.schema = default_fields()
        self.rows: dict[str, dict[str, Values]] = {name: {} for name in PREFIXES}
        self.created: list[tuple[str, Values]] = []
        self.writes: Counter[str] = Counter()
        self._next = 100
        for place, (name, closed) in enumerate((("Not Started", False), ("In Progress", False), ("Completed", True))):
            self.put("TaskStatus", ApiName=name, IsClosed=closed, IsDefault=place == 0, SortOrder=place)
        for place, (name, (chance, _, closed, won)) in enumerate(STAGES.items()):
            self.put("OpportunityStage", ApiName=name, MasterLabel=name, SortOrder=place + 1, IsActive=True, IsClosed=closed, IsWon=won, DefaultProbability=chance)  # fmt: skip
        self.me = self.put(
            "User", Name="Integration User", Email="crm@seller.example", IsActive=True, UserType="Standard"
        )

    def stamp(self) -> float:
        """Return the present moment as records bear it."""
        return float(int(self._now()))

    def put(self, object_type: str, **values: Any) -> str:
        """Add a record and return its id."""
        self._next += 1
        identity = f"{PREFIXES[object_type]}{self._next:015d}"
        at = self.stamp()
        row: Values = dict.fromkeys(self.schema[object_type])
        row |= {name: False for name, one in self.schema[object_type].items() if one["type"] == "boolean"}
        row |= {"Id": identity, "CreatedDate": at, "SystemModstamp": at, "LastModifiedDate": at}
        self.rows[object_type][identity] = row
        self._set(object_type, row, values)
        if object_type == "Opportunity":
            self._remember(row)
        return identity

    def change(self, object_type: str, identity: str, **values: Any) -> None:
        """Change a record as a person would."""
        row = self.rows[object_type][identity]
        before = {name: row.get(name) for name in _HISTORIC}
        self._set(object_type, row, values)
        row["SystemModstamp"] = row["LastModifiedDate"] = self.stamp()
        if object_type == "Opportunity" and before != {name: row.get(name) for name in _HISTORIC}:
            self._remember(row)

    def delete(self, object_type: str, identity: str, master: str | None = None) -> None:
        """Put a record into the recycle bin; with a `master` because that one took it over."""
        row = self.rows[object_type][identity]
        row |= {"IsDeleted": True, "SystemModstamp": self.stamp()}
        if master is not None:
            row["MasterRecordId"] = master

    def merge(self, object_type: str, winner: str, loser: str) -> None:
        """Make two records one: what hung on the loser hangs on the winner."""
        self.delete(object_type, loser, winner)
        for other, rows in self.rows.items():
            for row in rows.values():
                for name, one in self.schema[other].items():
                    if one["type"] == "reference" and row.get(name) == loser and name != "MasterRecordId":
                        row[name] = winner
        self.rows[object_type][winner]["SystemModstamp"] = self.stamp()

    def purge(self, object_type: str, identity: str) -> None:
        """Empty the recycle bin of a record."""
        del self.rows[object_type][identity]

    def add_field(self, object_type: str, name: str, type_: str, label: str, **more: Any) -> None:
        """Add a custom field."""
        self.schema[object_type][name] = field_of(object_type, name, type_, custom=True, label=label, **more)
        for row in self.rows[object_type].values():
            row.setdefault(name, None)

    def check(self, object_type: str, values: Values, *, creating: bool) -> None:
        """Refuse values as the API does. Raises Invalid."""
        for name, value in values.items():
            known = self.schema[object_type].get(name)
            if known is None:
                raise Invalid("INVALID_FIELD")
            if not known["createable" if creating else "updateable"]:
                raise Invalid("INVALID_FIELD_FOR_INSERT_UPDATE", name)
            if value is None:
                continue
            self._check_value(name, known, value)
        if creating:
            missing = [name for name in REQUIRED.get(object_type, ()) if values.get(name) in (None, "")]
            if missing:
                raise Invalid("REQUIRED_FIELD_MISSING", *missing)

    def _check_value(self, name: str, known: Values, value: Any) -> None:
        type_ = known["type"]
        if type_ in ("int", "currency", "percent", "double"):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Invalid("JSON_PARSER_ERROR", name)
        elif type_ == "boolean":
            if not isinstance(value, bool):
                raise Invalid("JSON_PARSER_ERROR", name)
        elif not isinstance(value, str):
            raise Invalid("JSON_PARSER_ERROR", name)
        elif known["restrictedPicklist"] and value not in {one["value"] for one in known["picklistValues"]}:
            raise Invalid("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", name)
        elif type_ == "string" and len(value) > known["length"]:
            raise Invalid("STRING_TOO_LONG", name)
        elif type_ == "reference" and not any(value in rows for rows in self.rows.values()) and value[:3] != "00G":
            raise Invalid("MALFORMED_ID", name)

    def insert(self, object_type: str, values: Values) -> str:
        """Add a record by the API. Raises Invalid."""
        self.check(object_type, values, creating=True)
        for name, value in values.items():
            same = [row for row in self.rows[object_type].values() if row.get(name) == value]
            if value is not None and self.schema[object_type][name]["unique"] and same:
                raise Invalid("DUPLICATE_VALUE", name)
        identity = self.put(object_type, **values)
        self.created.append((object_type, {**values, "Id": identity}))
        return identity

    def update(self, object_type: str, identity: str, values: Values) -> None:
        """Change a record by the API. Raises Invalid."""
        self.check(object_type, values, creating=False)
        self.change(object_type, identity, **values)
        self.writes[identity] += 1

    def _set(self, object_type: str, row: Values, values: Values) -> None:
        known = self.schema[object_type]
        for name, value in values.items():
            if known[name]["type"] == "datetime" and isinstance(value, str):
                value = datetime.fromisoformat(value).astimezone(UTC).timestamp()
            row[name] = value
        if object_type in ("Contact", "Lead"):
            row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part) or None
        elif object_type == "Task":
            closed = row["Status"] == "Completed"
            if closed and not row["IsClosed"]:
                row["CompletedDateTime"] = self.stamp()
            row["IsClosed"] = closed
            row["TaskSubtype"] = row["TaskSubtype"] or "Task"
        elif object_type == "Opportunity" and "StageName" in values:
            chance, category, closed, won = STAGES.get(row["StageName"], (50, "Pipeline", False, False))
            row |= {"Probability": chance, "IsClosed": closed, "IsWon": won, "ForecastCategoryName": category}
            row["ForecastCategory"] = category
            row["LastStageChangeDate"] = self.stamp()

    def _remember(self, deal: Values) -> None:
        told = {name: deal[name] for name in (*_HISTORIC, "ForecastCategory")}
        self.put("OpportunityHistory", OpportunityId=deal["Id"], CreatedById=self.me, **told)

    def shown(self, object_type: str, row: Values, fields: list[str]) -> Values:
        """Return a record's fields as JSON; a parent's name nested."""
        found: Values = {"attributes": {"type": object_type, "url": f"/services/data/v62.0/sobjects/{row['Id']}"}}
        for name in fields:
            parent, dot, inner = name.partition(".")
            found[parent] = (
                ({inner: row[name]} if row.get(name) else None) if dot else self._value(object_type, row, name)
            )
        return found

    def _value(self, object_type: str, row: Values, name: str) -> Any:
        value = row.get(name)
        if value is not None and self.schema[object_type][name]["type"] == "datetime":
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return value

    def has(self, object_type: str, name: str) -> bool:
        """Whether an object has a field, or a parent's one."""
        parent, dot, _ = name.partition(".")
        return (f"{parent}Id" if dot else name) in self.schema[object_type]


def has_bin(object_type: str) -> bool:
    """Whether an object's records go to the recycle bin."""
    return object_type not in NO_BIN
