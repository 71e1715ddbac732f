"""Read aloud: the review of the sample company names its stories rightly, and calls no deal at risk that is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.evals.digest import read_aloud, table


@pytest.mark.timeout(400)
def test_the_review_of_the_sample_company_names_its_stories_and_no_healthy_deal(home: Path) -> None:
    digest, told = read_aloud(home, NOW)
    stories = [one for one in told if one.story is not None]
    assert len(stories) == 6
    assert [one.deal for one in stories if not one.right] == [], table(told)
    assert [one.deal for one in told if one.wrongly_at_risk] == [], table(told)
    assert sum(one.open_lines > 0 for one in stories) >= 3
    lines = [line for section in digest.sections for line in (*section.lines, *section.more)]
    assert all(line.evidence for line in lines if line.key != "alerts:held")
