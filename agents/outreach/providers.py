"""Which providers the settings name, in the order in which they are asked."""

from __future__ import annotations

from agents.outreach.enrichment import Provider
from infra.settings import Settings
from integrations.enrichment.http import HttpProvider
from integrations.enrichment.website import Website


def providers_of(settings: Settings) -> tuple[Provider, ...]:
    """Return the providers: the HTTP one where it is set, then the company's website where that is switched on. Raises Fatal for an address that can't be used."""
    found: list[Provider] = []
    if settings.enrichment_base_url:
        token = settings.enrichment_token
        found.append(
            HttpProvider("provider", settings.enrichment_base_url, token=token.get_secret_value() if token else None)
        )
    if settings.enrichment_website:
        found.append(Website())
    return tuple(found)
