"""Days in mails of many languages, and the day on which somebody who is away will be back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sales.spoken_dates import days_in

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier enero gennaio janeiro januari januari stycznia styczeń leden ledna января tammikuuta jänner ocak",
            "february februar février fevrier febrero febbraio fevereiro februari lutego luty únor února февраля helmikuuta feber şubat",
            "march märz maerz mars marzo março marco maart marca marzec březen března марта maaliskuuta marts mart",
            "april avril abril aprile kwietnia kwiecień duben dubna апреля huhtikuuta nisan",
            "may mai mayo maggio maio mei maj maja květen května мая toukokuuta mayıs",
            "june juni juin junio giugno junho czerwca czerwiec červen června июня kesäkuuta haziran",
            "july juli juillet julio luglio julho lipca lipiec červenec července июля heinäkuuta temmuz",
            "august août aout agosto augustus augusti sierpnia sierpień srpen srpna августа elokuuta ağustos",
            "september septembre septiembre setiembre settembre setembro września wrzesień září сентября syyskuuta eylül",
            "october oktober octobre octubre ottobre outubro października październik říjen října октября lokakuuta ekim",
            "november novembre noviembre novembro listopada listopad listopadu ноября marraskuuta kasım",
            "december dezember décembre decembre diciembre dicembre dezembro grudnia grudzień prosinec prosince декабря joulukuuta desember aralık",
        ),
        start=1,
    )
    for name in names.split()
}
"""Months by their names in the languages known, lower case."""
_SHORT = {"jan": 1, "feb": 2, "febr": 2, "mar": 3, "mär": 3, "apr": 4, "avr": 4, "abr": 4, "jun": 6, "jul": 7, "juil": 7, "aug": 8, "ago": 8, "sep": 9, "sept": 9, "set": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12, "dez": 12, "dic": 12, "déc": 12}  # fmt: skip
_NAME = "|".join(sorted((*MONTHS, *_SHORT), key=len, reverse=True))
_ISO = re.compile(r"\b(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b")
_NUMBERS = re.compile(r"(?<![\d.:/\-])(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?:\.)?(?![\d:/%])")
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:\.|er|º|°|ª|st|nd|rd|th|:?e)?\s*(?:of |de |di |d'|den )?\s*({_NAME})\b\.?(?:,?\s*(?:de |del )?(20\d\d))?", re.I)  # fmt: skip
_MONTH_DAY = re.compile(
    rf"\b({_NAME})\b\.?\s+(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*[:h])(?:,?\s*(20\d\d))?", re.I
)
_EASTERN = re.compile(r"(?:(20\d\d)\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]")
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "montag lundi lunes lunedì segunda maandag måndag mandag poniedziałek poniedziałku pondělí понедельник понедельника maanantai",
            "dienstag mardi martes martedì terça dinsdag tisdag tirsdag wtorek wtorku úterý вторник вторника tiistai",
            "mittwoch mercredi miércoles mercoledì quarta woensdag onsdag środa środę středa středy среда среду keskiviikko",
            "donnerstag jeudi jueves giovedì quinta donderdag torsdag czwartek czwartku čtvrtek четверг четверга torstai",
            "freitag vendredi viernes venerdì sexta vrijdag fredag piątek piątku pátek пятница пятницу perjantai",
            "samstag samedi sábado sabato zaterdag lördag lørdag sobota sobotę суббота субботу lauantai",
            "sonntag dimanche domingo domenica zondag söndag søndag niedziela niedzielę neděle воскресенье sunnuntai",
        )
    )
    for name in names.split()
}
_WEEKDAY = re.compile(r"\b(" + "|".join(_WEEKDAYS) + r")(?:-feira)?\b", re.I)
_BACK = re.compile(
    r"\b(?:back|return(?:ing)?|reachable again|available again|in the office again|resume|zurück|wieder|zurückkehr|retour|revien|reviendrai|rentr|de nouveau|vuelt|volver|regres|reincorpor|estaré|rientr|torn|nuovamente|di nuovo|volto|retorn|regress|estarei|terug|weer|tillbaka|åter|tilbage|tilbake|igjen|wrac|wróc|powr|zpět|vrát|вернусь|вернётся|буду|takaisin|palaan|döneceğim)\w*|復帰|戻り|出社|回来|返回|回到|恢复|복귀|돌아",
    re.I,
)
_UNTIL = re.compile(
    r"\b(?:until|till|til|through|thru|to|up to|bis|einschließlich|jusqu'?(?:au|à|en)?|au|hasta|al|fino (?:al?|alla)|até|ao?|tot(?: en met)?|t/m|t\.o\.m|till och med|til(?: og med)?|do|до|по|asti|saakka)\W{0,3}(?:and including|inclusive|einschließlich|zum|inclus|le|el|il|o dia|dia|and|den|the)?\W{0,2}(?:\w+day|\w+tag|\w+di|\w+feira|\w+),?\s*$|\b(?:until|till|til|through|thru|to|up to|bis(?: zum)?|jusqu'?(?:au|à|en)?|hasta(?: el)?|al|fino (?:al?|alla)|até(?: o dia| ao?)?|tot(?: en met)?|t/m|t\.o\.m\.?|till och med|til(?: og med)?|do|до|по)\W{0,4}(?:den |the |le |el |il |dem )?$|[-–—~〜～]\s*$|(?:から|至|到)\s*$",
    re.I,
)
_AFTER_UNTIL = re.compile(r"^\s*\W?(?:まで|迄|止|까지|asti|saakka|inclusive|\(?incl)")
_FROM = re.compile(r"\b(?:from|since|starting|beginning|vom|ab|von|du|depuis|à partir|desde|del|dal|a partir|van|vanaf|från|fra|od|с|alkaen)\W{0,3}(?:the |den |dem |le |el |il )?(?:\w+,? )?$", re.I)  # fmt: skip
_RETURNS = re.compile(r"[^.!?\n]{0,12}(?:復帰|戻|出社|回来|返回|복귀|zurück|terug|tillbaka|tilbage)")
_LONGEST_AWAY = 400
_LOOK_BACK = 60


@dataclass(frozen=True)
class Day:
    """A day that a text names, at its place. `loose` is the first day of a month or so, where no day is named."""

    start: int
    end: int
    day: date
    loose: bool = False


def days_named(text: str, said_on: date, *, day_first: bool | None = None) -> list[Day]:
    """Return the days that a text names in any of the languages known, in order; without a year, the one next to `said_on` and not long before it."""
    found: list[Day] = []

    def add(start: int, end: int, day: date | None) -> None:
        if day is not None and not any(one.start < end and start < one.end for one in found):
            found.append(Day(start, end, day))

    for match in _ISO.finditer(text):
        add(match.start(), match.end(), _made(said_on, match[1], match[2], match[3]))
    for match in _EASTERN.finditer(text):
        add(match.start(), match.end(), _made(said_on, match[1], match[2], match[3]))
    for pattern, month, day in ((_DAY_MONTH, 2, 1), (_MONTH_DAY, 1, 2)):
        for match in pattern.finditer(text):
            number = MONTHS.get(match[month].lower()) or _SHORT.get(match[month].lower())
            add(match.start(), match.end(), _made(said_on, match[3], str(number), match[day]))
    for match in _NUMBERS.finditer(text):
        add(match.start(), match.end(), _numbers(said_on, match, day_first))
    for when in days_in(text, said_on):
        if when.first >= said_on and not any(one.start < when.end and when.start < one.end for one in found):
            found.append(Day(when.start, when.end, when.first, loose=when.last != when.first))
    for match in _WEEKDAY.finditer(text):
        ahead = (_WEEKDAYS[match[1].lower()] - said_on.weekday()) % 7 or 7
        # A weekday in front of its date names the same day.
        if not any(0 <= one.start - match.end() <= 8 or 0 <= match.start() - one.end <= 4 for one in found):
            add(match.start(), match.end(), said_on + timedelta(days=ahead))
    return sorted(found, key=lambda one: one.start)


def _made(on: date, year: str | None, month: str, day: str) -> date | None:
    try:
        if year:
            return date(int(year) + (2000 if int(year) < 100 else 0), int(month), int(day))
        this = date(on.year, int(month), int(day))
        return this if this >= on - timedelta(days=_LOOK_BACK) else this.replace(year=on.year + 1)
    except ValueError:
        return None


def _numbers(on: date, match: re.Match[str], day_first: bool | None) -> date | None:
    """`05.01.` is the fifth of January wherever points are used; `5/1` is settled by what fits, by the setting, else by which lies nearer ahead."""
    left, mark, right, year = match.groups()
    european, american = _made(on, year, right, left), _made(on, year, left, right)
    if mark == "." and (year or match.group().endswith(".")):
        return european
    if mark in ".-" and not year:
        return None
    if european is None or american is None:
        return european or american
    if day_first is not None:
        return european if day_first else american
    return min((european, american), key=lambda day: ((day - on).days < 0, abs((day - on).days)))


def back_on(text: str, said_on: date, *, day_first: bool | None = None) -> date | None:
    """Return the first day on which the writer of an absence note is there again, None where it does not tell.

    "Back on the 7th" is the 7th; "until the 7th" is the day after; of a stretch of days the last one counts.
    """
    days = [
        one
        for one in days_named(text, said_on, day_first=day_first)
        if said_on - timedelta(days=1) <= one.day <= said_on + timedelta(days=_LONGEST_AWAY)
    ]
    back: list[date] = []
    last: list[date] = []
    loose: list[date] = []
    for one in days:
        before, after = text[max(0, one.start - 60) : one.start], text[one.end : one.end + 40]
        clause = re.split(r"[.!?;。！？\n](?=\s|$)", before)[-1]
        returns = bool(_BACK.search(clause) or _BACK.match(after.lstrip(" ,")) or _RETURNS.match(after))
        if one.loose:
            back += [one.day] if returns and one.day > said_on else []
        elif _UNTIL.search(before) or _AFTER_UNTIL.match(after):
            last.append(one.day + timedelta(days=1))
        elif returns:
            back.append(one.day)
        elif _FROM.search(before):
            continue
        else:
            loose.append(one.day)
    chosen = back or last
    if chosen:
        return max(chosen)
    if len(loose) == 2:  # a stretch of days without any word between them
        return max(loose) + timedelta(days=1)
    return None
