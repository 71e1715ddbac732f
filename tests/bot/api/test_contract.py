"""The API does what its description says, whatever is sent: generated requests against a real server, every answer held to the description."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.settings import Settings
from tests.bot.api.contract_hooks import IDS, SECRET, SHARE
from tests.bot.running import TOKEN, Home
from tests.bot.sending import ZONE, fill
from tests.fakes.dns_server import dns_server

SOAK = bool(os.environ.get("DEALWRIGHT_SOAK"))
EXAMPLES, LEAST = (3_600, 10_000) if SOAK else (50, 150)
"""Generated requests for each operation, and how many all of them must come to: about 1,000 in `make test`, with those of *Approve*."""

APPROVING, LEAST_APPROVING = (1_600, 10_000) if SOAK else (10, 500)
"""The same for the operations of *Approve*."""

BORDERS = 1 if SOAK else 5
"""Of so many requests to the borders of what is described one is sent: all are 2,000."""

TABLES = {
    "users": "name,email,role\nInes Calder,ines@ours.example,admin\n",
    "accounts": "id,name,domain,owner\nacc-acme,Acme Logistics,acme.example,dana@ours.example\n",
}
NOW = datetime.now(UTC)
ROOT = Path(__file__).resolve().parents[3]
_SET_ASIDE = "This call has no turn with a text in it."
ASKING = "^/(api/(ask|search|import)|healthz|readyz|metrics)$"


@pytest.fixture
def office(make_home: Callable[[], Home], tmp_path: Path) -> Iterator[Home]:
    """A server with people, signals and forty mails that wait for a decision, over a DNS in which everything is in order."""
    with dns_server(ZONE) as (dns, _):
        home = make_home()
        url = f"sqlite:///{tmp_path / 'spine.db'}"
        proposals = fill(url, 40, Settings(home=home.folder))
        home.environment |= {
            "DEALWRIGHT_TEST": "1",
            "DEALWRIGHT_DATABASE_URL": url,
            "DEALWRIGHT_DNS_SERVER": dns,
            "DEALWRIGHT_WEBHOOK_SECRET": SECRET,
        }
        home.serve()
        for name, text in TABLES.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        done = home.run("import", *[str(tmp_path / f"{name}.csv") for name in TABLES], "--yes", "--json")
        assert done.status == 0, done.err
        told = [{"id": f"s{number}", "kind": "funding", "account": "acc-acme", "occurred_at": NOW.isoformat()} for number in range(9)]  # fmt: skip
        (tmp_path / "signals.jsonl").write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
        assert home.run("signals", "import", str(tmp_path / "signals.jsonl"), "--json").status == 0
        with home.client() as client:
            signals = [one["id"] for one in client.get("/api/signals").json()["signals"]]
        assert signals
        people = ["dana@ours.example", "ines@ours.example"]
        for name, known in zip(IDS, (proposals, signals, people), strict=True):
            home.environment[IDS[name]] = " ".join(known)
        yield home
        home.stop()


@pytest.mark.timeout(3_700 if SOAK else 300)
def test_every_answer_is_one_that_the_description_allows(company: Home, tmp_path: Path) -> None:
    _held(company, tmp_path, EXAMPLES, LEAST, "--include-path-regex", ASKING)


@pytest.mark.timeout(3_700 if SOAK else 300)
def test_so_is_every_answer_to_whoever_decides_signals_and_guards(office: Home, tmp_path: Path) -> None:
    """Whatever else the description lists. A request of the right shape may still ask for what can't be, and is told so by a 422."""
    _held(
        office, tmp_path, APPROVING, LEAST_APPROVING, "--exclude-path-regex", ASKING,
        "--exclude-checks", "positive_data_acceptance",
    )  # fmt: skip
    with office.client() as client:
        states = {one["state"] for one in client.get("/api/proposals", params={"limit": 500}).json()["proposals"]}
        assert len(states) > 1, states


def _held(home: Home, folder: Path, examples: int, least: int, *which: str) -> None:
    """Generate requests for the operations that `which` chooses; hold the answers to the description, and the server to no errors."""
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{home.url}/openapi.json",
            "-H",
            f"Authorization: Bearer {TOKEN}",
            *which,
            "--max-examples",
            str(examples),
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=folder,
        env={
            **os.environ,
            **home.environment,
            SHARE: str(BORDERS),
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.bot.api.contract_hooks",
        },
        capture_output=True,
        text=True,
        timeout=3_600 if SOAK else 280,
    )
    assert done.returncode == 0, done.stdout[-6_000:]
    generated = re.search(r"([\d,]+) generated", done.stdout)
    assert generated is not None, done.stdout[-2_000:]
    assert int(generated[1].replace(",", "")) >= least, generated[0]
    # A generated call has often no turn with a text: it is stored, and set aside with that reason.
    assert not [line for line in home.log if '"level": "error"' in line and _SET_ASIDE not in line]
    assert not [line for line in home.log if "Traceback" in line]
    with home.client() as client:
        assert client.get("/readyz").json()["ready"]
