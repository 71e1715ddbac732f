"""Words that may hold something against buying, by topic: weaker than those of `sales.objections`, and an objection only where the talk treats them as one.

All patterns read text as `sales.qualifying.talk.even` makes it: small letters, plain apostrophes; apostrophes may be missing, as in poor transcripts.
"""

from __future__ import annotations

import re

_NOT = r"(?:not|never|n't|dont|cant|wont|isnt|doesnt|didnt|aint|cannot|can not)"
_WONT = r"(?:won'?t|will not|will never|aren'?t (?:going to|gonna)|ain'?t (?:going to|gonna)|are not (?:going to|gonna)|isn'?t (?:going to|gonna)|is not (?:going to|gonna)|not (?:going to|gonna)|'s not (?:going to|gonna)|can'?t|cannot|don'?t|do not|doesn'?t|wouldn'?t|would not|refuse to)"
_THEM = r"(?:my|our|the|your|half (?:of )?(?:my|our|the)|most (?:of )?(?:my|our|the)|these|those|some of my) (?:\w+ )?(?:people|guys|drivers?|team|staff|crews?|boys|girls|users?|reps|nurses|doctors|teachers|partners|dealers|carriers|customers|clients|members|tenants|engineers|operators|managers|foremen|mechanics|cooks|servers|volunteers|attorneys|agents|colleagues|shops|franchisees|field \w+|old \w+)"
_SEASON = r"(?:christmas|easter|thanksgiving|ramadan|diwali|new year'?s?|summer|winter|spring|autumn|fall|harvest|peak|season|quarter|year[- ]?end|half[- ]?term|holidays?|q[1-4]|january|february|march|april|may|june|july|august|september|october|november|december|next (?:year|quarter|month|season|budget)|the audit|audit|inventory|go[- ]live|memorial day|labor day|black friday|the new \w+|budget (?:round|season))"
_ABOVE = r"(?:boss|board|cfo|ceo|coo|cio|cto|md|fd|director|owner|partners?|finance|procurement|purchasing|legal|head office|corporate|headquarters|hq|the group|union|works council|council|committee|controller|security|infosec|it department|superintendent|principal|dean|family|husband|wife|management|regulators?|auditors?)"

HINTS: dict[str, re.Pattern[str]] = {
    topic: re.compile(pattern)
    for topic, pattern in {
        "price": (
            rf"\b(?:{_NOT}|hard to|how do i|never)(?: \w+)? (?:take|bring|show|sell|justify|explain|defend|put|get)(?: \w+){{0,5}} (?:upstairs|past|to (?:my|the|our)|in front of)\b"
            r"|\b(?:a third|half|double|twice|triple|three times|four times|\w+ percent|\w+ times) (?:more|as much|of (?:that|your)|what (?:we|i)|again)\b|\b(?:dearest|priciest|most expensive|steepest)\b|\btoo much\b(?! (?:to|of a))|\bless than half\b"
            r"|\b(?:money|price|number|cost|fee|quote|rate|amount|discount|bill|invoice)\b[^.?!]{0,40}\b(?:kills?|problem|hurts?|high|apart|bigger|lower|down|crazy|insane|ridiculous|steep|scar\w+|joke|shock\w*|upstairs|work)\b"
            r"|\b(?:far|miles|way|\w+ thousand|\w+ grand|still \w+) apart\b|\bwith a thud\b|\bno return\b|\bthe (?:math|maths|numbers?) (?:doesn'?t|don'?t|does not|just doesn'?t)\b|\btimes (?:two|three|four|five|six|seven|eight|ten|twelve|\d+|that)\b[^.?!]{0,30}\b(?:no|lot|too|wow|more)\b"
            r"|\bi(?:'d| would)? ?(?:was|were|had|been)? ?(?:hoping|expecting|thinking)(?: \w+){0,3} (?:less|lower|more like|half|cheaper|around|one less)\b|\bwhy (?:would|should) (?:i|we) pay\b|\bnobody (?:\w+ ){0,2}(?:pays|paid)\b|\ba lot of (?:money|\w+s)\b$|\bthat'?s (?:near|nearly|almost|like|over) [^.?!]{0,30}\b(?:a|per) (?:month|year)\b"
        ),
        "budget": (
            rf"\b{_NOT} (?:in|part of|budgeted|planned|got|have)(?: \w+){{0,4}} (?:plan|budget|money|funds?|funding)\b|\b{_NOT} (?:\w+ )?budgeted\b|\b(?:everything|spend\w*|money|budget)(?:'s| is| are)? (?:\w+ )?(?:frozen|gone|spent|cut|closed|empty)\b|\b(?:pot|kitty|purse)(?:'s| is) empty\b"
            r"|\b(?:told|asked) to (?:give back|hand back|cut|save)\b|\b(?:grant|funding) (?:doesn'?t|does not|won'?t) cover\b|\bno (?:money|budget|funds|funding|new spend)\b|\bto play with\b|\bfind the money\b|\b(?:capital|spending|hiring) freeze\b|\bthis year'?s (?:plan|budget|sheet)\b|\bmore than i have\b|\bin my own pocket\b"
        ),
        "timing": (
            rf"\b(?:before|until|till|not in|during|not this|after) (?:the |our )?{_SEASON}\b[^.?!]{{0,50}}\b{_NOT}|{_NOT}[^.?!]{{0,50}}\b(?:before|until|till|in|during|this|after) (?:the |our )?(?:\w+ )?{_SEASON}\b|^\W*(?:but )?not (?:now|yet|in peak|this (?:year|quarter))\b"
            rf"|\b(?:call|ring|come|talk to|ask) (?:me|us|back)(?: again)? (?:\w+ )?(?:after|in|when|next) (?:the )?{_SEASON}|\b(?:call|ring) me (?:again )?(?:the week )?(?:after|next)\b|\b(?:tied up|maxed out|at the limit|flat out|snowed under|up to (?:my|our) (?:neck|ears|eyeballs)|too many things|busiest)\b"
            rf"|\b(?:{_NOT}|nobody|no one|no)(?: \w+){{0,3}} (?:the people|anybody|anyone|hands|time|capacity|bandwidth|resources?|staff)\b|\bhalf (?:of )?(?:my|the|our) team is\b|\brealistically\b|\b{_NOT} (?:doable|before)\b|\bdon'?t you dare\b|\bno (?:hurry|rush)\b|\bpark it\b|\bneed longer\b|\bworst (?:time|moment)\b|\b(?:rather|better) (?:wait|lose a)\b|\bwe(?:'ve)? only just\b|\bi just (?:put|bought|signed|got|started|moved)\b|\btight with\b|\bcalendar problem\b"
        ),
        "competitor": (
            r"\b(?:comes?|came) (?:with it|built in|for free|included)\b|\b(?:for free|throw (?:it|that) in)\b|\bdoing nothing\b|\bstay(?:ing)? (?:where|with|put)\b|\b(?:we|i) (?:could|can|might) (?:just |simply )?(?:use|build|do it|carry on|stay)\b|\bbuild (?:it|that|this) (?:ourselves|himself|herself|in[- ]?house|in a)\b|\bwrite (?:it|this|that) ourselves\b"
            r"|\b(?:current|existing|own) (?:supplier|vendor|provider|partner|one|tool|system)\b[^.?!]{0,50}\b(?:offer\w*|already|fine|happy|good|does|freez\w+|come back|came back)\b|\b(?:others?|other (?:one|guys|lot|vendor|offer)|theirs?|competitor\w*)\b[^.?!]{0,50}\b(?:cheaper|less|included?|lower|better|free|faster|already|approved|prefer\w*)\b|\bis(?: much| a lot)? cheaper\b|\b(?:group|headquarters|head office|corporate)\b[^.?!]{0,40}\b(?:same|theirs|uses?|using|wants?)\b|\b(?:lies|lie|is|are|sits|came in|come in) (?:by|at) (?:[$€£]?\d|one|two|three|four|five|six|seven|eight|nine|ten|\w+ty|\w+teen)\b|\bi am having their\b|\bwhy change\b|\balready have (?:one|a|that)\b|\bcome with it already\b"
        ),
        "no_need": (
            r"\bnot sure (?:we|i|it'?s|that) (?:\w+ )?(?:need|worth|want|going|for us)\b|\b(?:don'?t|do not|dont) (?:really |actually |think we )?(?:need|have that problem|see (?:what|the|how|why|us))\b|\bit(?:'s| has)? (?:always )?worked (?:for|fine|well)\b|\bdoes the (?:job|trick)\b|\bgood enough\b|\boverkill\b|\bnice to have\b|\bmanag(?:e|ing) (?:fine|okay|without)\b|\b(?:won'?t|not (?:going to|gonna)|don'?t think we'?re (?:going to|gonna)|probably not) (?:\w+ )?(?:renew|do it again|go on|continue|extend)\b|\bif we don'?t go on\b|\b(?:not|isn'?t)(?: \w+){0,2} (?:a |the |our |my )?(?:priority|problem)\b(?! to)|\bahead of it\b|\bwhat would (?:change|it change|that change) for\b|\bmuch bigger (?:companies|firms|outfits)\b|\bcouple of times a (?:year|month)\b|\bnobody(?:'s| has)? asked (?:me )?for\b"
        ),
        "security": (
            rf"\b(?:{_NOT}|nobody|no one|nothing|never)[^.?!]{{0,40}}\b(?:cloud|outside|server|servers|network|access|our data|their data|somebody else'?s|customer data|patient)\b|\b(?:hack(?:s|ed)?|breach\w*|leak(?:s|ed)?|attack|surveillance|spy\w*|whip)\b|\b(?:american|foreign|us|chinese) (?:law|fund|company|server)\w*\b|\bwhere (?:the|our|does the) data\b|\b(?:data protection|privacy|infosec|security|dpo|the it|it department|it people)\b[^.?!]{{0,40}}\b(?:{_NOT}|never|no\b|against|hate|block|kill|hell)\b|\btrains? (?:on|somebody|your|their|a model)\b|\bused against\b|\bi'?m out\b|\bcloud is a no\b|\bhow (?:fast|much) (?:each|every|a) (?:person|worker|\w+) works?\b"
        ),
        "integration": (
            rf"\b(?:{_NOT})[^.?!]{{0,30}}\b(?:talk to|read|connect|pull|write into|integrate|interface|touch)\b|\bwho (?:types|writes|enters|maintains|feeds|keeps)\b|\bi(?:'d)? (?:type|retype)\b|\bends? up typing\b|\btyp(?:e|es|ing) (?:it|everything|that|them) (?:twice|again|in again)\b|\bno (?:interface|connector|api)\b|\bis there a connector or\b|\b(?:file|manual) bridge\b|\b(?:another|one more|yet another|new) (?:screen|login|app|tool|tablet|password|portal|system)\b|\bmaking accounts\b|\bold version\b|\bmigrat\w+\b[^.?!]{{0,30}}\b(?:scar\w+|worr\w+|year|pain|hell|never)\b|\bmore work\b|\bnightly\b|\bout of support\b"
        ),
        "feature": (
            rf"\b(?:it|that|yours?|you|the (?:app|demo|tool|system|robot|report))(?:'ll| will| would| just)? (?:{_WONT}|is missing|fell|fails?|lost|stops?|waits?|crashed|went down|told)\b(?! (?:have to|matter|know|worry|be back|bore|need to|think|sound))|\bon hold\b|\bthat (?:ain'?t|isn'?t|is not|'s not) (?:support|enough|what)\b|\bno (?:spanish|version|one|support|app|report|offline)\b[^.?!]{{0,20}}\b(?:version|night|answers)\b|\b(?:in development|planned|roadmap|nearly there|beta)\b|\band (?:when|if) (?:the|it|that|there'?s)[^.?!]{{0,40}}\b(?:out|down|fails|breaks|dies|stops|off)\b|\bat (?:night|five in the morning)\b|\bnobody at\b|\bwhat about the other\b|\band the other (?:two|three|four|half|\w+)\b|\bunder what\b|\bnot enough\b|\bmissing (?:the|one)\b|\bno use\b|\bit fell\b|\bworse for us\b|\bby hand anyway\b|\bwon'?t (?:catch|fix|cover) all\b|\bhe just waits\b|\bcan'?t be under\b"
        ),
        "contract": (
            rf"\b(?:{_NOT}|no)\b[^.?!]{{0,40}}\b(?:two|three|four|five|multi|\d)[- ]?years?\b|\bnon[- ]?starter\b|\b(?:liability|indemnit\w+|cap|uplift|auto[- ]?renew\w*|notice|minimum|exclusiv\w+|jurisdiction|clause|footnote|penalt(?:y|ies)|termination|terms?)\b[^.?!]{{0,50}}\b(?:{_NOT}|problem|unlimited|unacceptable|out|long|change|high|one times|two times|twice|capped?)\b|\b(?:{_NOT})(?: \w+){{0,3}} accept\b|\b(?:pay|paying|billing|payment)\b[^.?!]{{0,25}}\b(?:ahead|advance|up ?front|quarterly|sixty|ninety)\b|\b(?:want|need) (?:to be able to )?(?:get )?(?:out|an exit|a break)\b|\bmarr(?:y|ied)\b|\b(?:ninety|a year|three years|sixty) is (?:too |very )?long\b|\bif you go (?:out of business|bust|under)\b|\btwelve approvals\b|\bargue about (?:it|that)\b|\bwithout (?:a|the) (?:penalty|council|guarantee|clause)\b"
        ),
        "authority": (
            rf"\b(?:my|our|the|his|her)? ?{_ABOVE}(?:'s| is| are| was|'ll| will| would|'d)? (?:\w+ ){{0,2}}(?:{_NOT}|never|said no|say no|says no|against|shoot|kill|throw|laugh|ask me why|goes along|won'?t|wont|hate|nervous|grumpy|allergic|worried|block\w*|veto\w*|push\w* back)\b|\b(?:throw|kill|murder|fire) me\b|\b(?:look|looks) (?:\w+ ){{1,3}}in the eye\b|\bgoes along with\b|\b(?:don'?t|won'?t|not) (?:buy software|sign new vendors)\b|\bmeans no\b|\bany vendors\b|\bhas told us not\b|\bsign new vendors\b|\bthat'?s going to be a conversation\b"
        ),
        "risk": (
            rf"\b{_THEM}[^.?!]{{0,25}}\b(?:{_WONT}|hate|old school|never|aren'?t|not|just phoned|will say|would say|don'?t even)\b|\b(?:she|he|they)(?:'ll| will)? (?:{_WONT}) (?:press|use|scan|touch|learn|download|change|look|open|type|put|like|go)\b|\b(?:robot|computer|machine)s? talking\b|\b(?:angry|strike|revolt|mutiny|murder|riot)\b|\b(?:the|gonna be the|going to be the) fight\b|\b(?:worry|(?<!no )worries|worried|worrying|afraid|scared|nervous|concern(?:ed|s)?)\b|\bate a year\b|\bi'?ve been through (?:one|this|that)\b|\bwe tried (?:this|that|it|one|something)\b|\b(?:six|two|three) people (?:are )?using\b|\bdemos? beautifully\b|\bnobody uses\b|\bguinea pig\b|\b(?:can'?t|cannot|don'?t want to) be the first\b|\bteach\b[^.?!]{{0,30}}\b(?:new|tablet|screen|system|whole)\b|\bput (?:us|me) at the (?:end|bottom)\b|\bflip phones?\b|\bsmart ?phones?\b|\bdon'?t change because\b|\bin boots\b|\bhave nobody\b|\bmy neck out\b|\ball over again\b|\bwho gets the call\b|\bthrough (?:another|one more)\b|\blost (?:good|four|three|two) (?:people|guys)\b"
        ),
        "trust": (
            rf"\bhow do i know\b|\baround in (?:two|three|five|a) (?:years?|months)\b|\b(?:got|was|been) (?:bought|shut|acquired|sold)\b|\b(?:everybody|everyone|they all|you all) (?:says?|promises?|tells?)\b|\bheard that\b|\b{_NOT} (?:believe|buy it|trust|convinced|sold)\b|\bis that real\b|\bgood month\b|\byou (?:said|told us|told me|promised)\b[^.?!]{{0,80}}\b(?:{_NOT}|and now|then|but|instead|monday|year)\b|\b(?:nobody|no one|no \w+ \w+) (?:in (?:our|my)|i (?:could|can|know)|to call)\b|\bhope or a promise\b|\bguinea pig\b|\bnot had an answer\b|\bnever heard\b|\bsmall company\b|\bi'?d be using\b|\bcan'?t give all of it\b|\bwhy would this be (?:any )?different\b|\bthat doesn'?t exist any\w*\b|\bi don'?t doubt you\b|\bwhy the last\b|\bsomebody (?:tells|comes)\b"
        ),
    }.items()
}  # fmt: skip
"""By topic; what comes first here wins."""


def hinted(small: str) -> list[str]:
    """Return the topics that an evened-out text may object on."""
    return [topic for topic, pattern in HINTS.items() if pattern.search(small)]
