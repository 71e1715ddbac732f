"""The same over PostgreSQL: the server and the command line need nothing but the URL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.bot.conftest import AS_OF
from tests.bot.running import Home


def test_a_server_on_postgres_imports_searches_and_answers(
    make_home: Callable[[], Home], company_files: Path, postgres_url: str
) -> None:
    home = make_home()
    home.environment["DEALWRIGHT_DATABASE_URL"] = postgres_url
    assert home.run("import", str(company_files), "--yes", "--json").json()["counts"]["call"]["added"] == 1
    home.serve()
    with home.client() as client:
        assert client.get("/readyz").json()["parts"] == {"database": "ok", "index": "ok", "model": "missing"}
        found = client.post("/api/search", json={"query": "SOC 2 report", "as_of": AS_OF}).json()["passages"]
        answer = client.post("/api/ask", json={"question": "How many open deals are there?", "as_of": AS_OF}).json()
    assert found[0]["call"] == "call-acme-1"
    assert [figure["value"] for figure in answer["figures"]][:1] == [2]
    assert not (home.folder / "spine.db").exists()
    assert home.stop() == 0
    unreachable = home.run("users", DEALWRIGHT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert unreachable.status == 1
    assert "The database can't be opened." in unreachable.err
