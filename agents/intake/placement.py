"""Where something that happened belongs: who was there on which side, which account and deal it is about, and who acted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.intake.directory import Directory, Side
from agents.intake.identity import domain_of
from sales.names import person_key, split_display_name
from sales.records import ActivityKind, Direction

_HOSTS = ("from", "organizer", "host")
_MET = frozenset({ActivityKind.CALL, ActivityKind.MEETING})


@dataclass(slots=True)
class Guest:
    """Somebody who was there: as the source names them, and who they turned out to be."""

    name: str | None
    email: str | None
    role: str
    title: str | None = None
    side: Side = "unknown"
    contact_id: str | None = None
    user_id: str | None = None
    account_id: str | None = None

    @property
    def known(self) -> bool:
        """Whether they are a contact or a user of ours."""
        return self.contact_id is not None or self.user_id is not None


@dataclass(slots=True)
class Placement:
    """Where a touch belongs. `inferred` tells that its deal was not named, but is the account's only open one at that time."""

    account_id: str | None
    deal_id: str | None
    owner_id: str | None
    direction: Direction
    inferred: bool = False


def place(
    directory: Directory,
    kind: ActivityKind,
    guests: Sequence[Guest],
    *,
    at: datetime | None,
    account: str | None = None,
    deal: str | None = None,
    owner: str | None = None,
    direction: Direction | None = None,
) -> Placement:
    """Find out who the guests are (they are changed in place) and where the touch belongs. What is given is not guessed."""
    for guest in guests:
        _recognise_address(directory, guest)
    if deal is not None and account is None:
        account = directory.lives[deal].account if deal in directory.lives else None
    for guest in guests:
        if not guest.known:
            _recognise_name(directory, guest, account or _account_of(guests))
    for guest in guests:
        _take_side(directory, guest)
    _join_speakers(guests)
    account = account or _account_of(guests)
    inferred = False
    if deal is None and account is not None:
        deal = directory.only_open_deal(account, at)
        inferred = deal is not None
    acted = direction or _direction(directory, kind, guests)
    return Placement(account, deal, owner or _owner(directory, guests, account, deal), acted, inferred)


def _recognise_address(directory: Directory, guest: Guest) -> None:
    if guest.known:
        if guest.contact_id is not None:
            guest.account_id = directory.contacts.accounts.get(guest.contact_id)
        return
    if not guest.email:
        return
    email = guest.email.lower()
    if (user := directory.users.emails.get(email)) is not None:
        guest.user_id = user
    elif (contact := directory.contacts.emails.get(email)) is not None:
        guest.contact_id = contact
        guest.account_id = directory.contacts.accounts.get(contact)
    if guest.account_id is None and guest.user_id is None:
        guest.account_id = directory.account_of_address(email)


def _recognise_name(directory: Directory, guest: Guest, account: str | None) -> None:
    if not guest.name:
        return
    ours = bool(guest.email and directory.is_ours(guest.email))
    foreign = bool(guest.email and domain_of(guest.email) and not ours)
    # Somebody with another mail address is another person, unless theirs is not known.
    users = [
        identity
        for identity in directory.users.called(guest.name)
        if guest.email is None or directory.users.email_of(identity) is None
    ]
    there = guest.account_id or account
    contacts = [
        identity
        for identity in (
            directory.contacts.called(guest.name, there) if there else directory.contacts.called(guest.name)
        )
        if guest.email is None or directory.contacts.email_of(identity) is None
    ]
    if guest.email is None and not users and not contacts:
        _recognise_id(directory, guest)
        return
    if ours or guest.side == "seller":
        contacts = []
    if (foreign and directory.knows_us) or guest.side == "buyer":
        users = []
    at_account = [identity for identity in contacts if there and directory.contacts.accounts.get(identity) == there]
    if len(at_account) == 1:
        guest.contact_id = at_account[0]
    elif len(users) == 1:
        guest.user_id = users[0]
    elif len(contacts) == 1 and not users and (there or len(person_key(guest.name).split()) > 1):
        guest.contact_id = contacts[0]
    if guest.contact_id is not None:
        guest.account_id = directory.contacts.accounts.get(guest.contact_id) or guest.account_id


def _recognise_id(directory: Directory, guest: Guest) -> None:
    if guest.name is None:
        return
    if guest.name in directory.contacts:
        guest.contact_id = guest.name
        guest.account_id = directory.contacts.accounts.get(guest.name)
    elif guest.name in directory.users:
        guest.user_id = guest.name


def _take_side(directory: Directory, guest: Guest) -> None:
    if guest.user_id is not None or (guest.email and directory.is_ours(guest.email)):
        guest.side = "seller"
    elif guest.contact_id is not None:
        guest.side = "buyer"
    elif guest.side == "unknown":
        if guest.account_id is not None:
            guest.side = "buyer"
        elif guest.name and (note := split_display_name(guest.name).note):
            companies = directory.accounts.with_key(note)
            if len(companies) == 1:
                guest.side, guest.account_id = "buyer", companies[0]


def _join_speakers(guests: Sequence[Guest]) -> None:
    """A speaker who is shown by a part of a name is the listed guest whom it fits."""
    listed = [guest for guest in guests if guest.role != "speaker"]
    for guest in guests:
        if guest.role == "speaker" and not guest.known and (fits := speaker_of(guest.name, listed)) is not None:
            guest.contact_id, guest.user_id = fits.contact_id, fits.user_id
            guest.account_id, guest.side = fits.account_id, fits.side


def _account_of(guests: Sequence[Guest]) -> str | None:
    """The account that speaks for the touch: its sender's, else the one that most guests are of, the first named before the others."""
    for guest in guests:
        if guest.role == "from" and guest.account_id is not None:
            return guest.account_id
    named = [guest.account_id for guest in guests if guest.account_id is not None]
    return max(Counter(named).items(), key=lambda item: item[1])[0] if named else None


def _outside(directory: Directory, guest: Guest) -> bool:
    """Whether a guest is not of our company: of the buyer's side, or with an address that is not ours."""
    return guest.side == "buyer" or (guest.side != "seller" and bool(guest.email) and directory.knows_us)


def _direction(directory: Directory, kind: ActivityKind, guests: Sequence[Guest]) -> Direction:
    if kind in (ActivityKind.NOTE, ActivityKind.TASK):
        return Direction.INTERNAL
    sellers = [guest for guest in guests if guest.side == "seller"]
    if kind in _MET:
        return Direction.INTERNAL if len(sellers) > 1 and len(sellers) == len(guests) else Direction.MUTUAL
    senders = [guest for guest in guests if guest.role == "from"]
    others = [guest for guest in guests if guest.role != "from"]
    if not senders:
        return Direction.UNKNOWN
    if senders[0].side == "seller":
        # A mail of ours whose recipients are unknown (undisclosed, a list) went out, as far as anybody can tell.
        return Direction.INTERNAL if others and all(g.side == "seller" for g in others) else Direction.OUTBOUND
    if senders[0].side == "buyer" or (_outside(directory, senders[0]) and any(g.side == "seller" for g in others)):
        return Direction.INBOUND
    return Direction.UNKNOWN


def _owner(directory: Directory, guests: Sequence[Guest], account: str | None, deal: str | None) -> str | None:
    users = [guest.user_id for guest in guests if guest.user_id is not None]
    hosts = [guest.user_id for guest in guests if guest.user_id is not None and guest.role in _HOSTS]
    deal_owner = directory.lives[deal].owner if deal in directory.lives else None
    account_owner = directory.account_owner.get(account) if account is not None else None
    for owner in (deal_owner, account_owner):
        if owner in users and not hosts:
            return owner
    return next(iter(hosts), None) or next(iter(users), None) or deal_owner or account_owner


def speaker_of(speaker: str | None, guests: Sequence[Guest]) -> Guest | None:
    """Return which guest a transcript's speaker is: by name, by mail address, or by a part of the name that only one has."""
    if not speaker:
        return None
    folded = speaker.strip().lower()
    for guest in guests:
        if (guest.email and guest.email.lower() == folded) or (guest.name and guest.name.strip().lower() == folded):
            return guest
    key = person_key(speaker)
    if not key:
        return None
    keyed = [(guest, person_key(guest.name)) for guest in guests if guest.name]
    same = [guest for guest, other in keyed if other == key]
    if same:
        return max(same, key=lambda guest: guest.known)
    words = set(key.split())
    partly = {id(guest): guest for guest, other in keyed if words and (words < set(other.split()))}
    people = {guest.contact_id or guest.user_id or id(guest) for guest in partly.values()}
    return next(iter(partly.values())) if len(people) == 1 else None
