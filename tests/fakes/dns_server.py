"""A real DNS server on loopback (UDP and TCP) that answers from a zone of the test's own; what the zone calls silent gets no answer."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], list[str]]
"""Records by (name, type); a TXT's text without quotes. The type `SILENT` answers with a server failure."""


class Asked:
    """The zone, which a test may change while the server runs, and the questions that came."""

    def __init__(self, zone: Zone) -> None:
        self.zone: dict[tuple[str, str], list[str]] = dict(zone)
        self.questions: list[tuple[str, str]] = []

    def answer(self, wire: bytes) -> bytes:
        """Return the answer to one question."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append((name, kind))
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        if (name, "SILENT") in self.zone:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        records = self.zone.get((name, kind))
        if records:
            told = [_quoted(one) if kind == "TXT" else one for one in records]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *told))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()


def _quoted(text: str) -> str:
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text) or 1, 200))


@contextmanager
def dns_server(zone: Zone) -> Iterator[tuple[str, Asked]]:
    """Serve a zone; gives host:port, and what was asked."""
    asked = Asked(zone)

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, channel = self.request
            channel.sendto(asked.answer(wire), self.client_address)

    class Tcp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
            told = asked.answer(self.request.recv(length, socket.MSG_WAITALL))
            self.request.sendall(struct.pack("!H", len(told)) + told)

    with contextlib.ExitStack() as stack:
        udp, tcp = _bound(stack, Udp, Tcp)
        threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in (udp, tcp)]
        for thread in threads:
            thread.start()
        try:
            yield f"127.0.0.1:{udp.server_address[1]}", asked
        finally:
            udp.shutdown()
            tcp.shutdown()
            for thread in threads:
                thread.join()


def _bound(
    stack: contextlib.ExitStack, udp: type[socketserver.BaseRequestHandler], tcp: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.UDPServer, socketserver.TCPServer]:
    """Return both servers on one port: a port that is free for the one may be taken for the other."""
    while True:
        first = socketserver.ThreadingTCPServer(("127.0.0.1", 0), tcp)
        try:
            second = socketserver.ThreadingUDPServer(("127.0.0.1", first.server_address[1]), udp)
        except OSError:
            first.server_close()
            continue
        return stack.enter_context(second), stack.enter_context(first)
