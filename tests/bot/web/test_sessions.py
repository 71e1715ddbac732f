"""Sessions: a cookie that nobody else can make, that ends, and that a changed password ends."""

from __future__ import annotations

import stat

from hypothesis import example, given
from hypothesis import strategies as st

from bot.web.attempts import Attempts
from bot.web.sessions import IDLE_S, LONGEST_S, Seat, Seats, seats_of
from infra.settings import Settings


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


def test_a_seat_is_read_back_and_nobody_elses_is() -> None:
    seats = Seats(b"key")
    seat = Seat().signed_in("password", "user-1", seats.now())
    assert seats.read(seats.write(seat)) == seat
    assert Seats(b"other").read(seats.write(seat)) is None
    assert seats.read(None) is None


@given(st.text(max_size=80), st.integers(0, 400), st.characters())
@example("\ud800", 0, "\ud800")
def test_a_changed_cookie_is_nobodys(garbage: str, place: int, letter: str) -> None:
    seats = Seats(b"key")
    assert seats.read(garbage) is None
    whole = seats.write(Seat(nonce="n"))
    changed = whole[: place % len(whole)] + letter + whole[place % len(whole) + 1 :]
    assert (seats.read(changed) is None) == (changed != whole)


def test_a_session_ends_when_nobody_uses_it_and_in_any_case_after_a_week() -> None:
    hand = Hand()
    seats = Seats(b"key", hand)
    seat: Seat = Seat().signed_in("password", "user-1", hand.at)
    hand.at += IDLE_S + 1
    assert seats.read(seats.write(seat)) is None
    hand.at = 1_000_000.0
    while hand.at < 1_000_000.0 + LONGEST_S - IDLE_S:
        hand.at += IDLE_S / 2
        seat = seats.renewed(seat) or seat
        assert seats.read(seats.write(seat)) is not None
    hand.at = 1_000_000.0 + LONGEST_S + 1
    assert seats.read(seats.write(seats.renewed(seat) or seat)) is None


def test_a_form_token_is_worth_nothing_in_another_session() -> None:
    seats = Seats(b"key")
    before = Seat()
    after = before.signed_in("password", "user-1", 1.0)
    assert seats.is_form_token(before, seats.form_token(before))
    assert not seats.is_form_token(after, seats.form_token(before))
    assert not seats.is_form_token(before, "ü")


def test_a_changed_password_ends_every_session(settings: Settings) -> None:
    one = seats_of(settings.model_copy(update={"console_password": _secret("a")}))
    same = seats_of(settings.model_copy(update={"console_password": _secret("a")}))
    other = seats_of(settings.model_copy(update={"console_password": _secret("b")}))
    cookie = one.write(Seat())
    assert same.read(cookie) is not None
    assert other.read(cookie) is None


def _secret(text: str) -> object:
    from pydantic import SecretStr

    return SecretStr(text)


def test_without_a_secret_the_key_stands_in_the_home_for_its_owner_alone(settings: Settings) -> None:
    cookie = seats_of(settings).write(Seat())
    assert seats_of(settings).read(cookie) is not None
    assert stat.S_IMODE((settings.home / "console.key").stat().st_mode) == 0o600


def test_guessing_becomes_slow_and_a_right_one_is_forgiven() -> None:
    hand = Hand()
    attempts = Attempts(5, hand)
    for _ in range(4):
        attempts.wrong("from 1", "as a")
    assert attempts.wait_s("from 1", "as a") == 0
    attempts.wrong("from 1", "as a")
    first = attempts.wait_s("from 1", "as b")
    assert first > 0
    attempts.wrong("from 1")
    assert attempts.wait_s("from 1") > first
    for _ in range(40):
        attempts.wrong("from 1")
    assert attempts.wait_s("from 1") <= 900
    attempts.right("from 1")
    assert attempts.wait_s("from 1") == 0
    assert attempts.wait_s("as a") > 0
    hand.at += 2_000
    assert attempts.wait_s("as a") == 0
