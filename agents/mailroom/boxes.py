"""Connecting mailboxes and calendars: what each kind needs, whose it is, and opening it for reading. Secrets are sealed as soon as they arrive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from agents.guard.trail import note
from agents.intake.identity import stable_id
from infra.errors import Denied, Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.outbound import Mailbox
from infra.spine.people import User
from integrations.mailboxes.source import Secret, Source

if TYPE_CHECKING:
    from integrations.mailboxes.web import Web

Kind = Literal["imap", "gmail", "graph", "ics", "google_cal", "graph_cal"]
_BY_TOKEN = ("gmail", "graph", "google_cal", "graph_cal")
_PORTS = {"tls": 993, "starttls": 143, "plain": 143}


@dataclass(frozen=True)
class NewBox:
    """A mailbox to connect: whose, of which kind, under which address, how it is reached (`config`), and what opens it.

    `config` holds for imap host, port, security (tls, starttls, plain) and folders; for gmail and graph base_url, token_url and tenant where they are
    not the provider's, or the vendor whose `consent` it was; for ics place (an address or a path). `ends_at` is when the permission ends for good.
    """

    user_id: str
    kind: str
    address: str
    config: Mapping[str, Any]
    secret: Secret
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Box:
    """A connected mailbox as it is shown: never with its secret."""

    id: str
    user: str | None
    kind: str
    address: str
    state: str
    connected_at: datetime
    read_at: datetime | None
    trouble: str | None
    ends_at: datetime | None

    def public(self) -> dict[str, Any]:
        """Return it as JSON for programs."""
        told = asdict(self)
        return told | {
            "connected_at": self.connected_at.isoformat(),
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
        }


def connect(session: Session, sealer: Sealer, new: NewBox, *, surface: str, now: datetime) -> str:
    """Connect a mailbox and return its id; connecting it again renews its secret and keeps how far it was read. Raises Fatal for what can't be used."""
    config = _checked(new)
    identity = stable_id("mailbox", new.user_id, new.kind, new.address.lower())
    sealed = sealer.seal(json.dumps({name: value for name, value in asdict(new.secret).items() if value}))
    box = session.get(Mailbox, identity)
    if box is None:
        box = Mailbox(id=identity, user_id=new.user_id, kind=new.kind, address=new.address, cursor={}, connected_at=now)
        session.add(box)
    elif dict(box.config) != config:
        box.cursor = {}
    box.config, box.secret, box.state, box.trouble = config, sealed, "connected", None
    box.connected_at, box.ends_at = now, new.ends_at
    note(session, now, "mailbox.connected", by=new.user_id, surface=surface, subject=identity, kind=new.kind)
    session.flush()
    return identity


def keep_secret(session: Session, sealer: Sealer, mailbox_id: str, secret: Secret) -> None:
    """Keep the renewed tokens of a mailbox. The client's secret stays where it was: with the mailbox, or in the settings."""
    box = session.get(Mailbox, mailbox_id)
    if box is None or box.secret is None:
        return
    kept = json.loads(sealer.open(box.secret))
    kept |= {"access_token": secret.access_token, "refresh_token": secret.refresh_token}
    box.secret = sealer.seal(json.dumps(kept))


def _checked(new: NewBox) -> dict[str, Any]:
    if new.kind not in get_args(Kind):
        raise Fatal("That kind of mailbox is not known.", "Take imap, gmail, graph or ics.", status=422)
    if new.kind != "ics" and "@" not in new.address:
        raise Fatal("That is no mail address.", "Name the mailbox by its address.", status=422)
    config = {name: value for name, value in new.config.items() if value not in (None, "", [])}
    if new.kind == "imap":
        if not config.get("host"):
            raise Fatal("An IMAP mailbox needs a host.", "Name it with --host.", status=422)
        security = config.setdefault("security", "tls")
        if security not in _PORTS:
            raise Fatal("That security is not known.", "Take tls, starttls or plain.", status=422)
        config["port"] = int(config.get("port") or _PORTS[security])
        if security == "plain" and not _is_loopback(str(config["host"])):
            raise Fatal("A password is not sent in clear over a network.", "Take tls or starttls.", status=422)
    elif new.kind == "ics" and not config.get("place"):
        raise Fatal("A calendar needs an address or a file.", "Name it with --place.", status=422)
    if new.kind == "imap" and not (new.secret.password or new.secret.access_token):
        raise Fatal("A mailbox needs a password.", "Type it when asked, or set DEALWRIGHT_MAILBOX_SECRET.", status=422)
    if new.kind in _BY_TOKEN and not (new.secret.access_token or new.secret.refresh_token):
        raise Fatal("This mailbox needs an OAuth token.", "Type it when asked, or set DEALWRIGHT_MAILBOX_SECRET.", status=422)  # fmt: skip
    return config


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def boxes(session: Session, user_id: str | None = None) -> list[Box]:
    """Return the connected mailboxes, of one user or of all, by address."""
    chosen = select(Mailbox, User.email).join(User, User.id == Mailbox.user_id).order_by(Mailbox.address, Mailbox.id)
    if user_id is not None:
        chosen = chosen.where(Mailbox.user_id == user_id)
    return [
        Box(box.id, email, box.kind, box.address, box.state, box.connected_at, box.read_at, box.trouble, box.ends_at)
        for box, email in session.execute(chosen)
    ]


def may_disconnect(session: Session, name: str, user: User | None) -> list[Mailbox]:
    """Return the mailboxes of that id or address that this person may disconnect. Raises Fatal where there are none, Denied without the right."""
    found = list(session.scalars(select(Mailbox).where((Mailbox.id == name) | (func.lower(Mailbox.address) == name.lower()))))  # fmt: skip
    allowed = [box for box in found if user is None or user.role == "admin" or box.user_id == user.id]
    if not found:
        raise Fatal("No such mailbox is connected.", "`dealwright mailbox list` shows them.", status=404)
    if not allowed:
        raise Denied("That is somebody else's mailbox.", "They can disconnect it, or an admin.")
    return allowed


def disconnect(session: Session, name: str, *, user: User | None, surface: str, now: datetime) -> int:
    """Forget mailboxes by id or address, with their secrets; what was read stays. Only their owner or an admin may. Return how many.

    `user` None is the terminal of the machine itself or the API's token. Raises Fatal where there is none of that name, Denied without the right.
    """
    allowed = may_disconnect(session, name, user)
    for box in allowed:
        note(session, now, "mailbox.disconnected", by=user.id if user else None, surface=surface, subject=box.id)
    session.execute(delete(Mailbox).where(Mailbox.id.in_([box.id for box in allowed])))
    return len(allowed)


def open_source(
    box: Mailbox,
    settings: Settings,
    sealer: Sealer,
    now: Callable[[], datetime],
    renewed: Callable[[Secret], None] | None = None,
) -> Source:
    """Open a mailbox for reading; `renewed` is told its tokens when they are new. Raises Fatal where its secret can't be opened."""
    config: Mapping[str, Any] = box.config
    secret = Secret(**json.loads(sealer.open(box.secret))) if box.secret else Secret()
    if box.kind == "imap":
        from integrations.mailboxes.imap import Account, ImapMailbox

        account = Account(
            str(config["host"]),
            int(config["port"]),
            str(config.get("user") or box.address),
            config["security"],
            tuple(config.get("folders") or ()),
        )
        return ImapMailbox(account, secret, now)
    if box.kind == "ics":
        from integrations.mailboxes.ics import IcsCalendar

        return IcsCalendar(str(config["place"]), settings.zone, now, inside=frozenset(settings.calendars_inside))
    secret = with_client(settings, config, secret)
    if box.kind in ("gmail", "google_cal"):
        return _google(box.kind, config, settings, secret, now, renewed)
    from integrations.mailboxes import graph, graph_calendar

    base = str(config.get("base_url") or settings.graph_base_url or graph.BASE_URL).rstrip("/").removesuffix("/v1.0")
    token_url = token_url_of(settings, config, graph.TOKEN_URL)
    if box.kind == "graph":
        return graph.GraphMailbox(_web(base, token_url, secret, graph.SCOPE, renewed), now)
    return graph_calendar.GraphCalendar(_web(base, token_url, secret, graph_calendar.SCOPE, renewed), now)


def _google(
    kind: str,
    config: Mapping[str, Any],
    settings: Settings,
    secret: Secret,
    now: Callable[[], datetime],
    renewed: Callable[[Secret], None] | None,
) -> Source:
    from integrations.mailboxes import gmail, google_calendar

    token_url = token_url_of(settings, config, gmail.TOKEN_URL)
    if kind == "gmail":
        base = str(config.get("base_url") or settings.gmail_base_url or gmail.BASE_URL)
        return gmail.GmailMailbox(_web(base, token_url, secret, "", renewed), now)
    base = str(config.get("base_url") or settings.calendar_base_url or google_calendar.BASE_URL)
    return google_calendar.GoogleCalendar(_web(base, token_url, secret, "", renewed), now)


def with_client(settings: Settings, config: Mapping[str, Any], secret: Secret) -> Secret:
    """Return a secret with the client's secret of the settings, where it was connected by a consent: it is kept in one place only."""
    vendor = config.get("consent")
    if vendor == "google" and secret.client_id == settings.google_client_id:
        told = settings.google_client_secret
    elif vendor == "microsoft" and secret.client_id == settings.microsoft_client_id:
        told = settings.microsoft_client_secret
    else:
        return secret
    return replace(secret, client_secret=told.get_secret_value() if told else "")


def token_url_of(settings: Settings, config: Mapping[str, Any], vendors: str) -> str:
    """Return where a mailbox's tokens are renewed: its own address, that of the settings where a consent made it, else the vendor's."""
    if config.get("token_url"):
        return str(config["token_url"])
    vendor = config.get("consent")
    told = settings.google_token_url if vendor == "google" else settings.microsoft_token_url if vendor else None
    tenant = settings.microsoft_tenant if vendor == "microsoft" else config.get("tenant") or "common"
    return told or vendors.format(tenant=tenant)


def _web(base_url: str, token_url: str, secret: Secret, scope: str, renewed: Callable[[Secret], None] | None) -> Web:
    from integrations.mailboxes.web import Web

    return Web(base_url, secret, token_url=token_url, scope=scope, renewed=renewed)
