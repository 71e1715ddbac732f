"""What to do about each kind of risk, in `playbooks.toml`: one table a cause, or the usual ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from sales.icp import Fault, syntax_fault

FILE = "playbooks.toml"

Step = Literal["mail", "call", "meeting", "new_contact", "close_date", "none"]
"""What of ours shows in the records that a play was tried: a mail, a call, a held meeting, somebody of theirs who was not there before, a new close
date."""

EXAMPLE = """\
# What to do about each kind of risk. The tables are named by cause; `[other]` holds for every cause without one.
# do: one sentence, as a colleague would say it.   tried: what shows that it was tried: mail, call, meeting, new_contact, close_date, none
# within_days: how soon it should happen.          can: from 0 to 1, how much can be done about it; it ranks alerts against each other.
# draft: whether a mail to the buyer is drafted for it.

[silence]
do = "Write to them with something that is new to them, and ask one question that is easy to answer."
tried = "mail"
within_days = 2
can = 1.0
draft = true

[slow_replies]
do = "Call instead of writing: ask what changed on their side."
tried = "call"
within_days = 3
can = 0.8
draft = true

[meeting_cadence]
do = "Propose the next meeting, with its one purpose and two times."
tried = "meeting"
within_days = 7
can = 0.9
draft = true

[meeting_cancelled]
do = "Offer two new times today, and ask whether something changed."
tried = "meeting"
within_days = 7
can = 0.9
draft = true

[few_contacts]
do = "Have your contact introduce you to whoever else has to agree."
tried = "new_contact"
within_days = 7
can = 0.8
draft = true

[no_senior_contact]
do = "Ask who signs, and bring somebody of your own level of theirs into the next meeting."
tried = "new_contact"
within_days = 14
can = 0.7
draft = true

[champion_left]
do = "Bring a second sponsor in within a week, and ask whoever left where they went."
tried = "new_contact"
within_days = 7
can = 0.9
draft = true

[no_champion]
do = "Find out who gains most from it, and give them what they need to argue for it."
tried = "new_contact"
within_days = 14
can = 0.6
draft = true

[no_next_step]
do = "Agree on one next step with a date, in writing."
tried = "mail"
within_days = 2
can = 1.0
draft = true

[next_step_overdue]
do = "Do it today, or tell them when."
tried = "mail"
within_days = 1
can = 1.0
draft = true

[stage_age]
do = "Ask what has to be true for them to go on, and by when."
tried = "meeting"
within_days = 7
can = 0.5
draft = true

[close_date_slips]
do = "Go back over their steps to a signature with them, each with a date and a name."
tried = "meeting"
within_days = 7
can = 0.6
draft = true

[close_date_passed]
do = "Ask for their date and put it in; close the deal where there is none."
tried = "close_date"
within_days = 2
can = 0.7
draft = true

[date_contradicted]
do = "Put in the date that the buyer named, or find out what would bring it forward."
tried = "close_date"
within_days = 2
can = 0.7
draft = false

[competitor]
do = "Ask what the other side does better in their eyes, and answer that one point with a customer like them."
tried = "meeting"
within_days = 5
can = 0.8
draft = true

[budget]
do = "Find whoever holds the budget, and bring the figures of what it costs them to wait."
tried = "new_contact"
within_days = 7
can = 0.6
draft = true

[legal_silent]
do = "Get the two lawyers into one call with the list of open points."
tried = "call"
within_days = 5
can = 0.7
draft = true

[security_review]
do = "Send the papers that they asked for, and offer a call with our security people."
tried = "mail"
within_days = 3
can = 0.8
draft = true

[sentiment_falls]
do = "Call the one whose tone changed, alone, and ask what went wrong."
tried = "call"
within_days = 3
can = 0.7
draft = false

[promise_broken_by_us]
do = "Do what was promised today, and say so; an honest new date is the next best."
tried = "mail"
within_days = 1
can = 1.0
draft = true

[promise_broken_by_buyer]
do = "Remind them of it kindly, and ask whether it still matters to them."
tried = "mail"
within_days = 3
can = 0.8
draft = true

[qualification_gap]
do = "Ask the open question in the next talk, before anything else is sent."
tried = "meeting"
within_days = 7
can = 0.6
draft = false

[sceptic]
do = "Talk to the sceptic alone, and take the objection seriously before the next group meeting."
tried = "meeting"
within_days = 7
can = 0.6
draft = false

[renewal_near]
do = "Open the renewal now: agree on who decides, and what they got out of it."
tried = "meeting"
within_days = 7
can = 1.0
draft = true

[contract_end]
do = "Open the renewal now: agree on who decides, and what they got out of it."
tried = "meeting"
within_days = 7
can = 1.0
draft = true

[usage_drop]
do = "Ask those who used it what changed, before anybody talks of renewing."
tried = "call"
within_days = 3
can = 0.9
draft = true

[nps_fall]
do = "Call whoever rated us, thank them, and ask for the one thing to mend."
tried = "call"
within_days = 3
can = 0.8
draft = false

[support]
do = "See that the case has somebody's name and a date, and tell the customer both."
tried = "mail"
within_days = 1
can = 0.9
draft = false

[usage_spike]
do = "Ask who the new users are and what they do with it: that is the case for more."
tried = "call"
within_days = 5
can = 0.9
draft = true

[other]
do = "Talk to them, and write down what they said."
tried = "call"
within_days = 5
can = 0.5
draft = false
"""
"""What a new file starts with, and what holds where there is none."""

_MOST_TABLES, _LONGEST = 60, 300
_KEYS = frozenset({"do", "tried", "within_days", "can", "draft"})


@dataclass(frozen=True)
class Playbook:
    """What to do about one cause. `tried` is what shows that it was done, `within_days` how soon it should be, `can` (0 to 1) how much can be done."""

    cause: str
    do: str
    tried: Step
    within_days: int
    can: float
    draft: bool


class Wrong(ValueError):
    """A playbook that can't be used: a sentence that says where and why."""


def read_playbooks(text: str) -> dict[str, Playbook]:
    """Return the playbooks of a TOML text by cause; causes that it leaves out have the usual ones. Raises Wrong, and TOMLDecodeError for what is no TOML."""
    told = tomllib.loads(text)
    if len(told) > _MOST_TABLES:
        raise Wrong(f"There are at most {_MOST_TABLES} tables.")
    return {**_USUAL, **{cause: _playbook(cause, one) for cause, one in told.items()}}


def faults_of_playbooks(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, () where it can be used."""
    try:
        read_playbooks(text)
    except tomllib.TOMLDecodeError as error:
        return (syntax_fault(error, text),)
    except Wrong as wrong:
        return (Fault(0, str(wrong)),)
    return ()


def playbook_for(playbooks: Mapping[str, Playbook], cause: str) -> Playbook:
    """Return what is to be done about a cause."""
    return playbooks.get(cause) or playbooks["other"]


def _playbook(cause: str, told: Any) -> Playbook:
    if not isinstance(told, dict) or not set(told) <= _KEYS:
        raise Wrong(f"[{cause}] is a table of {', '.join(sorted(_KEYS))}, and nothing else.")
    usual = _USUAL.get(cause)
    do = told.get("do", usual.do if usual else None)
    tried = told.get("tried", usual.tried if usual else "none")
    days = told.get("within_days", usual.within_days if usual else 5)
    can = told.get("can", usual.can if usual else 0.5)
    drafts = told.get("draft", usual.draft if usual else False)
    if not isinstance(do, str) or not 0 < len(do.strip()) <= _LONGEST:
        raise Wrong(f"[{cause}] do: a sentence of at most {_LONGEST} characters.")
    if tried not in get_args(Step):
        raise Wrong(f"[{cause}] tried: one of {', '.join(get_args(Step))}.")
    if isinstance(days, bool) or not isinstance(days, int) or not 0 < days <= 90:
        raise Wrong(f"[{cause}] within_days: a whole number from 1 to 90.")
    if isinstance(can, bool) or not isinstance(can, int | float) or not 0 <= can <= 1:
        raise Wrong(f"[{cause}] can: a number from 0 to 1.")
    if not isinstance(drafts, bool):
        raise Wrong(f"[{cause}] draft: true or false.")
    return Playbook(cause, " ".join(do.split()), cast("Step", tried), days, float(can), drafts)


_USUAL: dict[str, Playbook] = {}
_USUAL.update({cause: _playbook(cause, one) for cause, one in tomllib.loads(EXAMPLE).items()})
