"""Objections of a buyer, their topic, the answer that followed and whether it held.

An objection is something that the buyer holds against buying from us, now: a question, a requirement, a complaint about somebody else's product
and a trouble that is over are none. What stands in one stretch about one topic is one objection.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sales.asserting import is_condition, is_over, is_question, says_fine
from sales.names import fold
from sales.objection_elsewhere import asks_rather, is_elsewhere
from sales.objection_hints import hinted
from sales.objection_refusals import is_once_bitten, refusal_of
from sales.objection_weighing import ENOUGH, weight_of
from sales.qualifying.pieces import question_before
from sales.qualifying.questions import asked_in
from sales.qualifying.talk import Person, Spoken, even, names_of
from sales.qualifying.taught import OBJECTION, taught
from sales.sentences import Sentence, sentences
from sales.spoken_numbers import numbers_in
from sales.talk import Utterance
from sales.wording import ORDINARY, content_stems

Handled = Literal["answered", "open", "unknown"]

LABELS = {
    "price": "Price",
    "budget": "Budget",
    "timing": "Timing",
    "competitor": "Competitor",
    "no_need": "No need",
    "security": "Security and privacy",
    "integration": "Integration",
    "feature": "Missing feature",
    "contract": "Contract terms",
    "authority": "Authority",
    "risk": "Risk and change",
    "trust": "Doubt about the claim",
}
"""What each topic is called."""

_BE = r"(?:is|['’]s|are|['’]re|was|seems?|feels?|looks?|sounds?|would be|['’]d be|it)"
_VERY = r"(?:(?:way|far|just|a bit|a little|a touch|kind of|kinda|sort of|pretty|quite|very|really|still|rather|awfully|frankly|honestly|simply|so|somewhat|on the) )*"
_SPELLED: dict[str, tuple[str, ...]] = {
    "price": (
        r"\b(?:hard|tough|tricky|difficult) (?:sell|number|pill)\b|\b(?:hefty|stiff|chunk of change|arm and a leg|out of reach|eye[- ]?watering|more than I (?:wanted|have|had|can)|a lot more than|choke on (?:that|it)|(?:raised|raise) (?:some )?eyebrows?|swallow hard)\b|\bwe (?:only )?(?:pay|are paying|['’]re paying|paid) (?:about |around |roughly |like |maybe |currently |just )?(?:[$€£]?\d|half|a third|\w+ty\b|\w+teen\b|\w+ (?:hundred|thousand|grand|k)\b)[^.?!]{0,40}\b(?:today|now|currently|at the moment|for (?:that|this|the same|what)|right now)\b|\bfor that (?:money|price|kind of money) (?:I|we)\b|\b(?:sharpen|do something about|do better on|move on) (?:your |the |that )?(?:pencil|price|number|it)\b",
        r"\b(?:thousand|hundred|grand|million|percent|k|\d+) (?:apart|more than|higher than|over what|above what)\b|\b(?:thousand|hundred|grand|million|percent|\d[\d,.]*k?)(?: and \w+)?(?:['’]s| is) a lot\b",
        rf"\b(?:{_BE}|bit|think|find|that) {_VERY}(?:too )?(?:expensive|steep|pricey|pricy|rich|dear|costly|overpriced|spendy|high(?: side)?)\b(?! (?:time|level|quality|priority|risk|volume|season))",
        r"\bon the (?:higher|high|expensive|steep|pricey|upper) side\b|\b(?:too|so) (?:expensive|steep|pricey|rich|dear|costly|much money)\b|\btoo much (?:for|money)\b|\b(?:way more|a lot more|far more|higher|quite a bit more|much more|more (?:money )?than that than|costs? more|it['’]s more|is more) than (?:we|I) (?:expected|thought|planned|budgeted|wanted|pay|can)\b|\bmore than (?:we|I) (?:budgeted|planned|pay|can (?:pay|spend|afford)|wanted to (?:pay|spend))\b|\b(?:double|twice|three times|triple) (?:what|the price|our|my)\b",
        r"\b(?:that|it|this|which)(?:['’]s| is| was)? (?:just |still |quite |really )?a (?:lot|hell of a lot|heck of a lot|big chunk|big number|big ask|big jump|lot of daylight|fair bit|stretch)(?: of (?:money|cash|daylight))?\b(?! of (?:work|people|fun|data|time|trucks|calls|emails|questions))",
        r"\bcan(?:['’]t|not) (?:afford|justify|swallow|stomach|go (?:that|to that|above|over|beyond) (?:high|\w+))|\bhard(?:er)? to (?:justify|swallow|stomach|defend)\b|\bsticker shock\b|\bnot (?:at|for) (?:that|this) (?:price|money|rate|kind of money)\b|\b(?:we|I)(?:['’]re| am|['’]m| are) not (?:paying|going to pay|gonna pay)\b",
        r"\b(?:I was|we were|I['’]d been|we['’]d been|I had been) (?:thinking|hoping|expecting|looking at|assuming) (?:of |for |at |on |about )?(?:more like |around |about |closer to |maybe |something like |under |below )?(?:half|less|a third|two thirds|\$|€|£|\d|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred)",
        r"\b(?:need|needs|have|has|want|expect|like|got) (?:you )?(?:to )?(?:come|bring|get|move) (?:\w+ )?(?:down|lower)\b|\b(?:sharper|better|lower) (?:price|number|rate|offer|deal)\b|\bcheaper (?:elsewhere|option|alternative|than you|by)\b|\b(?:is|are|['’]s|was|came in|they['’]re) (?:much |a lot |way |far |quite a bit |significantly )?cheaper\b|\bfor (?:half|a third|a fraction)(?: of)? (?:that|the|your|what)\b|\bfewer \w+ (?:at|for) the same (?:rate|price)\b",
    ),
    "budget": (
        r"\b(?:I|we)(?:['’]ve| have| only have|['’]d)? (?:only )?(?:got |have |had |budgeted |set aside |planned |put aside )(?:about |around |maybe |like )?(?:[$€£]?\d[\d,.]*\w*|\w+(?:ty|teen)(?:[- ]\w+)?(?: thousand| k| grand)?|\w+ (?:hundred|thousand|grand)|half that)[^.?!]{0,25}\b(?:in the budget|for this|budgeted|set aside|to spend|all in|this year|max)\b|\bbudget(?:['’]s| is) (?:only|maxed|capped|more like|nowhere near|about half)\b",
        r"\b(?:over|outside|beyond|above|out of|exceeds?|not in|isn['’]t in) (?:of )?(?:our|my|the|this year['’]s) budget\b|\b(?:no|don['’]t have (?:the|a|any|that kind of)?|haven['’]t got (?:the|a|any)?|isn['’]t (?:any|a)|there['’]s no) ?(?:budget|money|funding|headroom)\b|\bbudgets? (?:is|are|has been|have been|was|got|['’]s) (?:frozen|tight|gone|spent|cut|slashed|locked|closed|used up|allocated)\b|\b(?:spending|budget|hiring) freeze\b",
    ),
    "timing": (
        r"\b(?:wrong|worst|terrible|bad|awful|busiest) (?:time|moment|part|point) (?:of|in|for)\b|\b(?:come|call|check) back (?:to (?:me|us) )?(?:in|after|next|when)\b|\b(?:we|they)(?:['’]ve| have)? (?:just|only just|recently) (?:signed|renewed|rolled out|switched|finished|gone live|launched|bought|moved)\b|\b(?:months?|years?) left (?:on|in|to run)\b|\b(?:contract|deal|agreement|subscription) (?:runs|goes|is good|is) (?:through|until|till|to) \b|\b(?:maxed out|spread (?:too )?thin|no one free|nobody free|all hands on)\b",
        r"^\W*(?:\w+\W+){0,3}realistically\b[^.?!]*\b(?:january|february|march|april|may|june|july|august|september|october|november|december|q[1-4]|next|spring|summer|fall|autumn|winter|after|end|later)\b|\bI(?:['’]d|['’]ll| would| will)? need (?:longer|more time)\b|\b(?:it['’]?s|that['’]?s|is|would be) (?:a bit |very |quite |pretty |really |awfully |too )?tight\b|\b(?:a year|ninety|sixty|thirty|\w+ (?:days|weeks|months|years)) (?:is|['’]s) (?:very |quite |pretty |a bit |rather |too )?long\b|\bI(?:['’]d| would) rather (?:wait|lose a|take (?:our|my) time|have it right|do it (?:later|properly))\b",
        r"\b(?:not|isn['’]t|wasn['’]t) (?:really )?(?:the|a) (?:right|good|great|best|ideal) (?:time|moment)\b|\b(?:bad|wrong|terrible|awkward|poor) (?:time|timing|moment)\b|\btoo (?:soon|early|late|tight|aggressive|ambitious|quick)\b|\bnot (?:right now|ready(?: yet| for)?|this (?:quarter|year|month)|until|before (?:the|next|q[1-4]|january|february|march|april|may|june|july|august|september|october|november|december))\b(?! (?:sure|decided|clear))",
        r"\b(?:can['’]t|cannot|couldn['’]t|won['’]t|not going to|not gonna|nobody|no one) (?:(?!knew\b|knows\b|noticed\b|found\b|told\b|saw\b)\w+ ){0,5}(?:until|before|till) (?:after )?(?:the |next |our |we |christmas|easter|thanksgiving|new year|year[- ]?end|peak|half[- ]?term|q[1-4]|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|fall|autumn|winter|year)|\b(?:put|putting|it['’]s|is|are|keep) (?:it |this |that |everything )?on (?:hold|ice|the back ?burner)\b",
        r"\b(?:no|don['’]t have (?:the|any|enough)?|haven['’]t got (?:the|any|enough)?) ?(?:bandwidth|capacity|resources|time (?:for|to)|people (?:for|to)|hands)\b|\b(?:too|totally|completely|so) (?:busy|swamped|stretched|slammed|underwater|buried)\b(?! (?:to say|with your))|\b(?:we|I)(?:['’]ve| have) (?:got )?(?:too much|enough|a lot) (?:going on|on our plate|on my plate)\b|\bin the middle of (?:a|an|our|the) (?:migration|merger|reorg\w*|move|rollout|audit|re-?structur\w+|acquisition|implementation)\b",
        r"\b(?:takes?|that['’]s) (?:way |far |just )?too long\b|\b(?:can['’]t|cannot|won['’]t) wait (?:that long|until|that)\b",
    ),
    "competitor": (
        r"\b(?:happy|fine|satisfied|comfortable|good|content|okay) with (?:what we(?:['’]ve| have)?|our current|our existing|the current|who we|the (?:one|tool|system|vendor|setup) we|them|where we are)\b|\bwe(?:['’]ve)? already (?:have|got|use|signed|pay for|bought|committed|chose|run) (?:a|an|one|something|with|that|the|this)\b|\b(?:locked in|under contract|tied in|committed) (?:until|till|for|with|to|through)\b",
        r"\b(?:leaning|lean|inclined|tempted) (?:more )?(?:toward|towards|to) (?:\w+ )?(?:[A-Z]\w+|them|the other)|\b(?:they|[A-Z]\w+)(?:['’](?:ve|d)| have| already| can| could| will| do| does)* (?:do|does|offer|offers|give|gives|have|has|throw|throws|include|includes) (?:that|it|this|us that|the same|the same thing|all of that|all that) (?:already|too|as well|for (?:less|free|nothing|half)|in (?:the )?(?:base|standard)|out of the box)\b|\b(?:could|can|would|rather) (?:just )?build (?:it|this|that|our own|something) (?:ourselves|in[- ]?house|internally)\b",
    ),
    "no_need": (
        r"\b(?:overkill|more than we need|bigger than we need|too (?:big|much|heavy|fancy|enterprise\w*) for (?:us|what we|a (?:company|team|shop|firm))|we(?:['’]re| are) too small|only need (?:half|part|a (?:third|quarter|fraction)|the)|don['’]t need (?:half|most|all (?:of )?(?:that|it|this)|the rest)|(?:what we have|excel|the spreadsheets?|the notebook|the old (?:way|system)) (?:works|does the job|is fine|['’]s fine|has worked)|(?:it|that) (?:does the job|(?:has|['’]s) (?:always )?worked))\b",
        r"\b(?:don['’]t|do not|doesn['’]t|can['’]t|cannot|not sure (?:we|I)|struggle to|struggling to|hard to) (?:really |actually |quite |yet |currently |even )*(?:need (?:it|this|that|another|any|all|a (?:new|tool|system|platform))|see (?:the|a|any|what|why|how (?:it|this|that) (?:helps|adds|would))|get (?:the point|why))\b(?! screen)|\bno (?:real |actual |burning |urgent |pressing )?(?:need|reason|point|appetite|interest|use) (?:for|to|in)\b|\bnot (?:a|our|my|the|really a|really our|high on (?:the|our)) (?:top |big |real |main )?(?:priority|priorities|list)\b",
        r"\b(?:works|working|does the job|gets the job done|good enough|fine) (?:fine |well |okay |enough )?(?:as it is|as is|the way (?:it|things) (?:is|are)|for us|today|already)\b(?!.*\?)|\b(?:just )?a nice[- ]to[- ]have\b|\bsolution (?:looking for|in search of) a problem\b|\bnot (?:for us|a fit|the right fit|a good fit|interested)\b",
    ),
    "security": (
        r"\b(?:worr\w+|concern\w*|nervous|uneasy|uncomfortable|not comfortable|afraid|hesitant|jittery|problem|issue|red flag|hang[- ]?up) (?:\w+ ){0,6}(?:security|data|privacy|gdpr|hosting|hosted|cloud|access|residency|compliance|pii|phi|hipaa)\b|\b(?:security|privacy|data (?:residency|protection|location)|gdpr|hosting|compliance) (?:is|['’]s|would be|will be|remains|could be|are) (?:a|an|the|our|my|still|one)? ?(?:big |real |huge |major |serious |main |biggest )?(?:concern|worry|problem|issue|question mark|blocker|hurdle|sticking point|show ?stopper)\b",
        r"\b(?:can['’]t|cannot|won['’]t|not allowed to|never|mustn['’]t|not going to|don['’]t (?:want|like)|not) (?:\w+ ){0,5}(?:in the cloud|to the cloud|outside (?:of )?(?:the eu|europe|the building|our|the country|germany|canada|the us)|leave (?:the|our|europe|germany|the eu|canada)|customer data|patient data|personal data|on (?:your|somebody else['’]s|us) servers?)\b|\b(?:infosec|security|it|the ciso|our ciso|compliance|the dpo|works council) (?:will|would|['’]ll|['’]d|is going to) (?:never|not|kill|block|freak|have a (?:fit|problem|field day)|push back|say no|veto|hate)\b",
    ),
    "integration": (
        r"\b(?:a lot|too much|lots) of work (?:for|on) (?:us|my|our)\b|\bwho(?:['’]s| is) going to (?:do|run|maintain|own|build|feed) (?:all )?(?:that|this|it)\b\.|\b(?:rip (?:it |that |everything )?out|start(?:ing)? (?:over|from scratch)|re-?(?:do|build|train|key|enter)(?:ing)? (?:everything|all|everybody|everyone))\b",
        r"\b(?:doesn['’]t|does not|don['’]t|won['’]t|can['’]t|cannot|didn['’]t) (?:really |even |actually |properly |natively )?(?:integrate|talk|connect|sync|play (?:nice|well)|work|speak) (?:with|to) (?:our|the|my|[A-Z]\w+)|\b(?:yet )?another (?:tool|system|login|screen|app|dashboard|platform|password|portal|vendor|supplier)\b|\btoo many (?:tools|systems|logins|screens|apps|portals)\b",
        r"\b(?:worr\w+|concern\w*|nervous|skeptical|sceptical|doubt\w*|afraid|scared|hang[- ]?up) (?:\w+ ){0,6}(?:integration|integrations|integrating|migration|migrating|connector|api|sync|data import|cut ?over|erp|legacy)\b|\b(?:integration|migration|migrating|cut ?over|the api|switching|moving (?:everything|our data)) (?:is|['’]s|would be|will be|sounds|looks|could be) (?:a|an|the|going to be a|my|our)? ?(?:big |real |huge |major |serious |main )?(?:concern|worry|problem|issue|nightmare|pain|headache|mess|blocker|painful|hard|hell)\b",
    ),
    "feature": (
        r"\b(?:clunky|buggy|not (?:very )?(?:user[- ]friendly|intuitive|reliable|accurate|mature)|(?:looks?|seems?|feels?|is|['’]s) (?:a bit |pretty |very |way |kind of |really |too )?(?:complicated|confusing|complex|busy|half[- ]baked|limited|slow|basic|fiddly)|learning curve|too many (?:clicks|steps|screens|buttons|fields))\b|\b(?:that|this|it)(?: just)? (?:doesn['’]t|does not|won['’]t|wouldn['’]t|isn['’]t going to|is not going to|['’]s not going to|ain['’]t going to) (?:really |quite )?(?:work|fly|help|do it|cut it|solve|fit|scale)(?: for (?:us|me|our|my)| here| in (?:our|my))?\b",
        r"\b(?:is|are|['’]s|['’]re|was) (?:just |simply |really )?(?:not|n['’]t) (?:nearly |quite |really )?enough\b|\b(?:isn|aren|wasn)['’]t (?:nearly |quite |really )?enough\b|\b(?:less|worse) than (?:I|we) (?:understood|expected|thought|hoped|was told|were told|were promised)\b",
        r"\b(?:it|you|your \w+|that|this|the (?:product|tool|system|platform|app)|you guys) (?:doesn['’]t|does not|don['’]t|do not|can['’]t|cannot|won['’]t|isn['’]t able to|aren['’]t able to|lacks?|(?:is|are|['’]s|['’]re) (?:still )?(?:missing|lacking)) (?:(?:really|even|actually|currently|yet|natively|properly|seem to|appear to) )*(?:do|have|support|handle|show|export|offer|cover|allow|include|the|a|any|that|some)\b(?! (?:to|it\b.*\bto)\b)(?!.*\?)|\b(?:deal ?breaker|show ?stopper|non[- ]starter)\b|\b(?:there['’]s|there is) no (?:\w+ ){0,3}(?:support|module|report|export|app|integration|way to|view|audit trail|offline|sso|api)\b|\b(?:isn['’]t|is not|ain['’]t|not|won['’]t|wouldn['’]t) (?:going to |gonna |really )?(?:do it\b|cut it|be enough|fly\b|enough for)|\byou(?: guys| people| folks)? (?:haven['’]t|don['’]t|can['’]t|aren['’]t)(?: yet)?[.!]?$|\b(?:on|in) (?:a|the|your) roadmap\b|\b(?:is|are|was|were|['’]s|['’]re) still (?:off|wrong|broken|buggy|glitchy|inaccurate|unreliable|not (?:right|working|there|good enough|accurate|fixed|live|ready))\b|\bmissing (?:a |the |some |key |that )?(?:feature|features|functionality|piece|module|report)\b",
    ),
    "contract": (
        r"\b(?:two|three|four|five|multi|\d)[- ]years? (?:is|['’]s|feels|seems|sounds|would be) (?:a )?(?:long|too|very|quite|a lot|tough|hard|out|not)\b|\bwe (?:don['’]t|do not|never) (?:do|sign|accept|agree to|take) (?:\w+ )?(?:multi[- ]?years?|auto[- ]?renew\w*|annual|prepay\w*|up ?front|long[- ]term|your paper|vendor paper)\b|\b(?:want|need|like) (?:an out|a way out|an exit|a break clause|to be able to (?:leave|walk|cancel))\b|\b(?:locked in|lock[- ]in|stuck with you)\b",
        r"\b(?:won['’]t|can['’]t|cannot|not going to|not gonna|don['’]t|do not|wouldn['’]t|never|refuse to|unable to|not) (?:\w+ ){0,4}(?:sign|accept|agree to|do|commit to|like|take|lock (?:us|ourselves) into|live with|get past) (?:\w+ ){0,4}(?:years?|multi[- ]?year|term|terms|clause|liability|indemnity|auto[- ]?renew\w*|uplift|your paper|minimums?|up ?front|prepay\w*|notice|exclusivity)\b",
        r"\b(?:auto[- ]?renew\w*|liability|indemnity|termination|uplift|lock[- ]?in|notice period|minimum (?:term|commitment)|payment terms|(?:two|three|four|five|multi|\d)[- ]?year (?:term|commitment|contract|deal|lock[- ]?in)|price increase)\b[^.?!]{0,60}\b(?:problem|issue|concern|worr\w+|unacceptable|non[- ]starter|no go|too (?:long|much|low|high|short)|doesn['’]t work|won['’]t work|won['’]t fly|can['’]t|not (?:acceptable|okay|going to|something)|have to (?:change|go|come out)|struck|strike)\b",
        r"\b(?:pay|paying) (?:\w+ ){0,4}(?:ahead|up ?front|in advance) (?:\w+ )?(?:for nothing|is|isn['’]t|won['’]t|doesn['’]t|without)\b|\btoo long (?:a|of a) (?:commitment|term|contract)\b|\b(?:locked|tied) in(?:to)? (?:for )?(?:\w+ )?years?\b",
    ),
    "authority": (
        r"\b(?:can['’]t|cannot|couldn['’]t|won['’]t be able to) (?:take|bring|sell|defend|justify|show|explain|get) (?:that|this|it) (?:to|past|by|through|at|in front of) (?:my|our|the|her|him|them|a)\b|\bnever get (?:that|this|it)? ?(?:approved|past|through|signed|by)\b|\b(?:he|she|they|the \w+|my \w+)(?:['’]ll| will|['’]s going to|['’]d| would) (?:ask me why|laugh|say no|never (?:sign|approve|go|agree|buy|accept)|kill (?:it|this|me)|want my head|not be happy|hate (?:it|that|this))\b",
        r"\b(?:I|we) (?:can['’]t|cannot|couldn['’]t|am not allowed to|['’]m not allowed to|don['’]t have (?:the )?authority to) (?:really |just |actually )?(?:decide|sign (?:off|it|this|that|anything)|approve|commit|say yes|make (?:that|this|the) (?:call|decision)|green ?light)\b|\bnot my (?:call|decision|money)\b|\babove my (?:pay ?grade|head|level)\b|\b(?:(?:the|our|my) )?(?:board|cfo|ceo|coo|cio|cto|boss|procurement|purchasing|finance|legal|it|partners?|owner|md|fd) (?:will|would|['’]ll|['’]d|is|are|['’]s) (?:never|not going to|going to (?:kill|hate|ask why|push back|say no|choke)|probably (?:kill|hate|say no|push back)|kill|hate|say no|push back|have my head|laugh|veto|block|choke|not (?:approve|sign|like|go for|buy))\b",
    ),
    "risk": (
        r"\b(?:down (?:that|this) road|bad experience|burned by|burnt by|fool me once|(?:big|huge|giant) leap|on the fence|torn\b|in two minds|gives me pause|hesitat\w+|reservations?|uneasy|leery|wary|scary|nervous(?:ness)?|cold feet|sceptic\w*|skeptic\w*)\b|\b(?:nobody|no one|they|people|my \w+|our \w+)(?:['’]ll| will|['’]s going to|['’]re going to| are going to| would) (?:never |not )?(?:use it|touch it|revolt|push back|hate it|ignore it|go back to|resist|complain|be up in arms)\b|\b(?:the|our) (?:union|works council|betriebsrat)\b[^.?!]{0,40}\b(?:won['’]t|has to|will|against|problem|issue|no\b)",
        r"\b(?:I|we|they|he|she|(?:my|our|the) (?:\w+ )?(?:drivers?|users?|people|team|guys|staff|crew|reps|engineers|boss|board)) (?:really |certainly |definitely )?(?:don['’]t|do not|doesn['’]t) want (?:to (?!bore|keep you|interrupt|take (?:up|more)|rush|be (?:rude|late|difficult|that)|sound|hold|waste your|say|speak|guess|overstep|put words)\w+|an? |another |any |your |you |new )",
        r"\bI(?:['’]m| am) (?:\w+ )?(?:unsure (?:about|whether|if|of)|not (?:so |too |very |that |quite |entirely )?sure (?:about|it|that|this|we|they|you))|\b(?:my|our|the|half (?:of )?(?:my|our|the)|most (?:of )?(?:my|our|the)) (?:\w+ )?(?:drivers?|users?|people|team|guys|staff|crew|reps|carriers|customers|engineers|doctors|nurses|teachers|dispatchers|operators) (?:won['’]t|aren['’]t going to|are not going to|will never|never|don['’]t (?:do|like|use|change|want))\b|\bI(?:['’]m| am) not (?:making|signing|typing|changing|moving|switching|buying|doing (?!it for)|taking|putting|running|letting|asking (?:my|our|the)|telling (?:my|our))\b(?! (?:sure|fun))",
        r"\b(?:too |very |pretty |quite |a bit |kind of |really )?risky\b|\b(?:big|huge|real|major|serious|too much|too big a|massive|considerable) risk\b|\b(?:been|got|were|was) (?:burned|burnt|bitten|stung)\b|\bonce bitten\b|\bwe(?:['’]ve)? (?:already )?tried (?:this|that|it|something like|one of these|something similar)\b[^.?!]{0,60}\b(?:didn['’]t|failed|never|nobody|no one|flop\w*|fell|mess|disaster|wasn['’]t)\b",
        r"\b(?:my|our|the|one|main|biggest|big|only|real) (?:\w+ )?(?:concern|worry|fear|hesitation|reservation|doubt)s? (?:\w+ )?(?:is|are|['’]s|here|would be|with|about|that)\b|\b(?:I|we)(?:['’]m| am|['’]re| are) (?:\w+ )?(?:worried|concerned|nervous|afraid (?:of|that|it|we|they|people)|scared|hesitant|reluctant|anxious|uneasy|wary)\b|\b(?:worries|scares|bothers|concerns) (?:me|us)\b",
        r"\b(?:team|people|guys|crew|staff|reps|users|drivers|nurses|teachers|engineers|everybody|nobody|no one|they) (?:will|would|['’]ll|['’]d|won['’]t|is going to|are going to|just) (?:not |never |ever |all )*(?:adopt|use it|change|revolt|hate (?:it|this|that|another)|resist|ignore it|learn|touch it|trust it|go for it|accept it|rebel|mutiny)\b|\b(?:change|rollout|tool) fatigue\b|\btoo much change\b|\b(?:another|one more) (?:big )?(?:rollout|change|migration|project) (?:right now|this year|on top)\b",
        r"\b(?:you(?:['’]re| are| guys are)) (?:\w+ )?(?:small|tiny|a start-?up|young|new|too small|an unknown)\b",
    ),
    "trust": (
        r"\b(?:been|was|were|got) promised (?:that|this|it|a lot|many|so many|things)\b|\bbroken promises\b|\b(?:not|un|n['’]t) ?(?:really |fully |quite |entirely |totally )?(?:convinced|sold|persuaded)\b|\b(?:I|we)(?:['’]m| am|['’]re| are) (?:\w+ )?(?:skeptical|sceptical|dubious|doubtful|unconvinced)\b|\b(?:I|we) (?:really )?(?:doubt|don['’]t (?:really |quite )?(?:believe|buy|trust)) (?:it|that|this|those|the|your|any)\b|\bsounds too good\b|\bI['’]ve heard that (?:before|one)\b|\bI['’]ll believe it when\b",
    ),
}  # fmt: skip
_PATTERNS = {topic: tuple(re.compile(one, re.I) for one in spelled) for topic, spelled in _SPELLED.items()}
_CASED = re.compile(r"\b(?:[A-Z][\w&-]+)(?:['’]s| is| was| are| quoted| came in| wants?| wanted| asks?| charges?)\b[^.?!]{0,20}\b(?:at|around|for|about|under)?\s?(?:[$€£]?\d|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|half|a hundred|two|three)")  # fmt: skip
_SOMEONE_ELSES = re.compile(
    r"\b(?:our|my|the|your|his|her|their) (?:old|last|previous|former|current|existing|other|first|incumbent)(?: \w+)? (?:vendor|agency|tool|system|provider|supplier|platform|software|product|setup|solution|partner|lot|guy|one|contractor|company|firm)s?\b|\b(?:they|theirs|the others?|the other (?:one|guys|vendor|quote))\b(?!.*\byou(?:r|rs)?\b)|\bat my (?:last|old|previous)\b|\b(?:house|flights?|hotel|coffee|lunch|parking|rent|gas|petrol|school|traffic|weather|weekend|kids?|dog|cat|vacation|holiday)\b",
    re.I,
)
_PRICE_TALK = re.compile(r"[$€£]|\b(?:price|pricing|cost|quote|quoted|a month|a year|per (?:seat|user|truck|site|month|year)|thousand|hundred|retainer|licen[sc]e|fee|budget|percent|discount|grand|k)\b|\d", re.I)  # fmt: skip
_ACCEPTS = re.compile(
    r"^\W*(?:(?:oh|ah|hm+|um+|uh|well|no|and)[\s,.]+)*(?:(?:ok(?:ay)?|fair|right|sure|yeah|yes|yep|good|great|fine|alright|perfect|true|makes sense|that (?:makes sense|works|helps|would (?:work|help|do)|['’]s (?:fair|good|fine|better|reasonable|not (?:mad|bad))|answers)|i (?:see|take it back|could (?:live|get)|can (?:live|work))|then i take|that(?:['’]s| is) (?:fair|good|fine|better|reasonable|not (?:mad|bad)|helpful)|i hadn['’]t thought|got it|understood|i like)\b)",
    re.I,
)
_WARM = re.compile(
    r"\b(?:take (?:it|that) back|makes sense|that (?:works|helps)|live with (?:that|it)|get my head r?o?und|hadn['’]t thought|good (?:point|answer)|that['’]s (?:fair|better|good|fine|reasonable|not (?:mad|bad))|fair (?:enough|point)|I can work with|sounds (?:good|fair|reasonable)|that would (?:help|work|do)|happy with that|let['’]s do)\b",
    re.I,
)
_PUTS_OFF = re.compile(
    r"\b(?:I(?:['’]ll| will| need to| have to|['’]d have to| can) (?:ask|check|come back|get back|take (?:it|that)|find out|see what|look into|talk to)|let me (?:ask|check|take|see what|find out|come back|talk to)|can['’]t (?:say|promise|answer)|not sure|don['’]t know)\b",
    re.I,
)
_EMPATHY = re.compile(
    r"^\W*(?:(?:yeah|yes|ok(?:ay)?|sure|right|no|well|so|oh|hm+|um+|uh)[\s,.]+)*(?:I (?:hear|understand|get|see|appreciate) (?:you|that|it|your|where)\b.*|(?:that['’]s )?(?:fair|understood|got it|totally|makes sense|good point|fair enough)\b.{0,25}|I['’]?m sorry.{0,20})$",
    re.I,
)
_PLAINNESS = {
    "price": 1.0,
    "budget": 0.9,
    "timing": 0.7,
    "competitor": 0.6,
    "no_need": 0.8,
    "security": 0.9,
    "integration": 0.8,
    "feature": 0.7,
    "contract": 1.0,
    "authority": 0.7,
    "risk": 0.65,
    "trust": 0.8,
}
_COMPARES = re.compile(r"\b(?:see|thing|but|cheaper|daylight|against|versus|less|only|way)\b", re.I)
_REFUSES = 0.9
_DOUBTS = re.compile(
    r"\b(?:do|would|why (?:would|should)) (?:we|I) (?:really |even |actually )?(?:need|change|switch|bother|pay)\b",
    re.I,
)
_OF_THIRDS = re.compile(r"\b(?:he|she|they) (?:was|were|had)\b", re.I)
_IF_BEFORE = re.compile(r"\b(?:if|unless|as long as|otherwise)\b", re.I)
_NEAR = 8
_LEAST = 0.6
_DENIES = re.compile(
    r"(?:\bnot|n['’]t|\bno|\bnever) (?:\w+ ){0,2}(?:worr\w+|concern\w*|nervous|afraid|scared|bothered|problem|issue|objections?)\b",
    re.I,
)
HARDLY, SURELY = 0.1, 0.6
"""Below the first chance a turn is no objection, whatever its words; from the second on it is one where its words name a topic. `make teach` counts both on unseen authors."""

_ANSWERED_WITHIN = 4


@dataclass(frozen=True)
class Words:
    """A sentence and the turn that it stands in."""

    position: int
    sentence: Sentence


@dataclass
class Found:
    """An objection: its topic, the words, the answer to it and whether that held."""

    topic: str
    words: list[Words] = field(default_factory=list)
    answer: Words | None = None
    handled: Handled = "unknown"


def topic_of(text: str, before: str = "") -> str | None:
    """Return what a buyer's sentence plainly objects to, or None. `before` is what the other side said just before."""
    topic, weight = _weighed(text, before)
    return topic if weight >= 1.0 else None


def _weighed(text: str, before: str) -> tuple[str | None, float]:
    """Return the topic of what sounds like an objection, and how plain it is by itself: 1 plain, less where it may as well be said of their own world."""
    if (
        (is_question(text) and not _DOUBTS.search(text))
        or is_condition(text)
        or (is_over(text) and not is_once_bitten(even(text)))
        or len(text.split()) < 3
    ):
        return None, 0.0
    small = even(text)
    refused = refusal_of(small)
    if refused is not None and not _of_another(refused, text, before):
        return refused, _REFUSES
    for topic, patterns in _PATTERNS.items():
        found = next((match for pattern in patterns if (match := pattern.search(text))), None)
        if (
            found is None
            or _excused(topic, text, found, before)
            or (_IF_BEFORE.search(text[: found.start()]) and topic != "price")
        ):
            continue
        return topic, _PLAINNESS.get(topic, 0.7)
    named = _CASED.search(text)
    if (
        named
        and fold(named[0].split()[0].split("'")[0].split("’")[0]) not in ORDINARY
        and _COMPARES.search(text)
        and _PRICE_TALK.search(before)
    ):
        return "price", 1.0
    return None, 0.0


def _of_another(topic: str, text: str, before: str) -> bool:
    """Whether a refusal is of somebody else's product: their own tool, or the vendor of whom they were just asked."""
    return topic != "price" and (
        _SOMEONE_ELSES.search(text) is not None or bool(before and "competition" in asked_in(before))
    )


def _excused(topic: str, text: str, found: re.Match[str], before: str) -> bool:
    """Whether words that sound like an objection are none: about somebody else, taken back in the same breath, or about nothing of ours."""
    around = text[max(0, found.start() - 60) : found.end() + 25]
    if says_fine(around) and not re.search(r"\b(?:but|though|however|except)\b", text[found.start() :], re.I):
        return topic not in ("competitor", "no_need") or "not a" not in around.lower()
    if topic in ("price", "feature", "risk", "integration") and _SOMEONE_ELSES.search(text):
        # "They are cheaper" is held against us; "they were too expensive" is held against them.
        return re.search(r"\bcheaper\b", text, re.I) is None
    if topic in ("risk", "no_need") and _OF_THIRDS.search(text) and not re.search(r"\b(?:I|we|my|our)\b", text):
        return True
    if topic == "price" and found[0].lower().startswith(("that", "it", "this", "which")) and "daylight" not in text:
        return _PRICE_TALK.search(before + " " + text) is None
    if topic == "feature" and "roadmap" in found[0].lower():
        return re.search(r"\b(?:you|your|still|only|just)\b", text, re.I) is None
    return (
        re.search(r"\b(?:not|n['’]t) (?:that|saying|to say) (?:it|that|you)\b", text[: found.start()], re.I) is not None
    )


def objections_in(turns: Sequence[Utterance]) -> list[Found]:
    """Return the buyer's objections in the order of the talk, each with its answer."""
    found: list[Found] = []
    chances = _chances(turns)
    for index, turn in enumerate(turns):
        if turn.side != "buyer" or chances[index] < HARDLY:
            continue
        before = " ".join(one.text for one in turns[max(0, index - 3) : index])
        asked = next((one.text for one in reversed(turns[max(0, index - 3) : index]) if one.side == "seller"), "")
        told = [(sentence, *_held_against_us(sentence.text, before, asked)) for sentence in sentences(turn.text)]
        weight = weight_of(turns, index, max((weight for _, _, weight in told), default=0.0))
        if weight < ENOUGH and (chances[index] < SURELY or _DENIES.search(turn.text)):
            continue
        plain = [(sentence, topic) for sentence, topic, weight in told if topic is not None and weight >= _LEAST]
        for sentence, topic in plain or _by_hints(turn.text, asked):
            _add(found, topic, Words(turn.position, sentence), turns)
    for one in found:
        _answer(one, turns)
    return found


def _chances(turns: Sequence[Utterance]) -> list[float]:
    """Return how likely each turn of the buyer's is an objection, as labelled calls taught; 0 for the seller's."""
    spoken = [Spoken(turn.position, turn.speaker, turn.side, turn.text) for turn in turns]
    names = names_of(Person(turn.speaker) for turn in spoken if turn.speaker)
    learned = taught()
    return [
        learned.heard(turn.text, question_before(spoken, index), names).likely[OBJECTION]
        if turn.side == "buyer"
        else 0.0
        for index, turn in enumerate(spoken)
    ]


def _held_against_us(text: str, before: str, asked: str) -> tuple[str | None, float]:
    """Return the topic and the weight of a sentence as `_weighed`, and nothing where it is about something else than us."""
    topic, weight = _weighed(text, before)
    return (None, 0.0) if topic is not None and is_elsewhere(topic, text, asked) else (topic, weight)


def _by_hints(text: str, asked: str) -> list[tuple[Sentence, str]]:
    """Return the sentence of a turn that hints most at an objection, with its topic; the longer one of two alike. What asks for information is none."""
    told = [(one, hinted(even(one.text))) for one in sentences(text)]
    hinting = [
        (one, topics)
        for one, topics in told
        if topics
        and len(one.text.split()) > 3
        and not is_over(one.text)
        and not asks_rather(one.text)
        and not is_elsewhere(topics[0], one.text, asked)
    ]
    if not hinting:
        return []
    best, topics = max(hinting, key=lambda one: (len(one[1]), len(one[0].text)))
    return [(best, topics[0])]


def _add(found: list[Found], topic: str, words: Words, turns: Sequence[Utterance]) -> None:
    for one in reversed(found):
        near = words.position - one.words[-1].position <= _NEAR
        same = one.topic == topic or {one.topic, topic} <= {"price", "budget"}
        if near and (same or words.position == one.words[-1].position):
            one.words.append(words)
            return
    found.append(Found(topic, [words]))


def _answer(objection: Found, turns: Sequence[Utterance]) -> None:
    """Find the seller's answer after the objection's last words, and how the buyer took it."""
    places = {turn.position: index for index, turn in enumerate(turns)}
    last = places[objection.words[-1].position]
    about = frozenset().union(*(content_stems(one.sentence.text) for one in objection.words))
    for index in range(last + 1, min(len(turns), last + 1 + 2 * _ANSWERED_WITHIN)):
        turn = turns[index]
        if turn.side != "seller":
            continue
        best = _best_sentence(turn.text, about)
        if best is None:
            continue
        objection.answer = Words(turn.position, best)
        objection.handled = _taken(objection, turns, index)
        return
    objection.handled = "open"


def _best_sentence(text: str, about: frozenset[str]) -> Sentence | None:
    """Return the sentence of a turn that answers most: no question, no mere sympathy."""
    parts = [
        one
        for one in sentences(text)
        if len(one.text.split()) >= 4 and not is_question(one.text) and not _EMPATHY.match(one.text)
    ]
    if not parts:
        return None
    return max(
        parts,
        key=lambda one: (
            len(content_stems(one.text) & about)
            + min(len(one.text.split()), 24) / 8
            + min(2, len(numbers_in(one.text)))
        ),
    )


def _taken(objection: Found, turns: Sequence[Utterance], answered: int) -> Handled:
    """Tell from what the buyer says next whether the answer held."""
    deferred = _PUTS_OFF.search(turns[answered].text) is not None
    speaker = next(turn.speaker for turn in turns if turn.position == objection.words[-1].position)
    replies = [turn for turn in turns[answered + 1 : answered + 9] if turn.side == "buyer"][:4]
    for reply in replies:
        again = any(_weighed(one.text, "")[0] == objection.topic for one in sentences(reply.text))
        if again:
            return "open"
        if _WARM.search(reply.text) or (_ACCEPTS.match(reply.text) and reply.speaker == speaker and not deferred):
            return "answered"
    return "open" if deferred or not replies else "unknown"
