"""How a talk tells that somebody else might get the business: a name with what vendors do, a standing agreement, or leaving things as they are."""

from __future__ import annotations

from sales.qualifying.scoring import Cue, cues
from sales.qualifying.words import NUMBER, VENDOR

_SMALL = r"(?!(?:And|But|So|Or|Then|Well|Yeah|Yes|No|Also|Because|If|When|The|They|We|He|She|It|That|This|These|Those|There|Their|Theirs|Our|My|You|Your|Nobody|Everybody|Somebody|Someone|Everyone|People|What|Who|How|Which|Okay|Look|Honestly|Now|Right|Just|Even|Maybe|Like|See|Oh|Um|Uh|At|In|On|For|From|With|One|Two|Three|Some|Most|All|Half|Both|Finance|Legal|Procurement|Management|Operations|Customers?|Drivers?|Patients?|Corporate|Today|Yesterday|(?:Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|Hundred|Thousand|(?:Thir|Four|Fif|Six|Seven|Eigh|Nine)teen|(?:Twen|Thir|For|Fif|Six|Seven|Eigh|Nine)ty)(?:-[a-z]+)?)\b)"
_NAME = rf"(?<![\w'&.-]){_SMALL}(?P<who>[A-Z][A-Za-z0-9]+(?:[&-][A-Za-z0-9]+)*(?: (?:[A-Z][A-Za-z0-9]+|One|Two))?)"
_TEAM = r"(?:'s)?(?: (?:people|guys|folks|rep|salesman|sales (?:guy|rep|team|people)|lot|consultant|team))?"
_LIGHT = r"(?: (?:also|already|just|even|then|actually|have|has|had|did|finally|both|say they|says they|said they|claim to))*"

NAMED_RIVALS: tuple[Cue, ...] = cues(
    (
        "a vendor acts",
        1.0,
        rf"{_NAME}{_TEAM}{_LIGHT} (?:came (?:out|by|over|round|back (?:with|at))|came in (?:at|on|last|yesterday|with|to|for|around|in|a (?:good|fair|lot|bit|little)|lower|higher|cheaper|under|well|just|slightly|much|quite|way)|did (?:a|an|their|us a|the) (?:demo|pitch|trial|survey|presentation|visit|proof|poc|pilot|session)|demoed|quoted|offer(?:s|ed)?\b|pitched|presented|undercut|g[ai]ve(?:n)? us (?:a|an|their|until|\w+ percent) ?(?:price|quote|offer|demo|discount|proposal)?|sent (?:us|me|over|in) (?:a|an|their|the)|charges?\b|promised us|has been calling|(?:have )?been (?:calling|chasing|pestering|sniffing|courting)|keeps? (?:calling|ringing|emailing|pestering)|(?:has|have) the (?:one|thing|model) |does the same|do the same|(?:can|could|would|will|'ll|'d) (?:do (?:it|that|the|this)|match|undercut|bolt|throw (?:it|that|in)|include|migrate|build)|said they(?:'d|'ll| would| can| could| do)|says they(?:'ll| will| can| do)|flew|won the|wants? (?:the (?:job|business|contract)|{NUMBER})|(?:is|are|was|were) (?:bidding|pitching|pushing (?:us|hard))|made us an offer|put in a (?:bid|price|quote)|showed us|left a brochure)",
    ),
    (
        "a vendor compares",
        1.0,
        rf"{_NAME}{_TEAM}(?:'s| is| are| was| were| looks?| seems?| sounds?| comes in)(?: (?:a lot|a bit|much|way|far|quite|still|also|about|probably|just|\w+ percent|\w+ thousand|nearly|definitely|slightly|significantly|actually|really))* (?:cheaper|pricier|dearer|more expensive|half the price|less than|slower than|faster than|better (?:at|than|on)|worse (?:at|than|on)|weaker|the (?:other (?:one|column|option|vendor|finalist|candidate|side|name|system)|default|incumbent|front ?runner|one (?:we(?:'d| would| had)|they|it (?:pushes|likes|wants)|corporate|our)|alternative|safe (?:choice|option|bet))|in the (?:mix|running|frame|lead|race)|an option|our (?:current|existing|incumbent) (?:vendor|supplier|provider|system|tool|partner)|on the (?:list|shortlist|table)|ahead on|behind on|dirt cheap|already (?:in|here|approved))",
    ),
    (
        "weighed by name",
        1.0,
        rf"\b(?:[Dd]emo(?:s|ed)? (?:from|with|by|of)|[Tt]rial (?:with|of|from)|[Pp]ilot (?:with|of)|[Qq]uotes? (?:from|by)|[Oo]ffers? from|[Pp]roposals? (?:from|by)|[Bb]ids? from|[Pp]rices? from|[Ee]valuat(?:ed|ing)|[Cc]ompar(?:ed|ing) (?:you |it |this )?(?:to|with|against)|[Vv]ersus|[Bb]etween you(?: guys)? and|[Ii]t's you (?:and|or)|[Yy]ou or|[Aa]greement with|[Ff]ramework with|[Ll]icen[cs]es? (?:for|with|from)|[Ss]hortlisted|[Rr]enew(?:ing)? with|[Ll]eaning (?:to|towards?)|[Oo]n trial with)(?: (?:the|a|both|also|like|just|at|people at|guys at|somebody from|someone from|from|either|maybe|probably)){{0,2}} {_NAME}",
    ),
    (
        "spoken of by name",
        1.0,
        rf"\b(?:[Ll]ook(?:ed|ing) at|[Tt]alk(?:ed|ing) (?:to|with)|[Ss]p(?:oken|oke|eaking) (?:to|with)|[Mm]eet(?:ing)? with|[Cc]onsider(?:ed|ing)|[Ii]nstead of|[Rr]ather than|[Cc]ontract with|[Ss]witch(?:ing|ed)? to|[Ss]tay(?:ing)? with|[Ss]tick(?:ing)? with|[Gg]o(?:ing)? with|[Ww]ent with|[Pp]refers?|[Ss]een|[Ss]aw|[Ii]nvited|[Aa]gainst|[Pp]ay(?:s|ing)?|[Pp]aid|[Ss]wears? by|[Hh]appy with|[Cc]alled|[Nn]amed)(?: (?:the|both|also|like|just|people at|guys at|somebody from|someone from|from|either|maybe)){{0,2}} {_NAME}(?=[^.?!]{{0,80}}\b(?:quot\w+|demo\w*|offer\w*|price\w*|cheap\w*|theirs?|trial|pilot|vendor|clunky|expensive|next week|session|shortlist\w*|proposal|option|instead|for (?:the same|less|that)|software|platform|as well)\b)",
    ),
    (
        "runs out with a name",
        0.95,
        rf"\b(?:been (?:on|with|using)|[Ww]e're (?:on|with)|[Ww]e (?:use|have|run)|[Ww]e've (?:got|had)|tied to|locked into) {_NAME}(?=[^?!]{{0,90}}\b(?:renew\w*|contract|expires?|runs out|up in|notice|licen[cs]e|cheaper|replac\w+|switch\w*)\b)",
    ),
    (
        "recommended by name",
        1.0,
        rf"\b(?:told|asked|wants?|recommend(?:ed|s)|suggest(?:ed|s)|keeps? telling|likes?)(?: \w+)?(?: (?:me|us|that we|we should))? (?:to )?(?:look(?:ing)? at|try|consider|talk to|check out|go with) (?:a |the )?{_NAME}",
    ),
    (
        "had a look at",
        1.0,
        rf"\b(?:[Hh]ad|[Tt]ook|[Hh]aving|[Tt]aken) a (?:quick |good |brief )?look at {_NAME}(?=[^.?!]{{0,80}}\b(?:too|as well|also|but|it's|it|prettier|cheaper|nice|clunky|slow|price)\b|[.,])",
    ),
    (
        "business of a name",
        1.0,
        rf"{_NAME}{_TEAM}(?!'s\b)(?=[^.?!,;]{{0,12}}(?<!to )(?<!for )\b(?:also )?(?:g[ai]ve|given|gives|submitted|made|sent|send|put in|has|have|had|is|are|was|were|won|wants?|did|done)\b[^.?!,;]{{0,30}}\b(?:quotations?|quote|offers?|bid|bids|bidding|tender|proposal|a demo|p ?o ?c|poc|bake-?off|shortlist\w*|finalists?|in the finals?|is asked|are asked|been asked|invited)\b)",
    ),
    (
        "got in by name",
        1.0,
        rf"\b(?:got|have|had|having|bringing) {_NAME} in (?:for (?:a|the|an) (?:\w+ )?(?:demo|pitch|chat|trial|presentation|session|meeting|look)|on (?:mon|tues|wednes|thurs|fri)day|next (?:week|month)|last (?:week|month)|tomorrow)\b",
    ),
    (
        "offer of a name",
        1.0,
        rf"{_NAME}'s (?:final |first |last |new |revised |best )*(?:offer|quote|quotation|bid|proposal)\b",
    ),
    (
        "asked as well",
        1.0,
        rf"{_NAME} (?:is|are|was|were|has been|have been) (?:also )?(?:asked|invited|bidding|shortlisted|short-listed)(?= too\b| as well\b|[.,;]|$)",
    ),
    (
        "they, of a vendor",
        1.0,
        rf"{_NAME}[.,;:]?(?: yes| yeah)?[,.]? (?:[Ww]ell |[Ss]o |[Aa]nd |[Bb]ut )?[Tt]hey(?:'ve|'d| have| had| also| just| all)* (?:want(?:s|ed)? (?:{NUMBER}|to sell)|quoted|charged?|came (?:in|back|out|by|over|round|here)|(?:was|were) (?:here|in (?:on|last|here|the))|offer(?:ed)?|did (?:a|an|their|the) |sent (?:us|me|over|in|a)|pitched|undercut|made (?:us )?an offer|showed|demoed|don't charge|only charge)",
    ),
    (
        "they, of a name",
        0.6,
        rf"{_NAME}\b[^?!]{{0,110}}(?<![\w])(?:they'(?:d|ll|re|ve)|theirs|[Tt]hey (?:do|have|offer|want|said|say|quoted|were|are|came|can|don't|can't|won't)|[Tt]heir (?:guy|rep|price|quote|one|thing|system|box|offer|product|machine|demo|app))\b",
    ),
    cased=True,
)
"""Cues that read capitals; the group `who` is the vendor's name."""

RIVALS: tuple[Cue, ...] = cues(
    (
        "as things are",
        0.9,
        r"\b(?:keep|keeping|stay with|staying with|stick with|sticking with|leav(?:e|ing)|carry(?:ing)? on with|live with|liv(?:e|ing) with|go on with|run with)(?: just)? (?:the (?:one|thing|way|system|setup|old \w+|paper|spreadsheets?)|what|it|things|everything|paper|spreadsheets?|excel)(?: that)?(?: \w+){0,2} (?:we have|we've got|we use|we do|we already|like it is|like that|as (?:it|they|things) (?:is|are)|the way (?:it|they|things) (?:is|are)|is now|are now|today|another year|for another|a while longer|for now|running)\b|\b(?:just |simply )?(?:stay|staying|remain|keep doing|keep it|keep going|carry on|leave it)(?: just)? (?:on (?:paper|excel|spreadsheets?)|as we are|as is|where we are|what we(?:'re| are)? (?:do|doing|always)|the way it is|like it is|how it is)\b|\bdo(?:ing)? nothing\b|\bstatus quo\b|\b(?:we|i) (?:could|can|might|may)(?: always| also| simply| just)+ (?:extend|renew|stay|leave it|carry on|do nothing|keep (?:it|going|what|the))\b",
    ),
    (
        "or do without",
        0.95,
        r"\boption of (?:not |just )?(?:doing|leaving|staying|keeping|waiting)\b|\bnot do(?:ing)? (?:anything|it) at all\b|\bdo(?:ing)? without(?= it\b| one\b| (?:a|any|the) (?:system|tool|vendor|software|product)|[.,;]|$)|\b(?:weigh|weighing|compare|comparing|measur\w+) (?:you|it|this) (?:up )?against\b|\b(?:bolt-?on|add-?on|module|plug-?in)\b[^.?!]{0,40}\b(?:from|of|by) (?:our|the|my)\b|\bif (?:this|it|that|we|you) (?:doesn't|don't|falls|isn't)\b[^.?!]{0,40}\bwe(?:'ll|'d| will| would)? (?:just |probably |simply )?(?:hire|add|take on|stay|keep|go back|build|do it|carry on|wait)\b|\b(?:your|our) competitors? (?:was|were|came|is|are|has|have|wants?|called)\b|\bof your competitors\b",
    ),
    (
        "a standing agreement",
        0.95,
        r"\b(?:parent(?: company)?|group|corporate|head ?office|headquarters|hq|the others?|sister (?:site|company)|other (?:sites?|plants?|regions?|offices?|divisions?|branches)|mother company|holding)\b[^.?!]{0,30}\b(?:uses?|using|standardi[sz]ed|has (?:a|an)|have (?:a|an)|signed|bought|chose|prefers?|already (?:has|have|pays|runs|uses|on))\b[^.?!]{0,60}\b(?:agreement|contract|licen[cs]es?|default|standard|framework|deal|everywhere|for (?:that|this|it)|so (?:that's|it's|we)|instead|already|with)\b",
    ),
    (
        "the same for less",
        0.95,
        rf"\b(?:they|these|those|the others?|somebody|someone|another (?:one|{VENDOR})|a (?:local |small |young |cheaper )?(?:{VENDOR}|outfit|guy|kid|student))(?:'d| would|'ll| can| could| will)? (?:do|does|did|offer|offers|sell|sells|make|makes)(?: \w+){{0,2}} (?:the same|something (?:similar|like)|it|that)(?: thing)?(?: \w+){{0,2}} (?:for|at)(?: \w+)? (?:half|a third|less|a fraction|{NUMBER}|free|nothing)\b|\bmakes? something (?:similar|like (?:it|this|that|yours))\b",
    ),
    (
        "another one seen",
        0.95,
        rf"\b(?:we|i|he|she|they)(?:'ve| have)? (?:saw|seen|had|tried|got|looked at|visited|met|heard)(?: \w+)? (?:one|two|three|a couple of|a few|another|some|several)(?: \w+)? (?:other )?(?:{VENDOR}|others|offers|quotes|demos)\b",
    ),
    (
        "we'd make it",
        0.95,
        r"\b(?:we|our (?:\w+ )?(?:team|people|guys|engineers|developers?|data|it)|my (?:\w+ )?(?:nephew|son|team|guys|cousin|brother|daughter|people)|he|she|they|somebody|it)(?: \w+){0,3} (?:could|can|would|wants? to|might|says? (?:he|she|they)(?:'d|'ll| can| could| makes?| builds?)?)(?: \w+)? (?:build|make|write|code|knock up|put together|cobble|do)(?:s)? (?:\w+ )?(?:something|one|it|this|our own|me one|us one|that)\b",
    ),
)


def named_rivals(text: str) -> list[tuple[str, int]]:
    """Return the names that a text puts in the place of a vendor, each with where it stands; whether one is a person or a place is not told."""
    found = []
    for cue in NAMED_RIVALS:
        if cue.weight >= 1.0:
            found += [(match["who"], match.start("who")) for match in cue.pattern.finditer(text)]
    return sorted(set(found), key=lambda one: one[1])
