"""Reading signals: objects, tables, lines, feeds, boards and filings; what can't be read says why and stops nothing."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.boards import BOARDS, read_board
from integrations.signals.body import read_object
from integrations.signals.feeds import read_feed
from integrations.signals.formd import read_form_d
from integrations.signals.signing import is_signed, signature
from integrations.signals.tables import looks_like_signals, read_lines, read_table
from sales.signals import Kind, Telling, Unread
from tests.fakes.job_boards import ASHBY, FEED, GREENHOUSE, LEVER

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "id": "evt-1",
    "kind": "job_change",
    "account": "Acme",
    "domain": "https://www.acme.example/about",
    "person": "Ada Park <ada@acme.example>",
    "title": "VP Sales",
    "occurred_at": "2026-11-23T09:00:00+01:00",
    "url": "https://news.example/1",
    "text": "Ada joined.",
}


def _read(**changed: Any) -> Telling | Unread:
    return read_object({**WHOLE, **changed}, "hook", NOW, "entry 1")


def test_the_documented_object_is_read() -> None:
    told = _read()
    assert told == Telling(
        "hook", "evt-1", Kind.JOB_CHANGE, datetime(2026, 11, 23, 8, 0, tzinfo=UTC), company="Acme", domain="acme.example", person="Ada Park", person_email="ada@acme.example", title="VP Sales", text="Ada joined.", url="https://news.example/1"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"kind": None}, "no `kind`"),
        ({"kind": "weather"}, "`kind` is none of"),
        ({"account": None, "domain": None, "person": "Ada"}, "no company"),
        ({"occurred_at": None}, "when it happened"),
        ({"occurred_at": "yesterday"}, "no date"),
        ({"occurred_at": "2031-01-01"}, "too far away"),
        ({"occurred_at": {"x": 1}}, "when it happened"),
        ({"occurred_at": "1" * 40}, "too far away"),
    ],
)
def test_what_can_not_be_taken_says_why_without_the_senders_words(changed: dict[str, Any], says: str) -> None:
    refused = _read(**changed)
    assert isinstance(refused, Unread)
    assert refused.id == "evt-1"
    assert says in refused.reason
    assert "Ada" not in refused.reason
    assert "weather" not in refused.reason


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20 10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        (1795000000, datetime.fromtimestamp(1795000000, UTC)),
        (1795000000000, datetime.fromtimestamp(1795000000, UTC)),
        ("1795000000", datetime.fromtimestamp(1795000000, UTC)),
    ],
)
def test_moments_as_programs_write_them(value: object, moment: datetime) -> None:
    told = _read(occurred_at=value)
    assert isinstance(told, Telling)
    assert told.occurred_at == min(moment, NOW)


def test_other_names_and_nested_objects_are_understood() -> None:
    value = {"eventId": 7, "eventType": "New Hire", "company": {"name": "Acme", "domain": "acme.example"}, "contact": {"name": "Ada", "email": "ada@acme.example", "title": "COO"}, "timestamp": "2026-11-20", "companySize": 300, "oldCompany": "Globex"}  # fmt: skip
    told = read_object(value, "hook", NOW, "entry 1")
    assert isinstance(told, Telling)
    assert (told.external_id, told.kind, told.company, told.person, told.title) == (
        "7",
        Kind.JOB_CHANGE,
        "Acme",
        "Ada",
        "COO",
    )
    assert told.about == {"employees": "300", "previous_company": "Globex"}


def test_an_object_without_an_id_is_known_by_its_content() -> None:
    first, again, other = _read(id=None), _read(id=None), _read(id=None, text="else")
    assert isinstance(first, Telling)
    assert isinstance(again, Telling)
    assert isinstance(other, Telling)
    assert first.external_id == again.external_id != other.external_id


def test_a_contract_that_ends_looks_ahead() -> None:
    told = _read(kind="renewal", occurred_at="2027-02-01")
    assert isinstance(told, Telling)
    assert told.occurred_at == NOW
    assert told.ends_at == datetime(2027, 2, 1, 12, tzinfo=UTC)


def test_an_address_that_runs_code_is_no_address() -> None:
    told = _read(url="javascript:alert(1)")
    assert isinstance(told, Telling)
    assert told.url is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*WHOLE, "email", "ends_at", "employees", "Company Name"]), _JSON) | _JSON)
def test_anything_at_all_is_read_or_refused(value: Any) -> None:
    found = read_object(value, "hook", NOW, "entry 1")
    assert isinstance(found, Telling | Unread)
    if isinstance(found, Telling):
        assert found.company or found.domain or found.person_email
        assert found.occurred_at <= NOW


def test_a_table_of_any_header_and_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        '\ufeffSignal Type;Company Name;Website;Date;Job Title;Notes\nFunding;Acme;acme.example;2026-11-20;;"a ""quoted""\nnote"\nweather;Acme;;2026-11-20;;\n;;;;;\nHiring;Globex;;not a day;Clerk;\n',
        encoding="utf-8",
    )
    read = list(read_table(path, "file", NOW))
    assert [type(one).__name__ for one in read] == ["Telling", "Unread", "Unread"]
    assert isinstance(read[0], Telling)
    assert read[0].text == 'a "quoted"\nnote'
    assert looks_like_signals(["Signal Type", "Company Name", "Date"])
    assert not looks_like_signals(["id", "name", "amount"])


@pytest.mark.parametrize("form", ["lines", "list", "pretty"])
def test_json_lines_a_list_and_one_object(tmp_path: Path, form: str) -> None:
    path = tmp_path / "s.jsonl"
    texts = {
        "lines": json.dumps(WHOLE) + "\n\n" + json.dumps({**WHOLE, "id": "2"}) + "\n{broken\n",
        "list": json.dumps([WHOLE, {**WHOLE, "id": "2"}, 5]),
        "pretty": json.dumps(WHOLE, indent=2),
    }
    path.write_text(texts[form], encoding="utf-8")
    read = list(read_lines(path, "file", NOW))
    assert [one.external_id for one in read if isinstance(one, Telling)] == (
        ["evt-1"] if form == "pretty" else ["evt-1", "2"]
    )
    assert sum(isinstance(one, Unread) for one in read) == (0 if form == "pretty" else 1)


@given(st.binary(max_size=400))
def test_any_file_is_read_without_harm(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    from agents.signals.reading import read_file

    path = tmp_path_factory.mktemp("any") / "file.bin"
    path.write_bytes(data)
    assert all(isinstance(one, Telling | Unread) for one in read_file(path, NOW))


@given(st.lists(st.lists(st.text(max_size=12), min_size=4, max_size=4), max_size=5))
def test_a_bad_row_never_costs_a_good_one(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("rows") / "s.csv"
    good = ["g-1", "funding", "Acme", "2026-11-20"]
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([["id", "kind", "account", "occurred_at"], *rows, good])
    read = list(read_table(path, "file", NOW))
    assert any(isinstance(one, Telling) and one.external_id == "g-1" for one in read)


def test_a_feed_gives_the_entries_that_tell_something() -> None:
    read = list(read_feed(FEED, "news", NOW))
    told = [one for one in read if isinstance(one, Telling)]
    assert [(one.external_id, one.kind) for one in told] == [("n-1", Kind.FUNDING), ("n-3", Kind.FUNDING)]
    assert told[0].mentions == "Free Freight raises $5 million in Series A"
    assert told[0].text is not None
    assert "<" not in told[0].text
    assert [one.id for one in read if isinstance(one, Unread)] == ["n-2"]


def test_an_atom_feed_of_one_company() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>urn:1</id><title>A new review</title>
    <link href="https://r.example/1"/><updated>2026-11-22T08:00:00Z</updated><content type="html">Five stars</content></entry></feed>"""
    told = next(iter(read_feed(atom, "g2", NOW, kind=Kind.REVIEW, company="Acme")))
    assert isinstance(told, Telling)
    assert (told.kind, told.company, told.text, told.url) == (Kind.REVIEW, "Acme", "Five stars", "https://r.example/1")


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def test_entities_are_refused_in_feeds_and_filings() -> None:
    feed = (
        f'<?xml version="1.0"?>{_BOMB}<rss><channel><item><title>&c; raises $1 million</title></item></channel></rss>'
    )
    assert [type(one).__name__ for one in read_feed(feed.encode(), "news", NOW)] == ["Unread"]
    filing = f'<?xml version="1.0"?>{_BOMB}<edgarSubmission><primaryIssuer><entityName>&c;</entityName></primaryIssuer></edgarSubmission>'
    assert [type(one).__name__ for one in read_form_d(filing, "d.xml", NOW)] == ["Unread"]


@pytest.mark.parametrize(
    ("board", "answer", "expected"),
    [
        ("greenhouse", GREENHOUSE, [("greenhouse:127817", "VP of Operations", datetime(2026, 11, 20, 15, tzinfo=UTC), "Run our docks ."), ("greenhouse:127818", "Accountant", datetime(2026, 11, 21, 14, tzinfo=UTC), None)]),
        ("lever", LEVER, [("lever:5ac21346-8e0c-4494-8e7a-3eb92ff77902", "Head of Logistics", datetime.fromtimestamp(1795000000, UTC), "You run our warehouses.")]),
        ("ashby", ASHBY, [("ashby:https://jobs.ashbyhq.com/open/1", "Dock Scheduler", datetime(2026, 11, 21, 8, tzinfo=UTC), "Plan our docks.")]),
    ],
)  # fmt: skip
def test_job_boards(board: str, answer: Any, expected: list[tuple[str, str, datetime, str | None]]) -> None:
    read = list(read_board(json.dumps(answer).encode(), board, "jobs", NOW, company="Acme", domain=None))
    told = [one for one in read if isinstance(one, Telling)]
    assert [(one.external_id, one.title, one.occurred_at, one.text) for one in told] == [
        (*one[:2], min(one[2], NOW), one[3]) for one in expected
    ]
    assert all(one.kind is Kind.HIRING and one.company == "Acme" for one in told)


def test_only_postings_of_our_category_are_told() -> None:
    body = json.dumps(GREENHOUSE).encode()
    told = list(
        read_board(body, "greenhouse", "jobs", NOW, company="Acme", domain=None, roles=("Vice President Operations",))
    )
    assert [one.title for one in told if isinstance(one, Telling)] == ["VP of Operations"]


@given(_JSON, st.sampled_from(sorted(BOARDS)))
def test_any_answer_of_a_board_is_read_without_harm(value: Any, board: str) -> None:
    body = json.dumps(value).encode()
    assert all(
        isinstance(one, Telling | Unread) for one in read_board(body, board, "jobs", NOW, company="Acme", domain=None)
    )


@pytest.mark.shared_data
def test_the_three_real_form_d_filings(shared_data: Path) -> None:
    told = {}
    for path in sorted((shared_data / "signals" / "sec-form-d").glob("*.xml")):
        one = next(iter(read_form_d(path.read_text("utf-8"), path.name, NOW)))
        assert isinstance(one, Telling), one
        told[path.name] = one
    assert {name: one.company for name, one in told.items()} == {
        "D.1685REIT.xml": "1685 38th REIT, L.L.C.",
        "D.APFund.xml": "AP Fund IV, a series of Inference Technology Partners, LP",
        "D.Shepards.xml": "Shepherd's Finance, LLC",
    }
    finance = told["D.Shepards.xml"]
    assert (finance.person, finance.occurred_at.date().isoformat()) == ("Daniel M. Wallach", "2023-01-31")
    assert finance.about["amount"] == "5725051"
    assert finance.about["first_sale"] == "2017-03-16"
    assert finance.text is not None
    assert "amended its Form D, $5,725,051 sold of $8,000,000 offered" in finance.text
    assert told["D.APFund.xml"].person is None, "a firm in the fields of a person is nobody to write to"
    assert len({one.external_id for one in told.values()}) == 3


@given(st.binary(max_size=2_000), st.integers(0, 2**33))
def test_only_what_was_signed_with_the_secret_within_five_minutes_is_signed(body: bytes, at: int) -> None:
    given_ = signature("secret", str(at), body)
    assert is_signed("secret", str(at), given_, body, at + 299)
    assert not is_signed("secret", str(at), given_, body, at + 301)
    assert not is_signed("secret", str(at), given_, body, at - 301)
    assert not is_signed("other", str(at), given_, body, at)
    assert not is_signed("secret", str(at), given_, body + b" ", at)
    assert not is_signed("secret", str(at + 1), given_, body, at)


@pytest.mark.parametrize("stamp", ["", "-1", "1e9", "12.5", "٣٤", "9" * 40, "now"])
def test_a_timestamp_that_is_none_is_never_signed(stamp: str) -> None:
    assert not is_signed("secret", stamp, signature("secret", stamp, b"{}"), b"{}", 0)


def test_a_moment_a_little_ahead_of_our_clock_is_now() -> None:
    told = _read(occurred_at=(NOW + timedelta(minutes=3)).isoformat())
    assert isinstance(told, Telling)
    assert told.occurred_at == NOW
