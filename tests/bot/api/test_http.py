"""The HTTP API as a program meets it: a real server over a small company."""

from __future__ import annotations

import concurrent.futures
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot.conftest import AS_OF
from tests.bot.running import Home


@pytest.fixture(scope="module")
def client(company: Home) -> Iterator[httpx.Client]:
    with company.client() as client:
        yield client


def _problem(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"sentence", "next_step", "reference", "fields"}
    assert error["sentence"]
    assert error["reference"]
    assert "Traceback" not in response.text
    return error


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/ask"), ("POST", "/api/search"), ("POST", "/api/import"), ("GET", "/api/anything")],
)
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic dGVzdC10b2tlbg==", "Bearer", "Bearer \u00fc"])
def test_without_the_token_there_is_nothing(company: Home, method: str, path: str, header: str | None) -> None:
    headers = {b"Authorization": header.encode("latin-1")} if header else {}
    with company.client(token=None) as stranger:
        response = stranger.request(method, path, headers=headers, content=b"{")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    _problem(response)


def test_a_search_gives_passages_with_ids_as_imported(client: httpx.Client) -> None:
    body = {"query": "SOC 2 report", "call": "call-acme-1", "k": 5, "as_of": AS_OF}
    response = client.post("/api/search", json=body)
    assert response.status_code == 200
    first = response.json()["passages"][0]
    assert first["call"] == "call-acme-1"
    assert 1 in first["turns"]
    assert "SOC 2" in first["text"]
    assert first["at"] == "2026-11-18T15:00:00Z"
    assert isinstance(first["score"], float)
    assert first["account"] == "acc-acme"


@pytest.mark.parametrize("account", ["acc-acme", "Acme Logistics", "acme logistics"])
def test_an_account_is_named_by_id_or_name(client: httpx.Client, account: str) -> None:
    found = client.post("/api/search", json={"query": "report", "account": account}).json()["passages"]
    assert {one["account"] for one in found} == {"acc-acme"}


@pytest.mark.parametrize("account", ["acc-acme", "No Such Company"])
def test_what_may_not_be_seen_and_what_does_not_exist_look_alike(client: httpx.Client, account: str) -> None:
    body = {"query": "SOC 2 report", "account": account, "as": "luis@tallyport.example"}
    response = client.post("/api/search", json=body)
    assert (response.status_code, response.json()) == (200, {"passages": []})


def test_nothing_from_after_the_moment_is_found(client: httpx.Client) -> None:
    body = {"query": "SOC 2 report", "call": "call-acme-1", "as_of": "2026-11-17"}
    assert client.post("/api/search", json=body).json() == {"passages": []}


def test_an_unknown_person_is_refused_without_learning_anything(client: httpx.Client) -> None:
    search = client.post("/api/search", json={"query": "Acme", "as": "stranger@elsewhere.example"})
    assert search.status_code == 403
    assert "Acme" not in _problem(search)["sentence"]
    ask = client.post("/api/ask", json={"question": "Latest on Acme?", "as": "stranger@elsewhere.example"})
    assert ask.status_code == 200
    assert ask.json()["kind"] == "refused"
    assert ask.json()["claims"] == []
    assert "Acme" not in ask.text


def test_an_answer_has_every_key_that_programs_read(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": "What's the latest on Acme?", "as_of": AS_OF}).json()
    assert {
        "kind",
        "headline",
        "claims",
        "table",
        "figures",
        "rule",
        "checked",
        "excluded",
        "freshness",
        "took_ms",
    } <= set(answer)
    assert answer["kind"] == "narrative"
    quotes = [piece["quote"] for claim in answer["claims"] for piece in claim["evidence"]]
    assert any("SOC 2" in quote for quote in quotes)


def test_an_admin_sees_all_and_a_rep_their_own(client: httpx.Client) -> None:
    body = {"question": "How many open deals are there?", "as_of": AS_OF}
    everything = client.post("/api/ask", json=body).json()
    own = client.post("/api/ask", json={**body, "as": "luis@tallyport.example"}).json()
    assert [figure["value"] for figure in everything["figures"]][:1] == [2]
    assert [figure["value"] for figure in own["figures"]][:1] == [1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'"question"', 422),
        (b'{"question": 1}', 422),
        (b'{"question": ""}', 422),
        (b'{"question": "x", "ask": "typo"}', 422),
        (b'{"question": "x", "as_of": "yesterday"}', 422),
        (b'{"question": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (json.dumps({"question": "x" * 5_000}).encode(), 422),
        (b'{"question": "' + b"x" * 1_100_000 + b'"}', 413),
    ],
)
def test_a_wrong_request_is_answered_in_fixed_words(client: httpx.Client, body: bytes, status: int) -> None:
    response = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status, response.text
    _problem(response)


def test_a_wrong_place_in_a_request_is_named_but_not_repeated(client: httpx.Client) -> None:
    error = _problem(client.post("/api/search", json={"query": "x", "k": "secret-value"}))
    assert any(line.startswith("body.k") for line in error["fields"])
    assert "secret-value" not in str(error)


def test_a_body_that_hides_its_size_is_cut_off(client: httpx.Client) -> None:
    def endless() -> Any:
        for _ in range(200):
            yield b'{"question": "' + b"x" * 10_000

    response = client.post("/api/ask", content=endless(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


@pytest.mark.parametrize("query", [b'"SOC\\u0000 2"', b'"SOC \\ud800 2"', b'" "', '"\u202e\U0001f600"'.encode()])
def test_odd_characters_do_no_harm(client: httpx.Client, query: bytes) -> None:
    for path, key in (("/api/search", b"query"), ("/api/ask", b"question")):
        response = client.post(
            path, content=b'{"' + key + b'": ' + query + b"}", headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 200, response.text


def test_a_wrong_method_is_told_the_right_one(client: httpx.Client) -> None:
    response = client.get("/api/ask")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert client.get("/api/nothing").status_code == 404


def test_an_address_with_several_methods_tells_them_all(client: httpx.Client) -> None:
    response = client.delete("/api/suppressions")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


def test_every_answer_has_a_request_id_which_the_log_has_too(company: Home) -> None:
    with company.client() as client:
        given = client.get("/healthz", headers={"X-Request-ID": "abcdefgh-1"})
        assert given.headers["x-request-id"] == "abcdefgh-1"
        assert (
            len(
                client.get("/healthz", headers={b"X-Request-ID": "bad id\u00e9".encode("latin-1")}).headers[
                    "x-request-id"
                ]
            )
            == 16
        )
        client.post("/api/search", json={"query": "a very secret question"}, headers={"X-Request-ID": "find-me-1"})
        client.get("/healthz")
    lines = [json.loads(line) for line in company.log]
    assert any(line.get("request_id") == "find-me-1" and line["route"] == "/api/search" for line in lines)
    assert not any("secret question" in line for line in company.log)


def test_health_readiness_and_figures_are_open(company: Home) -> None:
    with company.client(token=None) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok"}
        ready = stranger.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["database"], ready.json()["parts"]["index"]) == (
            200,
            "ok",
            "ok",
        )
        figures = stranger.get("/metrics").text
    assert 'dealwright_http_requests_total{method="GET",route="/healthz",status="200"}' in figures
    assert 'dealwright_import_rows_total{outcome="added"}' in figures
    assert "dealwright_answer_seconds_bucket" in figures
    assert "dealwright_index_passages" in figures
    assert "dealwright_inbox_waiting" in figures


def _files(*paths: Path) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (path.name, path.read_bytes(), "application/octet-stream")) for path in paths]


def test_an_upload_counts_what_is_in_already(client: httpx.Client, company_files: Path) -> None:
    response = client.post(
        "/api/import", files=_files(company_files / "accounts.csv", company_files / "call-acme-1.json")
    )
    assert response.status_code == 200
    assert response.json()["total"] == {"added": 0, "changed": 0, "unchanged": 3, "kept_aside": 0}


def test_bad_rows_are_kept_aside_with_file_line_and_reason_and_the_rest_goes_in(client: httpx.Client) -> None:
    good = [f"d-{n},Deal {n},acc-acme,{n}00,USD,Propose,2026-12-01" for n in range(1, 12)]
    rows = "\n".join(
        ["id,name,account,amount,currency,stage,close date", *good, "d-99,Bad,acc-acme,1.2.3,USD,Propose,2026-12-01"]
    )
    sent = [("files", ("more deals.csv", rows.encode(), "text/csv")), ("files", ("x.bin", b"\x89PNG\x00", "image/png"))]
    result = client.post("/api/import", files=sent).json()
    assert result["counts"]["deal"]["added"] == 11
    assert [(one["file"], one["line"]) for one in result["kept_aside"]] == [("more deals.csv", 13), ("x.bin", 0)]
    assert all(one["reason"] for one in result["kept_aside"])


def test_a_column_map_comes_along_with_the_files(client: httpx.Client) -> None:
    rows = b"Firma;Wert\nMapped Company;x\n"
    mapping = 'kind = "account"\n[columns]\n"Firma" = "name"\n"Wert" = "-"\n'
    result = client.post("/api/import", files=[("files", ("firmen.csv", rows, "text/csv"))], data={"map": mapping})
    assert result.json()["counts"]["account"]["added"] == 1
    wrong = client.post("/api/import", files=[("files", ("firmen.csv", rows, "text/csv"))], data={"map": "kind = ["})
    assert wrong.status_code == 422
    _problem(wrong)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 422),
        (b"garbage", "multipart/form-data; boundary=x", 400),
        (b"garbage", "multipart/form-data", 400),
        (b"{}", "application/json", 422),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
    ],
)
def test_an_upload_without_files_is_refused(client: httpx.Client, content: bytes, kind: str, status: int) -> None:
    response = client.post("/api/import", content=content, headers={"Content-Type": kind})
    assert response.status_code == status, response.text
    _problem(response)


def test_an_uploads_name_cannot_leave_its_folder(client: httpx.Client) -> None:
    result = client.post(
        "/api/import", files=[("files", ("../../../../tmp/evil.csv", b"name,domain\nEvil,evil.example\n", "text/csv"))]
    )
    assert result.status_code == 200
    assert [one["file"] for one in result.json()["files"]] == ["evil.csv"]


def test_answers_go_on_while_many_ask_at_once(client: httpx.Client) -> None:
    def one(number: int) -> int:
        return client.post("/api/search", json={"query": f"report {number}", "k": 3}).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(24))) == {200}


def test_raw_nonsense_on_the_wire_does_not_stop_the_server(company: Home) -> None:
    address = httpx.URL(company.url)
    for nonsense in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: " + b"x" * 100_000,
        b"POST /api/ask HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ):
        with socket.create_connection((address.host, address.port or 80), timeout=10) as raw:
            raw.sendall(nonsense)
            raw.shutdown(socket.SHUT_WR)
            raw.settimeout(10)
            assert b"Traceback" not in raw.recv(4096)
    with company.client() as client:
        assert client.get("/healthz").status_code == 200


def test_the_description_of_the_api_is_open_and_names_the_token(company: Home) -> None:
    with company.client(token=None) as stranger:
        described = stranger.get("/openapi.json").json()
    assert set(described["paths"]) >= {"/api/ask", "/api/search", "/api/import", "/healthz", "/readyz", "/metrics"}
    assert not any(path.startswith("/owner") for path in described["paths"])
    for path in ("/api/ask", "/api/search", "/api/import"):
        assert described["paths"][path]["post"]["security"] == [{"HTTPBearer": []}]
