"""Asking the DNS: the server that is set up, or the system's own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Literal

from infra.errors import Fatal, Retriable

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

_LIFETIME_S = 5.0
_TRY_S = 2.0

MailHosts = Literal["some", "none", "refuses"]


class DnsSilent(Retriable):
    """The DNS gave no answer that says yes or no."""

    def __init__(self) -> None:
        super().__init__("The DNS does not answer.", "It is tried again; check DEALWRIGHT_DNS_SERVER.")


class Dns:
    """Questions to the DNS. `server` is host:port, None for the system's. Blocks, five seconds at most for each question."""

    def __init__(self, server: str | None) -> None:
        self._server = server
        self._made: Resolver | None = None

    @property
    def resolver(self) -> Resolver:
        """The resolver of dnspython. Raises Fatal where the server's name can't be read, DnsSilent where the system has none."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Resolver:
        from dns.resolver import NoResolverConfiguration, Resolver

        try:
            made = Resolver(configure=self._server is None)
        except NoResolverConfiguration as error:
            raise DnsSilent from error
        if self._server is not None:
            host, _, port = self._server.rpartition(":") if ":" in self._server else (self._server, "", "53")
            try:
                made.nameservers = [host.strip("[]")]
                made.port = int(port)
            except ValueError as error:
                raise Fatal(
                    "DEALWRIGHT_DNS_SERVER can't be read.", "It takes an IP address and a port: 127.0.0.1:53."
                ) from error
        made.lifetime, made.timeout = _LIFETIME_S, _TRY_S
        # A name is asked for as it stands: a search list of the machine must not lend it another domain.
        made.search = []
        return made

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name, none where there are none. Raises DnsSilent."""
        answer = self._ask(name, "TXT")
        if answer is None:
            return ()
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    def addresses(self, host: str) -> tuple[IPv4Address | IPv6Address, ...]:
        """Return the addresses of a host, none where it has none. Raises DnsSilent."""
        found = [record.address for kind in ("A", "AAAA") for record in self._ask(host, kind) or ()]
        return tuple(ip_address(one) for one in found)

    def exchanges(self, domain: str) -> tuple[str, ...]:
        """Return the hosts of a domain's MX records, the first to be tried first; none where there are none. Raises DnsSilent."""
        found = sorted(self._ask(domain, "MX") or (), key=lambda record: int(record.preference))
        return tuple(record.exchange.to_text(omit_final_dot=True) for record in found)

    def mail_hosts(self, domain: str) -> MailHosts:
        """Tell whether a domain takes mail: by MX, or by its own address where it has none (RFC 5321, 5.1); `refuses` is a null MX (RFC 7505). Raises DnsSilent."""
        answer = self._ask(domain, "MX")
        if answer is not None:
            hosts = [record.exchange.to_text(omit_final_dot=True) for record in answer]
            return "some" if any(hosts) and hosts != ["@"] and hosts != ["."] else "refuses"
        return "some" if self._ask(domain, "A") or self._ask(domain, "AAAA") else "none"

    def _ask(self, name: str, kind: str) -> Answer | None:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            return self.resolver.resolve(f"{name}.", kind)
        except (NXDOMAIN, NoAnswer):
            return None
        except (DNSException, OSError) as error:
            raise DnsSilent from error
