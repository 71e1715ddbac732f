"""What to do about each kind of risk: the usual playbooks, a team's own, and what is told of a file that can't be used."""

from __future__ import annotations

import tomllib

import pytest

from sales.playbooks import EXAMPLE, faults_of_playbooks, playbook_for, read_playbooks

CAUSES = (
    "silence slow_replies meeting_cadence meeting_cancelled few_contacts no_senior_contact champion_left no_champion no_next_step "
    "next_step_overdue stage_age close_date_slips close_date_passed date_contradicted competitor budget legal_silent security_review "
    "sentiment_falls promise_broken_by_us promise_broken_by_buyer qualification_gap sceptic renewal_near contract_end usage_drop usage_spike "
    "nps_fall support"
).split()


def test_every_kind_of_risk_has_a_play() -> None:
    assert set(CAUSES) <= set(tomllib.loads(EXAMPLE))
    assert faults_of_playbooks(EXAMPLE) == ()


def test_a_team_says_one_thing_its_own_way_and_keeps_the_rest() -> None:
    books = read_playbooks('[silence]\ndo = "Send them the new price list."\nwithin_days = 4\n')
    assert (books["silence"].do, books["silence"].within_days) == ("Send them the new price list.", 4)
    assert books["silence"].draft
    assert books["champion_left"] == read_playbooks("")["champion_left"]


def test_a_cause_that_nobody_wrote_a_play_for_has_the_general_one() -> None:
    assert playbook_for(read_playbooks(""), "a_new_rule").cause == "other"
    assert playbook_for(read_playbooks('[a_new_rule]\ndo = "Look."'), "a_new_rule").do == "Look."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[silence\n", ""),
        ("[silence]\nwithin_days = 0", "within_days"),
        ("[silence]\nwithin_days = true", "within_days"),
        ("[silence]\ncan = 2", "from 0 to 1"),
        ('[silence]\ntried = "prayer"', "mail, call, meeting"),
        ("[silence]\ndraft = 1", "true or false"),
        ('[silence]\ndo = "  "', "sentence"),
        ("[new]\ncan = 1.0", "sentence"),
        ("[silence]\nwhat = 1", "nothing else"),
        ("silence = 3", "table"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(text: str, told: str) -> None:
    (fault,) = faults_of_playbooks(text)
    assert told in fault.text()
