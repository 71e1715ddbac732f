"""What an organization's objects look like to us: their fields as `describe` tells them, and adding one with a person's consent."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

from integrations.connectors.errors import Clash, NotThere, Refused
from integrations.connectors.writing import Property
from integrations.salesforce import soql
from integrations.salesforce.api import DATA, Api
from integrations.salesforce.objects import MARKER, ObjectType
from integrations.salesforce.values import UNREAD, property_of

_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "Text", "length": 255},
    "number": {"type": "Number", "precision": 18, "scale": 2},
    "date": {"type": "Date"},
    "datetime": {"type": "DateTime"},
    "bool": {"type": "Checkbox", "defaultValue": "false"},
}
_PERMISSION_SET = "Dealwright_Fields"


class Schema:
    """The fields of an organization, each object asked for once. Safe to use from any thread."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.RLock()
        self._described: dict[str, dict[str, dict[str, Any]]] = {}
        self._properties: dict[str, dict[str, Property]] = {}

    def described(self, object_type: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the fields of an object as Salesforce describes them; none for an object that we may not see."""
        with self._lock:
            if object_type not in self._described:
                try:
                    listed = self._api.describe(object_type)
                except NotThere:
                    listed = []
                self._described[object_type] = {str(one["name"]): one for one in listed}
            return self._described[object_type]

    def properties(self, object_type: str) -> Mapping[str, Property]:
        """Return the fields of an object by name."""
        described = self.described(object_type)
        with self._lock:
            if object_type not in self._properties:
                self._properties[object_type] = {name: property_of(one) for name, one in described.items()}
            return self._properties[object_type]

    def sees(self, object_type: str) -> bool:
        """Whether we may see an object at all."""
        return bool(self.described(object_type))

    def has(self, object_type: str, field: str) -> bool:
        """Whether an object has a field that we may see. A parent's name is there where the parent is."""
        parent, dot, _ = field.partition(".")
        return (f"{parent}Id" if dot else field) in self.described(object_type)

    def fields(self, kind: ObjectType) -> list[str]:
        """Return those of an object's usual fields that are there: an organization may lack some, or keep them from us."""
        fields = [one for one in kind.fields if self.has(kind.name, one)]
        if self.has(kind.name, MARKER):
            fields.append(MARKER)
        return fields

    def custom(self, object_type: str) -> dict[str, Property]:
        """Return the fields that the organization has added and that can be read as a value."""
        described = self.described(object_type)
        return {
            name: one
            for name, one in self.properties(object_type).items()
            if described[name].get("custom") and described[name].get("type") not in UNREAD and name != MARKER
        }

    def create(self, object_type: str, wanted: Property) -> None:
        """Add a field and let ourselves see it; one that is there already is left as it is. Only with a person's consent."""
        holder = "Activity" if object_type in ("Task", "Event") else object_type
        metadata = {**_TYPES.get(wanted.type, _TYPES["text"]), "label": wanted.label}
        if wanted.name == MARKER:
            # An activity's field can't be unique; it is an external id nevertheless.
            metadata |= {"length": 80, "externalId": True} | ({"unique": True} if holder == object_type else {})
        body = {"FullName": f"{holder}.{wanted.name}", "Metadata": metadata}
        try:
            self._api.send("POST", f"{DATA}/tooling/sobjects/CustomField", body)
        except Refused as error:
            if error.code not in ("DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"):
                raise
        with self._lock:
            for one in ("Task", "Event") if holder == "Activity" else (object_type,):
                self._described.pop(one, None)
                self._properties.pop(one, None)
        for one in ("Task", "Event") if holder == "Activity" else (object_type,):
            if not self.has(one, wanted.name):
                self._open(one, wanted.name)

    def _open(self, object_type: str, field: str) -> None:
        """Give ourselves the right to a field: a new one can be seen by nobody until a permission set tells so."""
        body = {
            "ParentId": self._permission_set(),
            "SobjectType": object_type,
            "Field": f"{object_type}.{field}",
            "PermissionsRead": True,
            "PermissionsEdit": True,
        }
        with contextlib.suppress(Clash):
            self._api.create("FieldPermissions", body)
        with self._lock:
            self._described.pop(object_type, None)
            self._properties.pop(object_type, None)

    def _permission_set(self) -> str:
        """Return the id of the permission set that holds the rights to our fields, made and assigned to us where it is not there yet."""
        query = soql.select(["Id"], "PermissionSet", [f"Name = {soql.quoted(_PERMISSION_SET)}"])
        rows = self._api.all_rows(query)
        identity = (
            str(rows[0]["Id"])
            if rows
            else self._api.create("PermissionSet", {"Name": _PERMISSION_SET, "Label": "Dealwright fields"})
        )
        me = self._api.get("/services/oauth2/userinfo")
        user = str(me.get("user_id") or "") if isinstance(me, Mapping) else ""
        assigned = [f"PermissionSetId = {soql.quoted(identity)}", f"AssigneeId = {soql.quoted(user)}"]
        if user and not self._api.all_rows(soql.select(["Id"], "PermissionSetAssignment", assigned)):
            self._api.create("PermissionSetAssignment", {"PermissionSetId": identity, "AssigneeId": user})
        return identity
