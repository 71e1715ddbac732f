"""What every surface can have done with mailboxes and with mail that came in. All of it blocks: run it in a thread."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.asker import Door, find_asker
from bot.jobs import Job
from bot.message import Button, Buttons, Message, Text
from infra.errors import DealwrightError, Denied, Fatal
from infra.sealing import Sealer
from infra.spine.models import Mailbox, Reply, Touch, User
from infra.spine.models import Sequence as TouchSequence
from infra.spine.scope import EVERYTHING, find_user

if TYPE_CHECKING:
    from integrations.mailboxes.source import Secret

_MOST_LISTED = 200
_CONNECT = re.compile(
    r"(?i)(?:please\s+)?(?:re-?)?connect(?:\s+(?:me|my|a|the|our|e-?mails?|mail|mails|mail\s?box|inbox|gmail|google|outlook|microsoft|office\s?365|calendar|account|and|again|to|please))*[.!?]*"
)


def connect(
    app: App, email: str | None, door: Door, *, kind: str, address: str | None, config: Mapping[str, Any], secret: str
) -> dict[str, Any]:
    """Connect the asker's own mailbox or calendar; return `{id, address}`. The secret is a password, an access token, or JSON with OAuth's tokens.

    Raises Denied for somebody unknown, Fatal for what can't be used.
    """
    from agents.mailroom.boxes import NewBox
    from agents.mailroom.boxes import connect as connect_box

    asker = find_asker(app, email, door)
    if asker.user_id is None:
        raise Fatal("A mailbox belongs to a person.", "Name them with --as EMAIL.", status=422)
    with app.database.transaction() as session:
        user = session.get(User, asker.user_id)
        named = address or (user.email if user else None) or ""
        new = NewBox(asker.user_id, kind, named, config, _secret_of(kind, secret))
        identity = connect_box(session, Sealer(app.settings), new, surface=door, now=app.clock.now())
    app.mailbox_watch.wake()
    return {"id": identity, "address": named}


def _secret_of(kind: str, text: str) -> Secret:
    from integrations.mailboxes.source import Secret

    text = text.strip()
    if text.startswith("{"):
        try:
            told = json.loads(text)
        except ValueError as error:
            raise Fatal("The token is not valid JSON.", "Give a token, or JSON with refresh_token and client_id.", status=422) from error  # fmt: skip
        known = {name: str(told[name]) for name in Secret.__dataclass_fields__ if told.get(name)}
        return Secret(**known)
    return Secret(password=text) if kind in ("imap", "ics") else Secret(access_token=text)


def connected(app: App, email: str | None, door: Door) -> list[dict[str, Any]]:
    """Return the mailboxes that the asker may know of: their own; for an admin or a program, all."""
    from agents.mailroom.boxes import boxes

    asker = find_asker(app, email, door)
    own = None if asker.user_id is None or asker.scope.role == "admin" else asker.user_id
    with app.database.session() as session:
        return [box.public() for box in boxes(session, own)]


def disconnect(app: App, email: str | None, door: Door, name: str) -> dict[str, Any]:
    """Forget a mailbox by address or id, with its secret, and have the vendor forget its consent; return `{disconnected, revoked}`. Raises Denied and Fatal."""
    from agents.mailroom.boxes import disconnect as disconnect_box
    from agents.mailroom.boxes import may_disconnect
    from integrations.consent import revoke, vendor_of

    asker = find_asker(app, email, door)
    with app.database.transaction() as session:
        user = session.get(User, asker.user_id) if asker.user_id else None
        tokens = _consents(session, Sealer(app.settings), may_disconnect(session, name, user))
        count = disconnect_box(session, name, user=user, surface=door, now=app.clock.now())
    return {"disconnected": count, "revoked": sum(revoke(vendor_of(app.settings, name), token) for name, token in tokens)}  # fmt: skip


def _consents(session: Session, sealer: Sealer, boxes: Sequence[Mailbox]) -> list[tuple[str, str]]:
    """The consents that nothing uses once these mailboxes are gone, each with the token that stands for it."""
    from agents.mailroom.consent import tokens_of

    found: dict[tuple[str, str, str], str] = {}
    for box in boxes:
        vendor = box.config.get("consent")
        if vendor and box.secret:
            found.setdefault((vendor, box.user_id, box.address.lower()), tokens_of(box.secret, sealer))
    going = [box.id for box in boxes]
    staying = select(Mailbox).where(Mailbox.user_id.in_([box.user_id for box in boxes]), Mailbox.id.not_in(going))
    kept = {(box.config.get("consent"), box.user_id, box.address.lower()) for box in session.scalars(staying)}
    return [(key[0], token) for key, token in found.items() if token and key not in kept]


def connect_link(app: App, user_id: str, surface: str) -> list[dict[str, str]]:
    """Return links by which this user connects their mailbox, `{vendor, title, url}` for each vendor that is set up: good once and for a quarter of an hour.

    Show them to that person alone: in a direct message, at their terminal, in their console. Raises Fatal where no vendor is set up.
    """
    from agents.guard.trail import note
    from agents.mailroom.consent import new_link
    from integrations.consent import vendor_of, vendors_set_up

    ready = vendors_set_up(app.settings)
    if not ready:
        raise Fatal(
            "Mailboxes can't be connected by a link here yet.",
            "Your Dealwright admin sets DEALWRIGHT_GOOGLE_CLIENT_ID or DEALWRIGHT_MICROSOFT_CLIENT_ID; IMAP goes by `dealwright mailbox connect imap`.",
            status=422,
        )
    sealer, made = Sealer(app.settings), []
    with app.database.transaction() as session:
        for name in ready:
            url = new_link(session, app.settings, sealer, user_id, name)
            made.append({"vendor": name, "title": vendor_of(app.settings, name).title, "url": url})
        note(session, app.clock.now(), "mailbox.link", by=user_id, surface=surface, subject=user_id)
    return made


def asks_to_connect(words: str) -> bool:
    """Return whether somebody asks in chat to connect their mailbox: "connect my mailbox", "connect calendar", `/deal connect`."""
    return _CONNECT.fullmatch(words.strip()) is not None


def connect_message(app: App, user_id: str, surface: str) -> Message:
    """Return what to show, to this person alone, who wants to connect their mailbox. Raises Fatal where no vendor is set up."""
    links = connect_link(app, user_id, surface)
    buttons = tuple(Button(f"Connect {one['title']}", "open", one["url"], url=one["url"]) for one in links)
    said = "I then read mail and calendar, keep what concerns your accounts, and send what you approve. The link is yours alone and good once, for 15 minutes."
    return Message("Connect your mailbox", (Text("**Connect your mailbox**", "heading"), Text(said), Buttons(buttons)))


def let_alias(app: App, email: str | None, door: Door, person: str, address: str) -> dict[str, Any]:
    """Let a person connect a mailbox under another address than the one that we know them by. Only an admin may. Raises Denied and Fatal."""
    from agents.mailroom.consent import allow_alias

    asker = find_asker(app, email, door)
    if asker.user_id is not None and asker.scope.role != "admin":
        raise Denied("Only an admin says whose an address is.", "Ask your Dealwright admin.")
    with app.database.transaction() as session:
        user = find_user(session, person)
        if user is None:
            raise Fatal("Nobody has that mail address.", "`dealwright users` lists who can ask.", status=404)
        allow_alias(session, user, address, by=asker.user_id, surface=door, now=app.clock.now())
        return {"person": user.email, "address": address.strip().casefold()}


def own_links(app: App, email: str | None, door: Door) -> list[dict[str, str]]:
    """Return `connect_link` for whoever asks. Raises Denied and Fatal."""
    asker = find_asker(app, email, door)
    if asker.user_id is None:
        raise Fatal("A mailbox belongs to a person.", "Name them with --as EMAIL.", status=422)
    return connect_link(app, asker.user_id, door)


def sync(app: App, email: str | None, door: Door, name: str | None, job: Job) -> list[dict[str, Any]]:
    """Read mailboxes now, one by address or id, else all that the asker may know of; return `{address, trouble, read, …}` for each."""
    wanted = [one for one in connected(app, email, door) if name is None or name.lower() in (one["id"], one["address"].lower())]  # fmt: skip
    if name is not None and not wanted:
        raise Fatal("No such mailbox is connected.", "`dealwright mailbox list` shows them.", status=404)
    told = []
    for one in wanted:
        job.say(f"Reading {one['address']}…")
        try:
            tally = app.mailboxes.sync(one["id"], stop=job.stop.is_set)
        except DealwrightError as error:
            told.append({"address": one["address"], "kind": one["kind"], "trouble": f"{error.sentence} {error.next_step}".strip()})  # fmt: skip
            continue
        told.append({"address": one["address"], "kind": one["kind"], "trouble": None, "read": tally.read, "activities": tally.activities, "replies": tally.kinds, "left_out": tally.left_out, "unreadable": tally.unreadable})  # fmt: skip
    return told


def take(app: App, paths: Sequence[Path], job: Job) -> list[dict[str, Any]]:
    """Take in mails from `.eml` files as if a mailbox had brought them; return `{file, id, kept, kind, sequence, movement, …}` for each."""
    mails = []
    for path in paths:
        try:
            mails.append((path.name, path.read_bytes()))
        except OSError as error:
            raise Fatal("A mail can't be read.", "See whether the file is there and may be read.", status=422) from error  # fmt: skip
    job.say("Sorting the mail…")
    found = app.mailroom.take_all(mails)
    app.indexing.wake()
    return [{"file": name, **taken.public()} for (name, _), taken in zip(mails, found, strict=True)]


def replies(app: App, email: str | None, door: Door, *, waiting: bool, limit: int = 50) -> list[dict[str, Any]]:
    """Return what came back for the asker's touches, the newest first; `waiting` only what nobody has chosen about."""
    asker = find_asker(app, email, door)
    chosen = (
        select(Reply, TouchSequence)
        .join(Touch, Touch.id == Reply.touch_id)
        .join(TouchSequence, TouchSequence.id == Touch.sequence_id)
        .order_by(Reply.at.desc(), Reply.id)
        .limit(min(limit, _MOST_LISTED))
    )
    if asker.scope is not EVERYTHING:
        chosen = chosen.where(TouchSequence.owner_id.in_(select(User.id).where(asker.scope.users())))
    if waiting:
        chosen = chosen.where(Reply.choice.is_(None))
    with app.database.session() as session:
        return [
            {
                "id": reply.id,
                "kind": reply.kind,
                "from": reply.sender,
                "for": reply.recipient,
                "at": reply.at.isoformat(),
                "words": reply.detail.get("words"),
                "reason": reply.detail.get("reason"),
                "sequence": sequence.id,
                "state": sequence.state,
                "choice": reply.choice,
            }
            for reply, sequence in session.execute(chosen)
        ]


def choose(app: App, email: str | None, door: Door, reply: str, choice: str) -> dict[str, Any]:
    """Let a person choose stop, pause or continue after a reply; return `{reply, choice, state}`. Raises Denied and Fatal."""
    from agents.mailroom.choosing import choose as choose_reply

    asker = find_asker(app, email, door)
    state = choose_reply(app.database, reply, choice, user_id=asker.user_id, surface=door, now=app.clock.now())
    return {"reply": reply, "choice": choice, "state": state}
