"""What a person answers to our mail, by their own words: interest, a question, an objection, "not now", or none of these for sure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from sales.mail.days import MONTHS, days_named
from sales.mail.incoming import Kind
from sales.mail.opt_out import sentences_of
from sales.spoken_dates import days_in

_NOT_NOW = re.compile(
    r"\bnot (?:right |just )?(?:now|yet|at (?:this|the) (?:time|moment|stage|point)|this (?:year|quarter|month|week)|currently|the right time|a good time|a priority|until|before|at present|ready (?:yet|for this))\b|\b(?:bad|wrong|poor|tough) tim(?:e|ing)\b|\btiming (?:is|isn'?t|'s) (?:not|n'?t|off|bad|wrong)|\bisn'?t a good time|\btoo (?:early|soon|busy)\b|\bswamped\b|\bno bandwidth\b|\bon hold\b|\bback burner\b|\b(?:frozen|freeze) until\b|"
    r"\b(?:ask|ping|contact|call|e-?mail|write|try|remind|hit|reach|nudge|approach|catch) (?:me|us)(?: (?:again|back|up|out))?\b.{0,30}\b(?:in|on|after|next|later|around|early|end|mid|once|when|q[1-4]|again)\b|\b(?:circle|check|come|get|follow|loop) back\b.{0,40}\b(?:in|on|after|next|later|around|early|mid|once|when|q[1-4]|then)\b|\b(?:reach out|follow up|touch base|reconnect|revisit|re-?visit|pick this up|talk|speak|discuss|look at (?:it|this))\b.{0,30}\b(?:in (?:a few|\w+) (?:weeks|months)|in (?:q[1-4]|the (?:new year|fall|autumn|spring|summer|second half))|next (?:quarter|year|fiscal|month)|later (?:this|in the) year|after (?:the )?(?:summer|holidays|new year|budget|q[1-4])|in (?:january|february|march|april|may|june|july|august|september|october|november|december))|\b(?:next|later this) (?:year|quarter|fiscal)\b.{0,20}\b(?:maybe|perhaps|again|budget|better)\b|\b(?:maybe|perhaps) (?:later|next (?:year|quarter))|\bbudget\b.{0,30}\b(?:next year|q[1-4]|january|resets?|opens?)|"
    r"\b(?:derzeit|aktuell|momentan|zurzeit|im moment|gerade|jetzt)\b.{0,25}\b(?:nicht|kein\w*|keine zeit)\b|\bnicht (?:jetzt|aktuell|derzeit|im moment)|\b(?:melden sie sich|kommen sie|fragen sie|schreiben sie)\b.{0,50}\b(?:wieder|nochmal|erneut|im|nach|ende|anfang)\b|\b(?:erst|frühestens) (?:im|in|nach|ab|wieder)\b|"
    r"\bpas (?:maintenant|pour le moment|pour l'instant|avant|encore|le bon moment|d'actualité)|\b(?:recontactez|relancez|revenez vers)\b|\bplus tard\b|\b(?:ahora no|por ahora no|de momento no|no es (?:el|un buen) momento|más adelante|vuelv\w+ a (?:contactar|escribir)\w*|contácte\w+ (?:en|a partir))|\b(?:agora não|por enquanto não|neste momento não|mais tarde|mais para a frente|não é (?:o|um bom) momento)|\b(?:non (?:ora|adesso|è il momento)|al momento non|per ora no|più avanti|risent\w+ (?:a|in|tra|fra)|ricontatt\w+)|"
    r"\b(?:op dit moment niet|nu (?:even )?niet|niet nu|later (?:dit|in het) jaar|kom\w* (?:er )?later)|\b(?:inte (?:just )?nu|återkom|ikke (?:lige )?nu|vend tilbage|ta kontakt igjen)\b|\b(?:nie teraz|na razie nie|proszę (?:wrócić|odezwać się))|не сейчас|пока не (?:актуально|планируем)|позже|(?:вернитесь|напишите|вернёмся)[^.]{0,20}(?:в|через|после)|今は|現時点では|また(?:来|後|の機会)|改めて|暂时不|目前不|以后再|過(?:段|陣子)|过段时间|下(?:个)?季度|나중에|지금은",
    re.I,
)
_OBJECTION = re.compile(
    r"\b(?:not|n'?t|never|no longer|hardly) (?:be |really |currently |at all )?(?:interested|a (?:good )?fit|relevant|for us|looking|in the market|something we|what we need|needed|necessary|convinced|applicable|our (?:focus|priority))|\bno(?:t any)? (?:interest|need|budget|use for|thanks?|thank you|plans)\b|\bnot? (?:have|got) (?:the |a |any )?(?:budget|need|resources)|\b(?:already|currently) (?:use|using|have|has|work|working|with|got|signed|in place|covered|committed)|\b(?:happy|satisfied|fine|content|sticking) with (?:our|what|the|\w+)|\btoo (?:expensive|pricey|costly|complex|small)|\b(?:cheaper|locked in|under contract|in[- ]house|built our own|competitor|went with|chosen|decided (?:on|against|not)|pass on this|we'?ll pass|i'?ll pass|going to pass|have to decline|wrong person|not the right (?:person|contact)|don'?t (?:see|need|handle|deal|work)|doesn'?t (?:make sense|fit|apply|work)|isn'?t (?:something|relevant|for us|a fit|of interest)|can'?t afford|tried (?:it|this|you)|bad experience|security concern|cost is|price is|pricing is)|"
    r"\bkein(?:en|e)? (?:interesse|bedarf|budget)|\b(?:bereits|schon) (?:einen|eine|ein|mit|im einsatz|versorgt|lösung)|\bnicht (?:interessiert|relevant|interessant|zuständig)|\bzu teuer|\bpas (?:intéressé|concerné|besoin|de budget|d'intérêt)|\bdéjà (?:un|une|équip|une solution|utilis)|\btrop cher|\bno (?:nos|me|estoy|estamos) (?:interesa\w*|interesad\w*)|\bno (?:tenemos|hay|necesitamos) (?:presupuesto|necesidad|\w+)|\bya (?:tenemos|usamos|contamos|utilizamos)|\bdemasiado caro|\b(?:não (?:temos interesse|estamos interessad|estou interessad|precisamos|há orçamento)\w*|já (?:temos|usamos|utilizamos))|\b(?:non (?:siamo |sono )?interessat\w|non (?:ci|mi) interessa|nessun interesse|abbiamo già|già (?:un|una)|troppo caro)|\b(?:geen (?:interesse|behoefte|budget)|niet geïnteresseerd|hebben (?:al|reeds)|te duur)|\b(?:inte intresser|ej aktuellt|har redan|ikke interesser|har allerede)|\bnie (?:jesteśmy|jestem) zainteresowan|\bmamy już|не (?:интересно|интересует|нужно|актуально)|уже (?:есть|используем|работаем)|слишком дорого|興味(?:は|が)?(?:ありません|ない)|間に合って|既に|不感兴趣|没兴趣|不需要|沒興趣|已经有|관심 ?(?:이 )?없|이미",
    re.I,
)
_POSITIVE = re.compile(
    r"\b(?:sounds|looks|that'?s|this is|seems) (?:really |very |pretty |quite )?(?:good|great|interesting|perfect|relevant|promising|useful|like a plan|timely|spot on|helpful|exciting)|\b(?:i'?m|we'?re|i am|we are|i'?d be|we'?d be|would be|could be|definitely|very|quite|might be|potentially) (?:very |quite |definitely |also |potentially )?(?:interested|keen|curious|intrigued|open to|up for|happy to|glad to|game)|\b(?:happy|glad|love|like|keen|willing|open|want|eager) to (?:chat|talk|meet|connect|learn|hear|see|discuss|jump|hop|speak|take a look|set up|explore|know more|have a (?:call|chat|look|conversation)|schedule|get on|understand)|\b(?:let'?s|can we|could we|shall we|we should|we could|i can|we can) (?:do (?:it|this|that|a call)|talk|chat|meet|connect|set (?:up|something)|schedule|jump|hop|speak|find (?:a|some) time|book|discuss|get (?:something|a call|a time)|take a look|explore)|"
    r"\b(?:send|share|shoot|forward|give) (?:me|us|over|through|along)?\b.{0,30}\b(?:times?|slots?|availability|invite|invitation|calendar|link|details|info|information|more|deck|pricing|proposal|case study|brochure|demo|overview)\b|\b(?:what times?|when (?:are|can|could|would) (?:you|we)|are you (?:free|available)|do you have time|my calendar|book (?:a|some) (?:time|slot|call|demo|meeting)|schedule (?:a|some) (?:call|demo|meeting|time)|call me|give me a (?:call|ring)|works for (?:me|us)|i'?m (?:free|available)|we'?re (?:free|available)|tell me more|would love to|count me in|sign (?:me|us) up|yes[,.! ]|yes please|sure[,.! ]|absolutely|let me know when|looking forward|thanks for reaching out[,.!] (?:yes|this|we|i'?d|let'?s)|perfect timing|good timing|great timing|good to hear from you.{0,40}yes)|"
    r"\b(?:klingt|hört sich) (?:gut|interessant|spannend)|\b(?:gerne?|sehr gern|interessiert uns|interesse haben|hätte interesse|haben interesse|bin interessiert|sind interessiert|lassen sie uns|rufen sie mich an|schicken sie mir|senden sie mir|wann (?:haben|hätten|passt|können))\b|\b(?:avec plaisir|volontiers|intéress(?:é|ant|ée|és)|ça m'intéresse|cela m'intéresse|d'accord|appelez[- ]moi|envoyez[- ]moi|quand (?:êtes|seriez|pouvons))|\b(?:me interesa|nos interesa|suena (?:bien|interesante)|claro|con gusto|encantad\w|llám[ae]me|env[íi]e(?:me|nos)|cuándo (?:podemos|tiene))|\b(?:tenho interesse|temos interesse|parece (?:interessante|bom)|com prazer|claro|vamos (?:falar|conversar|marcar)|me liga|me ligue|quando podemos)|\b(?:mi interessa|ci interessa|interessante|volentieri|con piacere|mi chiami|sentiamoci|quando possiamo)|\b(?:klinkt (?:goed|interessant)|graag|interessant|laten we|bel me|stuur me)|\b(?:låter (?:bra|intressant)|gärna|lyder (?:godt|spændende|interessant|bra)|gerne|høres (?:bra|interessant) ut)|\b(?:brzmi (?:dobrze|ciekawie)|chętnie|jestem zainteresowan|proszę o (?:kontakt|telefon|ofertę))|(?:интересно|давайте|с удовольствием|звучит|перезвоните|пришлите)|興味があ|ぜひ|お願いします|詳しく|感兴趣|有兴趣|好的|可以聊|關於這個很有興趣|관심 ?있|좋습니다",
    re.I,
)
_NEGATED = re.compile(
    r"\b(?:not|n'?t|never|no|nicht|kein\w*|pas|no|não|non|niet|inte|ikke|nie|не)\b[\w\s']{0,25}$", re.I
)
_QUESTION = re.compile(
    r"[?？]\s*(?:$|[\"')\]]|\s)|\b(?:how (?:much|many|does|do|is|are|long|would)|what(?:'s| is| are| does| do| kind)|who (?:is|are|else)|which|where (?:is|are|did|do)|can you (?:tell|explain|share|clarify|send)|could you (?:tell|explain|share|clarify|send)|is (?:it|there|this)|does (?:it|this|your)|do you)\b[^.!]*\?",
    re.I,
)
_MONTH_WORD = re.compile(r"\b(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b", re.I)
_SEASONS = (
    (re.compile(r"\bafter (?:the )?summer|nach (?:dem|den) sommer\w*|après (?:l'été|les vacances|la rentrée)|à la rentrée|después del? verano|dopo l'estate|depois do verão|na de zomer|efter sommeren|efter sommaren|после лета", re.I), 9, 1),
    (re.compile(r"\b(?:in|after) the (?:fall|autumn)|\bim herbst|à l'automne|en otoño|in autunno|in het najaar|осенью", re.I), 9, 21),
    (re.compile(r"\b(?:the |in |after )?new year|after the holidays|next calendar year|im neuen jahr|nach den feiertagen|après les fêtes|l'année prochaine|el (?:año que viene|próximo año)|l'anno prossimo|ano que vem|no próximo ano|volgend jaar|nächste[sn]? jahr|nästa år|næste år|neste år|w przyszłym roku|в (?:новом|следующем) году|来年|明年|내년", re.I), 1, 7),
    (re.compile(r"\bin the spring|im frühjahr|im frühling|au printemps|en primavera|in primavera|in het voorjaar|весной", re.I), 3, 21),
    (re.compile(r"\b(?:in the|second) (?:second )?half(?: of the year)?|zweiten halbjahr|second semestre|segundo semestre|secondo semestre", re.I), 7, 1),
)  # fmt: skip
_SOON = timedelta(days=21)
_LONGEST = timedelta(days=800)


class Mood(NamedTuple):
    """What a person's answer is, the sentence that says so, and from when they may be asked again (of "not now", where they name it)."""

    kind: Kind
    words: str = ""
    revisit_on: date | None = None


def mood_of(text: str, said_on: date, *, day_first: bool | None = None) -> Mood:
    """Return what a person answers, from what they wrote themselves on the day `said_on`."""
    sentences = sentences_of(text)
    later = next((one for one in sentences if _NOT_NOW.search(one)), None)
    against = next((one for one in sentences if _OBJECTION.search(one)), None)
    glad = next((one for one in sentences if _glad(one)), None)
    asked = next((one for one in sentences if _QUESTION.search(one)), None)
    if later is not None:
        day = revisit_on(later, said_on, day_first=day_first) or revisit_on(" ".join(sentences), said_on, day_first=day_first)  # fmt: skip
        soon = day is not None and day - said_on <= _SOON
        if not (soon and glad and against is None) and (against is None or day is not None):
            return Mood("not_now", later, day)
    if against is not None:
        return Mood("objection", against)
    if glad is not None:
        return Mood("positive", glad)
    if asked is not None:
        return Mood("question", asked)
    return Mood("unclear")


def _glad(sentence: str) -> bool:
    return any(not _NEGATED.search(sentence[: match.start()]) for match in _POSITIVE.finditer(sentence))


def revisit_on(text: str, said_on: date, *, day_first: bool | None = None) -> date | None:
    """Return the day from which somebody may be asked again, as they told it: a day, a month, a quarter, a season; None where they named none."""
    ahead = [when.first for when in days_in(text, said_on) if when.first > said_on]
    ahead += [one.day for one in days_named(text, said_on, day_first=day_first) if one.day > said_on]
    if not ahead:
        for match in _MONTH_WORD.finditer(text):
            month = MONTHS[match[1].lower()]
            if match[1].islower() and month in (3, 5) and match[1].lower() in ("may", "mai", "mars", "mart", "maj"):
                continue
            ahead.append(date(said_on.year + (month <= said_on.month), month, 1))
    if not ahead:
        for pattern, month, day in _SEASONS:
            if pattern.search(text):
                this = date(said_on.year, month, day)
                ahead.append(this if this > said_on and month != 1 else date(said_on.year + 1, month, day))
    ahead = [day for day in ahead if day - said_on <= _LONGEST]
    return min(ahead, default=None)
