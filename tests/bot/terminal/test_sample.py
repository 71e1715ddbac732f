"""What a newcomer does first: load the sample company, ask the two questions, start the server again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bot.conftest import AS_OF
from tests.bot.running import Home

INES = ("--as", "ines.calder@tallyport.example", "--as-of", AS_OF)


@pytest.fixture(scope="module", params=["loaded before", pytest.param("loaded beside", marks=pytest.mark.soak)])
def sample(request: pytest.FixtureRequest, make_home: Callable[[], Home], into_sample: Callable[[Home], None]) -> Home:
    """A server over the sample company: loaded before it starts, as `make run` does it, and at full size also beside it."""
    home = make_home()
    if request.param == "loaded before":
        into_sample(home)
    home.serve()
    if request.param == "loaded beside":
        done = home.run("sample", "load", "--as-of", AS_OF, "--json")
        assert done.status == 0, done.err
        assert done.json()["total"]["kept_aside"] == 0
    return home


@pytest.mark.timeout(240)
def test_the_sample_is_loaded_once(sample: Home) -> None:
    again = sample.run("sample", "load", "--as-of", AS_OF, "--json").json()
    assert (again["total"]["added"], again["total"]["changed"]) == (0, 0)
    assert sample.run("sample", "load", "--if-empty").out == "There is data already; the sample was not loaded.\n"


@pytest.mark.timeout(240)
def test_the_latest_on_an_account_is_quoted(sample: Home) -> None:
    answer = sample.run("ask", "What's the latest on Acme?", *INES, "--json").json()
    assert answer["kind"] == "narrative"
    quotes = " ".join(piece["quote"] for claim in answer["claims"] for piece in claim["evidence"])
    assert "I can't take this to security without the report" in quotes
    assert all(claim["evidence"] for claim in answer["claims"])


@pytest.mark.timeout(240)
def test_silent_deals_are_counted_with_the_rule(sample: Home) -> None:
    done = sample.run("ask", "Which deals have been silent for 5+ days?", *INES, "--json")
    assert done.status == 0, done.err
    answer = done.json()
    assert answer["kind"] == "structured"
    assert answer["table"]["rows"]
    assert answer["rule"]
    assert answer["checked"] > len(answer["table"]["rows"])
    shown = sample.run("ask", "Which deals have been silent for 5+ days?", *INES).out
    assert "Rule: " in shown
    assert "Brightwater" in shown
