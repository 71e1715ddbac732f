"""Sorting what came in: bounce, complaint, somebody away, an opt-out, or a person's answer. Text is only ever read, never obeyed."""

from __future__ import annotations

import re
from datetime import date

from sales.mail.bounces import daemon, failures_of
from sales.mail.days import back_on
from sales.mail.incoming import Incoming, Verdict
from sales.mail.moods import mood_of
from sales.mail.opt_out import opt_out_words

_AWAY = re.compile(
    r"\bout of (?:the )?office|\booo\b|\b(?:on|taking|annual|parental|maternity|paternity|sick|medical|vacation|family) (?:leave|vacation|holiday|pto)|\bon (?:holiday|vacation|leave|pto|a business trip|travel)|\baway (?:from|until|on|this)|\b(?:currently |am |is )?(?:travell?ing|unavailable|absent)|limited (?:access|availability)|\bback (?:in the office|on|at work)|\breturn(?:ing)? (?:to|on)|will (?:respond|reply|get back|answer).{0,40}(?:return|back|when|upon|as soon)|no longer (?:with|work|employed|at)|has left|have left|"
    r"abwesen|nicht (?:im büro|im haus|am platz|erreichbar|da)|im urlaub|in elternzeit|ausser haus|außer haus|wieder (?:im büro|da|erreichbar)|absent|absence|en congé|en déplacement|de retour|congés|fuera de (?:la oficina|mi)|ausente|ausencia|vacaciones|de baja|de férias|ausência|fora do escritório|assente|fuori (?:ufficio|sede)|in ferie|assenza|afwezig|niet aanwezig|met (?:vakantie|verlof)|op vakantie|frånvar|semester|tjänstledig|fravær|på ferie|ferie|ikke på kontoret|poissa|lomalla|nieobecn|urlop|poza biurem|mimo kancelář|dovolen|nepřítom|в отпуске|отсутств|вне офиса|командировк|szabadság|izinde|ofis dışında|不在|休暇|休業|外出|休假|出差|不在办公|外出中|年假|부재|휴가",
    re.I,
)
_LEFT = re.compile(
    r"no longer (?:with|works?|working|employed|at|part of|a member)|(?:has|have) left (?:the )?(?:company|organi[sz]ation|firm|us|\w+)|left the (?:company|organi[sz]ation)|(?:nicht mehr|ausgeschieden)[^.]{0,40}(?:unternehmen|beschäftigt|tätig|bei)|aus dem unternehmen ausgeschieden|ne (?:fait|travaille) plus|a quitté|ya no (?:trabaja|forma)|ha dejado la|non (?:lavora|fa) più|já não (?:trabalha|faz)|não (?:trabalha|faz) mais|niet (?:meer|langer) (?:werkzaam|in dienst)|nie pracuje|больше не работает|退職|离职|離職|퇴사",
    re.I,
)
_TICKET = re.compile(
    r"\b(?:ticket|case|request|reference|inquiry|enquiry|support) ?(?:#|id|no\.?|number|has been (?:received|created|opened|logged))|we have received your (?:request|message|e-?mail|enquiry|inquiry)|your (?:request|message|e-?mail) has been received|will be (?:answered|processed)|ihre (?:anfrage|nachricht)[^.]{0,40}(?:eingegangen|erhalten)|nous avons bien reçu|hemos recibido|abbiamo ricevuto|recebemos|\[#?[a-z]{0,6}-?\d{4,}\]",
    re.I,
)
_RECEIPT = re.compile(
    r"^\s*(?:read|gelesen|lu|leído|letto|lido|gelezen|läst|przeczytano|прочитано|開封済み|已读|已讀)\s?[:：]", re.I
)
_UNSUBSCRIBED = re.compile(r"^\W*(?:unsubscribe(?: me)?|list unsubscribe|opt[- ]?out|abmelden|désabonner|cancelar suscripción)\b[\W\w]{0,60}$", re.I)  # fmt: skip
_AUTO_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|mated|matische?|mático|mática|matica|matique|matisk)?[ \-]?(?:reply|response|responder|antwort|answer|antwoord|svar|odpowiedź)|automatische (?:antwort|afwezigheid\w*)|réponse automatique|respuesta automática|resposta automática|risposta automatica|automatisch antwoord|automatiskt svar|automatisk svar|automaattinen vastaus|odpowiedź automatyczna|автоматический ответ|автоответ|自動応答|自動返信|自动回复|自動回覆|자동 ?회신|"
    r"abwesenheits\w*|abwesend|out of (?:the )?office(?: auto-?reply| reply| notice| message)?|ooo|fora do escritório|fuera de la oficina|fuori sede|absence du bureau|notification d'absence|afwezigheids\w*|frånvaro\w*|fravær\w*|urlaubs\w*|vacation (?:reply|response|notice))\s*(?:[:：(\[]|-\s|$)",
    re.I,
)
_AGGREGATE = re.compile(r"^\W*report domain:\s*\S+\s+submitter:\s*\S+", re.I)
"""The subject of a DMARC aggregate report, by RFC 7489, 7.2.1.1."""

_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response", "x-vacation", "x-mailer-daemon")
_NOBODY = re.compile(r"^(?:(?:do[-_.]?)?not?[-_.]?reply|bounces?|notifications?|mailer)(?:[-+._@]|$)", re.I)
_CUT = re.compile(
    r"^(?:-- ?|_{3,}|—|–{2,}|={5,})\s*$|^\s*(?:sent from|sent via|get outlook for|von meinem|gesendet von|envoyé (?:de|depuis|à partir)|enviado (?:desde|do|de|a partir)|inviato da|verzonden vanaf|skickat från|sendt fra|wysłane z|отправлено с|発信元)\b.{0,60}$|^\W*(?:this (?:e-?mail|message|communication)[\w\s,()]{0,40}(?:is|may be|contains?|and any)[\w\s,]{0,30}(?:confidential|intended|privileged)|confidentiality notice|disclaimer\b|diese (?:e-?mail|nachricht)[\w\s]{0,30}(?:vertraulich|enthält)|ce (?:message|courriel)[\w\s]{0,40}confidentiel|este (?:mensaje|correo)[\w\s]{0,40}confidencial)",
    re.I | re.M,
)


def sort_mail(mail: Incoming, said_on: date, *, ours: str = "", day_first: bool | None = None) -> Verdict:
    """Return what a mail is. `said_on` is the day on which it was written; `ours` the text of our mail, whose lines are nobody's answer."""
    if mail.feedback.get("feedback-type") or mail.header("x-hmxmroriginalrecipient"):
        return _complained(mail)
    if _pressed_unsubscribe(mail):
        return Verdict("opt_out", words=mail.subject.strip()[:200])
    failures = failures_of(mail)
    if failures is not None:
        if not failures:
            return Verdict("automatic")
        return Verdict("hard_bounce" if any(one.hard for one in failures) else "soft_bounce", failures)
    if is_automatic(mail):
        return _from_machine(mail, said_on, day_first)
    words = own_text(mail, ours)
    if asked := opt_out_words(words):
        return Verdict("opt_out", words=asked[:500])
    if not words and _UNSUBSCRIBED.match(mail.subject):
        return Verdict("opt_out", words=mail.subject.strip()[:200])
    mood = mood_of(words, said_on, day_first=day_first)
    return Verdict(mood.kind, words=mood.words[:500], revisit_on=mood.revisit_on)


def own_text(mail: Incoming, ours: str = "") -> str:
    """Return what the sender wrote anew: no history, no signature below its dashes, no line that stands in our own mail."""
    known = {line.strip().casefold() for line in ours.splitlines() if len(line.strip()) > 8}
    lines = [line for line in mail.new.splitlines() if line.strip().lstrip("> ").casefold() not in known]
    text = "\n".join(lines).strip()
    found = _CUT.search(text)
    cut = text[: found.start()].strip() if found else text
    return cut or ("" if found and found.start() == 0 else text)


def is_automatic(mail: Incoming) -> bool:
    """Return whether a machine sent it of itself (RFC 3834 and the headers in use): nobody's word. A person's mail with a robot's subject stays theirs."""
    submitted = mail.header("auto-submitted").casefold()
    if (submitted and not submitted.startswith("no")) or daemon(mail):
        return True
    if any(mail.header(name).casefold() not in ("", "no", "false", "none") for name in _AUTO_HEADERS):
        return True
    if _AGGREGATE.match(mail.subject):
        return True
    precedence = mail.header("precedence").casefold().replace("-", "_")
    if precedence in ("auto_reply", "autoreply") or mail.header("return-path").replace(" ", "") == "<>":
        return True
    if mail.sender and mail.sender.email and _NOBODY.match(mail.sender.email):
        return True
    if mail.header("content-type").casefold().startswith("multipart/report"):
        return True
    if (precedence in ("bulk", "list", "junk") or mail.header("list-id")) and not mail.in_reply_to:
        return True
    return bool(_AUTO_SUBJECT.match(mail.subject))


def _from_machine(mail: Incoming, said_on: date, day_first: bool | None) -> Verdict:
    text = f"{mail.subject}\n{mail.new or mail.text}"[:6_000]
    away = _AWAY.search(text)
    if _RECEIPT.match(mail.subject) or (mail.header("content-type").casefold().startswith("multipart/report")):
        return Verdict("automatic")
    replied = mail.header("auto-submitted").casefold().startswith("auto-replied") or bool(
        _AUTO_SUBJECT.match(mail.subject)
    )
    if away or (replied and not _TICKET.search(text)):
        sentence = next((line.strip() for line in text.splitlines() if _AWAY.search(line)), "")
        left = bool(_LEFT.search(text))
        return Verdict("out_of_office", back_on=None if left else back_on(text, said_on, day_first=day_first), words=sentence[:500], left=left)  # fmt: skip
    return Verdict("automatic")


def _complained(mail: Incoming) -> Verdict:
    told = mail.feedback.get("feedback-type", "abuse").split(";")[0].strip().casefold()
    if told == "not-spam":
        return Verdict("automatic", feedback=told)
    if told in ("opt-out", "opt-out-list", "unsubscribe"):
        return Verdict("opt_out", words=told, feedback=told)
    return Verdict("complaint", feedback=told)


def _pressed_unsubscribe(mail: Incoming) -> bool:
    """A mail program's unsubscribe button writes a mail of its own to the address in our List-Unsubscribe."""
    if mail.header("x-apple-unsubscribe").casefold() == "true":
        return True
    if daemon(mail) or mail.in_reply_to or mail.delivery:
        return False
    return bool(_UNSUBSCRIBED.match(mail.subject)) and len(mail.new) < 200 and not _asks(mail.new)


def _asks(text: str) -> bool:
    return "?" in text
