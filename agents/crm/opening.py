"""Opening the connectors of Salesforce and Gong with what the settings or a consent gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from infra.settings import Settings
from integrations.connectors.pacing import Timer
from integrations.connectors.stream import Connector
from integrations.connectors.tokens import FixedToken, Grant, RenewedToken


def has_salesforce_key(settings: Settings) -> bool:
    """Whether the settings alone let us into Salesforce by a signed claim."""
    return bool(settings.salesforce_client_id and settings.salesforce_username and settings.salesforce_key_file)


def salesforce_ends(settings: Settings) -> datetime | None:
    """Return when the key that the settings name stops letting us in, None where that can't be told."""
    from integrations.salesforce.oauth import certificate_ends

    by_key = has_salesforce_key(settings) and settings.salesforce_token is None and settings.salesforce_key_file
    return certificate_ends(settings.salesforce_key_file) if by_key and settings.salesforce_key_file else None


def open_salesforce(
    settings: Settings,
    names: Mapping[str, Mapping[str, str]],
    grant: Grant | None,
    kept: Callable[[Grant], None],
    *,
    now: Callable[[], datetime],
    timer: Timer | None,
) -> Connector | None:
    """Open Salesforce by a token that was set, else by a key, else by a consent; None where there is none of them."""
    from integrations.salesforce.connector import Salesforce
    from integrations.salesforce.oauth import endpoint, signer

    login, client = settings.salesforce_login_url, settings.salesforce_client_id
    tokens: FixedToken | RenewedToken
    if settings.salesforce_token is not None:
        tokens = FixedToken(settings.salesforce_token.get_secret_value())
    elif client and settings.salesforce_username and settings.salesforce_key_file:
        sign = signer(client, settings.salesforce_username, settings.salesforce_key_file, now, login_url=login)
        tokens = RenewedToken(Grant(""), sign)
    elif grant is not None and client and settings.salesforce_client_secret is not None:
        secret = settings.salesforce_client_secret.get_secret_value()
        tokens = RenewedToken(grant, endpoint(login).refresher(client, secret), kept)
    else:
        return None
    return Salesforce(tokens, names, base_url=settings.salesforce_base_url, timer=timer, now=now)


def open_gong(settings: Settings, *, now: Callable[[], datetime], timer: Timer | None) -> Connector | None:
    """Open Gong by its key; None where none is set."""
    from integrations.gong.connector import Gong

    if settings.gong_token is None:
        return None
    return Gong(settings.gong_token.get_secret_value(), base_url=settings.gong_base_url, timer=timer, now=now)
