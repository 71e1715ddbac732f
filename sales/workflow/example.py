"""The workflow that everybody starts with, as the text of `workflow.toml`."""

from __future__ import annotations

EXAMPLE = """\
# The workflow of a deal: its stages, what the BUYER does before one is left, and what we do, how soon, after something happens.
#
# Stages. `names` are your CRM's own names for the stage (capitals, punctuation and a number in front don't matter). A stage of your CRM that
# stands nowhere here is told as unmapped; it is never guessed. `exit` is what the buyer has done when the stage is over, and `met_by` how that is
# known, all of it:
#   buyer_spoke     they wrote, called or met us          two_contacts   two of their people took part
#   meeting_held    a call or meeting took place          buyer_answered they spoke after the deal came into this stage
#   or what a buyer says on calls: pain, metrics, situation, implication, payoff, economic_buyer, decision_criteria, decision_process,
#   paper_process, champion, competition, budget, timing
# `needs` are the fields that a deal has in this stage: amount, close_date, next_step, next_step_date, competitor, product, contact.
# `ask` is what to do next while the criterion is not met.

# What happened longer ago than this when it is first seen is past: nothing is asked for because of it.
look_back_days = 14

[[stage]]
key = "identify"
label = "Identify"
names = ["identify", "identified", "lead", "new lead", "new", "prospect", "prospecting", "prospection", "target", "suspect", "inbound"]
exit = "Somebody there has answered us"
met_by = ["buyer_spoke"]
needs = []
ask = "Find who has the problem, and write to them"

[[stage]]
key = "contact"
label = "Contact"
names = ["contact", "contacted", "connect", "connected", "engage", "engaging", "engaged", "outreach", "appointment", "appointment scheduled", "appointmentscheduled", "meeting scheduled", "qualify", "qualified", "qualification", "qualifying", "qualified to buy", "qualifiedtobuy"]
exit = "They met us and named a problem of theirs"
met_by = ["meeting_held", "pain"]
needs = ["next_step", "next_step_date"]
ask = "Propose a call, and ask what made them look into this now"

[[stage]]
key = "understand"
label = "Understand"
names = ["understand", "discovery", "discover", "needs analysis", "assessment", "scoping", "solution", "solution design", "demo", "demonstration", "presentation", "presentation scheduled", "presentationscheduled", "evaluation", "evaluate", "technical evaluation", "technical validation", "validation", "pilot", "trial", "proof of concept", "poc", "value proposition"]
exit = "They confirmed the fit and named how and when they decide"
met_by = ["decision_criteria", "decision_process"]
needs = ["amount", "close_date", "next_step", "next_step_date"]
ask = "Ask which steps are left until they decide, who takes part, and by when"

[[stage]]
key = "propose"
label = "Propose"
names = ["propose", "proposal", "proposal sent", "proposal made", "proposal price quote", "quote", "quote sent", "quotation", "offer", "pricing", "business case", "decision", "decision maker bought in", "decisionmakerboughtin", "id decision makers", "decision makers"]
exit = "Who holds the budget answered the proposal"
met_by = ["economic_buyer", "buyer_answered"]
needs = ["amount", "close_date", "next_step", "next_step_date", "contact"]
ask = "Ask whose budget it is, and what they say to the proposal"

[[stage]]
key = "resolve"
label = "Resolve"
names = ["resolve", "negotiate", "negotiation", "negotiating", "negotiation review", "review", "legal", "legal review", "security", "security review", "procurement", "redlines", "perception analysis", "objections"]
exit = "They said what is left on paper, and by when"
met_by = ["paper_process", "buyer_answered"]
needs = ["amount", "close_date", "next_step", "next_step_date"]
ask = "Agree with them on what is left, who does it and by when"

[[stage]]
key = "close"
label = "Close"
names = ["close", "closing", "commit", "committed", "verbal", "verbal commit", "contract", "contracts", "contracting", "contract sent", "contractsent", "paperwork", "signature", "sign", "approval"]
exit = "They signed"
met_by = ["buyer_answered"]
needs = ["amount", "close_date", "next_step", "next_step_date"]
ask = "Ask what stands between them and the signature"

# Rules: trigger -> action -> the longest delay ("same day", "24 hours", "4 working hours", "2 working days", "3 days"). `stages` limits a rule to
# some stages; without it, it holds in all. Where several ask for something on a deal, what is late comes first, then the order here.
# Triggers: interest, question, asks_for (with `words`), call_held, meeting_cancelled, new_stakeholder, silence (with `after_days`), promise_due,
# next_step_due, stage_changed.

[[rule]]
key = "interest"
trigger = "interest"
action = "Propose a call in the same thread"
within = "same day"
stages = ["identify", "contact", "understand"]

[[rule]]
key = "answer"
trigger = "question"
action = "Answer their question"
within = "1 working day"

[[rule]]
key = "paper"
trigger = "asks_for"
words = ["redlines", "redline", "security questionnaire", "security review", "soc 2", "soc2", "iso 27001", "penetration test", "data processing agreement", "dpa", "msa", "nda", "vendor form", "vendor onboarding"]
action = "Send what they asked for, or say when it comes"
within = "1 working day"

[[rule]]
key = "promise"
trigger = "promise_due"
action = "Do what was promised"
within = "same day"

[[rule]]
key = "recap"
trigger = "call_held"
action = "Send the recap of the call"
within = "24 hours"

[[rule]]
key = "rebook"
trigger = "meeting_cancelled"
action = "Find a new date for the cancelled meeting"
within = "1 working day"

[[rule]]
key = "introduction"
trigger = "new_stakeholder"
action = "Introduce yourself to the new person"
within = "2 working days"

[[rule]]
key = "next_step"
trigger = "next_step_due"
action = "Take the next step, or set a new date for it"
within = "1 working day"

[[rule]]
key = "follow_up"
trigger = "silence"
after_days = 10
action = "Follow up with something new in it"
within = "1 working day"

[[rule]]
key = "stage"
trigger = "stage_changed"
action = "Fill in what the new stage needs"
within = "1 working day"
"""
