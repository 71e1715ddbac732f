"""Requests of programs that are signed with a shared secret: whether one is, and what one is told that is not."""

from __future__ import annotations

import time

from fastapi.responses import JSONResponse
from pydantic import SecretStr

from bot.api.envelope import problem_response
from infra.errors import new_reference
from integrations.signals.signing import is_signed

OUR_WAY = "Sign `v0:timestamp:body` with DEALWRIGHT_WEBHOOK_SECRET, within five minutes."
"""What to do, for whoever signs as we describe it."""


def signed(secret: SecretStr | None, stamp: str, given: str, body: bytes) -> bool:
    """Whether a request bears a good signature; never where no secret is set up."""
    # The machine's own clock: a clock file is for tests of what time does to deals, never for signatures.
    return secret is not None and is_signed(secret.get_secret_value(), stamp, given, body, time.time())


def unsigned(mend: str) -> JSONResponse:
    """Return the refusal of a request that is not signed, with what to `mend`."""
    return problem_response(
        new_reference(),
        401,
        "This request is not signed as it must be.",
        mend,
        headers={"WWW-Authenticate": "Dealwright-Signature"},
    )
