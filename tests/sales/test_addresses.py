"""Mail addresses: which can be written to, and which are one person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.addresses import ascii_domain, compared_address, domain_of, parent_domains, written_address


@pytest.mark.parametrize(
    "text, written",
    [
        ("Ann.Lee@Acme.Example", "Ann.Lee@acme.example"),
        (" ann@bücher.de ", "ann@xn--bcher-kva.de"),
        ("o'neil+x@a-b.example", "o'neil+x@a-b.example"),
        ("ann@acme", None),
        ("ann@acme..example", None),
        (".ann@acme.example", None),
        ("ann..lee@acme.example", None),
        ("ann lee@acme.example", None),
        ("ann@acme.example, bob@acme.example", None),
        ("ann@acme.example\r\nBcc: x@y.z", None),
        ("ann@192.0.2.1", None),
        ("änn@acme.example", None),
        ("a" * 65 + "@acme.example", None),
        ("", None),
        ("@acme.example", None),
    ],
)
def test_what_can_be_written_to(text: str, written: str | None) -> None:
    assert written_address(text) == written


@pytest.mark.parametrize(
    "one", ["ann@acme.example", "Ann+news@ACME.example", "ann+a+b@acme.example", " ANN@acme.example."]
)
def test_case_and_what_follows_a_plus_make_no_other_person(one: str) -> None:
    assert compared_address(one) == "ann@acme.example"


def test_a_leading_plus_is_part_of_the_name() -> None:
    assert compared_address("+ann@acme.example") == "+ann@acme.example"


def test_a_domain_is_never_taken_for_another_that_only_sounds_like_it() -> None:
    assert ascii_domain("straße.de") == "xn--strae-oqa.de"
    assert ascii_domain("fass.de") != ascii_domain("faß.de")
    assert ascii_domain("BÜCHER.de") == "xn--bcher-kva.de"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none_and_what_is_written_stays_written(text: str) -> None:
    for form in (written_address, compared_address, ascii_domain):
        told = form(text)
        assert told is None or (told.isascii() and form(told) == told)


def test_domains_and_those_above_them() -> None:
    assert domain_of("ann@Mail.acme.example") == "mail.acme.example"
    assert parent_domains("mail.eu.acme.example") == ("mail.eu.acme.example", "eu.acme.example", "acme.example")
