"""Who was there: participants and speakers matched to contacts and users by mail, name and domain, and the side each is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.notes.call import Call, Guest, SpokenTurn
from agents.notes.house import House
from agents.notes.record import Attendee, Side
from sales.addresses import company_domains, compared_address, domain_of
from sales.mail_words import person_name
from sales.names import account_key, split_display_name
from sales.nicknames import can_be_same
from sales.qualifying.sides import with_sides
from sales.qualifying.talk import Spoken
from sales.shared_domains import is_shared
from sales.sides import sides_by_talk
from sales.transcripts import is_generic

_SIDES: dict[str, Side] = {"buyer": "buyer", "seller": "seller"}


@dataclass
class _Seat:
    """Somebody who was there, while it is found out who they are. `labels` are the names under which the transcript lets them speak."""

    guest: Guest
    labels: set[str]


def recognised(call: Call, house: House) -> Call:
    """Return the call with everybody who was there, each as far as is known, and every turn with its speaker's side and person."""
    seats = _seats(call)
    for seat in seats:
        seat.guest = _known(seat.guest, call, house)
    _join_same(seats)
    _sides_of_the_rest(seats, call, house)
    by_label = {label: seat.guest for seat in seats for label in seat.labels}
    turns = tuple(_seated(turn, by_label.get(turn.speaker or "")) for turn in call.turns)
    guests = tuple(_proposed(seat.guest, call) for seat in seats)
    return replace(call, participants=guests, turns=turns)


def attendees(call: Call) -> tuple[Attendee, ...]:
    """Return the participants of a recognised call as notes tell them: the buyer's first, then ours."""
    order: dict[Side, int] = {"buyer": 0, "seller": 1, "unknown": 2}
    return tuple(
        Attendee(
            name=guest.name,
            email=guest.email,
            side=guest.side,
            contact=guest.contact_id,
            user=guest.user_id,
            matched_by=guest.matched_by,
            proposed=guest.proposed,
        )
        for guest in sorted(call.participants, key=lambda one: order[one.side])
    )


def _seats(call: Call) -> list[_Seat]:
    """Return a seat for every participant, and for every speaker who is none of them."""
    seats: list[_Seat] = []
    for guest in call.participants:
        same = next((seat for seat in seats if _is_same(seat.guest, guest)), None)
        if same is None:
            seats.append(_Seat(guest, set()))
        else:
            same.guest = _merged(same.guest, guest)
    speakers: dict[str, SpokenTurn] = {}
    for turn in call.turns:
        if turn.speaker:
            speakers.setdefault(turn.speaker, turn)
    for label, turn in speakers.items():
        seat = _seat_of(label, turn, seats)
        if seat is None:
            shown = label if is_generic(label) else split_display_name(label).name
            seats.append(_Seat(Guest(shown, None, turn.side, turn.contact_id, turn.user_id), {label}))
        else:
            seat.labels.add(label)
    return seats


def _is_same(a: Guest, b: Guest) -> bool:
    if (a.contact_id or a.user_id) and (a.contact_id, a.user_id) == (b.contact_id, b.user_id):
        return True
    if a.email and b.email:
        return compared_address(a.email) == compared_address(b.email)
    return bool(a.name and a.name == b.name and (a.email is None or b.email is None))


def _merged(a: Guest, b: Guest) -> Guest:
    return replace(
        a,
        name=a.name or b.name,
        email=a.email or b.email,
        side=a.side if a.side != "unknown" else b.side,
        contact_id=a.contact_id or b.contact_id,
        user_id=a.user_id or b.user_id,
        title=a.title or b.title,
    )


def _seat_of(label: str, turn: SpokenTurn, seats: Sequence[_Seat]) -> _Seat | None:
    """Return the seat of a transcript's speaker: by the person that was recognised, by address, by name if only one fits."""
    for seat in seats:
        guest = seat.guest
        if (turn.contact_id and turn.contact_id == guest.contact_id) or (
            turn.user_id and turn.user_id == guest.user_id
        ):
            return seat
        if (guest.email and guest.email.casefold() == label.strip().casefold()) or guest.name == label:
            return seat
    if is_generic(label):
        return None
    fits = [seat for seat in seats if seat.guest.name and can_be_same(label, seat.guest.name)]
    return fits[0] if len(fits) == 1 else None


def _known(guest: Guest, call: Call, house: House) -> Guest:
    """Return a guest with the contact or user that they are, and how that was told."""
    email = compared_address(guest.email) if guest.email else None
    if guest.contact_id or guest.user_id:
        record = next((one for one in call.people if guest.contact_id and one.contact_id == guest.contact_id), None)
        address = record.email if record else house.by_id[guest.user_id].email if guest.user_id in house.by_id else None
        by = "mail" if email and address and compared_address(address) == email else "name"
        side: Side = "seller" if guest.user_id else "buyer"
        return replace(guest, side=side, matched_by=by)
    if email:
        for one in call.people:
            if one.email and compared_address(one.email) == email:
                return _as_contact(guest, one, "mail")
        for colleague in house.colleagues:
            if colleague.email and compared_address(colleague.email) == email:
                return replace(guest, side="seller", user_id=colleague.id, name=colleague.name, matched_by="mail")
    if (named := _by_name(guest, call, house)) is not None:
        return named
    return _by_domain(guest, call, house)


def _as_contact(guest: Guest, contact: Guest, by: str) -> Guest:
    return replace(contact, email=guest.email or contact.email, matched_by=by)


def _by_name(guest: Guest, call: Call, house: House) -> Guest | None:
    """Return the one contact of the account or colleague of ours whose name fits; somebody with another address is another person."""
    if not guest.name or is_generic(guest.name):
        return None
    ours = house.is_ours(guest.email)
    outside = bool(guest.email) and bool(house.domains) and not ours
    contacts = [
        one
        for one in call.people
        if not ours and guest.side != "seller" and one.name and can_be_same(guest.name, one.name)
        and (guest.email is None or one.email is None)
    ]  # fmt: skip
    users = [
        one
        for one in house.colleagues
        if not outside and guest.side != "buyer" and can_be_same(guest.name, one.name)
        and (guest.email is None or one.email is None or ours)
    ]  # fmt: skip
    if len(guest.name.split()) == 1 and len(contacts) + len(users) > 1:
        return None
    if len(contacts) == 1 and not users:
        return _as_contact(guest, contacts[0], "name")
    if len(users) == 1 and not contacts:
        return replace(guest, side="seller", user_id=users[0].id, name=users[0].name, matched_by="name")
    return None


def _by_domain(guest: Guest, call: Call, house: House) -> Guest:
    """Return a guest with the side that their address tells, or the company in brackets behind their name."""
    if house.is_ours(guest.email):
        return replace(guest, side="seller", matched_by="domain")
    domain = domain_of(guest.email) if guest.email else None
    if domain and not is_shared(domain):
        theirs = {call.account_domain, *(domain_of(one.email) for one in call.people if one.email)}
        if any(one in theirs for one in company_domains(domain)):
            return replace(guest, side="buyer", matched_by="domain")
    note = split_display_name(guest.name).note if guest.name else None
    if note and guest.side == "unknown":
        if account_key(note) in house.names:
            return replace(guest, side="seller", matched_by="domain")
        if call.account_name and account_key(note) == account_key(call.account_name):
            return replace(guest, side="buyer", matched_by="domain")
    return guest


def _join_same(seats: list[_Seat]) -> None:
    """Make one of two seats that turned out to be the same person."""
    kept: list[_Seat] = []
    for seat in seats:
        same = next(
            (
                one
                for one in kept
                if (seat.guest.contact_id and seat.guest.contact_id == one.guest.contact_id)
                or (seat.guest.user_id and seat.guest.user_id == one.guest.user_id)
            ),
            None,
        )
        if same is None:
            kept.append(seat)
        else:
            same.labels |= seat.labels
            same.guest = replace(_merged(same.guest, seat.guest), matched_by=same.guest.matched_by)
    seats[:] = kept


def _sides_of_the_rest(seats: Sequence[_Seat], call: Call, house: House) -> None:
    """Let the talk tell the sides that nothing else does."""
    known = {label: seat.guest.side for seat in seats for label in seat.labels if seat.guest.side != "unknown"}
    unknown = [label for seat in seats for label in seat.labels if seat.guest.side == "unknown"]
    if not unknown:
        return
    told: dict[str, Side] = {**sides_by_talk(call.turns, known, unknown)}
    if not told and not known:
        spoken = [Spoken(turn.position, turn.speaker, "unknown", turn.text) for turn in call.turns]
        told = {turn.speaker: _SIDES[turn.side] for turn in with_sides(spoken) if turn.speaker and turn.side in _SIDES}
    if (left := _only_side_left(seats)) is not None:
        told = {**dict.fromkeys(unknown, left), **told}
    for seat in seats:
        sides = {told[label] for label in seat.labels if label in told}
        if seat.guest.side == "unknown" and len(sides) == 1:
            seat.guest = replace(seat.guest, side=sides.pop(), matched_by=None)


def _only_side_left(seats: Sequence[_Seat]) -> Side | None:
    """Return the side of everybody who was invited and is not heard by name, where that is one side: who else speaks is of it."""
    silent = {seat.guest.side for seat in seats if not seat.labels}
    heard = {seat.guest.side for seat in seats if seat.labels}
    strangers = sum(seat.guest.side == "unknown" for seat in seats)
    invited = sum(not seat.labels for seat in seats)
    if len(silent) != 1 or "unknown" in silent or strangers > invited or not heard - {"unknown"} - silent:
        return None
    return silent.pop()


def _proposed(guest: Guest, call: Call) -> Guest:
    """Mark somebody of the buyer's side whom we don't know: a contact is proposed where they have a name or an address."""
    if guest.side != "buyer" or guest.contact_id or guest.user_id or call.account_id is None:
        return guest
    named = guest.name is not None and not is_generic(guest.name) and person_name(guest.name) is not None
    return replace(guest, proposed=named or guest.email is not None)


def _seated(turn: SpokenTurn, guest: Guest | None) -> SpokenTurn:
    if guest is None:
        return turn
    return replace(turn, side=guest.side, contact_id=guest.contact_id, user_id=guest.user_id)
