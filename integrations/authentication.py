"""SPF, DKIM and DMARC of a sending domain as the DNS shows them, each as a check of the gate.

Google and Yahoo take bulk mail only with all three (guidelines of 2024), DMARC at `p=none` at least, aligned with the From domain.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.errors import Retriable
from integrations.dns import Dns, DnsSilent
from integrations.spf_cover import addresses_of, covers, includes
from sales.gate import Check


@dataclass(frozen=True)
class Origins:
    """Where mails leave from: hosts of relays, and the SPF records that providers tell their customers to include."""

    relays: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


_SILENT = "The DNS did not answer"
_AGAIN = "It is asked again by itself; check DEALWRIGHT_DNS_SERVER if it stays so."


def authentication(
    dns: Dns, domain: str, selectors: Sequence[str], public_key: bytes | None, origins: Origins | None = None
) -> tuple[Check, Check, Check]:
    """Return the checks of SPF, DKIM and DMARC for mails whose From and envelope are of `domain`.

    `selectors` are those that our mails are signed under, none where others sign them; `public_key` is ours as DER, where we sign ourselves.
    `origins` are the places that mails leave from, as far as they are known; where given, SPF is green only if it covers them all.
    """
    spf = _spf(dns, domain)
    if origins is not None and spf.state == "green":
        spf = _covered(dns, domain, origins)
    dkim = _dkim(dns, domain, selectors, public_key)
    return spf, dkim, _dmarc(dns, domain, spf, dkim)


def _spf(dns: Dns, domain: str) -> Check:
    """RFC 7208: exactly one record, without faults, within ten lookups, and not one that lets everybody send."""
    from checkdmarc import spf
    from checkdmarc.utils import DNS_CACHE

    # The library keeps answers for an hour; whoever has just mended a record wants to see it.
    DNS_CACHE.clear()
    try:
        records = [text for text in dns.texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
        if not records:
            return Check(
                "spf",
                "red",
                f"{domain} has no SPF record.",
                f'Publish a TXT record at {domain} such as "v=spf1 include:… -all".',
            )
        if len(records) > 1:
            return Check(
                "spf", "red", f"{domain} has {len(records)} SPF records, which counts as none.", "Join them into one."
            )
        parsed = spf.parse_spf_record(records[0], domain, resolver=dns.resolver)
    except (spf.SPFSyntaxError, spf.SPFTooManyDNSLookups, spf.SPFTooManyVoidDNSLookups) as error:
        many = not isinstance(error, spf.SPFSyntaxError)
        said = "needs more lookups than receivers make" if many else "can't be read"
        return Check(
            "spf",
            "red",
            f"The SPF record of {domain} {said}.",
            "Take out what is not needed." if many else "Mend its syntax.",
        )
    except (spf.SPFIncludeLoop, spf.SPFRedirectLoop, spf.SPFRecordNotFound, spf.MultipleSPFRTXTRecords):
        return Check(
            "spf", "red", f"The SPF record of {domain} leads to one that can't be used.", "Mend what it includes."
        )
    except (spf.SPFError, Retriable):
        return Check("spf", "unknown", f"{_SILENT} about the SPF record of {domain}.", _AGAIN)
    if parsed["parsed"]["all"] == "pass":
        return Check(
            "spf", "red", f"The SPF record of {domain} lets everybody send as {domain}.", "End it with -all or ~all."
        )
    return Check("spf", "green", f"{domain} has one SPF record that can be read.")


def _covered(dns: Dns, domain: str, origins: Origins) -> Check:
    """Return whether SPF covers where mails leave from. A relay may send from other addresses than it takes mails at: what is not covered is unknown."""
    places: list[str] = []
    try:
        for host in origins.relays:
            found = addresses_of(dns, host)
            if not found or not all(covers(dns, domain, one) for one in found):
                places.append(host)
        places += [name for name in origins.providers if not includes(dns, domain, name)]
    except DnsSilent:
        return Check("spf", "unknown", f"{_SILENT} about where mails from {domain} leave from.", _AGAIN)
    if places:
        return Check(
            "spf",
            "unknown",
            f"{domain} has an SPF record, but it is not known to cover {' and '.join(places)}.",
            "Add what your mail provider names for its servers, such as an include; it may send from others than it takes mails at.",
        )
    if not (origins.relays or origins.providers):
        return Check(
            "spf",
            "unknown",
            f"{domain} has an SPF record; from where its mails leave is not known.",
            "Set up how mails leave.",
        )
    return Check(
        "spf",
        "green",
        f"{domain} has one SPF record, and it covers {' and '.join((*origins.relays, *origins.providers))}.",
    )


def _dkim(dns: Dns, domain: str, selectors: Sequence[str], public_key: bytes | None) -> Check:
    """RFC 6376, 3.6.1: a key under the selector that is not revoked, and is the one that we sign with."""
    if not selectors:
        return Check(
            "dkim",
            "unknown",
            "Which selector mails are signed under is not known.",
            "Set DEALWRIGHT_DKIM_SELECTOR, with DEALWRIGHT_DKIM_KEY_FILE where we are to sign.",
        )
    faults = []
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        try:
            keys = [tags for tags in map(_tags, dns.texts(name)) if "p" in tags]
        except DnsSilent:
            return Check("dkim", "unknown", f"{_SILENT} about the DKIM key at {name}.", _AGAIN)
        if not keys:
            faults.append(f"There is no DKIM key at {name}.")
        elif not keys[0]["p"]:
            faults.append(f"The DKIM key at {name} is revoked.")
        elif public_key is not None and not _is_key(keys[0]["p"], public_key):
            faults.append(f"The DKIM key at {name} is not the one that we sign with.")
        else:
            return Check("dkim", "green", f"The DKIM key stands at {name}.")
    return Check("dkim", "red", faults[0], "Publish the public half of the key there.")


def _dmarc(dns: Dns, domain: str, spf: Check, dkim: Check) -> Check:
    """RFC 7489: one record at the domain or its organisational domain, with a policy; and SPF or DKIM that stand for the From domain.

    We send with an envelope and a signature of the From domain itself, so that whichever of the two passes is aligned, strictly too.
    """
    from checkdmarc import dmarc

    try:
        place, records = _policy(dns, domain)
    except DnsSilent:
        return Check("dmarc", "unknown", f"{_SILENT} about the DMARC record of {domain}.", _AGAIN)
    if not records:
        return Check(
            "dmarc",
            "red",
            f"{domain} has no DMARC record.",
            f'Publish a TXT record at _dmarc.{domain} such as "v=DMARC1; p=none; rua=mailto:…".',
        )
    if len(records) > 1:
        return Check("dmarc", "red", f"{place} has {len(records)} DMARC records, which counts as none.", "Keep one.")
    try:
        # Who gets the reports is not what the gate asks, and would be asked of other domains.
        told = "; ".join(part for part in records[0].split(";") if not re.match(r"\s*ru[af]\s*=", part, re.IGNORECASE))
        tags = dmarc.parse_dmarc_record(told, place, resolver=dns.resolver)["tags"]
    except dmarc.DMARCError:
        return Check("dmarc", "red", f"The DMARC record at _dmarc.{place} can't be read.", "Mend its syntax.")
    policy = str(tags["p" if place == domain else "sp"]["value"])
    states = {spf.state, dkim.state}
    if "green" in states:
        return Check(
            "dmarc",
            "green",
            f"DMARC stands at _dmarc.{place} with the policy {policy}; SPF and DKIM are of the From domain itself.",
        )
    if "unknown" in states:
        return Check(
            "dmarc",
            "unknown",
            f"DMARC stands at _dmarc.{place}; whether SPF or DKIM carry it is not known.",
            "See SPF and DKIM.",
        )
    return Check(
        "dmarc",
        "red",
        f"DMARC stands at _dmarc.{place}, but neither SPF nor DKIM of the From domain is in place.",
        "Mend SPF or DKIM first.",
    )


def _policy(dns: Dns, domain: str) -> tuple[str, list[str]]:
    """Return where the policy stands and its records: at the domain itself, else at its organisational domain (RFC 7489, 6.6.3)."""
    for place in dict.fromkeys((domain, organisational_domain(domain))):
        records = [text for text in dns.texts(f"_dmarc.{place}") if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)]
        if records:
            return place, records
    return domain, []


def organisational_domain(domain: str) -> str:
    """Return the domain that somebody registered: `mail.acme.co.uk` → `acme.co.uk`, by the public suffix list."""
    from publicsuffixlist import PublicSuffixList

    found: str | None = PublicSuffixList().privatesuffix(domain)
    return found or domain


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def _is_key(published: str, ours: bytes) -> bool:
    try:
        return base64.b64decode(published, validate=True) == ours
    except ValueError:
        return False
