"""Proof Key for Code Exchange (RFC 7636): what shows that whoever brings a consent's code is who asked for the consent."""

from __future__ import annotations

import base64
import hashlib
import hmac


def verifier_of(client_secret: str, state: str) -> str:
    """Return the PKCE verifier of one consent (RFC 7636, 4.1), which nobody can tell from its `state` without the client's secret."""
    return _urlsafe(hmac.new(client_secret.encode(), f"pkce {state}".encode(), hashlib.sha256).digest())


def challenge_of(verifier: str) -> str:
    """Return what is told of a verifier beforehand, by the method S256 (RFC 7636, 4.2)."""
    return _urlsafe(hashlib.sha256(verifier.encode()).digest())


def _urlsafe(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).decode().rstrip("=")
