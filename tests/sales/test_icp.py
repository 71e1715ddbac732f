"""The profile of whom we sell to: faults named by their line, and a fit in which what is unknown is not bad."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.icp import EXAMPLE, Company, Fault, Icp, IcpError, parse_icp

PROFILE = """
[company]
employees = { min = 200, max = 5000 }
industries = ["logistics", "retail"]
countries = ["United States"]

[people]
roles = ["VP Operations", "Head of Logistics"]

[exclude]
industries = ["tobacco"]
companies = ["Contoso, Inc."]
domains = ["rival.example"]

[decide]
least_fit = 0.5
ask_above_employees = 3000
ask_tiers = ["strategic"]
"""


def test_the_example_that_a_new_file_starts_with_is_valid() -> None:
    assert not parse_icp(EXAMPLE).empty


def test_a_company_that_is_all_that_is_wanted_fits_wholly_and_says_why() -> None:
    fit = parse_icp(PROFILE).fit(
        Company(
            employees=1_850,
            industry="Third-party logistics",
            country="United States",
            title="Vice President of Operations",
        )
    )
    assert fit.score == 1.0
    assert "1,850 people, as wanted" in fit.reasons
    assert not fit.missing


def test_what_is_unknown_is_missing_and_not_bad() -> None:
    fit = parse_icp(PROFILE).fit(Company(industry="Retail"))
    assert fit.score == 1.0
    assert set(fit.missing) == {"size", "country", "title of the person"}


def test_nothing_known_is_no_fit_at_all_rather_than_a_bad_one() -> None:
    assert parse_icp(PROFILE).fit(Company(name="Acme")).score is None


@pytest.mark.parametrize(("employees", "least", "most"), [(100, 0.0, 0.01), (150, 0.4, 0.6), (200, 1.0, 1.0), (5_000, 1.0, 1.0), (7_500, 0.3, 0.4), (10_000, 0.0, 0.01)])  # fmt: skip
def test_size_fades_towards_half_of_the_least_and_twice_the_most(employees: int, least: float, most: float) -> None:
    score = parse_icp("[company]\nemployees = { min = 200, max = 5000 }").fit(Company(employees=employees)).score
    assert score is not None
    assert least <= score <= most


@pytest.mark.parametrize(
    "company",
    [
        Company(industry="Tobacco products"),
        Company(name="contoso"),
        Company(domain="mail.rival.example", industry="Logistics"),
    ],
)
def test_an_exclusion_goes_before_every_fit(company: Company) -> None:
    fit = parse_icp(PROFILE).fit(company)
    assert fit.excluded
    assert fit.score == 0.0


def test_a_large_or_strategic_company_is_a_persons_to_decide() -> None:
    icp = parse_icp(PROFILE)
    assert icp.asks_a_person(Company(employees=9_000))
    assert icp.asks_a_person(Company(tier="Strategic"))
    assert icp.asks_a_person(Company(employees=300, tier="B")) is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[company]\nemployees = 5\n", 2, "employees must be"),
        ("[company]\n\nindustri = []\n", 3, "has no 'industri'"),
        ("# x\n[compny]\n", 2, "there is no [compny]"),
        ('[people]\nroles = "VP"\n', 2, "list of texts"),
        ("[company]\nemployees = { min = 9, max = 2 }\n", 2, "min is above max"),
        ("[decide]\n\n\nleast_fit = 3\n", 4, "from 0 to 1"),
        ('company = "x"\n', 1, "must be a table"),
        ("[company\n", 1, "not TOML"),
        ('[company]\nindustries = ["a",\n"b"\n', 3, "not TOML"),
        ("[weights]\nsize = 2\n", 2, "has no 'size'"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(IcpError) as caught:
        parse_icp(text)
    assert any(fault.line == line and says in fault.message for fault in caught.value.faults), caught.value.faults


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(IcpError) as caught:
        parse_icp('[company]\nemployees = 5\nregions = "x"\n[decide]\nleast_fit = 2\n')
    assert [fault.line for fault in caught.value.faults] == [2, 3, 5]


@given(st.text(max_size=300))
def test_any_text_is_a_profile_or_has_faults(text: str) -> None:
    lines = len(text.splitlines())
    try:
        found: Icp | tuple[Fault, ...] = parse_icp(text)
    except IcpError as error:
        found = error.faults
    assert isinstance(found, Icp) or (found and all(0 <= fault.line <= lines + 1 for fault in found))


@given(
    employees=st.none() | st.integers(0, 10**7),
    industry=st.none() | st.text(max_size=30),
    country=st.none() | st.sampled_from(["United States", "Germany"]),
    title=st.none() | st.text(max_size=30),
)
def test_every_fit_is_a_share_with_its_reasons(
    employees: int | None, industry: str | None, country: str | None, title: str | None
) -> None:
    fit = parse_icp(PROFILE).fit(Company(employees=employees, industry=industry, country=country, title=title))
    assert fit.score is None or 0 <= fit.score <= 1
    assert fit.excluded or len(fit.reasons) + len(fit.missing) == 4


@given(st.integers(0, 10**6))
def test_knowing_one_thing_more_that_fits_never_lowers_the_fit(employees: int) -> None:
    icp = parse_icp(PROFILE)
    less = icp.fit(Company(employees=employees)).score
    more = icp.fit(Company(employees=employees, industry="retail")).score
    assert less is not None
    assert more is not None
    assert more >= less
