"""The command line as a person and a script meet it: real processes, alone and beside a running server."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.owner import LOCK_NAME, find_server
from tests.bot.conftest import AS_OF
from tests.bot.running import TOKEN, Home

DANA = ("--as", "dana@tallyport.example", "--as-of", AS_OF)


@pytest.fixture(scope="module")
def filled(make_home: Callable[[], Home], company_files: Path) -> Home:
    """A home with the small company, without a server."""
    home = make_home()
    done = home.run("import", str(company_files), "--yes")
    assert done.status == 0, done.err
    return home


def test_an_import_shows_columns_counts_and_what_is_kept_aside(make_home: Callable[[], Home], tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("Account Name,Domain,Mood\nAcme,acme.example,good\n", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\x00")
    home = make_home()
    seen = home.run("import", str(tmp_path), "--preview")
    assert seen.status == 0
    assert "Account Name" in seen.out
    assert "kept as a named field" in seen.out
    done = home.run("import", str(tmp_path), "--yes")
    assert "1 added" in done.out
    assert "picture.png" in done.out
    assert "Traceback" not in done.err
    again = home.run("import", str(tmp_path), "--json").json()
    assert again["counts"]["account"] == {"added": 0, "changed": 0, "unchanged": 1, "kept_aside": 0}
    assert again["kept_aside"][0]["file"] == "picture.png"


@pytest.mark.parametrize("command", [("ask", "Latest on Acme?"), ("search", "Acme")])
def test_nobody_and_strangers_are_refused(company: Home, command: tuple[str, str]) -> None:
    nobody = company.run(*command)
    stranger = company.run(*command, "--as", "stranger@elsewhere.example", "--json")
    assert (nobody.status, stranger.status) == (2, 2)
    assert stranger.json()["kind"] == "refused"
    assert "Acme" not in nobody.out + nobody.err + stranger.out + stranger.err


def test_nobody_is_refused_where_no_server_runs(filled: Home) -> None:
    told = filled.run("ask", "Latest on Acme?", "--json")
    assert told.status == 2
    assert told.json()["kind"] == "refused"
    assert "Acme" not in told.out


def test_the_asker_may_come_from_the_environment(company: Home) -> None:
    found = company.run(
        "search", "SOC 2 report", "--json", "--as-of", AS_OF, DEALWRIGHT_USER="dana@tallyport.example"
    ).json()
    assert found["passages"][0]["call"] == "call-acme-1"


def test_a_search_is_held_to_scope_account_call_and_moment(company: Home) -> None:
    def count(*options: str, who: str = "dana@tallyport.example") -> int:
        return len(company.run("search", "SOC 2 report", "--json", "--as", who, *options).json()["passages"])

    assert count("--as-of", AS_OF) == 1
    assert count("--as-of", AS_OF, "--account", "Acme Logistics", "--call", "call-acme-1", "-k", "3") == 1
    assert count("--as-of", "2026-11-17") == 0
    assert count("--as-of", AS_OF, who="luis@tallyport.example") == 0


def test_an_answer_is_json_alone_on_stdout(filled: Home) -> None:
    done = filled.run("ask", "What's the latest on Acme?", *DANA, "--json")
    assert done.status == 0
    answer = done.json()
    assert answer["kind"] == "narrative"
    assert answer["claims"][0]["evidence"][0]["quote"]
    assert done.err == ""


def test_an_answer_for_people_is_plain_in_a_pipe(company: Home) -> None:
    done = company.run("ask", "What's the latest on Acme?", *DANA)
    assert "Acme" in done.out.splitlines()[0]
    assert "\x1b" not in done.out
    assert "[1] “" in done.out


def test_a_chat_follows_its_thread(filled: Home) -> None:
    done = filled.run("ask", *DANA, stdin="What's the latest on Acme?\n\nWhat did they say about the SOC 2 report?\n")
    assert done.status == 0, done.err
    assert done.out.count("SOC 2") >= 2


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("ask", "x", "--as-of", "soon", "--as", "dana@tallyport.example"), 1, "2026-11-23"),
        (("import", "/no/such/file"), 1, "There is no file or folder"),
        (("nonsense",), 2, "No such command"),
        (("search",), 2, "Missing argument"),
        (("search", "x", "-k", "0"), 2, "greater than"),
    ],
)
def test_mistakes_are_told_in_a_sentence(company: Home, arguments: tuple[str, ...], status: int, told: str) -> None:
    done = company.run(*arguments)
    assert (done.status, done.out) == (status, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_a_setting_that_cannot_be_used_is_named_without_its_value(company: Home) -> None:
    done = company.run("doctor", DEALWRIGHT_TIME_ZONE="Mars/Olympus")
    assert done.status == 1
    assert "DEALWRIGHT_TIME_ZONE" in done.err
    assert "Olympus" not in done.err


def test_the_doctor_tells_every_component_and_what_to_do(filled: Home) -> None:
    done = filled.run("doctor", "--json")
    assert done.status == 0
    components = {one["name"]: one for one in done.json()["components"]}
    assert {"home", "server", "database", "index", "model", "people", "encoder", "vectors", "slack", "teams"} <= set(
        components
    )
    assert components["index"]["state"] == "ok"
    assert components["server"]["state"] == "missing"
    assert components["model"]["next_step"]
    broken = filled.run("doctor", DEALWRIGHT_MODEL="nonsense:gpt")
    assert broken.status == 1
    assert "✗ model" in broken.out


def test_users_are_listed(company: Home) -> None:
    told = company.run("users").out
    assert "dana@tallyport.example" in told
    assert "admin" in told


def test_commands_speak_to_the_server_that_runs(company: Home) -> None:
    server = find_server(company.folder)
    assert server is not None
    assert server.url == company.url
    found = company.run("search", "SOC 2 report", *DANA, "--json").json()
    assert found["passages"][0]["turns"] == [0, 1, 2, 3]
    assert company.run("ask", "What's the latest on Acme?", *DANA, "--json").json()["kind"] == "narrative"
    assert company.run("ask", "Acme?", "--json").status == 2
    assert "It runs at" in company.run("doctor").out
    assert any("/owner/{operation}" in line for line in company.log)


def test_a_second_server_says_where_the_first_is(company: Home) -> None:
    second = company.run("serve", "--port", "0")
    assert (second.status, second.out) == (0, f"Dealwright already runs at {company.url}\n")


def test_the_owners_door_needs_the_secret_of_this_start(company: Home) -> None:
    with company.client(token=TOKEN) as program:
        assert program.post("/owner/users", json={}).status_code == 401
    server = find_server(company.folder)
    assert server is not None
    with company.client(token=server.token) as owner:
        assert "dana@tallyport.example" in owner.post("/owner/users", json={}).text
        assert owner.post("/api/ask", json={"question": "x"}).status_code == 401


def test_an_import_beside_the_server_is_found_at_once(company: Home, tmp_path: Path) -> None:
    call = {
        "id": "call-late",
        "title": "Late call",
        "started_at": "2026-11-20T15:00:00Z",
        "account": "acc-acme",
        "turns": [{"id": "t-1", "speaker": "Ray Okonkwo", "text": "The zebra crossing at dock seven is painted."}],
    }
    (tmp_path / "late.json").write_text(json.dumps(call), encoding="utf-8")
    assert company.run("import", "late.json", "--yes", "--json").status == 1
    assert company.run("import", str(tmp_path / "late.json"), "--yes", "--json").json()["counts"]["call"]["added"] == 1
    found = company.run("search", "zebra crossing", *DANA, "--json").json()["passages"]
    assert (found[0]["call"], found[0]["turns"]) == ("call-late", ["t-1"])


def test_a_killed_server_leaves_nothing_in_the_way(filled: Home) -> None:
    home = filled
    home.serve()
    assert home.stop(signal.SIGKILL) == -signal.SIGKILL
    assert (home.folder / LOCK_NAME).exists()
    assert home.run("search", "SOC 2 report", *DANA, "--json").json()["passages"]
    home.serve()
    with home.client() as client:
        assert client.post("/api/search", json={"query": "SOC 2 report", "as_of": AS_OF}).json()["passages"]
    assert home.stop(signal.SIGTERM) == 0
    assert find_server(home.folder) is None


def test_a_port_that_is_taken_and_an_open_door_are_refused_in_words(
    make_home: Callable[[], Home], company: Home
) -> None:
    home = make_home()
    taken = home.run("serve", "--port", company.url.rpartition(":")[2])
    assert taken.status == 1
    assert "can't be opened" in taken.err
    open_door = home.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert open_door.status == 1
    assert "DEALWRIGHT_CONSOLE_PASSWORD" in open_door.err


def test_an_import_that_is_stopped_is_taken_up_again(make_home: Callable[[], Home], tmp_path: Path) -> None:
    rows = "\n".join(f"acc-{n},Company Number {n},c{n}.example" for n in range(6_000))
    (tmp_path / "accounts.csv").write_text(f"id,name,domain\n{rows}\n", encoding="utf-8")
    home = make_home()
    process = home.begin("import", str(tmp_path), "--yes")
    database = home.folder / "spine.db-wal"
    deadline = time.monotonic() + 60
    while not (database.exists() and database.stat().st_size > 300_000) and time.monotonic() < deadline:
        process.poll()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "takes it up again" in err
    total = home.run("import", str(tmp_path), "--json").json()["total"]
    assert total["added"] + total["unchanged"] == 6_000
    assert home.run("import", str(tmp_path), "--json").json()["total"]["added"] == 0


def test_what_is_forgotten_is_found_no_more(company: Home) -> None:
    assert company.run("search", "zebra crossing", *DANA, "--json").json()["passages"]
    assert company.run("forget", "account", "acc-acme").status == 1
    unknown = company.run("forget", "account", "No Such Company", "--yes")
    assert (unknown.status, unknown.out) == (1, "")
    gone = company.run("forget", "account", "Acme Logistics", "--yes")
    assert gone.status == 0, gone.err
    assert "Acme Logistics is gone, with 1 deals" in gone.out
    assert company.run("search", "SOC 2 report", *DANA, "--json").json() == {"passages": []}
    assert company.run("forget", "account", "Acme Logistics", "--yes").status == 1
