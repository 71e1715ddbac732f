"""What generated requests need beyond the description to get behind a door: ids that exist, and signatures. Loaded by schemathesis itself."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis import GenerationMode

from integrations.signals.signing import signature

SECRET = "webhook-secret"
IDS = {"proposal": "CONTRACT_PROPOSALS", "signal": "CONTRACT_SIGNALS", "as": "CONTRACT_PEOPLE"}
"""For each parameter the variable of the environment that holds what exists, with blanks between."""

SHARE = "CONTRACT_SHARE"
"""The variable that says of how many requests to the borders of what is described one is sent."""

_SHARE = int(os.environ.get(SHARE, "1"))
_reached: Counter[str] = Counter()
_KNOWN = {name: os.environ.get(variable, "").split() for name, variable in IDS.items()}
_HEADERS = {"x-dealwright-timestamp", "x-dealwright-signature"}


class Signed(AuthBase):
    """Signs the body as it leaves."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the two headers right."""
        assert isinstance(request.body, bytes | str | None)
        raw = request.body.encode() if isinstance(request.body, str) else request.body or b""
        stamp = str(int(time.time()))
        request.headers["X-Dealwright-Timestamp"] = stamp
        request.headers["X-Dealwright-Signature"] = signature(SECRET, stamp, raw)
        return request


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Let most requests name what exists, and sign most of those that have the headers of a signature."""
    chance = sum(repr(case.body).encode())
    for name, known in _KNOWN.items():
        if known and chance % 4 and name in case.path_parameters:
            case.path_parameters[name] = known[chance % len(known)]
    if isinstance(case.body, dict) and _is_right(case):
        if isinstance(case.body.get("as"), str) and _KNOWN["as"] and chance % 3:
            case.body["as"] = _KNOWN["as"][chance % len(_KNOWN["as"])]
        if "proposal" in case.path_parameters and chance % 5:
            case.body["version"] = 1 + (chance % 7 == 0)
            if "action" in case.body:
                # Few are generated in `make test`: each kind of decision is to come up.
                case.body["action"] = ("reject", "approve", "edit", "snooze", "undo")[chance % 5]
            for name in ("hash", "until", "edit") if chance % 4 else ():
                case.body.pop(name, None)
    if chance % 4 and {name.lower() for name in case.headers} >= _HEADERS:
        if chance % 3:
            case.path_parameters["source"] = "news"
        kwargs["auth"] = Signed()


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Of the requests to the borders of what is described, which are made one by one, let each operation have every so many, the first among them."""
    if _SHARE == 1 or case.meta is None or case.meta.phase.name.value != "coverage":
        return True
    _reached[case.operation.label] += 1
    return _reached[case.operation.label] % _SHARE == 1


def _is_right(case: schemathesis.Case[Any]) -> bool:
    """Return whether the request was made to be of the right shape: one that was made to be wrong stays so."""
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
