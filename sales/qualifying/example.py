"""The frameworks that everybody starts with, as the text of `frameworks.toml`."""

from __future__ import annotations

EXAMPLE = """\
# By which framework calls are qualified. `use` names the one that counts; the others stand by.
#
# An element has a label, what it means, the kinds of statements that fill it, the question to ask while it is open, and, where the CRM
# has a field for the same thing, its key. Your own element gives its cue words instead of kinds:
#
#   [MEDDPICC.data_residency]
#   label = "Data residency"
#   meaning = "Where their data must stay."
#   cues = ["data residency", "hosted in", "sovereign cloud"]
#   ask = "Where does your data have to stay?"

use = "MEDDPICC"

[MEDDPICC.metrics]
label = "Metrics"
meaning = "The measure that the buyer wants to move, in figures of their own."
kinds = ["metrics"]
ask = "What does it cost you today, in hours or in money?"

[MEDDPICC.economic_buyer]
label = "Economic buyer"
meaning = "Who can release the money."
kinds = ["economic_buyer"]
crm = "contact"
ask = "Whose budget is it, and who has the last word on it?"

[MEDDPICC.decision_criteria]
label = "Decision criteria"
meaning = "What they will judge by: must-haves, thresholds, conditions."
kinds = ["decision_criteria"]
ask = "What must it do for you to say yes, and what would make it a no?"

[MEDDPICC.decision_process]
label = "Decision process"
meaning = "Who decides how: the steps and dates up to the decision."
kinds = ["decision_process"]
crm = "close_date"
ask = "Which steps are left until you decide, and by when?"

[MEDDPICC.paper_process]
label = "Paper process"
meaning = "Legal, security review, procurement, signatures."
kinds = ["paper_process"]
ask = "What has to happen on paper once it is a yes, and how long does that take?"

[MEDDPICC.identify_pain]
label = "Identified pain"
meaning = "What hurts today, and what follows from it."
kinds = ["pain"]
ask = "What happens if nothing changes this year?"

[MEDDPICC.champion]
label = "Champion"
meaning = "Somebody inside who acts for us, by what they have done."
kinds = ["champion"]
ask = "Who besides you would be glad to have this, and have they said so to anyone?"

[MEDDPICC.competition]
label = "Competition"
meaning = "Other vendors, building it themselves, or leaving things as they are."
kinds = ["competition"]
crm = "competitor"
ask = "What else are you weighing, doing nothing included?"

[BANT.budget]
label = "Budget"
meaning = "The money that is there for it."
kinds = ["budget"]
crm = "amount"
ask = "Is there money set aside for this, and how much?"

[BANT.authority]
label = "Authority"
meaning = "Who can say yes and sign."
kinds = ["economic_buyer"]
crm = "contact"
ask = "Who signs for something like this?"

[BANT.need]
label = "Need"
meaning = "The problem to be solved, and what is asked of a solution."
kinds = ["pain", "decision_criteria"]
ask = "What made you look into this now?"

[BANT.timing]
label = "Timing"
meaning = "By when it must be decided or running."
kinds = ["timing"]
crm = "close_date"
ask = "By when does it have to be running, and what drives that date?"

[SPIN.situation]
label = "Situation"
meaning = "How it is done today, with what and with how many."
kinds = ["situation"]
ask = "How do you do it today?"

[SPIN.problem]
label = "Problem"
meaning = "What goes wrong."
kinds = ["pain"]
ask = "What goes wrong with it?"

[SPIN.implication]
label = "Implication"
meaning = "What the problem leads to: cost, loss, people who leave."
kinds = ["implication"]
ask = "What does that lead to?"

[SPIN.need_payoff]
label = "Need-payoff"
meaning = "What it would be worth to have it solved, in the buyer's words."
kinds = ["payoff"]
ask = "What would it change for you if that were solved?"
"""
