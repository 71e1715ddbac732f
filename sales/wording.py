"""The words of a question or of speech: tokens with their place, light stems, and which words are ordinary.

A word is ordinary when a seller uses it without naming anybody: function words, the verbs of asking, the nouns of the
field. Names made of ordinary words (`Dock`, `Summit`, `Grace`, `May`) need more than the bare word to be taken as names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sales.names import fold

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|&|\+")
_POSSESSIVE = re.compile(r"['’](?:s|S)$|(?<=[sS])['’]$")


@dataclass(frozen=True)
class Token:
    """One word: its place in the text, its spelling, and `key`, folded and without a possessive `'s`."""

    start: int
    end: int
    text: str
    key: str
    possessive: bool = False

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[:1].isupper()


def tokens(text: str) -> list[Token]:
    """Cut a text into words; `&` counts as the word `and`, `+` as `plus`."""
    found = []
    for match in _TOKEN.finditer(text):
        spelling = match.group()
        key, possessive = _keyed(spelling)
        found.append(Token(match.start(), match.end(), spelling, key, possessive))
    return found


@lru_cache(maxsize=16384)
def word_keys(text: str) -> tuple[str, ...]:
    """Return the keys of a text's words, in order."""
    return tuple(_keyed(spelling)[0] for spelling in _TOKEN.findall(text))


@lru_cache(maxsize=65536)
def _keyed(spelling: str) -> tuple[str, bool]:
    bare = _POSSESSIVE.sub("", spelling)
    key = {"&": "and", "+": "plus"}.get(spelling) or fold(bare).replace("'", "").replace("’", "")
    return key, bare != spelling


FUNCTION_WORDS = frozenset(
    """a about above after again against ago all almost along already also although always am among an and another any anybody anyone
    anything are around as ask asked asking asks at away back be became because become been before being below between both but by came can cannot
    cant come comes could couldnt did didnt do does doesnt doing done dont down during each either else ever every everybody everyone everything
    few for from further gave get gets getting give given gives go goes going gone gonna got had hadnt has hasnt have havent having he hed hell her here
    hers herself hes him himself his how hows however i id if ill im in into is isnt it itd itll its itself ive just keep kept know known let lets
    like likely made make makes making many may maybe me might mine more most much must my myself need needed needs neither never no nobody none nor not
    nothing now of off often ok okay on once one only onto or other others our ours ourselves out over own perhaps please quite rather really
    right said same saw say saying says see seem seems seen shall she shed shes should shouldnt show shows since so some somebody someone something soon
    still such take taken tell tells than thank thanks that thats the their theirs them themselves then there theres these they theyd theyll theyre
    theyve thing things think this those though through thus to today together told tomorrow tonight too took toward under until up upon us use used
    very via want wanted wants was wasnt way we wed well were werent weve what whatever whats when whenever where whereas wheres whether which while who
    whoever whole whom whos whose why will with within without wont would wouldnt yes yesterday yet you youd youll your youre yours yourself youve yeah
    um uh hm hmm oh hey hi hello bye sorry anywhere somewhere everywhere nowhere lately actually basically specifically especially generally roughly approximately
    apparently altogether besides instead meanwhile anyway exactly definitely probably possibly somehow anyhow likewise moreover however therefore hence amongst
    versus despite regarding concerning including etc pls plz thx ya yep nope wanna gonna gotta whatcha""".split()
)
"""Words without a topic of their own."""

_FIELD_WORDS = frozenset(
    """account accounts accept accepted action actions active activity activities add added address afternoon age agree agreed agreement amount amounts
    analysis annual answer answered answers april approval approve approved approver area argument argue asap assigned attend attended attention august
    autumn average averages bad bank based best better big bigger biggest bill billing blocked blocker blockers blocking board boss bottom break brief
    briefing bring broken brought budget build business busy buy buyer buyers buying calendar call called calling calls cancel cancelled card care case
    cases cash category cause causes chance change changed changes chart chase check checked cheap cheaper check choice city clause clear client clients
    close closed closes closing cold colleague colleagues comment comments commercial commit commitment commitments committed committee communication
    companies company compare compared competition competitor competitors compliance concern concerns concerned conclusion condition confirm confirmed
    connect connected connector contact contacted contacts contract contracts convert converted conversion conversation conversations cost costs count
    country counts cover create created credit critical crm currency current currently customer customers cut data date dates day days deadline
    deal deals decide decided decision decisions decline declined delay delayed delays deliver delivered delivery demand demands demo demos department
    detail details director discount discounts discovery discuss discussed discussion dispute document documents dollar dollars double doubt draft drop
    dropped due early easy economic email emails emailed employee employees end ended ending engage engaged engagement enter entered enterprise error
    estimate euro euros evaluation event events everywhere evidence exactly example except exist existing expect expected expensive explain export
    extra fact facts fail failed fall false far fast fear feature features february feedback fell field fields figure figures file final finally finance
    find finished first fiscal fit five fix flag focus follow followed following followup followups forecast forget form forward found four fresh
    friday friend full fund funding future gap general gift gold good grant great green group grow growth guess half hand handle handover happen
    happened happening happens happy hard hear heard held help helpful high higher highest history hold holding home honest hope hot hour hours hundred
    idea ideas identify implementation important improve include included including increase industry influencer info information inside insight
    insights install instead integration integrations interest interested internal introduce introduction invoice invoices involve involved issue
    issues item items january job join joined joins july june keeps key kick kickoff kind large larger largest last late lately later latest launch law
    lawyer lead leader leaders leads leave leaving left legal less level liability license line link list little live local long longer longest look
    looked looking looks lose losing loss losses lost lot love low lower lowest mail mailed mailbox mails main major man manage manager managers march
    mark market marketing match matter matters mean means meet meeting meetings member members mention mentioned mentions message messages met metric
    middle mind minute minutes miss missed missing mode model moment monday money month monthly months morning move moved moves moving name named names
    near nearly negative negotiate negotiation negotiations network new news next nice night normal note noted notes november number numbers object
    objected objection objections october offer offered offers office old older onboard onboarding online open opened opening opinion opportunities
    opportunity option options order orders organization organisation original outlook outstanding overdue overview owe owed owes owned owner owners
    owns page paid paper part partner partners parts party passed past pay payback paying payment payments pending people per percent percentage person
    personal phase phone phrase pick pilot pipe pipeline place plan planned planning plans play point points policy poor position positive possible
    post potential power present pretty previous price priced prices pricing priority private probability probably problem problems process procurement
    product products progress project projected promise promised promises promising proof proposal proposals propose proposed prospect prospects prove
    provide pull purchase purchasing push pushback pushed put qualified quality quantity quarter quarterly quarters question questionnaire questions
    quick quickly quiet quota quote quotes raise raised ran range rank rate rates reach reached reaction read ready real realistic reason reasons recap
    recent recently record recorded records recording red reduce refer reference references referral region regions regarding reject rejected related
    relationship remain remaining remind renew renewal reopen rep repeat replied replies reply report reported reports rep reps request requested
    requests require required requirement requirements resolve resolved respond responded response responsible rest result results retail return
    revenue review reviewed rise risk risks risky road role roles rollout room rule run running safe sale sales saturday save saying schedule scheduled
    scope score search second section sector security seller sellers send sending senior sent september serious service services session set setup seven
    several share shared short show shut side sides sign signal signals signature signed signing silence silent simple single site sites situation six
    size slip slipped slipping slow small smaller smallest sold solution solutions solve soon sort source sources speak spend spent spoke spoken sponsor
    spring staff stage stages stakeholder stakeholders stall stalled stand standing stands start started starting state states status stay step steps
    stick stop stopped strategy street strong stuck subject success suggest suggested sum summarise summarize summary summer sunday support supporter
    supporting sure surprise switch system table talk talked talking talks target targets task tasks team teams technical ten term terms territory test
    thank thinking third thousand three threat thursday ticket time timeline timelines times timing title top topic topics total totals touch touched
    trade training travel trial trouble true trust try trying tuesday turn twice two type types unanswered understand understood unhappy unit unless
    unresolved update updated updates upset urgent usage user users usual value values vendor vendors version view visit voice wait waited waiting walk
    warehouse watch web wednesday week weekly weeks weekend went west east north south central white win wins winter wish wide won wonder word words work worked
    working works worried worry worst worth write wrote written wrong year yearly years zero zone pct qtr ytd fy q1 q2 q3 q4 am pm eod eow won lost mr mrs ms dr
    count dock yard summit pilot bridge crown target apple orange delta compass anchor beacon harbor harbour horizon pioneer liberty atlas vertex apex core prime
    bill rob pat sue jack art dean chase drew frank grace faith joy dawn rose gene max miles penny ruby violet olive carol harry rich will hunter mason
    cfo ceo coo cio cto ciso cmo cro chro vp svp evp gm it hr pr sdr bdr ae csm roi arr mrr acv tcv sso api erp wms tms msa nda dpa sla poc soc iso gdpr faq pdf url usd eur gbp
    soc2 b2b saas kpi okr eta tbd fyi asap rfp rfi sow po gtm icp cfos ceos reps
    cliff guy earl dale glen heath lane reed rod ray stew ward wade""".split()
)

ORDINARY = FUNCTION_WORDS | _FIELD_WORDS
"""Words that are no name unless something about the sentence makes them one."""

MONTH_NAMES = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week in their order, as they are written short."""

WEEKDAY_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun".split()
)

_IRREGULAR = {
    "bought": "buy", "brought": "bring", "chose": "choose", "came": "come", "did": "do", "done": "do", "gave": "give", "given": "give", "heard": "hear",
    "held": "hold", "left": "leave", "lost": "lose", "made": "make", "met": "meet", "paid": "pay", "said": "say", "saw": "see", "sent": "send", "sold": "sell",
    "spent": "spend", "spoke": "speak", "spoken": "speak", "talked": "talk", "thought": "think", "told": "tell", "took": "take", "went": "go", "won": "win",
    "written": "write", "wrote": "write", "signature": "sign", "signed": "sign", "signing": "sign", "pricing": "price", "priced": "price", "pricey": "price",
    "people": "person", "cheaper": "cheap", "leaving": "leave", "leaves": "leave", "replied": "reply", "replies": "reply",
    "security": "secur", "secure": "secur", "timing": "time", "timeline": "time", "timelines": "time",
}  # fmt: skip


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Cut a folded word to a rough stem, so that `invoices`, `invoiced` and `invoice` meet."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, least in (
        ("ations", 3),
        ("ation", 3),
        ("ments", 4),
        ("ment", 4),
        ("ings", 4),
        ("ing", 4),
        ("ies", 3),
        ("ied", 3),
        ("ers", 4),
        ("ed", 3),
        ("es", 4),
        ("s", 3),
        ("ly", 4),
    ):
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= least
            and not (ending == "s" and word.endswith(("ss", "us", "is")))
        ):
            word = word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "slz":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@lru_cache(maxsize=16384)
def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry a topic: no function words, no single letters."""
    return frozenset(
        stem(token.key) for token in tokens(text) if token.key not in FUNCTION_WORDS and len(token.key) > 1
    )
