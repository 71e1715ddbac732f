"""A real server killed with SIGKILL at every step and inside the send, on both databases: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import email
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from tests.bot.running import Home, new_home
from tests.bot.sending import ZONE, Stalling, decide, files_of, fill, state_of, until
from tests.fakes.dns_server import dns_server
from tests.fakes.smtp_server import Mailroom, smtp_server

POINTS = ("effect: begun", "send: marked", "send: taken", "send: recorded", "effect: sent", "effect: told")
_QUICK = (("outbox", "send: marked"), ("outbox", "send: taken"), ("smtp", "effect: begun"))


def _matrix() -> list[Any]:
    """Every database, carrier and point; few of them in `make test`, all at full size. On PostgreSQL a dead worker's lease takes half a minute to run out."""
    quick = [("sqlite", *one) for one in _QUICK]
    return [
        pytest.param(*one, id="-".join(one), marks=() if one in quick else pytest.mark.soak)
        for one in product(("sqlite", "postgres"), ("outbox", "smtp"), POINTS)
    ]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def spine_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty spine: on SQLite, and at full size on PostgreSQL too."""
    return _spine(request.param, request, tmp_path)


def _spine(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'spine.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@contextmanager
def _post(carrier: str, *houses: Home) -> Iterator[Callable[[], list[str]]]:
    """Let mails leave by this carrier; give what tells the Message-IDs of those that left."""
    if carrier == "outbox":
        yield lambda: sorted(name.removesuffix(".eml") for house in houses for name in files_of(house))
        return
    mailroom = Mailroom()
    with smtp_server(mailroom) as port, dns_server(ZONE) as (dns, _):
        for house in houses:
            house.environment |= {"DEALWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}", "DEALWRIGHT_DNS_SERVER": dns}
        yield lambda: sorted(
            str(email.message_from_bytes(mail.content)["Message-ID"]).strip("<>") for mail in list(mailroom.mails)
        )


@pytest.fixture
def house(tmp_path: Path, models: Path) -> Iterator[Home]:
    """An empty home, whose server is ended with the test."""
    home = new_home(tmp_path / "house", models)
    home.environment["DEALWRIGHT_TEST"] = "1"
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop(signal.SIGKILL)


def _filled(house: Home, url: str, count: int = 1) -> list[str]:
    house.environment["DEALWRIGHT_DATABASE_URL"] = url
    return fill(url, count, Settings(home=house.folder))


def _die(house: Home) -> None:
    assert house.process is not None
    assert house.process.wait(30) == -signal.SIGKILL
    house.close()


@pytest.mark.parametrize(("kind", "carrier", "point"), _matrix())
def test_killed_at_a_step(
    house: Home, kind: str, carrier: str, point: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An outbox can be asked, so it ends well by itself; SMTP can't, so a person says what became of what was begun."""
    with _post(carrier, house) as left:
        (one,) = _filled(house, _spine(kind, request, tmp_path))
        house.serve(DEALWRIGHT_CRASH_AT=point)
        told = decide(house, one)
        assert told["outcome"] == "approved", told
        _die(house)
        before = left()
        house.serve()
        # On PostgreSQL the work is another worker's until the dead one's lease has run out.
        if carrier == "smtp" and point in ("send: marked", "send: taken"):
            until(lambda: state_of(house, one) == "unknown", 60)
            assert left() == before
            word, outcome = ("sent", "sent") if before else ("resend", "resent")
            assert decide(house, one, word)["outcome"] == outcome
        until(lambda: state_of(house, one) == "done", 60)
        assert left() == [f"{told['effect_id']}@ours.example"]
        again = decide(house, one)
        assert (again["outcome"], again["effect_id"]) == ("already", told["effect_id"])


def test_killed_while_the_mail_server_thinks(house: Home, spine_url: str) -> None:
    mailroom = Stalling()
    with smtp_server(mailroom) as port, dns_server(ZONE) as (dns, _):
        one, two = _filled(house, spine_url, 2)
        house.environment |= {"DEALWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}", "DEALWRIGHT_DNS_SERVER": dns}
        house.serve()
        told = decide(house, one)
        assert told["outcome"] == "approved", told
        assert mailroom.reached.wait(30)
        assert house.process is not None
        house.process.kill()
        _die(house)
        mailroom.go.set()
        house.serve()
        until(lambda: state_of(house, one) == "unknown", 60)
        taken = len(mailroom.mails)
        assert decide(house, two)["outcome"] == "approved"
        until(lambda: state_of(house, two) == "done")
        assert len(mailroom.mails) == taken + 1
        assert decide(house, one, "sent")["outcome"] == "sent"
        assert state_of(house, one) == "done"
        assert len(mailroom.mails) == taken + 1


def test_several_clicks_at_once_go_out_once_each(house: Home, tmp_path: Path) -> None:
    mailroom = Mailroom()
    with smtp_server(mailroom) as port, dns_server(ZONE) as (dns, _):
        ids = _filled(house, f"sqlite:///{tmp_path / 'spine.db'}", 6)
        house.environment |= {"DEALWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}", "DEALWRIGHT_DNS_SERVER": dns}
        house.serve()
        with ThreadPoolExecutor(12) as pool:
            told = list(pool.map(lambda one: decide(house, one)["outcome"], ids * 4))
        assert sorted(told) == ["already"] * 18 + ["approved"] * 6
        until(lambda: {state_of(house, one) for one in ids} == {"done"})
    assert sorted(mail.recipients[0] for mail in mailroom.mails) == [
        f"buyer{number}@buyer.example" for number in range(6)
    ]


@pytest.fixture
def two_houses(tmp_path: Path, models: Path, postgres_url: str) -> Iterator[tuple[Home, Home]]:
    """Two workers over one PostgreSQL."""
    made = []
    for name in ("one", "other"):
        home = new_home(tmp_path / name, models)
        home.environment |= {"DEALWRIGHT_TEST": "1", "DEALWRIGHT_DATABASE_URL": postgres_url}
        made.append(home)
    yield made[0], made[1]
    for home in made:
        if home.process is not None and home.process.poll() is None:
            home.stop(signal.SIGKILL)


def _signal(house: Home, number: int) -> None:
    assert house.process is not None
    house.process.send_signal(number)


@pytest.mark.soak
@pytest.mark.timeout(200)
def test_a_killed_workers_mail_goes_from_the_other_within_a_minute(
    two_houses: tuple[Home, Home], postgres_url: str
) -> None:
    first, other = two_houses
    (one,) = _filled(first, postgres_url)
    other.serve()
    first.serve(DEALWRIGHT_CRASH_AT="send: marked")
    # The other one looks away for a moment, so that the first gets the work.
    _signal(other, signal.SIGSTOP)
    told = decide(first, one)
    _die(first)
    _signal(other, signal.SIGCONT)
    assert until(lambda: state_of(other, one) == "done", 60) < 60
    assert (files_of(first), files_of(other)) == ([], [f"{told['effect_id']}@ours.example.eml"])


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("carrier", "point"),
    [
        pytest.param(*one, id="-".join(one), marks=() if one == ("outbox", "send: marked") else pytest.mark.soak)
        for one in product(("outbox", "smtp"), POINTS[:5])
    ],
)
def test_a_stalled_worker_that_wakes_up_repeats_nothing(
    two_houses: tuple[Home, Home], postgres_url: str, carrier: str, point: str
) -> None:
    first, other = two_houses
    begun = carrier == "smtp" and point in ("send: marked", "send: taken")
    with _post(carrier, first, other) as left:
        (one,) = _filled(first, postgres_url)
        first.serve(DEALWRIGHT_CRASH_AT=f"stop:{point}")
        told = decide(first, one)
        assert told.get("outcome") == "approved", told
        other.serve()
        until(lambda: state_of(other, one) == ("unknown" if begun else "done"), 90)
        before = left()
        _signal(first, signal.SIGCONT)
        # It is back at work when it answers, and soon after it has learned that its work was taken over.
        if begun and not before:
            until(lambda: state_of(first, one) == "unknown")
            assert decide(first, one, "resend")["outcome"] == "resent"
        until(lambda: state_of(first, one) == "done")
        assert decide(first, one)["outcome"] == "already"
        _signal(first, signal.SIGTERM)
        # It gives what it believes to be under way its time to finish.
        assert first.process is not None
        assert first.process.wait(90) == 0
        first.close()
        assert left() == [f"{told['effect_id']}@ours.example"]
