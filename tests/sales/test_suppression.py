"""Who is not written to, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sales.suppression import (
    REASONS,
    Kind,
    Listed,
    Reason,
    heaviest,
    in_force,
    lookup_values,
    read_reason,
    read_value,
    replaces,
    sentence,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_can_be_read_and_told(reason: Reason) -> None:
    assert read_reason(reason) == reason
    assert sentence(Listed("person", "a@b.example", reason)).endswith(".")
    assert "domain" in sentence(Listed("domain", "b.example", reason))


def test_only_what_people_asked_for_never_ends() -> None:
    over = NOW - timedelta(days=1)
    assert [reason for reason in REASONS if in_force(Listed("person", "x", reason, over), NOW)] == [
        "opt_out",
        "complaint",
    ]
    assert all(in_force(Listed("person", "x", reason, NOW + timedelta(seconds=1)), NOW) for reason in REASONS)


def test_an_opt_out_is_not_forgotten_for_less() -> None:
    assert replaces("opt_out", "bounce")
    assert not replaces("bounce", "opt_out")
    assert not replaces("by_hand", "legal_hold")
    entries = [Listed("domain", "b.example", "by_hand"), Listed("person", "a@b.example", "opt_out")]
    held = heaviest(entries, NOW)
    assert held is not None
    assert held.reason == "opt_out"
    assert heaviest([Listed("person", "x", "bounce", NOW)], NOW) is None


def test_a_person_is_looked_up_under_all_that_may_name_them() -> None:
    assert lookup_values("Ann+x@Mail.Acme.example") == (
        "ann@mail.acme.example",
        ("mail.acme.example", "acme.example"),
    )
    with pytest.raises(ValueError):
        lookup_values("nobody")


@pytest.mark.parametrize(
    "text, read",
    [
        ("Ann+x@Acme.example", ("person", "ann@acme.example")),
        ("<ann@acme.example>", ("person", "ann@acme.example")),
        ("@Acme.example", ("domain", "acme.example")),
        ("*.acme.example", ("domain", "acme.example")),
        ("acme.example", ("domain", "acme.example")),
        ("acme", None),
        ("=cmd()", None),
    ],
)
def test_what_people_type(text: str, read: tuple[Kind, str] | None) -> None:
    assert read_value(text) == read


@pytest.mark.parametrize(
    "text, read", [("Unsubscribed", "opt_out"), ("Hard bounce", "bounce"), ("DNC", "do_not_contact"), ("why not", None)]
)
def test_reasons_in_the_words_of_other_lists(text: str, read: Reason | None) -> None:
    assert read_reason(text) == read
