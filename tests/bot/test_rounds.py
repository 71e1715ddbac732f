"""What goes round while the server runs: it goes on whatever fails, comes at once when it is woken, and ends when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bot.rounds import Rounds
from tests.bot.offices import until

NEVER_S = 600.0


class Counted:
    """A part that counts its turns, and does in each what it is told to."""

    def __init__(self, *does: Callable[[], object]) -> None:
        self._does = list(does)
        self.turns = 0

    def __call__(self) -> object:
        self.turns += 1
        return self._does.pop(0)() if self._does else None


def _fail() -> object:
    raise ValueError("nobody foresaw this")


async def test_the_first_round_comes_by_itself_and_the_next_when_it_is_woken() -> None:
    part = Counted()
    rounds = Rounds("test", part, every_s=None)
    assert not rounds.running
    await rounds.start()
    until(lambda: part.turns == 1)
    rounds.wake()
    until(lambda: part.turns == 2)
    assert rounds.running
    await rounds.stop()
    assert not rounds.running


@pytest.mark.parametrize("every_s", [None, NEVER_S])
async def test_a_part_that_fails_keeps_neither_the_others_nor_later_rounds_from_their_work(
    every_s: float | None,
) -> None:
    broken, sound = Counted(_fail), Counted()
    rounds = Rounds("test", broken, sound, every_s=every_s)
    await rounds.start()
    until(lambda: sound.turns == 1)
    rounds.wake()
    until(lambda: (broken.turns, sound.turns) == (2, 2))
    await rounds.stop()


async def test_a_part_with_more_to_do_gets_the_next_round_at_once() -> None:
    busy = Counted(lambda: True, lambda: True, lambda: False)
    other = Counted()
    rounds = Rounds("test", busy, other, every_s=NEVER_S)
    await rounds.start()
    until(lambda: (busy.turns, other.turns) == (3, 3))
    await rounds.stop()


async def test_it_ends_though_it_waits_and_can_be_started_again() -> None:
    part = Counted()
    rounds = Rounds("test", part, every_s=NEVER_S, first_after_s=NEVER_S)
    await rounds.start()
    await rounds.stop()
    assert part.turns == 0
    again = Rounds("test", part, every_s=NEVER_S)
    for turns in (1, 2):
        await again.start()
        until(lambda turns=turns: part.turns == turns)  # type: ignore[misc]
        await again.stop()


async def test_a_round_under_way_learns_that_it_should_end() -> None:
    began = threading.Event()
    learned = threading.Event()
    rounds = Rounds("test", lambda: began.set() or until(rounds.is_ending) or learned.set(), every_s=None)  # type: ignore[func-returns-value]
    await rounds.start()
    assert began.wait(10)
    await rounds.stop()
    assert learned.is_set()
