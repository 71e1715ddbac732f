"""Names, titles and industries as they are written inside a sentence of a mail, so that what came from a system reads as if a person had typed it."""

from __future__ import annotations

import re
import unicodedata

from sales.names import fold, split_display_name

_LEGAL_FORM = re.compile(
    r"[\s,]+(?:\(?(?:inc|incorporated|llc|l\.l\.c|llp|lp|l\.p|plc|ltd|limited|corp|corporation|co|gmbh|mbh|ag|kg|kgaa|ohg|ug|sarl|sas|sa|s\.a|srl|s\.r\.l|sl|bv|b\.v|nv|n\.v|ab|oy|oyj|aps|asa|pty|pvt|private limited|kk|bhd|spa|s\.p\.a|se)\)?\.?)$",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"[\s,]*(?:&|and|und|\+)(?:\s+co\.?)?$", re.IGNORECASE)
_INITIALISMS = frozenset(
    "ai api ar b2b bi ceo cfo cfos ciso cio cmo coo cro cto crm cx dhl edi erp eu evp gm gtm hr hvac ibm iot ip it lng mba ml nda oem ops2 plc pr qa r&d rfp rpa saas sap sdr sdrs bdr sem seo sre svp tms ui uk ups us usa ux vp vps vr wms xr avp cpg fmcg emea apac latam dach nyc bpo hris ehr bdrs aes ae".split()
)
_SMALL = frozenset(
    "of and for the in at to de la du des der van von und y e on with a an & di da do del dos den ter le".split()
)
_STYLED = {"saas": "SaaS", "devops": "DevOps", "revops": "RevOps", "sem": "SEM", "b2b": "B2B", "iot": "IoT", "vps": "VPs", "sdrs": "SDRs", "bdrs": "BDRs", "aes": "AEs", "cfos": "CFOs"}  # fmt: skip
_VOWEL_SOUND = re.compile(r"(?:[aeio]|u(?!ni(?:[^nm]|$)|s[aeiu]|t[aeiou]|k\b|x\b|b[ei]r|r[aeiou]|ro)|hour|heir|honest|honou?r)", re.IGNORECASE)  # fmt: skip
_CONSONANT_START = re.compile(r"(?:eu|ewe|one\b|once\b|ouija)", re.IGNORECASE)
_AN_LETTERS = frozenset("AEFHILMNORSX")
_TITLE_CUT = re.compile(r"\s*(?:[|;•·/]|\s[-–—]+\s|\bat\b|@|,\s*(?:remote|hybrid|onsite|on-site)\b|:)", re.IGNORECASE)
_ROLE_WORD = re.compile(
    r"\b(?:ceo|cfo|coo|cio|cto|ciso|cmo|cro|chro|vp|svp|evp|avp|chief|president|director|head|manager|lead|leader|engineer|developer|architect|analyst|executive|representative|rep|specialist|consultant|officer|partner|owner|founder|co-founder|cofounder|accountant|controller|buyer|planner|coordinator|administrator|assistant|associate|designer|scientist|recruiter|sdr|bdr|ae|supervisor|technician|operator|driver|nurse|counsel|attorney|secretary|treasurer|chair|chairman|chairwoman|principal|strategist|marketer|sdrs|bdrs|aes|managers|engineers|executives|representatives|reps|developers|directors|analysts|specialists)\b",
    re.IGNORECASE,
)
_LEVELS = frozenset("vp svp evp avp vice president senior sr director head chief manager lead associate assistant executive group regional global managing".split())  # fmt: skip
_MOST_TITLE_WORDS = 6
# What only directs the writing goes without a trace, as it stands inside words; any other sign that no mail shows parts them.
_DROPPED = {"Cf": "\u200b"} | dict.fromkeys(("Cc", "Co", "Cs", "Cn", "So"), "\x1a")
# Two numbers never become one that nobody wrote, whatever stood between them.
_TORN = re.compile("(?:(?<=[0-9])|(?<=[0-9][.,]))[\u200b\x1a]+(?=[\\w.,%])|(?<=\\w)\u200b*\x1a[\u200b\x1a]*(?=\\w)")


def plain_line(text: str | None) -> str:
    """Return a text as one line of printable letters: nothing that could break a header, hide or turn the reading order."""
    marked = "".join(
        " " if sign.isspace() else _DROPPED.get(unicodedata.category(sign), sign)
        for sign in unicodedata.normalize("NFC", text or "")
    )
    kept = re.sub("[\u200b\x1a]", "", _TORN.sub(" ", marked))
    return re.sub(r" +(?=[,.;:!?](?:\s|$))", "", " ".join(kept.split()))


def article(phrase: str) -> str:
    """Return `a` or `an` as the phrase is spoken: an SDR, a VP, an HR manager, a UX designer, an hourly rate, a European."""
    word = phrase.lstrip("“\"'( ").split(" ")[0].split("-")[0] if phrase.strip() else ""
    letters = re.sub(r"[^\w&]", "", word)
    if not letters:
        return "a"
    if letters[0].isdigit():
        return "an" if re.match(r"8|11(?:\D|$)|18(?:\D|$)", letters) else "a"
    spelled = re.sub(r"s$", "", letters)
    if spelled.isupper() and len(spelled) <= 5 and (len(spelled) <= 3 or not re.search(r"[AEIOU]", spelled)):
        return "an" if letters[0] in _AN_LETTERS else "a"
    if letters == "SaaS" or _CONSONANT_START.match(letters):
        return "a"
    return "an" if _VOWEL_SOUND.match(fold(letters)) else "a"


def with_article(phrase: str) -> str:
    """Return a phrase with its article."""
    return f"{article(phrase)} {phrase}"


def company_name(name: str | None) -> str | None:
    """Return a company's name as people say it: no legal form, no capitals throughout; None where nothing speakable is left.

    `ACME LOGISTICS, INC.` is Acme Logistics, `northwind gmbh` Northwind; `IBM`, `3M` and `eBay` stay as they are.
    """
    whole = re.sub(r"\s*\([^()]*\)(?=(\w?))", lambda aside: " " if aside[1] else "", plain_line(name))
    text = whole.strip(" ,;.-–|\"'“”")
    text = re.split(r"\s[|–—]\s|\s-\s|\sd/?b/?a\s", text)[0].strip(" ,")
    while (bare := _without_form(text)) != text:
        text = bare
    letters = [sign for sign in text if sign.isalpha()]
    if re.search(r"[<>{}\[\]|\\`“”\"?=@]|https?:|www\.|\s[.,]", text) or re.match(r"\W*[.,]\d", whole):
        return None
    if not text or not (letters or any(sign.isdigit() for sign in text)) or len(text) > 60:
        return None
    words = text.split()
    if text.isupper() and (len(words) > 1 or len(letters) > 4):
        words = [_calmed(word, index, alone=len(words) == 1) for index, word in enumerate(words)]
    elif text.islower() and "." not in text:
        words = [word if word in _SMALL and index else _risen(word) for index, word in enumerate(words)]
    return " ".join(words)


def _without_form(text: str) -> str:
    """Return a name without the legal form at its end; `& Co.` and what would leave nothing stay."""
    if re.search(r"(?:&|\band|\+) co\.?$", text, re.IGNORECASE):
        before = _LEGAL_FORM.sub("", _DANGLING.sub("", text)).strip(" ,")
        return before if before and before != _DANGLING.sub("", text) else text
    bare = _LEGAL_FORM.sub("", text).strip(" ,")
    if bare == text and len(text.split()) > 1 and not re.match(r"the\b", text, re.IGNORECASE):
        bare = re.sub(r"\s+company$", "", text, flags=re.IGNORECASE)
    return bare if bare.strip(" .") else text


def _calmed(word: str, index: int, *, alone: bool) -> str:
    """Return a word of a name in capitals as it is usually written."""
    lowered = word.lower()
    if lowered in _SMALL and index:
        return lowered
    if lowered in _INITIALISMS or (not alone and not re.search(r"[AEIOUYÄÖÜ]", word)) or re.search(r"\d|\.", word):
        return word
    return _risen(lowered)


def _risen(word: str) -> str:
    """Return a word with a capital at its beginning and after a hyphen or a name's `O'` or `Mc`."""
    parts = [part[:1].upper() + part[1:] for part in word.split("-")]
    risen = "-".join(parts)
    return re.sub(r"^(O['’]|Mc)([a-z])", lambda found: found[1] + found[2].upper(), risen)


def possessive(name: str) -> str:
    """Return a name with its `'s`: Northwind's, Thomas', Acme Logistics'."""
    return f"{name}'" if name[-1:] in "sS" else f"{name}'s"


_NO_PERSON = frozenset(
    "info sales contact team office admin support hello unknown none null na test user customer anonymous visitor somebody someone guest the account".split()
)


def person_name(name: str | None) -> str | None:
    """Return a person's name in order and in usual capitals, or None where it is none (an address, a mailbox, digits)."""
    text = split_display_name(plain_line(name)).name if plain_line(name) else ""
    if not text or re.search(r"[@\d<>{}\[\]/\\|=:!?]", text) or len(text) > 60:
        return None
    words = text.replace(",", " ").split()
    if not words or fold(words[0]) in _NO_PERSON or len(words) > 6 or any(len(word) > 25 for word in words):
        return None
    if not all(re.fullmatch(r"[^\W\d_][^\W\d_.'’-]*(?:[.'’-][^\W\d_]+)*\.?", word) for word in words):
        return None
    if text.isupper() or text.islower():
        words = [
            word.lower() if index and word.lower() in _SMALL else _risen(word.lower())
            for index, word in enumerate(words)
        ]
    return " ".join(words)


def first_name(name: str | None) -> str | None:
    """Return what to call somebody in a greeting; None where only initials, a mailbox or nothing is known."""
    whole = person_name(name)
    if whole is None:
        return None
    for word in whole.split():
        bare = word.rstrip(".")
        if fold(bare) in _NO_PERSON or fold(bare) in _SMALL:
            return None
        if len(bare.replace(".", "")) > 1 and "." not in bare:
            return bare
        if word == whole.split()[0] and len(whole.split()) > 2:
            continue
        return None
    return None


def job_title(title: str | None) -> str | None:
    """Return a job title as said in a sentence: `VP, Sales` is VP Sales, `SALES MANAGER (Remote)` Sales Manager; None where it is no title."""
    text = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", plain_line(title)).strip(" ,.-–")
    text = re.sub(r"^(?:job opening|opening|hiring|new role|position|role|now hiring|we are hiring)\s*[:\-–]\s*", "", text, flags=re.IGNORECASE)  # fmt: skip
    text = re.sub(r"\br\s*&\s*d\b", "R&D", text, flags=re.IGNORECASE)
    text = _TITLE_CUT.split(text)[0].strip(" ,.-–&")
    if not text or not _ROLE_WORD.search(text) or re.search(r"[^\w\s,.&'’+-]|https?|\d{2,}", text):
        return None
    head, comma, rest = text.partition(",")
    if comma:
        levels = fold(head).replace(".", "").split()
        if all(word in _LEVELS for word in levels) and rest.strip():
            joins = " of " if levels[-1] in ("president", "director", "head", "manager") else " "
            text = f"{head.strip()}{joins}{rest.partition(',')[0].strip()}"
        else:
            # What follows a whole title is a place, a team or a level.
            text = head.strip()
    text = re.sub(r"\bSr\.?(?=\s)", "Senior", text, flags=re.IGNORECASE)
    text = re.sub(r"\bJr\.?(?=\s)", "Junior", text, flags=re.IGNORECASE)
    words = text.replace("V.P.", "VP").split()
    if len(words) > _MOST_TITLE_WORDS:
        return None
    return " ".join(_title_word(word, index) for index, word in enumerate(words))


def _title_word(word: str, index: int) -> str:
    lowered = word.lower()
    if lowered in _STYLED:
        return _STYLED[lowered]
    if lowered in _INITIALISMS:
        return word.upper()
    if lowered in _SMALL and index:
        return lowered
    if word.isupper() and len(word) > 3:
        return _risen(lowered)
    return _risen(word) if word.islower() else word


def is_many(title: str) -> bool:
    """Whether a title names several people: Account Executives, SDRs."""
    last = title.split(" of ")[0].split()[-1]
    return bool(re.fullmatch(r"(?:[A-Z]{2,5}s|[A-Za-z]{4,}[^s'’]s)", last)) and fold(last) not in (
        "sales", "operations", "logistics", "systems", "services", "analytics", "accounts", "communications", "relations", "products", "resources", "solutions", "partnerships", "economics", "ops", "success", "affairs", "payments", "markets", "insights", "facilities", "projects", "procurements", "vehicles", "warehouses",
    )  # fmt: skip


def role_phrase(title: str | None) -> str | None:
    """Return a job title as it is hired: `a VP Sales`, `an SDR`, `Account Executives`."""
    said = job_title(title)
    if said is None:
        return None
    return said if is_many(said) else with_article(said)


def industry_phrase(industry: str | None) -> str | None:
    """Return an industry as said after `also in`: `Third-party logistics` is third-party logistics, `COMPUTER_SOFTWARE` computer software, `IT Services` IT services."""
    text = plain_line((industry or "").replace("_", " ")).strip(" .,;-")
    text = re.split(r"\s*[(/;|>:]", text)[0].strip()
    if (
        not text
        or len(text) > 40
        or re.search(r"\d{2}|https?", text)
        or fold(text) in ("other", "unknown", "none", "n a", "n/a", "na")
    ):
        return None
    words = text.split()
    shouted = text.isupper() and len(text) > 4
    return " ".join(
        word if not shouted and sum(sign.isupper() for sign in word) > 1
        else word.upper() if word.lower() in _INITIALISMS
        else word.lower()
        for word in words
    )  # fmt: skip
