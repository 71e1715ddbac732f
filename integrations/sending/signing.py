"""DKIM: signing what we send ourselves, so that the receiver can tell that it is ours. RFC 6376, with the headers that RFC 8058 wants signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from infra.errors import Fatal
from infra.settings import Settings
from sales.addresses import domain_of

_LABELS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")

_SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)
"""RFC 6376, 5.4.1, what a signature should cover; RFC 8058, section 4, demands the two of the list."""


@dataclass(frozen=True, repr=False)
class DkimKey:
    """A private key in PEM and the selector under which its public half stands in the DNS."""

    selector: str
    pem: bytes


def dkim_key(settings: Settings) -> DkimKey | None:
    """Return the key that is set up, or None. Raises Fatal where only half of it is, or the file holds none."""
    path, selector = settings.dkim_key_file, settings.dkim_selector
    if path is None and selector is None:
        return None
    if path is None or selector is None or not _LABELS.fullmatch(selector):
        raise Fatal(
            "DKIM is set up only by half.",
            "Set both DEALWRIGHT_DKIM_KEY_FILE and DEALWRIGHT_DKIM_SELECTOR, or neither.",
        )
    try:
        pem = path.expanduser().read_bytes()
    except OSError as error:
        raise Fatal("The DKIM key can't be read.", "Check DEALWRIGHT_DKIM_KEY_FILE.") from error
    _checked(pem)
    return DkimKey(selector, pem)


def signed(message: bytes, key: DkimKey, sender: str) -> bytes:
    """Return `message` with a DKIM-Signature of the sender's own domain in front, which DMARC then finds aligned (RFC 7489, 3.1.1)."""
    import dkim

    domain = domain_of(sender)
    if domain is None:
        raise Fatal("This mail has a sender that can't be signed for.", "Mend the sender's address.")
    present = {line.partition(b":")[0].lower() for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    # From is named twice, so that nobody can add a second one to a signed mail (RFC 6376, 8.15).
    covered = [b"from", *(name for name in _SIGNED if name in present)]
    try:
        signature: bytes = dkim.sign(
            message,
            key.selector.encode(),
            domain.encode(),
            key.pem,
            canonicalize=(b"relaxed", b"relaxed"),
            signature_algorithm=_checked(key.pem),
            include_headers=covered,
        )
    except dkim.DKIMException as error:
        raise Fatal("This mail can't be signed.", "Check the key in DEALWRIGHT_DKIM_KEY_FILE.") from error
    return signature + message


@lru_cache(maxsize=4)
def _checked(pem: bytes) -> bytes:
    """Return the algorithm of a key. Raises Fatal where it is none that DKIM knows (RFC 6376 and 8463)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Fatal("The DKIM key is not one.", "DEALWRIGHT_DKIM_KEY_FILE takes an RSA key in PEM.") from error
    if isinstance(key, Ed25519PrivateKey):
        raise Fatal(
            "Mails can't be signed with an Ed25519 key here: the library that signs needs another one for it (PyNaCl), which does not come with Dealwright.",
            "Take an RSA key of 2,048 bits; every receiver checks those, and few check Ed25519.",
        )
    if not isinstance(key, RSAPrivateKey) or key.key_size < 1024:
        raise Fatal("The DKIM key can't be used.", "Take an RSA key of 2,048 bits.")
    return b"rsa-sha256"


def public_half(key: DkimKey) -> bytes:
    """Return the public half of a key as DER (SubjectPublicKeyInfo), which is what stands in the DNS as base64."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    private = load_pem_private_key(key.pem, password=None)
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
