"""An upgrade between a decision and its effect: other code, another version of durable work, other steps; nothing is lost, nothing goes twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings import Settings
from tests.bot.running import Home, new_home
from tests.bot.sending import decide, files_of, fill, state_of, until

ROOT = Path(__file__).resolve().parents[2]
NEXT_VERSION = """
import infra.workflows
infra.workflows.APPLICATION_VERSION = "2"
"""
OTHER_STEPS = f"""{NEXT_VERSION}
def step(self, name, function, *, attempts=1, _step=infra.workflows.Workflows.step):
    return _step(self, name + ", another way", function, attempts=attempts)
infra.workflows.Workflows.step = step
"""
CHANGED_CODE = """
import agents.proposals.effects as effects
def run(self, key, steps, _run=effects.Effects.run):
    return _run(self, key, steps)
effects.Effects.run = run
"""
QUICK = ("sqlite", "next", "send: marked")
CASES = [
    pytest.param(kind, change, point, marks=() if (kind, change, point) == QUICK else pytest.mark.soak)
    for kind in ("sqlite", "postgres")
    for change, point in (
        ("code", "effect: begun"),
        ("next", "effect: begun"),
        ("next", "send: marked"),
        ("next", "effect: sent"),
        ("steps", "send: marked"),
        ("steps", "effect: sent"),
    )
]
CHANGES = {"code": CHANGED_CODE, "next": NEXT_VERSION, "steps": OTHER_STEPS}


@pytest.fixture
def house(tmp_path: Path, models: Path) -> Iterator[Home]:
    """An empty home, whose server is ended with the test."""
    home = new_home(tmp_path / "house", models)
    home.environment["DEALWRIGHT_TEST"] = "1"
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop(signal.SIGKILL)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("kind", "change", "point"), CASES)
def test_what_was_decided_before_an_upgrade_goes_after_it_once(
    house: Home, kind: str, change: str, point: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """`code` is changed code of the same version; `next` another version; `steps` one whose steps the recorded ones don't fit."""
    url = f"sqlite:///{tmp_path / 'spine.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    house.environment["DEALWRIGHT_DATABASE_URL"] = url
    one, waiting = fill(url, 2, Settings(home=house.folder))
    house.serve(DEALWRIGHT_CRASH_AT=point)
    first = decide(house, one)
    assert first["outcome"] == "approved", first
    assert house.process is not None
    assert house.process.wait(30) == -signal.SIGKILL
    house.close()
    (house.folder / "sitecustomize.py").write_text(CHANGES[change], encoding="utf-8")
    house.serve(PYTHONPATH=os.pathsep.join((str(house.folder), str(ROOT))))
    # Where the steps don't fit, the work ends as failed, and what is planned anew goes a minute later.
    until(lambda: state_of(house, one) == "done", 150)
    assert decide(house, waiting)["outcome"] == "approved"
    until(lambda: state_of(house, waiting) == "done", 60)
    assert len(files_of(house)) == 2
    assert f"{first['effect_id']}@ours.example.eml" in files_of(house)
