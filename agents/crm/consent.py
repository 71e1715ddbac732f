"""Asking for a person's consent to a system, and trading it for tokens: which client of which system it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.errors import Fatal
from infra.settings import Settings
from integrations.connectors.tokens import Grant


@dataclass(frozen=True)
class Consent:
    """One system's way to consent: `link(redirect, state)` is where a person goes, `exchange(redirect, code, state)` what the answer is worth."""

    link: Callable[[str, str], str]
    exchange: Callable[[str, str, str], Grant]


def may_be_asked(settings: Settings, system: str) -> bool:
    """Whether a client is set up with which a person can be asked for consent."""
    return _client_of(settings, system) is not None


def consent_to(settings: Settings, system: str) -> Consent:
    """Return how a system is consented to. Raises Fatal where no client of it is set up, or where it knows no consent."""
    client = _client_of(settings, system)
    if client is not None:
        return _hubspot(settings, *client) if system == "hubspot" else _salesforce(settings, *client)
    if system not in ("hubspot", "salesforce"):
        raise Fatal("That system is connected by a setting, not by consent.", "See docs/connectors.md.", status=409)
    name = f"DEALWRIGHT_{system.upper()}"
    raise Fatal(
        "There is no client to ask for consent with.",
        f"Set {name}_CLIENT_ID and {name}_CLIENT_SECRET, or {name}_TOKEN.",
    )


def _client_of(settings: Settings, system: str) -> tuple[str, str] | None:
    """Return the id and the secret of the client that is set up for a system, None where none is."""
    clients = {
        "hubspot": (settings.hubspot_client_id, settings.hubspot_client_secret),
        "salesforce": (settings.salesforce_client_id, settings.salesforce_client_secret),
    }
    client, secret = clients.get(system, (None, None))
    return (client, secret.get_secret_value()) if client and secret is not None else None


def _hubspot(settings: Settings, client: str, secret: str) -> Consent:
    from integrations.hubspot.oauth import consent_url, endpoint

    return Consent(
        lambda redirect, state: consent_url(client, redirect, state, auth_url=settings.hubspot_auth_url),
        lambda redirect, code, _state: endpoint(settings.hubspot_token_url).of_consent(client, secret, redirect, code),
    )


def _salesforce(settings: Settings, client: str, secret: str) -> Consent:
    from integrations.pkce import verifier_of
    from integrations.salesforce.oauth import consent_url, endpoint

    login = settings.salesforce_login_url

    def link(redirect: str, state: str) -> str:
        return consent_url(client, redirect, state, verifier=verifier_of(secret, state), login_url=login)

    def exchange(redirect: str, code: str, state: str) -> Grant:
        return endpoint(login).of_consent(client, secret, redirect, code, verifier_of(secret, state))

    return Consent(link, exchange)
