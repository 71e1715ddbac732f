"""One process owns a home; the others find it, and a killed one leaves nothing behind."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.owner import TOKEN_NAME, HomeTaken, find_server, is_owned, take_home

_HOLD = """
import sys
from pathlib import Path
from infra.owner import take_home
ownership = take_home(Path(sys.argv[1]))
ownership.announce("http://127.0.0.1:1/")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(home: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_home_that_nobody_owns_has_no_server(home: Path) -> None:
    assert not is_owned(home)
    assert find_server(home) is None


def test_the_owner_is_found_with_its_url_and_its_secret(home: Path, holder: subprocess.Popen[str]) -> None:
    server = find_server(home)
    assert server is not None
    assert server.url == "http://127.0.0.1:1"
    assert server.pid == holder.pid
    assert server.token == (home / TOKEN_NAME).read_text()
    assert stat.S_IMODE((home / TOKEN_NAME).stat().st_mode) == 0o600


def test_a_second_process_is_refused_and_told_where_the_first_is(home: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(HomeTaken) as refused:
        take_home(home, wait_s=0.1)
    assert refused.value.server is not None
    assert refused.value.server.url == "http://127.0.0.1:1"


def test_a_killed_owner_leaves_the_home_free(home: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert find_server(home) is None
    with take_home(home):
        assert is_owned(home)


def test_an_owner_that_serves_nothing_is_not_taken_for_a_server(home: Path) -> None:
    with take_home(home):
        assert find_server(home) is None
    assert not is_owned(home)


def test_looking_at_the_lock_does_not_keep_another_from_taking_it(home: Path) -> None:
    with take_home(home):
        pass
    assert not is_owned(home)
    with take_home(home) as ownership:
        ownership.announce("http://127.0.0.1:2")
        found = find_server(home)
    assert found is not None
    assert find_server(home) is None


def test_each_start_has_a_secret_of_its_own(home: Path) -> None:
    with take_home(home) as first:
        one = first.announce("http://127.0.0.1:1").token
    with take_home(home) as second:
        assert second.announce("http://127.0.0.1:1").token != one
