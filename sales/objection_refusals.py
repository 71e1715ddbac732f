"""How buyers refuse, doubt or put off what is offered to them, by topic: a person who won't, a sum that isn't there, a step that somebody else will stop.

Patterns read text as `sales.qualifying.talk.even` makes it. Requirements (`if it doesn't work offline we can't use it`) are none: they tell what to build, not
why not to buy.
"""

from __future__ import annotations

import re

from sales.qualifying.words import BODY, NUMBER, ROLE

_NOT = r"(?:don't|do not|dont|doesn't|can't|cannot|cant|won't|wont|wouldn't|couldn't|will not|am not|'m not|'re not|are not|isn't|haven't|never|not)"
_MUCH = r"(?:about |around |roughly |nearly |like |a good |still |way |far |quite |so much |that much |the |a fair whack |a fair bit |a good bit |a lot |a bit |quite a bit |significantly |considerably |\w+ percent |\w+ thousand |\w+ hundred |\w+ grand |\w+ times )*"
_ABOVE = rf"(?:(?:my|our|the|his|her) )?(?:{ROLE}|{BODY}|bank|union|boss|finance|procurement|purchasing|legal|it|security|infosec|head office|corporate|group|franchisees?|landlord|wife|husband|family|police|chief|owner)"
_THEM = r"(?:(?:my|our|the|half (?:of )?(?:my|our|the)|most of (?:my|our|the)) (?:\w+ )?(?:people|team|guys|drivers|staff|crew|users|reps|nurses|doctors|teachers|operators|engineers|managers|quants|agents|dispatchers|members|students|customers|patients|tenants|partners|dealers|foremen|volunteers|boys|girls|lads|clients|parents|carers|analysts|mechanics|techs|technicians|planners|supervisors)|they)"

REFUSALS: dict[str, re.Pattern[str]] = {
    topic: re.compile(pattern)
    for topic, pattern in {
        "price": (
            rf"\byou(?:'re| are|r|'d be| would be| come in| came in| blokes are| guys are| lot are)? {_MUCH}{NUMBER}(?: \w+){{0,4}} (?:over|above|more than|higher than|dearer than|north of|on top of)\b|\b(?:you're|you are|yours is|your \w+ is|that's|that is|it's|it is|which is) {_MUCH}(?:more expensive|dearer|pricier|costlier|the (?:most|more) expensive|the dearest|the priciest)\b|\bthe (?:more|most) expensive (?:one|of)\b"
            rf"|\b(?:that's|that is|it's|it is|thats|is|quite) (?:still |just |really )?(?:a |an |one )(?:big|huge|massive|large|wide|hell of a|fair|serious|major|heck of a|steep) (?:gap|difference|jump|increase|chunk|number|ask|whack|premium|step up|hike|spread)\b|\bthey\b[^.?!]{{0,60}}{NUMBER}[^.?!]{{0,40}}\byou(?:'re| said| are| want| quoted| ask)\b[^.?!]{{0,30}}{NUMBER}"
            rf"|\b(?:can't|cannot|couldn't|won't|wouldn't|not going to|hard to) (?:\w+ )?(?:recommend|defend|justify|sell|approve|back|support|swallow|explain|sign off on) (?:an? |the |that |this |any |your |such a )?(?:\w+ )?(?:increase|uplift|price|number|premium|rise|hike|cost|spend|amount|extra|rate)\b|\bjacks? (?:it|the price|them) up\b|\b(?:more|bigger|higher) than (?:i|we|my \w+) (?:earns?|makes?|pay for|paid for)\b[^.?!]{{0,20}}(?:[.]|$)|\b(?:can't|cannot|couldn't|won't) (?:take|bring|show|get|put|sell) (?:(?:that|this|the|such a|your)(?: \w+)? (?:price|number|figure|quote|increase|cost|premium|sum|amount|rate|uplift) (?:to|past|by|in front of|upstairs|through)\b|(?:that|this|it) (?:to|past|by|in front of|upstairs|through)\b[^.?!]{{0,40}}\b(?:price|number|figure|cost|rate|money)\b)|\b(?:over|above|beyond|out of) (?:my|our) (?:head|league|range|reach|limit),? (?:price|money|cost)\w*|\b(?:do|does|did|offers?|sells?|gives?) (?:us )?(?:it|that|this|the same|the same thing)(?: \w+)? for (?:half|less|a third|a fraction|{NUMBER})\b"
        ),
        "budget": (
            rf"\b(?:we|i) {_NOT}(?: \w+)? have (?:that|it|this|that kind of money|that much|{NUMBER})(?: \w+){{0,2}} (?:lying around|in the (?:budget|bank|kitty|pot)|to spend|spare|available|for this|this year|left)\b|\bthere(?:'s| is| isn't| is not|'s just) (?:no|any|not) (?:{NUMBER}|money|budget|cash|funding)\b[^.?!]{{0,30}}\b(?:in the|for (?:this|it|that|anything)|this year|left|available)\b|\b(?:budget|money|spend|capex|hiring|purchasing)(?:'s| is| are|'s all| has been| was| got)? (?:all |now |already |completely )*(?:frozen|gone|spent|cut|locked|on hold|allocated|capped|used up|zero)\b|\bnot in (?:the|our|my|this year's) (?:budget|plan|forecast)\b"
        ),
        "contract": (
            rf"\b(?:{NUMBER}|two|three|four|five)[- ]years? (?:i'm|i am|we're|we are|i|we) {_NOT}\b|\bi(?:'m| am) not (?:signing|going to sign|gonna sign|committing|tying|locking)\b(?![^.?!]{{0,40}}\b(?:until|before|unless|without)\b)|\b{_NOT} (?:\w+ )?(?:sign|commit to|agree to|accept|lock in|tie (?:us|ourselves)) (?:\w+ )?(?:{NUMBER}[- ]years?|multi-?year|auto-?renew\w*|a minimum|minimums|exclusivity|that clause|those terms|your terms|your paper)\b"
        ),
        "no_need": (
            rf"\b(?:do|would) (?:we|i) (?:really |even |actually )?need (?:it|this|that|one|another \w+)(?: at all)?(?=[?.,;]|$)|\b(?:ask|asked|asking|wonder|wondering) (?:myself )?(?:if|whether|do|why) (?:we|i) (?:really |even |actually )?(?:need|should|want|would)\b|\b{_NOT}(?: \w+){{0,2}} have (?:a|any|much|the) (?:need|use|appetite) for\b|\b{_NOT}(?: \w+){{0,2}} see (?:why|what|how|the (?:point|need|value|benefit|difference|sense|reason)|where)(?: \w+)? (?:i'd|i|we|we'd|of|in|for|it|this|that|my|should|would|it'd)\b|\bwhat i (?:don't|do not|can't) (?:see|get|understand) is\b|\bwhy (?:would|should) (?:i|we|anyone|my \w+) (?:change|switch|bother|pay|buy|fill|move|need|want|do (?:it|that|this))\b|\b(?:not|isn't|aren't|'m not|'re not)(?: \w+)? (?:keen|sold|interested|in the market|looking)\b(?! (?:forward|at (?:any|other)))"
            r"|\b(?:did|done|do|managed|run|ran|worked)\b[^.?!]{0,30}\bfor (?:\w+[- ])?(?:ten|fifteen|twenty|thirty|forty|\w+ty) years (?:with|on|without|like)\b|\bworks? (?:just |perfectly |well )?(?:fine|enough)\b[^.?!]{0,20}\b(?:as (?:it )?is|for us|without|already|the way)\b|\b(?:we|our \w+|the \w+|i)(?:'ve| have)? (?:\w+ )?(?:already )?(?:got|have) (?:a|an|our|the) \w+[.,]? (?:the \w+|it|and it|which|that) (?:works|does (?:the job|that|it))\b|\btells? us what we (?:already )?know\b|\band (?:then )?nothing (?:ever )?changes\b"
        ),
        "timing": (
            r"\b(?:need|needs|have|has|want|prefer|rather|'d like) to (?:wait|hold off|park (?:it|this)|leave it|put (?:it|this|that) off|push (?:it|this) (?:out|back))\b[^.?!]{0,40}\b(?:until|till|after|for (?:now|a while)|next)\b|"
            r"\b(?:don't|do not|dont|haven't|have not|not|never)(?: really| just| simply| currently| right now)*(?: have| got| have got)(?: really)? (?:the |any |enough )(?:time|headspace|bandwidth|capacity|energy|people|resources?|hands|head ?room|staff|patience) (?:for|to|right now|at the moment|until|before|this)\b|\b(?:no|zero) (?:time|headspace|bandwidth|capacity|appetite) (?:for|to|until|before|right now|at the moment)\b|\b(?:we|i)(?:'ve| have)? (?:only |literally )?just (?:signed|bought|put in|rolled out|switched|moved|migrated|renewed|gone live|changed|finished|implemented|installed)\b[^.?!]{0,60}\b(?:not|can't|no|don't|won't|another|again|years?|month|march|april|may|june|july|august|september|october|november|december|january|february|week)\b|\b(?:on top of|in the middle of|while we're) (?:everything else|an?|the|our|doing) (?:\w+ )?(?:merger|migration|audit|move|restructur\w*|rollout|reorg\w*|upgrade|go-live|acquisition|else)\b"
        ),
        "security": (
            rf"\b(?:i|we|my \w+|our \w+) {_NOT}(?: \w+)? (?:want to |wanna |going to |gonna |happy to |like to |feel comfortable |comfortable )?(?:put|putting|giv(?:e|ing)|send|sending|hand|handing|upload|uploading|share|sharing|expose|exposing|host|hosting|stor(?:e|ing)) (?:our|my|any|the|patient|customer|client) (?:\w+ )?(?:source|code|data|records|files|drawings|names|numbers|logs|customers|network|information|designs|recipes?)\b|\bnothing (?:touches|goes on|connects to|leaves|gets on|comes near) (?:my|our|the) (?:\w+ )?(?:network|systems?|servers?|building|firewall)\b|\b(?:don't|do not|doesn't) want to be (?:filmed|recorded|tracked|watched|listened to|monitored|spied)\b|\bafraid of (?:this|the|that|your) (?:\w+ )?(?:privacy|cloud|data|security|gdpr|hackers?|hacking|ai)\b|\bget (?:a fine|fined|sued|hacked|breached)\b"
        ),
        "authority": (
            rf"\b{_ABOVE} (?:won't|will not|wouldn't|is not going to|isn't going to|will never|is never going to|doesn't|does not|hates?|refuses to|is dead against|is against|is allergic to|'ll never|'s never going to)(?: \w+)? (?:want|like|sign|approve|go for|agree|buy|accept|support|touch|allow|let|have|budge|wear|fund|pay|spend)\b|\b{_ABOVE} (?:hates?|is dead against|is against|is allergic to) (?:it|this|that|anything|new|\w+ing)\b|\b(?:don't|do not|doubt) (?:think |believe |see )?(?:that )?(?:he|she|they|{_ABOVE})(?:'ll| will| would|'d)? (?:ever )?(?:want|like|sign|approve|go for|agree|buy|accept|support|wear|let|pay|fund)(?:ing)?\b|\b(?:union|council|board|team|staff|{_ABOVE}) (?:doesn't|don't|does not|do not|won't) (?:support|want|like|back|accept) (?:this|it|that|you)\b"
        ),
        "risk": (
            rf"\b{_THEM}(?:'re| are|'s)? (?:just |simply |never |really )*(?:won't|will not|aren't going to|are not going to|never going to|are never|'ll never|will never|don't want|do not want|will hate|would hate|hate|refuse to|aren't gonna)(?: \w+){{0,2}} (?:do|use|touch|like|learn|wear|scan|type|fill|press|open|accept|change|adopt|trust|it|this|that|have|give|stand|put up)\b|\b(?:i|we) (?:don't|do not|can't|cannot) (?:really )?(?:support|back|endorse) (?:this|it|that|you)\b(?! (?:if|until|unless|without))|\b(?:wouldn't|not|never|don't|n't)(?: \w+){{0,3}} (?:comfortable|happy|at ease|easy) (?:with|about)\b|\b(?:i|we)(?:'ve| have)? (?:been|got|were|was) (?:burned|burnt|bitten|stung|let down)\b|\bscar tissue\b|\bwe(?:'ve| have)? (?:already )?tried (?:this|that|it|one|something|a)\b[^?]{{0,120}}\b(?:shelved|failed|never|disaster|scrapped|dropped|nobody|abandoned|gave up|pulled|binned|didn't|mess|nightmare|wasted|canned)\b|\b(?:not|never) (?:keen|prepared|willing|ready|going|gonna) to (?:do|go through|risk|repeat|try) (?:that|this|it|one)(?: \w+)? again\b|\bwas (?:going|supposed|meant) to be \w+ too\b"
        ),
        "trust": (
            r"\b(?:i|we)(?:'ve| have) heard (?:that|this|dates|promises|it|those)(?: \w+)? before\b|\b(?:they|you|everybody|everyone|vendors|vendors? \w+|you people|salespeople|the last (?:lot|one|guys))(?:'ll| will)? (?:all|always) (?:say|says|said|promise|promises|promised) (?:that|so|the same|it)\b|\bthey said (?:an? \w+|\w+ (?:days|weeks|months)) (?:for|and)\b|\b(?:i|we) (?:don't|do not|dont) (?:quite |really )?(?:believe|buy|trust) (?:it|that|this|those|you|a word|the \w+|your)\b|\bbelieve (?:it|that) when i see\b|\bif it'?s true\b|\btoo good to be true\b|\bwho (?:else|actually) (?:uses|has) (?:it|this)\b[^?]{0,20}\bnobody\b"
        ),
    }.items()
}
"""By topic; what comes first here wins."""

_IF = re.compile(r"\b(?:if|unless|as long as|provided|otherwise|when)\b")
_PAST = re.compile(r"\b(?:used to|back then|at my (?:last|old)|years? ago)\b")
_BITTEN = re.compile(r"\b(?:burned|burnt|bitten|stung|let down|scar tissue|tried (?:this|that|it|one|something))\b")


def is_once_bitten(small: str) -> bool:
    """Whether an evened-out sentence tells of what went wrong before: over and done, and held against the next one."""
    return _BITTEN.search(small) is not None


def refusal_of(small: str) -> str | None:
    """Return the topic on which an evened-out sentence refuses, None where it refuses nothing: what hangs on an `if` before it asks for something, and what is long over is told."""
    for topic, pattern in REFUSALS.items():
        found = pattern.search(small)
        if (
            found is not None
            and not _IF.search(small[: found.start()])
            and (is_once_bitten(small) or not _PAST.search(small))
        ):
            return topic
    return None
