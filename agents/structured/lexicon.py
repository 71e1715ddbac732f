"""The words of sales and of asking, and what each of them does in a question. The company's own words are in `vocabulary`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from agents.structured.lexer import key_words, singular


@dataclass(frozen=True)
class Sense:
    """What a word or phrase does: its kind (noun, status, measure, …) and the value that goes with it."""

    kind: str
    value: str = ""


_TABLE = """
noun deal: deal|opportunity|opp|oppty|opportunity record|business opportunity|sales opportunity|prospective deal|transaction|case of business
noun account: account|customer|company|client|organization|organisation|logo|customer account|business|firm|buyer company
noun user: rep|sales rep|sales agent|agent|salesperson|sales person|seller|account executive|ae|representative|sales representative|salespeople|sales people|people|person|owner|deal owner|account owner|colleague|team member|user|employee of ours|salesman|saleswoman|salesmen|account manager|sales executive|member|individual|opportunity owner|staff member|sales staff|sales associate
noun manager: manager|sales manager|team lead|team leader|supervisor|boss|regional manager|sales lead
noun lead: lead|prospect|inbound lead|enquiry|inquiry
noun contact: contact|stakeholder
noun activity: activity|touch|touchpoint|interaction
noun product: product|item|solution|sku|offering
noun target: target|quota|sales target|sales quota|sales goal
status won: won|win|closed won|close won|closedwon|successful|successfully closed|winning|converted|closed as won|successfully
status lost: lost|lose|losing|closed lost|close lost|closedlost|loss|unsuccessful|failed|fell through|lost out|closed as lost|losses
status open: open|active|still open|in progress|ongoing|live|outstanding|not closed|unclosed|in flight|in the works|pending|currently open|in play|in the pipeline|in pipeline|still active|in our pipeline|in my pipeline|still in the pipeline|undecided|not yet closed|not closed yet|unresolved|still in play|still in progress|yet to close|still in pipeline
status closed: closed|finished|concluded|decided|no longer open|completed
verb won: sold|book|booked|booked as won|sell|bought|buy|purchased|purchase|signed|landed|land|secured|acquired|buying|selling|closed successfully
verb created: created|create|opened|added|add|started|engaged|began|begun|entered|logged|generated|initiated|kicked off|new|created new|entered the pipeline|originated|engage|sourced|were engaged|opened up|first engaged|registered|brought in|came in|come in|added to the pipeline|entered pipeline|began engagement|started engaging
verb closing: closing|due to close|expected to close|set to close|slated to close|scheduled to close|forecast to close|due|supposed to close|should close|going to close|will close|planned to close|set to be closed|forecasted to close|to be closed|to close
verb close: close|closes
verb owned: owned|assigned|belonging|belong|handled|handle|own|owned by|worked|run by|run|belonging to|assigned to|handled by|worked by|working on
verb managed: managed by|manage|led by|lead by|reporting to|report to|reports to|under manager|supervised by|supervise|managed|manages|oversee|overseen by|overseen
verb founded: founded|established|incorporated|started business
verb located: located|based|headquartered|situated|headquarter|sited
verb slipped: slipped|slip|pushed|pushed out|slid|moved out|delayed|postponed|rescheduled|pushed back|slipping|slips|close date moved|close date slipped|close date pushed|close date pushed out|moved their close date|close date changed|slipped close date|moved back|kicked down the road
verb overdue: overdue|should have closed|should have closed already|should have closed by now|should already have closed|should be closed already|should be closed by now|supposed to have closed|were supposed to close|was supposed to close|were due to close|past close|late to close|with close dates in the past|with a close date that has passed|whose close date has passed|whose close date is in the past|close date is in the past|close dates in the past|past due|past their close date|past close date|past its close date|past the close date|overdue close date|close date in the past|past due date|close date has passed|with a close date in the past|stale close date|past their expected close date|past expected close date
verb stuck: stuck|sitting|sat|been sitting|stalled in|stalled|sitting in the same|been sitting in|sitting in|stuck in|stuck in the same|stuck at|been stuck in|been in the same|in the same|have not moved|has not moved|not moved|not moved on|not progressed|not advanced|stagnant|stagnating|hung up|been stuck|parked|lingering|languishing
verb silent: silent|quiet|gone quiet|gone silent|gone dark|went quiet|went dark|went silent|been quiet|been silent|dark|ghosted|ghosted us|ghosting|ghosting us|unresponsive|no word from|no word|no word from the buyer|no response|no reply|no answer|not heard from|not heard|heard nothing|haven't heard|haven't heard from|heard back|not heard back|heard back from|no response from|no reply from|not responded|not replied|not answered|no buyer activity|gone cold|cold|no contact from|radio silent|radio silence|haven't responded|haven't replied|no news from|no buyer response|stopped responding|stopped replying|not been in touch|not responding|not replying|silence|not written back|not got back to us|not gotten back to us|no sign of life
verb untouched: not contacted|not touched|untouched|not reached out to|neglected|not emailed|not called|not been contacted|no outreach|not followed up|not worked|not spoken to|not been touched|no touch|no touches|not touched yet|not contacted yet|uncontacted|not yet touched|without a touch|without a first touch|no first touch|without first touch|never touched|no contact yet|no follow up yet|no outreach yet|we have not written|not written to|not been in touch with|unattended
verb inactive: no activity|inactive|without activity|no recent activity|without any activity|not been active|no activities|dormant|idle|without recent activity|no interaction|nothing has happened|nothing happened|no touchpoint|no engagement
verb unanswered: not replied to|not answered yet|waiting for our reply|waiting on us|waiting for us|we owe a reply|owe a reply|owe an answer|unanswered|awaiting our reply|waiting for our answer|awaiting our response|waiting for a reply from us|we have not answered|we have not replied|we have not replied to|we have not responded|we have not responded to|ball is in our court
measure revenue: revenue|won revenue|sales revenue|booking|won amount|won value|closed won revenue|closed won amount|closed won value|turnover from deals|income|sales volume|sales value|sales amount|total sales|sales|closed revenue|won business|closed business|earnings|revenue won|revenue generated|sales figure|sales total|sales number|gross sales|sales dollars|proceeds
measure pipeline: pipeline|open pipeline|pipeline value|pipeline amount|open pipeline value|sales pipeline|pipe|pipeline total|total pipeline|value of the pipeline|funnel
measure win_rate: win rate|winrate|close rate|closing rate|close ratio|win ratio|winning rate|success rate|conversion rate|win percentage|winning percentage|win %|hit rate|closed won rate|win-rate|strike rate|winning ratio|success ratio|conversion ratio|batting average|close percentage|deal win rate|closing ratio
measure loss_rate: loss rate|lose rate|lost rate|loss ratio|loss percentage|losing rate|failure rate|loss %|lost deal rate
measure ratio: win loss ratio|win to loss ratio|won lost ratio|won to lost ratio|ratio of won to lost|ratio of wins to losses|win/loss ratio|win loss|wins to losses|win:loss ratio|ratio of won to lost deals|ratio of won deals to lost deals
measure attainment: attainment|quota attainment|target attainment|achievement|quota achievement|target achievement
measure cycle: sales cycle|sales cycle length|cycle length|cycle time|deal cycle|time to close|days to close|time to win|days to win|length of the sales cycle|sales cycle time|deal duration|deal cycle length|duration of the sales cycle|time from engagement to close|time it takes to close|take to close|takes to close|taken to close|took to close|time to close deals|sales cycle duration|days from engagement to close|days between engage date and close date|days between engagement and close|time between engagement and close|time from engage to close|time from creation to close|days from creation to close|number of days to close|number of days to win|cycle|deal length|deal cycle time|closing time|average days to close a deal|time to close a deal|days it takes to close|take to win|takes to win|took to win|close duration|days from engage date to close date|time between engage date and close date|time between engage and close|take us to close|take us to win|length of sales cycle|days in the sales cycle|take to go from engage to close|days to close a deal|time taken to close|days between engage and close|time from open to close|days from open to close|time to closure|days to closure|time to closing
measure size: deal size|average deal size|ticket size|deal value|contract size|order size|opportunity size|average order value|aov|asp|average selling price|average sale price|average sales price|average ticket
agg sum: total|sum|combined|aggregate|cumulative|sum of|added up|adds up|sum total|grand total|summed|totals|collective|add up to
agg average: average|avg|mean|on average|typical|typically|average amount|averaged|averages|usual|an average|in average|per deal
agg median: median|middle
agg min: minimum|min
agg max: maximum|max
super desc: most|highest|largest|biggest|greatest|maximum|max|top|most valuable|highest value|highest valued|most expensive|priciest|most lucrative|highest priced|most total|huge|heaviest|highest value of|top grossing|strongest
super asc: least|fewest|lowest|smallest|minimum|min|bottom|cheapest|least valuable|lowest value|least expensive|tiniest|lowest priced|weakest|slimmest
super best: best|best performing|top performing|best performer|top performer|most successful|leading|number one|best selling|bestselling|top selling|highest performing|star
super worst: worst|worst performing|worst performer|lowest performing|least successful|poorest performing|poorest|bottom performing|underperforming|worst selling
super oldest: oldest|earliest|longest open|open the longest|open longest|longest running|longest standing|first created|open for the longest|been open the longest|been open longest|open for longest
super newest: newest|latest|most recent|youngest|most recently created|recent|most recently|last created|freshest
super longest: longest|slowest
super shortest: shortest|fastest|quickest|briefest
rank top: top
rank bottom: bottom
count: how many|hw many|how mny|hw mny|howmany|nr of|nr. of|no of|nbr of|number of|count of|count the|count|total number of|the number of|quantity of|how many total|no. of|# of|#|num of|total count of|tally|tally of|how many of|numbers of|total count|what number of|numbers
howmuch: how much|how big|how large|how much money|how many dollars
howlong: how long|how many days|how old|how fast|how quickly|how soon|how long until we first touch|how long until we touch|how long until we contact|how long until first touch|how long before we touch|how long before we contact|how long before we first touch|how fast do we contact|how fast do we touch|how fast do we reach|how fast do we respond to|how quickly do we contact|how quickly do we touch|how quickly do we respond to|how quickly do we reach|how long do we take to contact|how long do we take to touch|how long does it take to contact|how long does it take us to contact|how long does it take us to respond to|how long does it take to respond to
list: list|gimme|gimme all|dig up|dig out|grab|show|show me|give me|display|list out|list all|find|find me|get|get me|pull|pull up|which are|tell me|let me see|i want to see|i need|provide|bring up|return|identify the|enumerate|see|fetch|can i see|i want|i'd like to see|output|name the|name all|names of|what are|give us|show us|who are|what were|report|report on|a list of|the list of|list of|lists
share: percentage of|percent of|share of|proportion of|what percentage|what percent|fraction of|% of|what share|what proportion|what fraction|percentage|percent|percentages|share|proportion|pct of|pct|% share
by: by|per|for each|for every|in each|each|grouped by|broken down by|split by|break down by|breakdown by|split out by|broken out by|group by|by each|across|of each|from each|sliced by|segmented by|with each|at each|every|across the|for all the different|among the|aggregated by|breakdown per|distribution by|distribution across|divided by|on a per|by individual|vary by|varies by|differ by|compare across|compared across|to each|within each|for the different|across different|across each|across the different|for each of the|for the various|across various|for each individual|under each|in every|under every
grain month: monthly|month|month by month|each month|month on month|month over month|calendar month
grain quarter: quarterly|quarter|quarter by quarter|each quarter|quarter on quarter|quarter over quarter|fiscal quarter|qtr
grain year: yearly|annual|annually|year|year by year|each year|year on year|year over year|calendar year|fiscal year
grain week: weekly|week|week by week|each week|week on week|week over week
grain day: daily|day|day by day|each day|per day
compare: better|worse|compare|comparison|versus|vs|v|compared to|compared with|against|comparing|relative to|compare to|stack up against|compare with|stacked against|comparison of|comparison between|in comparison to|how does|how do
change: change|changed|growth|grow|grown|grew|increase|increased|decrease|decreased|trend|difference|differ|improve|improved|improvement|drop|dropped|decline|declined|rise|risen|rose|fallen|delta|evolve|evolved|evolution|gap|difference in|difference between|gone up|gone down|growth rate|develop|developed
cmp gt: over|above|more than|greater than|exceeding|exceeds|exceed|bigger than|larger than|higher than|in excess of|north of|>|upwards of|beyond|surpassing|longer than|worth more than|valued over|valued above|valued at more than|worth over|greater|exceeded|surpass|surpassed|topping|better than|higher|of more than|of over|more|well over|not just
cmp ge: at least|minimum of|no less than|not less than|>=|greater than or equal to|a minimum of|or more than|equal to or greater than|from at least|=>|equal or greater than|more than or equal to|no fewer than
cmp lt: under|below|less than|fewer than|smaller than|lower than|shorter than|<|south of|worth less than|worth under|valued under|valued below|cheaper than|worse than|lower|of less than|of under|fewer|beneath|not even|short of
cmp le: at most|up to|no more than|not more than|maximum of|<=|less than or equal to|not exceeding|a maximum of|equal to or less than|within|=<|or less than|not over|not above
cmp eq: exactly|equal to|equals|=|precisely|is equal to|of exactly
cmp older: older than|more than old|aged over|aged more than|open for more than|open for over|open longer than|open for longer than|been open for more than|open more than|open over|been open longer than|been open over|been open for over|open for at least
cmp newer: newer than|younger than|open for less than|open less than|more recent than
cmp between: between|from|ranging from|in the range of|ranging between
suffix ge: or more|or above|and above|and up|or over|and over|or higher|or greater|plus|or bigger|or larger|or longer|upwards|and more|+|at least|minimum|or older|and higher|or better|and older
suffix le: or less|or below|or under|and below|or lower|or fewer|or smaller|at most|maximum|max|or shorter|and under|and less|or cheaper
neg: not|no|nobody wrote down|nobody logged|nobody entered|nobody set|nobody has set|nobody planned|no one wrote down|no one logged|no one set|forgot to set|nobody recorded|nobody defined|nobody put in|nobody added|nobody filled in|no one entered|no one has set|nobody has written down|nobody has logged|nobody has entered|without|never|except|except for|excluding|exclude|other than|but not|non|apart from|besides|lacking|missing|lack|lacks|with no|with no set|have no|has no|had no|having no|that have no|excl|minus|leaving out|ignoring|outside of|outside|neither|nor|aside from|bar|don't have|doesn't have|did not have|do not have|does not have|without any|not any|without a|without an|not have|zero|none of|none|yet to|have yet to|has yet to|no longer have|no associated|with missing|unspecified|blank|empty|not set|unset|nobody|nobody's|not in|not from|not with|not having|with nothing|aren't|isn't|nothing|not yet|not assigned to|rather than|not by|not for|not been assigned|unknown|hasn't got|haven't got
else: everything|anything|any deal|something|any deals|a deal|a single deal|any opportunities|any opportunity|a single opportunity|one deal
ratio: out of|as a percentage of|as a share of|as a percent of|as a proportion of|as % of
unassigned: unassigned|ownerless|without owner|no owner|without an owner|not assigned to anyone|not assigned to anybody|not owned by anyone|nobody owns|no one owns|without a rep|owner missing|missing an owner|missing owner|orphaned|orphan
subsidiary: subsidiary|subsidiaries of|subsidiary of|child account|child company|child accounts of|daughter company|owned companies|subsidiary company|subsidiary account|affiliates|affiliate
sort: sorted|sorted by|ordered by|order by|sort by|ranked by|rank by|ranked|ordered|arranged by|sort|order|rank|ranking|ranking of|ranked according to|in order of|prioritized by|in order
asc: ascending|low to high|lowest first|smallest first|ascending order|from low to high|oldest first|lowest to highest|smallest to largest|in ascending order|increasing|asc|from lowest to highest|alphabetically|soonest first
desc: descending|high to low|highest first|largest first|descending order|from high to low|newest first|highest to lowest|largest to smallest|in descending order|decreasing|biggest first|desc|from highest to lowest|longest first
me: my|mine|i|me|myself|i own|i've
team: team|sales team|group|squad
nextstep: next step|next steps|next action|next move|follow up planned|next step planned|next step set|planned next step|next steps planned|next activity|next step defined|action planned|next step scheduled|follow-up step|next step logged|next step recorded
alltime: ever|all time|overall|so far|to date|in total|altogether|in all|of all time|all-time|historically|to this date|up to now|until now|thus far|lifetime|since the beginning|in the data|in the dataset|in our data|in the crm|in our crm|on record|on file|in the system|in the database|in our database|entire history|in our records|in hubspot|in salesforce|that we have|in the table|we have on record
now: now|yet|right now|currently|at the moment|today|at present|as of today|as of now|presently|at this point|at this time|these days|this moment|still
total: in total|altogether|overall|total
meeting: calls booked|calls scheduled|demo booked|demo scheduled|call booked|call scheduled|meeting booked|meeting scheduled|booked meeting|upcoming meeting|next meeting|meeting planned|a meeting booked|a meeting scheduled|meeting in the calendar|meetings booked|meetings scheduled|a call booked|a call scheduled|any meeting booked|scheduled meeting
weighted: weighted|weighted pipeline|probability weighted|weighted amount|weighted forecast|weighted value
half: half
super common: most common|most frequent|most popular|commonest|most often|most frequently|main|most commonly
super rare: least common|least frequent|least popular|rarest
passover x: across all|across the whole|over all|in all|for all|among all|from all|of all
noise x: because of|because|on grounds of|quick one|quick question|one quick question|quick q|a quick one|real quick|but|do we sell|do we offer|we offer|breakdown of|breakdown|split of|overview of|how do|how does|how did|how has|how have|account for|accounted for|accounts for|accounting for|make up|makes up|made up|as well|as well as|in terms of|with respect to|out there|there are|end up|ended up|a list of|that are in|who is|how did|what about|how about|when it comes to|in our company|at our company|who has|who have|at the company|come from|comes from|came from|coming from|belong to us|is there|are there|do we have|did we have|we have|have we|has there|by chance|to us|in the company
or: or
filler x: take|takes|took|taken|need|needed|spend|last|us
both: both
times x: how often|how many times|number of times|how frequently|how often did|how often has|how many times did|how many times has
pronoun: his|her|he|she|him|hers|he's|she's|they|them|their|theirs|it|its
lookup owner: who owns|owner of|who is the owner of|who's the owner of|who manages the account|who is responsible for|who handles|who is working on|who runs|who is on
lookup location: where is|where are|where
lookup when: when was|when did|when is|when were|when will|when does
manager of: manager of|who manages|who leads|who supervises|who is the boss of
"""

_NOISE = """
a|an|the|of|for|in|on|at|to|from|with|and|is|are|was|were|be|been|being|do|does|did|has|have|had|having|we|us|our|ours|you|your|that|which|what|who|whom|whose|there|
please|kindly|could|can|would|will|may|might|shall|tell|know|want|need|like|just|only|exactly|actually|all|any|some|me|as|also|by|such|up|into|get|gets|got|given|make|made|makes|hi|hello|hey|thanks|thank|ok|okay|
give|provide|look|looking|let|see|here|along|together|one|ones|respective|respectively|various|different|distinct|unique|individual|specific|associated|related|corresponding|relevant|involved|involving|involve|involves|
containing|contain|contains|contained|tied|linked|attached|registered|recorded|listed|existing|exist|exists|available|find|found|entire|whole|actual|set|come|comes|came|coming|go|goes|going|fall|falls|fell|bring|
brings|brought|generate|generated|generates|produce|produced|produces|contribute|contributed|contributes|deliver|delivered|delivers|achieve|achieved|earn|earned|earns|record|records|data|dataset|database|crm|figure|
figures|result|results|resulted|resulting|place|placed|sits|lie|lies|during|amongst|among|already|work|works|working|worked|name|names|called|named|too|own|marked|labelled|labeled|tagged|flagged|classified|t|s|i|
r|u|ur|pls|plz|thx|ty|hiya|folks|mate|guys|cheers|hold|holds|held|holding|carry|carried|so|these|those|this|side|ended up|currently|team's
"""


@lru_cache(maxsize=1)
def senses() -> dict[str, tuple[Sense, ...]]:
    """Return what each word or phrase may do, by its words joined with blanks in the form of a token (phrases with their last word's singular too)."""
    found: dict[str, list[Sense]] = {}
    for phrase in _untouched():
        found.setdefault(phrase_key(phrase), []).append(Sense("verb", "untouched"))
    for line in _TABLE.strip().splitlines():
        head, _, rest = line.partition(": ")
        kind, _, value = head.partition(" ")
        sense = Sense(kind, value)
        for phrase in rest.split("|"):
            key = phrase_key(phrase)
            if sense not in found.setdefault(key, []):
                found[key].append(sense)
    return {key: tuple(value) for key, value in found.items()}


def _untouched() -> list[str]:
    """Return the ways of saying that nobody on our side has been in touch: `nobody has called`, `never been contacted`, `yet to be touched`."""
    deeds = ("touched", "contacted", "called", "emailed", "reached out to", "followed up", "followed up with", "followed up on", "spoken to", "talked to", "written to", "worked", "reached", "approached", "responded to", "got back to", "picked up", "looked at")  # fmt: skip
    nobody = ("nobody", "nobody has", "nobody has yet", "no one", "no one has", "no one has yet", "noone", "noone has", "no rep", "no rep has", "nobody's", "none of us", "none of us has", "none of us have", "we never", "we have never", "we have not", "we have not yet", "never", "never been", "was never", "were never", "has never been", "have never been", "not yet", "not yet been", "have not been", "have not yet been", "has not been", "has not yet been", "had not been", "yet to be", "have yet to be", "still not", "still not been", "were not", "was not", "did not get", "are not yet", "is not yet", "no one ever", "nobody ever", "waiting to be", "still to be", "still waiting to be")  # fmt: skip
    return [f"{who} {deed}" for who in nobody for deed in deeds]


@lru_cache(maxsize=1)
def longest_phrase() -> int:
    """Return the number of words of the longest phrase."""
    return max(len(key.split()) for key in senses())


def phrase_key(phrase: str) -> str:
    """Return a phrase in the form in which tokens carry it: folded, `haven't` taken apart, marks kept where they are words."""
    marks = {"#", "%", "=", "<", ">", "<=", ">=", "+", "=>", "=<"}
    from agents.structured.lexer import tokens_of

    words = [token.norm for token in tokens_of(phrase) if token.kind != "mark" or token.norm in marks]
    return " ".join(words)


def singular_key(key: str) -> str:
    """Return a phrase's key with its last word in the singular."""
    words = key.split()
    return " ".join([*words[:-1], singular(words[-1])]) if words else key


NOISE = frozenset(word for line in _NOISE.split("\n") for word in line.split("|") if word)
"""Words that carry no condition of their own: left over, they do no harm."""

MARKS = frozenset(",;?!.:()[]'’|–—-&/\"“”")

HARD_NARRATIVE = frozenset(
    "why latest happening happened said say says saying summary summarize summarise summarized promised promise commitments committed objection objections sentiment feel feeling feels "
    "recap brief briefing update mention mentioned mentions discussed discuss talked talk conversation conversations transcript story explain describe news wrote raised concern concerns worried worry "
    "pain advice recommend recommendation should strategy quote quoted email emails mail mails call calls meeting meetings involved champion blocker against".split()
)
"""Words that ask for evidence rather than for figures."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a phrase as tokens carry them."""
    return key_words(text)
