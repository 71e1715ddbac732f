"""Mail addresses: what one may look like, how it is compared, and which domain it belongs to."""

from __future__ import annotations

import re

from sales.shared_domains import is_shared, registered

LONGEST_LOCAL = 64
"""RFC 5321, section 4.5.3.1.1: most octets before the @."""

LONGEST_DOMAIN = 255
"""RFC 5321, section 4.5.3.1.2."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def ascii_domain(text: str) -> str | None:
    """Return a domain in lower case and in its ASCII form (`bücher.de` is `xn--bcher-kva.de`), or None where it is none.

    A domain has two labels at least, each of letters, digits and inner hyphens (RFC 1035, 2.3.1; RFC 5891 for other scripts). By the
    rules of 2008 `straße.de` is a domain of its own, and not `strasse.de` as by those of 2003: a mail to it would reach somebody else.
    """
    domain = text.strip().rstrip(".").lower()
    if not domain.isascii():
        import idna  # its tables are large, and few domains need them

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except UnicodeError:
            return None
    labels = domain.split(".")
    if len(domain) > LONGEST_DOMAIN or len(labels) < 2 or labels[-1].isdigit():
        return None
    return domain if all(_LABEL.fullmatch(label) for label in labels) else None


def written_address(text: str) -> str | None:
    """Return an address as it may stand in an envelope, or None where `text` is none that we would write to.

    The part before the @ keeps its case, for only its owner may say that case is nothing to it (RFC 5321, 2.4). Quoted forms and letters
    beyond ASCII before the @ are refused: next to nobody has them, and much mail software breaks on them.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        return None
    told = ascii_domain(domain)
    return f"{local}@{told}" if told else None


def compared_address(text: str) -> str | None:
    """Return the form in which two addresses are the same person's: lower case, without what follows a plus sign.

    `Ann+news@Acme.example` and `ann@acme.example` are one (RFC 5233 calls the former a subaddress); a plus sign in front is kept.
    """
    address = written_address(text)
    if address is None:
        return None
    local, _, domain = address.lower().partition("@")
    plain = local.split("+", 1)[0] or local
    return f"{plain}@{domain}"


def spellings(compared: str) -> tuple[str, ...]:
    """Return the forms in which a compared address or domain may have been written down: itself, and with the letters of other scripts."""
    before, at, domain = compared.rpartition("@")
    if "xn--" not in domain:
        return (compared,)
    import idna

    try:
        return compared, f"{before}{at}{idna.decode(domain)}"
    except UnicodeError:
        return (compared,)


def domain_of(address: str) -> str | None:
    """Return the domain of an address, or None where it is no address."""
    written = written_address(address)
    return written.partition("@")[2] if written else None


def parent_domains(domain: str) -> tuple[str, ...]:
    """Return a domain and those above it that are the same owner's: `mail.eu.acme.co.uk` → itself, `eu.acme.co.uk`, `acme.co.uk`.

    It ends at what was registered: `co.uk`, `github.io` or `wordpress.com` hold many who have nothing to do with each other.
    """
    name = domain.lower().rstrip(".")
    labels = name.split(".")
    last = len(registered(name).split("."))
    return tuple(".".join(labels[start:]) for start in range(max(1, len(labels) - last + 1)))


def company_domains(domain: str) -> tuple[str, ...]:
    """Return the domains by which a company may be known whose mails or site are at `domain`; none where it is a provider's or hoster's own."""
    name = domain.lower().rstrip(".")
    return () if not name or is_shared(name) else parent_domains(name)
