"""Whose a domain is: companies that share a hoster, a registry or a mail provider are strangers to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.addresses import company_domains, parent_domains
from sales.shared_domains import is_shared, registered
from sales.suppression import lookup_values


@pytest.mark.parametrize(
    ("domain", "owner"),
    [
        ("mail.eu.acme.example", "acme.example"),
        ("mail.acme.co.uk", "acme.co.uk"),
        ("www.acme.com.br", "acme.com.br"),
        ("docs.acme.github.io", "acme.github.io"),
        ("acme.blogspot.com", "acme.blogspot.com"),
        ("shop.acme.wordpress.com", "acme.wordpress.com"),
        ("acme.onmicrosoft.com", "acme.onmicrosoft.com"),
        ("acme.t-online.de", "acme.t-online.de"),
        ("mail.xn--bcher-kva.de", "xn--bcher-kva.de"),
    ],
)
def test_a_domain_belongs_to_whoever_registered_it(domain: str, owner: str) -> None:
    assert registered(domain) == owner
    assert parent_domains(domain)[-1] == owner
    assert not is_shared(owner)


@pytest.mark.parametrize("shared", ["github.io", "wordpress.com", "co.uk", "gmail.com", "weebly.com"])
def test_what_many_share_is_nobodys_company_and_holds_no_subdomain(shared: str) -> None:
    assert is_shared(shared)
    assert company_domains(shared) == ()
    assert parent_domains(shared) == (shared,)
    assert lookup_values(f"ann@acme.{shared}")[1] == (f"acme.{shared}",)


def test_an_account_with_a_page_at_a_hoster_is_not_taken_for_the_hoster() -> None:
    assert company_domains("sites.google.com") == ()
    assert company_domains("google.com") == ("google.com",)


@given(st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=2, max_size=5))
def test_the_domains_above_one_all_end_it_and_the_last_is_its_owner(labels: list[str]) -> None:
    domain = ".".join(labels)
    above = parent_domains(domain)
    assert above[0] == domain
    assert all(domain == one or domain.endswith(f".{one}") for one in above)
    assert above[-1] == registered(domain)
