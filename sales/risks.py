"""Phrases that put a deal at risk, in the buyer's own words."""

from __future__ import annotations

import re

from sales.asserting import is_condition, is_over, is_question, says_fine

LABELS = {
    "refusal": "Going another way",
    "departure": "Somebody leaves",
    "budget": "Budget in doubt",
    "hold": "On hold",
    "slip": "Date slips",
    "blocker": "Blocked",
    "rival": "Prefers somebody else",
    "reorganisation": "Reorganisation",
    "priority": "No priority",
    "champion": "Lost support",
}
"""What each kind is called."""

_SPELLED: dict[str, str] = {
    "refusal": r"\b(?:decided (?:against|not to|to go (?:with|another))|going (?:with (?!it\b|that\b|you\b|this\b)\w+|another way|in (?:a different|another) direction)|not (?:going to|gonna) (?:move forward|go ahead|buy|sign|renew|proceed)|won['’]t be (?:moving forward|renewing|proceeding|signing)|no longer (?:interested|looking|needed)|(?:have to|going to|want to) (?:cancel|pass on|decline|terminate|give notice)|it['’]s a no\b)",
    "departure": r"\b(?:I(?:['’]m| am) leaving(?! (?:it|that|this|now|in|at \d|for (?:the day|lunch|vacation|holiday))\b)|(?:he|she|\w+)(?:['’]s| is| was) (?:leaving (?:us|the company|at the end|in)|no longer (?:with|here|at)|been let go|on (?:maternity|paternity|parental|long[- ]term|sick) leave|retiring)|my last (?:day|week|month)|(?:his|her|their|\w+['’]s) (?:replacement|successor)|(?:resigned|quit|stepped down|steps? down|left the company|took (?:a|another) (?:new )?(?:job|role) (?:at|elsewhere|with))|new (?:cfo|ceo|cto|cio|coo|boss|vp|head|director|manager|owners?) (?:is|who|starts?|wants?|came|coming|has))\b",
    "budget": r"\b(?:budgets? (?:is|are|got|was|were|has been|have been|['’]s) (?:frozen|cut|slashed|gone|on hold|being (?:cut|reviewed)|under review|tight|not (?:approved|confirmed|there))|(?:hiring|spending|budget|purchasing) freeze|freeze on|lost (?:the|our|my) (?:budget|funding)|no budget (?:for|this|left|until|yet)|cost[- ]cutting|lay[- ]?offs?|laying (?:people )?off|headcount (?:cut|reduction))\b",
    "hold": r"\b(?:(?:put|putting|placed|it['’]s|is|are|everything['’]s|goes?) (?:it |this |that |everything |the project |all projects )?on (?:hold|ice|pause|the back ?burner)|paus(?:e|ed|ing) (?:the|this|all|everything|it)|shelved|parked (?:it|this|that|until)|until further notice)\b",
    "slip": r"\b(?:(?:will|might|may|could|going to|has|have|['’]ll|likely to|probably) (?:probably |likely |have )?(?:slip(?:ped)?|slide|be (?:delayed|late|pushed|postponed)|push(?:ed)? (?:it |this |that )?(?:back|out|to)|move(?:d)? (?:it |this |that )?(?:back|out|to (?:next|q[1-4]|the (?:new|next)))|take longer)|(?:delayed|postponed|pushed back|pushed out)\b|not (?:before|until) (?:next|the (?:new|next)|january|february|march|april|june|july|august|september|october|november|december|spring|summer|fall|autumn|winter|q[1-4])|won['’]t (?:make|happen) (?:\w+ )?(?:this|by|before|until|in))",
    "blocker": r"\b(?:show ?stopper|deal ?breaker|non[- ]starter|(?:legal|security|infosec|procurement|it|compliance|the board|the works council|finance) (?:has |have |is |are |won['’]t |will not |said |says |still |hasn['’]t )+(?:blocked|blocking|no\b|stuck|approve|sign|not (?:approve|sign|happy|signed)|sitting on|refus\w+|a problem)|stuck (?:in|with|at) (?:legal|procurement|security|purchasing|it|approval)|(?:can['’]t|cannot|won['’]t) (?:sign|approve|move|proceed|go (?:ahead|forward))\b)",
    "rival": r"\b(?:(?:leaning|lean) (?:more )?(?:toward|towards|to) (?!you\b)\w+|prefer(?:s|red)? (?!you\b|to\b|that\b|it\b|if\b|not\b)[A-Z]\w+|\w+ is (?:our|the|my) (?:front ?runner|favou?rite|first choice|preferred)|(?:ahead of|better than) you(?: guys)?\b)",
    "reorganisation": r"\b(?:re-?org(?:ani[sz]\w+)?|restructur\w+|merger|merging|being acquired|acquired by|got acquired|acquisition|spin[- ]?off|new ownership|management change|strategic review)\b",
    "priority": r"\b(?:not (?:a|our|the|my|really a|high on (?:the|our)) (?:top |big |real )?(?:priority|priorities|list)|no longer a priority|(?:other|bigger|more pressing|competing) (?:priorities|fires|fish|things to (?:do|worry))|lost (?:momentum|steam|interest)|gone (?:quiet|cold)|fallen off|dropped (?:down|off) the list|deprioriti[sz]ed)\b",
    "champion": r"\b(?:I(?:['’]m| am) (?:not sure I can|the only one|alone|outnumbered|losing)|nobody (?:else )?(?:here |on my side |internally )?(?:backs?|supports?|wants?|cares?)|(?:my|the) (?:boss|cfo|ceo|team|board) (?:is|are|was|were|isn['’]t|aren['’]t) (?:not (?:convinced|sold|happy|keen|on board)|against|skeptical|sceptical|convinced|on board|having second thoughts)|second thoughts|cold feet)\b",
}  # fmt: skip
_PATTERNS = {kind: re.compile(spelled, re.I) for kind, spelled in _SPELLED.items()}
_ON_BOARD = re.compile(r"\b(?:is|are|was) (?:already |fully |totally )?(?:convinced|on board)\b", re.I)


def risk_of(text: str) -> str | None:
    """Return the kind of risk that a buyer's sentence tells of, a key of `LABELS`, or None."""
    if len(text.split()) < 3 or is_question(text) or is_condition(text):
        return None
    for kind, pattern in _PATTERNS.items():
        found = pattern.search(text)
        if found is None or (kind == "champion" and _ON_BOARD.search(found[0])):
            continue
        if kind not in ("departure", "refusal", "priority") and is_over(text):
            continue
        if says_fine(text[max(0, found.start() - 30) : found.end() + 10]) and kind != "priority":
            continue
        return kind
    return None
