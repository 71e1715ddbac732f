"""Requests as their vendors describe them: which there are, with which parameters and bodies. A fake refuses what no description allows, and remembers it.

The tables beside it are written from the vendors' own OpenAPI descriptions, where there are any, and from their reference pages where there are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from tests.fakes.service import Request

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
WHOLE: Schema = {"type": "integer"}
YES_NO: Schema = {"type": "boolean"}
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_WRITTEN = {
    "integer": re.compile(r"\d+"),
    "boolean": re.compile(r"true|false"),
    "text": re.compile(r".+", re.DOTALL),
    "texts": re.compile(r".+", re.DOTALL),
}


def one_of(*values: str) -> Schema:
    """Return a text out of a closed list."""
    return {"enum": list(values)}


def listed(item: Schema, most: int | None = None, least: int = 0) -> Schema:
    """Return a list of such items."""
    return {"type": "array", "items": item, "minItems": least, **({"maxItems": most} if most is not None else {})}


def thing(required: str = "", /, **properties: Schema) -> Schema:
    """Return an object that has these properties and no other; `required` names those that it must have."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required.split(),
        "additionalProperties": False,
    }


def values(item: Schema) -> Schema:
    """Return an object of any names, whose values are all such."""
    return {"type": "object", "additionalProperties": item}


@dataclass(frozen=True)
class Described:
    """One request. `query` and `form` tell of each parameter whether it is integer, boolean, text or texts (it may stand there several times); `needs` those that must be there.

    `path` holds a `{name}` for each part that is free. A request without `body` and `form` has no body.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Schema | None = None
    form: Mapping[str, str] | None = None
    needs: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression."""
        parts = re.split(r"\{\w+\}", self.path)
        return re.compile("[^/]+".join(re.escape(one) for one in parts))

    @cached_property
    def validator(self) -> Draft202012Validator:
        """What checks a body."""
        return Draft202012Validator(self.body or {})

    def faults(self, request: Request) -> list[str]:
        """Return what in a request the description does not allow."""
        found = _parameters(self.query, request.query, () if self.form is not None else self.needs)
        told = request.headers.get("content-type", "").partition(";")[0]
        if self.form is not None:
            found += [] if told == FORM else [f"a form as {told or 'nothing'}"]
            return found + _parameters(self.form, parse_qs(request.body.decode()), self.needs)
        if self.body is None:
            return found + (["a body where none is described"] if request.body else [])
        if told != JSON:
            return [*found, f"a body as {told or 'nothing'}"]
        try:
            body = request.json
        except ValueError:
            return [*found, "a body that is no JSON"]
        # The path, not the value: a value may be a customer's.
        return found + [f"{one.json_path}: {one.validator}" for one in self.validator.iter_errors(body)]


def _parameters(known: Mapping[str, str], given: Mapping[str, list[str]], needs: tuple[str, ...]) -> list[str]:
    found = [f"parameter {name} is missing" for name in needs if name not in given]
    for name, texts in given.items():
        kind = known.get(name)
        if kind is None:
            found.append(f"parameter {name} is not described")
        elif len(texts) > 1 and kind != "texts":
            found.append(f"parameter {name} stands there {len(texts)} times")
        elif not all(_WRITTEN[kind].fullmatch(one) for one in texts):
            found.append(f"parameter {name} is no {kind}")
    return found


def faults_of(table: tuple[Described, ...], request: Request) -> list[str]:
    """Return what the vendor would not take; a request that nobody described is one fault."""
    fitting = [one for one in table if one.method == request.method and one.pattern.fullmatch(request.path)]
    if not fitting:
        return [f"no {request.method} {request.path} is described"]
    return min((one.faults(request) for one in fitting), key=len)
