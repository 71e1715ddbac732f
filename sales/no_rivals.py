"""Names in a talk that are no company's: people whom the talk speaks of as people, places, nations, languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from sales.names import fold
from sales.talk import Utterance

NATIONS = frozenset(
    """
    american british english scottish welsh irish french german spanish italian portuguese dutch belgian swiss austrian danish swedish norwegian finnish
    icelandic polish czech slovak hungarian romanian bulgarian serbian croatian bosnian slovenian greek turkish russian ukrainian lithuanian latvian
    estonian chinese japanese korean indian pakistani bangladeshi nepali thai vietnamese filipino indonesian malaysian singaporean australian canadian
    mexican brazilian argentinian chilean colombian peruvian venezuelan cuban haitian jamaican dominican african nigerian ghanaian kenyan ethiopian
    egyptian moroccan tunisian algerian israeli iranian iraqi syrian lebanese saudi arabic arab hebrew persian farsi hindi urdu punjabi tamil telugu
    bengali marathi gujarati mandarin cantonese creole flemish catalan basque gaelic nordic scandinavian european asian latin latino hispanic texan
    californian bavarian tagalog swahili somali amharic yoruba
    """.split()
)
"""Peoples and languages: no company's name by themselves."""

PLACES = frozenset(
    """
    england scotland wales ireland britain france germany spain italy portugal netherlands holland belgium switzerland austria denmark sweden norway
    finland iceland poland czechia slovakia hungary romania bulgaria serbia croatia slovenia greece turkey russia ukraine lithuania latvia estonia china
    japan korea taiwan india pakistan bangladesh nepal thailand vietnam philippines indonesia malaysia singapore australia canada mexico brazil
    argentina chile colombia peru venezuela cuba haiti nigeria ghana kenya ethiopia egypt morocco tunisia israel iran iraq syria lebanon dubai qatar
    kuwait bahrain oman america europe africa asia alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho
    illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio
    oklahoma oregon pennsylvania tennessee texas utah vermont virginia wisconsin wyoming dakota carolina ontario quebec alberta london manchester
    birmingham leeds glasgow edinburgh dublin cork belfast cardiff bristol liverpool paris lyon marseille berlin munich hamburg frankfurt cologne
    stuttgart vienna graz zurich geneva basel rome milan turin madrid barcelona valencia lisbon porto amsterdam rotterdam brussels antwerp copenhagen
    odense aarhus stockholm gothenburg oslo bergen helsinki warsaw krakow prague brno ostrava budapest bucharest sofia athens istanbul moscow kyiv
    mumbai delhi bangalore bengaluru pune chennai hyderabad kolkata ahmedabad karachi lahore dhaka beijing shanghai shenzhen tokyo osaka seoul
    taipei bangkok manila jakarta sydney melbourne brisbane perth auckland wellington toronto montreal vancouver calgary chicago boston philadelphia
    detroit houston dallas denver phoenix seattle portland atlanta miami orlando tampa nashville memphis charlotte columbus cleveland cincinnati
    indianapolis milwaukee minneapolis omaha tulsa albuquerque tucson fresno sacramento oakland reno vegas lagos nairobi accra cairo johannesburg
    brooklyn manhattan jersey york angeles francisco diego antonio
    """.split()
)
"""Places that talks speak of most; others are told by what stands before them (`in Lufkin`, `out of Zavalla`)."""

_HUMAN = re.compile(
    r"(?<![\w-])(?P<name>[A-Z][a-z]+)(?:(?:['’](?:s|ll|d))? (?:said|told (?!us they)|thinks|thought|knows|likes|feels|wrote|asked me|left|resigned|retired|joined us|is (?:out|on leave|away|in a meeting|my|our|the head|head|running|angry|ill|sick)|runs (?:the|our)|sits|does what|has the (?:password|key|pen|number)|wants to|always says|says)\b|(?:['’]s| is) (?:my|our|his|her|head of|the head|in charge|on vacation|the new|at the|off|not here|here)\b|,? (?:our|my|the) (?:cfo|ceo|coo|cto|head|director|manager|boss|lawyer|controller|vp)\b)",
    re.M,
)  # fmt: skip
_GENDERED = re.compile(r"(?<![\w-])(?P<name>[A-Z][a-z]+)\b(?P<between>[^.?!]{0,40}[,.;]?[^.?!]{0,20})\b(?:[Hh]e|[Ss]he|him|his|her)(?:['’](?:s|ll|d))?\b")  # fmt: skip
_NEXT_GENDERED = re.compile(r"(?<![\w-])(?P<name>[A-Z][a-z]+)[.,!] (?:\w+(?:['’]\w+)? ){0,7}(?:[Hh]e|[Ss]he|him|her)\b")
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Doctor|Frau|Herr|Advocate|Uncle|Aunt|Sir|Madam|Captain)\.? (?P<name>[A-Z][a-z]+)")  # fmt: skip
_CALLED_ON = re.compile(r"(?:^|[.?!] )(?P<name>[A-Z][a-z]+), (?:can|could|would|will|do|did|please|you|what|how|tell|send|I|we|are|if)\b")  # fmt: skip
_CAPITAL = re.compile(r"\b[A-Z][a-z]{2,}")
_AT_A_PLACE = re.compile(r"\b(?:in|near|outside|around|across|into|toward|towards|out of|based in|live in|from (?:\w+ )?in|down in|over in|up in|past|north of|south of|east of|west of)\s+$", re.I)  # fmt: skip


def people_in(turns: Sequence[Utterance], *, surely: bool = False) -> set[str]:
    """Return the names, folded, of whom the talk speaks as of a person: they say and think, or are a he or a she. `surely` leaves out whom a he or a she only follows."""
    found: set[str] = set()
    for turn in turns:
        for pattern in (_HUMAN, _TITLED, _CALLED_ON) if surely else (_HUMAN, _TITLED, _NEXT_GENDERED, _CALLED_ON):
            found |= {fold(match["name"]) for match in pattern.finditer(turn.text)}
        if surely:
            continue
        for match in _GENDERED.finditer(turn.text):
            if not _CAPITAL.search(match["between"]):
                found.add(fold(match["name"]))
    return found


def places_in(turns: Sequence[Utterance], names: Sequence[str]) -> set[str]:
    """Return those of `names`, folded, that are places, nations or languages: known ones, and such as most often stand where places do."""
    seen: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    for name in set(names):
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        for turn in turns:
            for match in pattern.finditer(turn.text):
                seen[name] += 1
                placed[name] += _AT_A_PLACE.search(turn.text[max(0, match.start() - 24) : match.start()]) is not None
    found = {fold(name) for name in seen if placed[name] * 2 > seen[name]}
    return found | {fold(name) for name in names if all(is_place(word) for word in name.split())}


def no_vendors_in(turns: Sequence[Utterance]) -> frozenset[str]:
    """Return words, folded, that are no vendor's name though a sentence may begin with them: people of the talk, places, and what the talk also writes small."""
    small = {fold(word) for turn in turns for word in re.findall(r"(?<![\w'’])[a-z]{3,}", turn.text)}
    return frozenset(small | people_in(turns, surely=True) | PLACES | NATIONS)


def is_place(word: str) -> bool:
    """Whether a word is a known place, people or language."""
    plain = fold(word).removesuffix("'s").removesuffix("’s")
    return plain in NATIONS or plain in PLACES
