"""Getting tokens from Salesforce: by a person's consent (web server flow) or by a key that the organization trusts (JWT bearer flow).

help.salesforce.com, "OAuth 2.0 Web Server Flow for Web App Integration", "Proof Key for Code Exchange (PKCE) Extension" (an organization may require it) and
"OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration". Where an
organization is tells the token's `instance_url`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from infra.errors import Fatal
from integrations.connectors.oauth import TokenEndpoint
from integrations.connectors.tokens import Grant
from integrations.pkce import challenge_of
from integrations.salesforce.objects import TITLE

LOGIN_URL = "https://login.salesforce.com"
SANDBOX_URL = "https://test.salesforce.com"
SCOPES = "api refresh_token openid"
_GOOD_FOR = timedelta(minutes=2)
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_UNREADABLE = "Set DEALWRIGHT_SALESFORCE_KEY_FILE to the private key whose certificate the connected app has, as PEM."


def consent_url(client_id: str, redirect_uri: str, state: str, *, verifier: str, login_url: str | None = None) -> str:
    """Return where a person is sent to give consent. An organization may want the challenge of a `verifier`, and takes it where it does not."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"{_at(login_url)}/services/oauth2/authorize?{urlencode(query)}"


def endpoint(login_url: str | None = None) -> TokenEndpoint:
    """Return where tokens are given out."""
    return TokenEndpoint(TITLE, f"{_at(login_url)}/services/oauth2/token")


def signer(
    client_id: str, username: str, key_file: Path, now: Callable[[], datetime], *, login_url: str | None = None
) -> Callable[[Grant], Grant | None]:
    """Return what gets a token for a user by a signed claim: each one anew, as there is nothing to refresh. Raises Fatal where the key can't be read."""

    def sign(_grant: Grant) -> Grant | None:
        import jwt

        claim = {
            "iss": client_id,
            "sub": username,
            "aud": _audience(login_url),
            "exp": int((now() + _GOOD_FOR).timestamp()),
        }
        try:
            assertion = jwt.encode(claim, key_file.read_bytes(), algorithm="RS256")
        except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            raise Fatal("The key for Salesforce can't be read.", _UNREADABLE) from error
        return endpoint(login_url).granted({"grant_type": _JWT, "assertion": assertion})

    return sign


def certificate_ends(key_file: Path) -> datetime | None:
    """Return when the certificate ends that stands in the key's file beside it, None where there is none. Salesforce takes no claim after it."""
    from cryptography import x509

    try:
        ends = [one.not_valid_after_utc for one in x509.load_pem_x509_certificates(key_file.read_bytes())]
    except (OSError, ValueError):
        return None
    return min(ends, default=None)


def _at(login_url: str | None) -> str:
    return (login_url or LOGIN_URL).rstrip("/")


def _audience(login_url: str | None) -> str:
    """Return whom a claim is for: Salesforce's own login, not the domain of an organization."""
    base = _at(login_url)
    host = urlsplit(base).hostname or ""
    if host.endswith(".my.salesforce.com"):
        return SANDBOX_URL if ".sandbox." in host else LOGIN_URL
    return base
