"""The words by which people promise, offer, ask, set a meeting and name a next step, and those that only sound like it."""

from __future__ import annotations

import re

DELIVERS = (
    r"send|share|forward|e-?mail|mail|write|call|ring|text|ping|message|ask|find out|look (?:into|at|up|over)|dig (?:into|up|out)|get (?:it|that|this|them|those|these|you|him|her|back|our|your|my|his|\w+ to|(?:a|an|the|some|my|our) \w+|(?:two|three|four|five|six|ten|one) (?:of )?\w+)|come (?:back|out|by|over|and|down|up|with|to)|be back|"
    r"go (?:back|through|over|away and)|bring|confirm|put|prepare|draft|set|schedule|book|arrange|organi[sz]e|introduce|connect|loop|chase|push|follow|circle|provide|deliver|supply|answer|talk|speak|raise|run|review|read|sign|let you know|let (?:him|her|them|\w+) know|"
    r"update|fix|correct|revise|redo|change|add|include|work (?:on|out|up|through)|invite|pass|return|clarify|check|verify|double[- ]check|report|upload|make|build|give|reach|see (?:if|whether|what|who|about|him|her|them|with)|take|drop|line|pull|quote|cost|scope|price|sort|nudge|compare|count|measure|test|try|submit|file|mark|redline|approve|order|print|sit|meet|join|visit|show|present|demo|walk|"
    r"have|leave|hold|block|reserve|summari[sz]e|document|record|note|collect|gather|fill|complete|finish|escalate|log|open|create|start|kick|help|think about|consider|discuss|decide|do|import|export|map|load|configure|enable|provision|migrate|train|evaluate|investigate|explore|pick|tell|figure|inform|copy|cc|poke|warn|remind|grab|unpick|text|line up"
)
SAID_NOT_DONE = re.compile(
    r"^(?:be (?:honest|frank|straight|quick|brief|fair|blunt|here|there|in|on|right)|say|admit|see you|take (?:it|that|this)\b(?! (?:to|up|back to|away|over|with|by|on board|home|from))|give me\b|leave (?:it|that|this) with you|take (?:mostly|the|a (?:look|seat|second|guess|minute))|give you (?:that|an example|a (?:sense|hint|minute|second|quick|little|bit of background|flavor|break|hard))|let you (?:go|off|finish|get|know if|drive|speak|be)|make (?:it|this|sure we don|a note of that|do)|"
    r"put it (?:this|that|another|like|to you|bluntly)|put up|leave it (?:there|at that)|leave you|hold (?:on|you to|my|that thought)|have (?:to|a (?:look|think)|been|the (?:salad|soup)|none)|ask (?:you|a|one|the|it)(?: \w+){0,3} (?:question|stupid|differently|quick|straight|directly)|start\b(?! (?:the|a|an|our|your|that|my) (?!demo|presentation|recording|meeting|call|slide|screen|intro|timer|video|show|day|week|year|agenda|talk|session|discussion)\w+)|show (?:you (?:a|the|what|how|this|that|one|where|my|our|some|real|two|quickly|now)|up|this|that)|"
    r"walk you|share (?:my|the|a|some|these|a couple of|a few|couple of)? ?(?:\w+ )?(?:screens?|slides?|window|desktop|story|few|thoughts?|background)|make (?:the |some )?introductions?\b|pull (?:it|this|that|up)|open (?:it|this|that|up|with)|run (?:through|you|out)|go (?:through|over|first|ahead|back(?: (?:a|one|to the))?|with|for|into)|do (?:my best|the (?:talking|intro))|tell you|read (?:it|that|you|out)|call (?:it|that|them|you (?:on|out)|\w+ (?:a|the))|note that|think|try (?:not|and|to (?:keep|be|make))|turn|stop|switch|skip|jump|move|keep|get (?:to (?:that|it|the)|into|out|there|off|in|on|over|used|started|going|straight|rid|my head)|come (?:to (?:that|it)|back to (?:that|it|this)(?: (?:in a|later|point))?)|talk (?:about|you|through)|speak (?:to that|about|up)|add (?:that|one|something|to that)|take (?:you|us) through|discuss (?:that|this|it) (?:later|in a)|mention|repeat|explain|check out|be back in (?:a|one) (?:second|minute|sec)|help you (?:with that )?(?:now|today)?|meet you (?:half|in))\b",
    re.I,
)
ADVERB = r"(?:\s+(?:also|then|just|still|gladly|happily|personally|go and|go ahead and|definitely|certainly|probably|quickly|actually|simply|at least|both|all|first|now|go))*"
PROMISE = re.compile(
    rf"\b(?:(?:(?P<who>I|we)(?:['’]ll| will| shall|['’]m going to|['’]re going to| am going to| are going to|['’]m gonna|['’]re gonna| gonna)|ill|im (?:going to|gonna)){ADVERB}\s+(?:try (?:to|and) |make sure (?:to|that|you) |be able to |be )?(?P<act>(?:{DELIVERS}|sending|sharing|coming|getting|writing|calling)\b.*)"
    rf"|(?P<let>let me|lemme)\s+(?:just |quickly )?(?P<act2>(?:redo|rework|rewrite|find (?:a|an|some|you|the)|check|ask|find out|look into|come back|get back|confirm|talk to|speak to|speak with|talk with|take (?:it|that|this) (?:back|away|to)|run (?:it|that|this) (?:by|past)|send|get (?:you|that|it|the|an?|back)|see (?:if|what|whether)|dig|follow up|circle back|go back|set up|put together|write|draft|book|introduce|connect|forward|share|prepare|think about)\b.*)"
    r"|\b(?:then |and |so )?I (?P<act6>(?:send|forward|mail|prepare|share|write|tell|ask|talk|speak|call|bring|give|arrange|organi[sz]e|book|make|check|order|print|calculate|put together|look for)\s+(?:you|it|this|these|those|that|the|them|him|her|over|to|with|a|an|our|my|your)\b.*)"
    r"|\b(?:I|we)['’](?:m|re) (?P<act7>(?:sending|getting|preparing|drafting|bringing|setting up|booking|sharing|forwarding|writing)\b.*)"
    r"|\b(?:I|we)(?:['’]ll| will|['’]m going to|['’]m gonna|['’]re going to)\s+(?:also |then |just |definitely |personally )*(?P<act8>[a-z]+\b.*)"
    r"|(?P<yours>you(?:['’]ll| will| shall| are going to|['’]re going to) (?:have|get|receive|hear from|see)\b.*)"
    r"|(?P<willdo>(?:\bwill do\b(?=\W*$|[.,!;])|^\W*(?:(?:yes|yeah|ok(?:ay)?|sure)\W+)?(?:I|we) will(?=[.!]?\W*$)|\bconsider it done\b|\bleave (?:it|that) with me\b|^\W*(?:(?:yeah|yes|ok(?:ay)?|sure)\W+)?(?:I['’]?m |we['’]?re )?on it\b|\b(?:I|we) (?:still )?owe (?:you|him|her|them) (?:the|an answer|that|those|an? (?:answer|reply|quote|document|number|list|call|response|draft|date))).*)"
    r"|(?P<have>it['’]?(?:ll| will) be (?:in your inbox|with you|there|done|ready|on your desk)\b.*))",
    re.I | re.S,
)
OFFER = re.compile(
    rf"\b(?:(?:I|we)(?: can| could|['’]d be (?:happy|glad|delighted) to|['’]m happy to|['’]re happy to| would be happy to| might be able to){ADVERB}\s+(?P<act>(?:{DELIVERS})\b.*)"
    rf"|(?:shall|should|can|could|may) (?:I|we){ADVERB}\s+(?P<act2>(?:{DELIVERS})\b.*)"
    rf"|(?:(?:do|would) you (?:want|like) (?:me|us) to|want (?:me|us) to|would it (?:help|be (?:useful|helpful|worth it)) if (?:I|we)|how about (?:this,? )?(?:I|we)|what if (?:I|we)|happy to|glad to)\s+(?P<act3>(?:{DELIVERS}|sent|shared|set|put|got|ran|brought|wrote|introduced)\b.*))",
    re.I | re.S,
)
REQUEST = re.compile(
    rf"(?:\b(?:can|could|would|will) (?:you|we get you to)(?: guys| please| maybe| just| also| possibly)*\s+(?P<act>(?:{DELIVERS})\b.*)"
    rf"|\b(?:please|would you mind|just|then|yeah,?|and|so)\s+(?P<act2>(?:send|share|put|write|forward|give|get|add|include|bring|check|ask|confirm|make sure|do that|mail|email|set up|book|call|cc|copy|talk to|speak to)\b.*)"
    r"|^(?:(?:and|so|then|but|okay|yeah|yes|well|also)[\s,]+)*(?P<act3>(?:send|share|put|write|forward|add|include|bring|email|mail|do that|send me|get me|give me|give us|copy|cc)\b.*)"
    r"|\b(?:could|can|may|might) (?:I|we) (?:please |also |maybe )?(?P<act4>(?:get|have) (?:the|a|an|that|your|those|it|some|access)\b.*)"
    r"|\b(?:I|we)(?:['’]d| would|['’]ll)? (?:also |really |still |just )?(?:need|want|like|love|appreciate)(?: to (?:see|get|have))? (?P<act5>(?:the|a|an|your|that|it|something|those|you to)\b.*(?:\b(?:in writing|on paper|written|from you|before|by|sent|over|please|to look at)\b).*))",
    re.I | re.S,
)
NOW = re.compile(
    r"\b(?:hear me|see (?:my|the|it|this|me|who|what|how|where|that|which)|share (?:your|my) screen|mute|unmute|camera|louder|repeat|say (?:that|it) again|go back|scroll|click|zoom|explain|tell (?:me|us)|walk (?:me|us)|show (?:me|us)|talk (?:me|us) through|give (?:me|us) (?:a|an|one) (?:sec|second|minute|example|sense|idea|feel|number|ballpark)|speak up|hold on|wait|remind (?:me|us)|describe|elaborate|clarify that|say more|start|be (?:more )?specific|help (?:me|us) understand|pull (?:it|that) up|put (?:it|that|this) (?:another|this|that) way|put (?:you|me) on (?:mute|hold|speaker)|have (?:a )?(?:look|seat|minute)|take (?:a )?(?:look|seat|guess)|ask(?=[,.?]|$| (?:you|something|a|one|what|how|why|who|about|if|whether|is|are|did|does|do|this|that|it|because|while|then)\b)|check (?:that|something) (?:quickly|real quick|now)|jump in|add something|do (?:it|that|this)\?|give (?:it|that) a)\b",
    re.I,
)
MEETING = re.compile(
    r"\b(?:let['’]?s|let us|shall we|should we|can we|could we|we should|we could|we can|we['’]ll|I['’]d (?:suggest|propose) we|why don['’]t we|how about we|maybe we)(?: just| also| maybe| then| all| plan to| try to| try and)* (?P<act>(?:meet|talk|speak|catch up|reconvene|regroup|touch base|sync|connect|sit down|get (?:together|back together|on a call|something|it|that|a \w+|another|\w+ on|us|the|this) ?(?:in|on|together)?|have (?:a|another|that) (?:\w+ )?(?:call|chat|meeting|session|conversation|follow-?up|demo)|do (?:a|another|the|that|it|this|one|\w+day)|schedule|book|set up|find (?:a|some) (?:time|slot)|put (?:something|a|it|time|\w+) (?:in|on|down)|pick (?:it|this|that) up|continue|say|go for|make it|aim for|plan (?:for|on)|jump on|hop on|run (?:it|that|this))\b.*)"
    r"|\b(?P<act2>(?:talk|speak|see|catch|meet) (?:to )?(?:you|each other|again|then)(?: all| both| guys| again)?(?: then)?,? (?:on |at |in |next |the |this )?(?:mon|tues|wednes|thurs|fri|satur|sun|next|tomorrow|the|january|february|march|april|may|june|july|august|september|october|november|december|in|week)\w*.*)"
    r"|\b(?:then |and |so )+we (?P<act6>(?:talk|speak|meet|call|see each other|sit down|catch up)(?: again)? (?:on |at |in |next |the |this )+(?:\w+day|tomorrow|week|month|\w+(?:st|nd|rd|th)|\w+ (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))\b.*)"
    r"|\b(?P<act3>(?:the |our |your )?(?:next|follow-?up) (?:call|meeting|session|conversation|demo|workshop|review) (?:is|will be|would be|on|at|should be)\b.*)"
    r"|\b(?P<act4>(?:does|would|how about|how['’]s|how is|what about|is)\s+(?:next |this |the )?(?:mon|tues|wednes|thurs|fri)\w*day\b.*)"
    r"|\b(?:would you (?:want|like) to|do you want to|are you (?:free|available|around)|can you do|could you do|would you be up for|are you open to|would you be open to)(?P<act5>\b.*\b(?:diary|calendar|call|meet|meeting|chat|session|demo|workshop|mon|tues|wednes|thurs|fri|next week|week after|o['’]?clock|[ap]m|free|available)\w*.*)",
    re.I | re.S,
)
PLAN = re.compile(
    r"\b(?:(?:the |our |your |my )?(?:next|immediate) steps? (?:is|are|would be|will be|for (?:us|me|you) (?:is|are)|from (?:here|our side|my side) (?:is|are))|(?:the |an )?action (?:item|point)s?(?: for \w+)?(?: is| are|:)|(?:the |my |your )?to-?do(?: is| for \w+ is|:)|what happens next is|(?:so )?(?:I(?:['’]ve| have)|we(?:['’]ve| have)) (?:got|noted|written down)(?: \w+){0,3}:|(?:from|on) (?:my|our) side(?: \w+){0,2}:|I(?:['’]d| would|['’]ll| will) do (?:two|three|four|the following)(?: things)?:|(?:my|our) (?:list|homework)(?: is|:)|so,? (?:to recap|to sum up|in summary)[,:])\s*(?P<act>.+)",
    re.I | re.S,
)
THIRD = r"\b(?P<name>{names})(?:['’]ll| will| is going to|['’]s going to| is gonna|['’]s gonna| can| could)(?: also| then| just)* (?P<act>(?:send|share|forward|write|call|set|check|prepare|review|look|get|follow|come|join|run|put|introduce|confirm|talk|speak|provide|draft|give|bring|update|work|be in touch|reach|arrange|book|schedule|email|mail)\b.*)"
HYPOTHETICAL = re.compile(
    r"\b(?:if|unless|in case|suppose|assuming|whether|would have|could have|might have|in theory|for example|for instance|usually|typically|normally|often|always|every (?:day|week|month|time|night|year)|generally)\b",
    re.I,
)
POLITE_IF = re.compile(
    r"\bif (?:that['’]?s|that is|it['’]?s|that|you|it) ?(?:['’]d |would )?(?:ok(?:ay)?|fine|all ?right|helpful|useful|helps?|like|want|don['’]t mind|works?|prefer|wish|need|good|cool|easier|suits?)\b|\bif you (?:have|['’]ve got) (?:any|a minute|time|further|other)\b|\b(?:see|check|find out|ask|know|tell|look|confirm|figure out) (?:\w+ ){0,3}if\b|\b(?:see|check|ask|confirm|find out|know|figure out)(?: \w+){0,2} whether\b",
    re.I,
)
NEGATED = re.compile(
    r"\b(?:won['’]t|will not|never|not going to|can['’]t|cannot|couldn['’]t|wouldn['’]t|don['’]t want|not gonna|before I promise|let me not|I['’]d rather not)\b",
    re.I,
)
REPORTED = re.compile(
    r"\b(?:said|says|told (?:me|us|them|him|her)|thinks?|thought|guess(?:es)?|hoped?)\s*,?\s*[\"“']?\s*(?:that )?$|\b(?:he|she|they) (?:said|says|was like|goes)\b", re.I
)  # fmt: skip
PRODUCT = re.compile(
    r"^(?:(?:send|give|show|let|make|create|get|have|take|help|run|do|open|add|record|log|import|map|load|start|check|update|train|migrate|build|provide|set|put)\b)", re.I
)  # fmt: skip
TO_THEM = re.compile(
    r"\b(?:you|over|to (?:you|him|her|them|[A-Z]\w+)|across|back|with (?:you|[A-Z]\w+)|your|together|proposal|quote|contract|paper|deck|summary|notes?|invite|link|recording|slides|details?|list|draft|plan|report|pricing|agreement|docs?|documents?|material|template|questionnaire|soc|invoice|order form|numbers?|reference|intro\w*|sandbox|pilot|trial|meeting|call|workshop|session|terms|wording|redlines?|roadmap|schedule|estimate|calculation|business case|one[- ]pager|nda|msa|dpa|statement|test)\b",
    re.I,
)
IN_THE_TALK = re.compile(
    r"^(?:(?:note|jot|write) (?:(?:that|this|it|them|both|further|any|the|your|some|these|those)\b|down\b)[^.?!]{0,20}\b(?:down|criteria|points?|requirements?|both)\b|remind (?:you|everyone|everybody|members?|honou?rable|ministers?|people|ourselves|the (?:committee|audience))\b|(?:share|give|show|provide|offer|present|highlight|cover|review|touch on|discuss|summari[sz]e|outline|describe)(?: you| us)? (?:with )?(?:some|a few|a couple of|one|an? (?:recent|quick|brief|short|little|bit)|more|the (?:financial|results?|agenda|highlights?|numbers|quarter|background|context|first|next)|our (?:financial|fourth|third|second|first|results?|outlook|agenda|numbers)|further|additional|recent)\b(?! (?:quote|proposal|offer|contract|call|meeting|invite|link|list|document|draft|time|slots?|dates?|references?|examples? of))|call (?:this|the) (?:meeting|session)|speak to (?:this|that|you from|those)|ask (?:members?|honou?rable|him that|yourself|you to (?:present\w*|start|begin))|have (?:to|had|some|seen|heard|noticed|additional|opportunit)|get (?:a|the|that) (?:i|feel\w*|sense|idea|message|point|picture|impression)\b|tell you that|return to (?:that|this|it)|enable\b|count on\b|reach the\b|look at (?:that|this|it|your presentations?|the (?:next|first|following|last|slide|numbers|notes))\b|take a (?:short )?break|say a few|move on|decide later|see in a|have a (?:poll|look|think|break|minute|quick)|practi[sc]e|come (?:back )?to (?:that|this|it|your)|open (?:it|this|the floor)|hand (?:it )?over to|turn (?:it )?(?:over )?to|pass (?:it|you) (?:over |on )?to|be (?:brief|quick|honest)|give (?:them|him|her) an$|get it to hear)\b",
    re.I,
)
"""What is done while the talk goes on: chairing, presenting, moving on."""
JOKES_ASIDE = re.compile(
    r"^(?:put the kettle on|make (?:some |the |a )?(?:coffee|tea)|bring (?:the |some |a )?(?:coffee|tea|snacks?|sandwich(?:es)?|umbrella|popcorn)|have (?:a |some |my )?(?:coffee|tea|lunch|dinner|breakfast|nap|holiday|drink|beer)|call (?:my|your) (?:mother|mum|mom|wife|husband|lawyer)|give (?:you|him|her) a (?:medal|cookie|star|hug)|leave (?:you|out)|get (?:my|a|some) (?:coffee|tea|coat|sleep|lunch|drink|jumper)|take (?:a |my )?(?:nap|break|holiday|shower))\b",
    re.I,
)
TELLS = re.compile(
    r"^(?:tell|ask|talk|speak|call|give|make|check)\b(?! (?:you|you guys)\b)(?! (?:to |with )?(?:you)\b)", re.I
)
"""What one does anyhow, said in the present: `he asks me, and I tell him`; a promise only with a day."""
DOABLE = re.compile(rf"^(?:try (?:to|and) )?(?:{DELIVERS})\b", re.I)
AND_THEN = re.compile(rf",?\s+and (?:then )?(?:(?:I|we)(?:['’]ll| will) |also )?(?=(?:{DELIVERS})\b)", re.I)
GOING_WITHIN = 2
PLAIN_ACT = re.compile(
    r"^(?:try (?:to|and) )?(?:send|share|e-?mail|mail|forward|write (?:to|up|a|an|the|you|it up|that up)|prepare|draft|schedule|book|call|ring|confirm|set up|look into|follow up|find out|check (?:with|on|that|whether|if)|talk to|speak to|get back|come back|put together|circulate|upload|distribute|invite|introduce|remind|let (?:you|him|her|them) know|ask (?!our|your|my)\w+|bring (?:it|that|this|the|a)|provide|submit|report back|summari[sz]e|arrange|organi[sz]e)\b",
    re.I,
)
SHORT = 12
DOES_IT = re.compile(r"^do (?:it|that|this|both|so)\b", re.I)
HABIT = re.compile(
    r"\b(?:when|whenever|every|always|usually|sometimes|then they|if|because|normally|mostly|each)\b", re.I
)
MOST_ASKED = 36
DEADLINE = re.compile(
    r"\b(?:by|on|before|until|till|for|from|in|at|end of|early|late|mid|starting|beginning|around|no later than|latest)(?: the)?\s*$",
    re.I,
)
STATIVE = re.compile(
    r"^(?:be|know|like|need|want|have to|see|miss|love|hate|go|say|admit|guess|bet|get|become|remain|stay|keep|feel|hope|wish|mean|seem|look|lose|win|pay|own|use|live|work|wait|listen|probably|never|always|not|only|let|stop|start|begin|continue|move|turn|think|believe|trust|understand|remember|forget|learn|grow|eat|drink|sleep|drive|die|cry|laugh|spend|save|cost|take|make|do|give|come|put|leave|hold|tell|ask|show|call)\b",
    re.I,
)
JEST = re.compile(
    r"\b(?:ha(?:,? ha)+|haha|lol|just kidding|kidding|joking|cake|cheese|donuts?|doughnuts?|cookies|croissants?|chocolates?|sweets|beers?|wine|champagne|whisky|barbecue|pizza|a drink|drinks|medical bill|rob the|bake you|name a \w+ after|dance|sing|statue|medal|a hug|kiss|marry|tattoo|lottery|haircut|eat my hat|my hat|first-?born|buy you (?:a|lunch|dinner)|take care of (?:that|your) (?:knee|back|cold|leg))\b",
    re.I,
)
"""What is promised in jest, or besides the matter."""
LAUGHS = re.compile(
    r"^\W*(?:ha+h?|haha\w*|ha ha|lol|\(laugh\w*\)|\[laugh\w*\]|very (?:clever|funny)|deal\W+ha)\b", re.I
)
TO_THEM_IN_EARNEST = re.compile(
    r"\b(?:proposal|quote|contract|paper|deck|summary|notes?|invite|link|recording|slides|details?|list|draft|plan|report|pricing|price|agreement|docs?|documents?|template|questionnaire|soc|invoice|order form|numbers?|reference|sandbox|pilot|trial|meeting|call|workshop|session|terms|wording|redlines?|roadmap|estimate|calculation|business case|one[- ]pager|nda|msa|dpa|demo)\b",
    re.I,
)
