"""The pipeline at the terminal and for programs, over an imported pipeline of public shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from agents.intake.run import import_paths
from bot.app import App
from bot.server import assemble
from bot.terminal.main import app as terminal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import User
from sales.clock import FixedClock
from tests.agents.pipeline.public_crm import made
from tests.conftest import NOW

ADMIN, REP = "ines@tallyport.example", "rep@tallyport.example"
TOKEN = "a-token-for-programs-0123456789"


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an imported pipeline, with an admin and a rep who has no deals."""
    home = tmp_path_factory.mktemp("public")
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'spine.db'}")
    database = Database(settings.spine_url)
    database.migrate()
    import_paths(database, settings, FixedClock(NOW), made(11, 900).write(home / "files"))
    with database.transaction() as session:
        for email, role in ((ADMIN, "admin"), (REP, "rep")):
            session.add(
                User(id=email, email=email, name=email, name_key=email, role=role, source="test", source_at=NOW)
            )
    database.close()
    return home


@pytest.fixture
def run(spine: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line over that home."""
    monkeypatch.setenv("DEALWRIGHT_HOME", str(spine))
    monkeypatch.setenv("DEALWRIGHT_DATABASE_URL", f"sqlite:///{spine / 'spine.db'}")
    return CliRunner()


def _done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_terminal_tells_what_moved_and_where_the_quarter_lands(run: CliRunner) -> None:
    asked = ["pipeline", "--week", "2017-W33", "--as-of", "2017-08-20", "--as", ADMIN]
    told = json.loads(_done(run.invoke(terminal, [*asked, "--json"])))
    movement = told["movement"]
    assert movement["window"] == {"begin": "2017-08-14T00:00:00Z", "end": "2017-08-20T23:59:59.000001Z"}
    assert {one["kind"] for one in movement["moves"]} == {"won", "lost", "new"}
    shown = _done(run.invoke(terminal, asked))
    won = next(one for one in movement["sums"] if one["kind"] == "won")
    assert f"{won['deals']} · $" in shown
    assert "Forecast Q3 2017" in shown
    assert "decided later, with no history of their amount" in shown


def test_a_team_s_deals_add_up_to_the_company_s(run: CliRunner) -> None:
    asked = ["pipeline", "--from", "2017-07-01", "--to", "2017-09-30", "--as-of", "2017-12-31", "--as", ADMIN, "--json"]
    whole = json.loads(_done(run.invoke(terminal, asked)))
    teams = [json.loads(_done(run.invoke(terminal, [*asked, "--team", name]))) for name in ("Central", "East", "West")]
    assert sum(len(one["movement"]["moves"]) for one in teams) == len(whole["movement"]["moves"])
    assert sum(one["conversion"]["won"] for one in teams) == whole["conversion"]["won"] > 0


def test_what_rests_on_too_little_says_so(run: CliRunner) -> None:
    shown = _done(run.invoke(terminal, ["likelihood", "--as-of", "2017-03-12", "--as", ADMIN]))
    assert "a model needs 50 of each" in shown
    told = json.loads(_done(run.invoke(terminal, ["likelihood", "--as-of", "2017-12-31", "--as", ADMIN, "--json"])))
    assert told["trials"][0]["cutoff"] == "2017-10-01T00:00:00Z"
    assert sum(one["deals"] for one in told["calibration"]) == sum(one["deals"] for one in told["trials"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--week", "47"], "That is no week."),
        (["--from", "yesterday"], "That is no day."),
        (["--from", "2017-08-02", "--to", "2017-08-01"], "The last day can't be before the first."),
        (["--team", "Nowhere"], "There is no team of that name for you."),
        (["--as", "nobody@x.example"], "I don't know you yet"),
    ],
)
def test_what_can_t_be_read_is_refused_with_what_to_do(run: CliRunner, wrong: list[str], said: str) -> None:
    given = ["pipeline", *wrong] if "--as" in wrong else ["pipeline", "--as", ADMIN, *wrong]
    result = run.invoke(terminal, given)
    assert result.exit_code != 0
    assert said in result.output


def test_programs_read_the_same_inside_a_person_s_scope(spine: Path, home: Path) -> None:
    settings = Settings(home=home, database_url=f"sqlite:///{spine / 'spine.db'}", api_token=TOKEN, visibility="own")
    client = TestClient(assemble(App(settings, clock=FixedClock(NOW))), raise_server_exceptions=False)
    asked = {"week": "2017-W33", "as_of": "2017-08-20"}
    assert client.get("/api/pipeline", params=asked).status_code == 401
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    whole = client.get("/api/pipeline", params=asked).json()
    assert whole["movement"]["moves"]
    nobody = client.get("/api/pipeline", params={**asked, "as": REP}).json()
    assert (nobody["movement"]["moves"], nobody["movement"]["begin"], nobody["forecast"]["lines"]) == ([], [], [])
    assert client.get("/api/pipeline", params={**asked, "as": REP, "team": "East"}).status_code == 404
    assert client.get("/api/pipeline", params={"mine": "true"}).status_code == 422
    assert client.get("/api/pipeline", params={"week": "last"}).status_code == 422
    assert client.get("/api/likelihood", params={"as_of": "2017-12-31"}).json()["won"] > 50
