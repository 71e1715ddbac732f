"""A person's own words that they want no more mail, in several languages; never a question about unsubscribing, a footer, or somebody else's words.

Only a request of the writer about themselves counts: a bare "unsubscribe", or a sentence that asks us to stop or to remove them. Sentences with a
link, a condition ("if you no longer wish …"), quotation marks or other people as their subject are not theirs.
"""

from __future__ import annotations

import re

_BARE = re.compile(
    r"^\W*(?:(?:please|pls|kindly|bitte|s'il vous pla[iî]t|svp|por favor|per favore|alstublieft|пожалуйста)[\s,]+)?(?:unsubscribe(?: me)?(?: (?:now|please|asap|immediately|thanks?|thank you))?|stop(?: (?:it|please|now|this|all|mailing|e-?mails?))?|opt[- ]?out(?: please)?|remove(?: me)?(?: (?:please|now|asap))?|(?:take|get) me off(?: (?:please|now))?|cancel (?:my )?subscription|no more (?:e-?)?mails?(?: please)?|"
    r"abmelden|austragen|abbestellen|keine weiteren e?-?mails(?: mehr)?|désabonner|désinscription|désinscrire|me désabonner|se désabonner|darme de baja|baja|dar de baja|cancelar (?:la )?(?:suscripci[oó]n|inscrição)|desuscribir(?:me)?|descadastrar|remover|cancella(?:temi|mi)|disiscriv(?:imi|etemi|ere)|rimuov(?:imi|etemi)|uitschrijven|afmelden|avregistrera|avsluta prenumeration|afmeld(?: mig)?|meld meg av|peru tilaus|wypisz(?: mnie)?|wypisać|rezygnuję|odhlásit|отписать(?:ся)?|отпишите(?: меня)?|отписка|配信停止(?:してください|希望|をお願いします)?|退订|取消订阅|退訂|取消訂閱|수신\s?거부|구독\s?취소)(?:[\s,.!]*(?:please|pls|bitte|svp|merci|danke|thanks?|thank you|por favor|gracias|grazie|obrigad[oa]))?\W*$",
    re.I,
)
_REQUESTS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:unsubscribe|opt|sign) (?:me|us|myself)(?: out| off)?\b|\b(?:un)?subscribe this (?:e-?mail|address)|\bunsubscribe from (?:this|these|your|all|any) (?:e-?mails?|mailings?|list|newsletter|communication|message|sequence|campaign)",
        r"\b(?:remove|delete|take|drop|strike|scrub|purge|erase) (?:me|us|my (?:e-?mail|address|name|contact|info|details|data)[\w\s]{0,20}|this (?:e-?mail )?address)[\w\s]{0,25}\b(?:from|off|out of)\b[\w\s]{0,25}\b(?:list|lists|database|mailing|mailings|distribution list|records|crm|system|outreach|sequence|campaign|cadence|file|newsletter|e-?mails?|contacts)\b",
        r"\b(?:remove|delete) (?:me|my (?:e-?mail|address|data|details|contact details|information))(?: (?:please|now|immediately|asap|at once|permanently))?\s*[.!]*$",
        r"\btake me off\b(?! (?:cc|copy|this thread|the thread|the invite|this chain|speaker|guard))",
        r"\b(?:stop|quit|cease|refrain from|desist from) (?:with )?(?:e-?mailing|mailing|messaging|contacting|writing(?: to)?|spamming|pestering|sending|bothering|soliciting)(?: to)? ?(?:me|us|these|this|your|any(?: more)?|all|unsolicited|e-?mails?|mails?|spam)\b",
        r"\bstop (?:sending|with|all)[\w\s]{0,15} (?:e-?mails?|mails?|messages|spam|newsletters?)\b",
        r"\b(?:do not|don'?t|never|please no(?:t)?|no need to) (?:ever )?(?:e-?mail|contact|write(?: to)?|message|mail|spam|send|reach out to|approach|solicit|bother)(?: to)? (?:(?:me|us|this address|here)(?=\s*(?:$|[.,;!?)\-]|again|any ?more|any longer|ever|further|in (?:the )?future|about|regarding|with|at (?:all|this)|via|by|for|and|or|please|thank|thanks|on|under|or my|unless|if))|(?:me|us)? ?(?:any(?: more)?|more|further|unsolicited|such|these) (?:e-?mails?|mails?|messages?|spam|offers?|communications?))(?: (?:again|any ?more|any longer|ever|further|in (?:the )?future))?\b",
        r"\b(?:do not|don'?t|no longer|not) (?:want|wish|care|like|wanting|wishing) to (?:(?:receive|get|hear|see)\b(?: \w+){0,3} (?:e-?mails?|mails?|messages?|newsletters?|spam|communications?|mailings?|offers|from you)\b|receive (?:these|this|them|anything|any more)\b|be (?:contacted|e-?mailed|mailed|solicited|on (?:this|your|the) (?:mailing )?list))\b",
        r"\bi(?:'d| would)? (?:like|want|wish|prefer|need|have asked|asked|am asking|request)\b[\w\s,']{0,20}\b(?:to (?:be )?(?:unsubscribed?|removed?|opt(?:ed)? out|deleted|taken off)|not to (?:be contacted|be e-?mailed|receive))\b",
        r"\bhow (?:do|can|could|would) i (?:unsubscribe|opt[- ]out|get off|stop (?:getting|receiving)|be removed)(?: (?:from|of))?(?: (?:this|these|your|the|all))?(?: (?:mailing )?(?:list|e-?mails?|mails?|newsletter|messages?|mailings?|spam))?\s*\??$",
        r"\b(?:withdraw|revoke|object to)\b[\w\s]{0,30}\b(?:consent|processing (?:of )?my (?:personal )?data|my data)\b|\bgdpr\b.{0,60}\b(?:delete|erase|remove)\b|\bright to (?:erasure|be forgotten)\b",
        r"\b(?:lose|delete|forget) my (?:e-?mail|address|number|contact)\b|\bno (?:more|further) (?:e-?mails?|mails?|contact|communication|messages)(?:,? please| from you)\b|\bplease no more\b",
        r"\b(?:bitte\b.{0,60})?(?:tragen|nehmen|streichen|löschen|entfernen) sie (?:mich|uns|meine|diese)\b.{0,60}\b(?:verteiler|liste|kartei|datenbank|adresse|daten|aus)\b",
        r"\b(?:bitte|möchte|wünsche|will|erhalten|schicken|senden|schreiben)\b.{0,40}\bkeine (?:weiteren? |solchen? )?(?:e-?mails?|mails?|nachrichten|werbung|newsletter|kontaktaufnahme)\b(?:.{0,20}\b(?:mehr|erhalten|bekommen|schicken|senden|zu)\b)?|\b(?:mailen|schreiben|kontaktieren|belästigen) sie (?:mich|uns|mir)\b.{0,20}\bnicht (?:mehr|wieder)\b|\b(?:melden|tragen) sie mich\b.{0,30}\b(?:ab|aus)\b|\bnehmt mich\b.{0,20}\bverteiler",
        r"\b(?:veuillez|merci de|pri[eè]re de|je (?:veux|voudrais|souhaite|demande))\b.{0,25}\b(?:ne plus (?:m'|me |nous )|me (?:désinscrire|désabonner|retirer|supprimer)|être (?:retiré|désinscrit|désabonné|supprimé))|\b(?:ne (?:me |m'|nous )(?:contactez|écrivez|sollicitez|envoyez|relancez) (?:plus|pas (?:d'autres|de (?:mails?|messages?|courriels?|publicité)|à nouveau))|ne (?:me |m'|nous )(?:contactez|écrivez|sollicitez) pas|arrêtez de (?:me |m'|nous )(?:contacter|écrire|envoyer|spammer|solliciter))\b|\b(?:retirez|supprimez|enlevez|désinscrivez|désabonnez|désabonner|rayez)[- ](?:moi|mon adresse|nous)\b|\bje ne (?:souhaite|veux|désire) plus\b.{0,20}\b(?:recevoir|être contact)",
        r"\b(?:no (?:me|nos) (?:escrib|contact)\w+|no (?:me|nos) (?:env[ií]|mand)\w+ (?:más|correos|e-?mails|mensajes|publicidad|nada)|no (?:quiero|deseo|queremos) (?:recibir|que me)|dej(?:e|en|a|ad) de (?:escrib|contact|envi|mand|enviar)\w*|d[eé](?:n)?me de baja|(?:quiero|deseo|solicito|por favor).{0,20}darme de baja|(?:elimin|borr|quit)\w{1,3}me (?:de|por)|(?:elimin|borr|quit)\w{1,3} mi (?:correo|direcci[oó]n|email|datos))",
        r"\b(?:não (?:me |nos )?(?:contat|contact|escrev)\w+|não (?:me |nos )?(?:envi|mand)\w+ (?:mais|e-?mails|mensagens|nada)|não (?:quero|desejo)(?: mais)? (?:receber|ser contat)|pare(?:m)? de (?:me |nos )?(?:enviar|mandar|contat|escrever)|(?:remov|retir|exclu|descadastr)\w{1,3}[- ]?me\b|(?:remov|retir|exclu)\w{1,4} (?:o )?meu (?:e-?mail|endereço|contato))",
        r"\b(?:non (?:mi |ci )?(?:scriv\w+|contatt\w+|invi\w+|mand\w+)(?:mi|ci)?(?: più)?(?= (?:più|altre?|ulteriori|mail|e-?mail)|[.!]|$)|non (?:desidero|voglio|desideriamo)(?: più)? ricevere|smett\w+ di (?:scriver|inviar|contattar|mandar)\w*|(?:cancell|rimuov|tog?li|disiscriv|elimin)\w{1,5}(?:mi|ci)\b.{0,30}|(?:cancell|rimuov|elimin)\w{1,5} (?:il mio|la mia) (?:indirizzo|e-?mail|mail))",
        r"\b(?:(?:verwijder|haal|schrijf|meld) (?:mij|me|ons)\b.{0,30}\b(?:lijst|bestand|uit|af|verzendlijst|mailing)|(?:stuur|mail|benader|contacteer) (?:mij|me|ons) (?:geen|niet)\b.{0,20}\b(?:meer|mails?|e-?mails?)|(?:ik )?wil geen (?:e-?mails?|mails?|berichten|post) meer|stop met (?:mailen|e-?mailen|het sturen))",
        r"\b(?:ta bort mig|avregistrera mig|stryk mig|sluta (?:maila|mejla|skicka|kontakta)|kontakta mig inte|skicka inte (?:fler|mer)|vill inte (?:ha|få) (?:fler|mer|era)|fjern (?:mig|meg)|slet (?:mig|meg)|afmeld mig|meld meg av|stop med at (?:skrive|sende|kontakte)|ikke (?:kontakt|send|skriv til) (?:mig|meg)|slutt å (?:sende|kontakte)|ønsker ikke (?:flere|å motta|at modtage)|poistakaa? (?:minut|osoitteeni)|älkää lähettäkö|lopettakaa)",
        r"\b(?:proszę (?:mnie )?(?:usun|wypis|nie (?:pisać|wysyłać|kontaktować))\w*|nie (?:życzę sobie|chcę)(?: więcej)? (?:otrzymywać|dostawać|kontaktu|maili)|usuń(?:cie)? (?:mnie|mój)|(?:prosím )?(?:odhlaste|odstraňte|vyřaďte) (?:mě|mne|mou)|nepište mi|neposílejte mi|nepřeji si)",
        r"(?:удалите|исключите|уберите|отпишите|вычеркните) (?:меня|мой|нас|мою)|не (?:пишите|присылайте|отправляйте|беспокойте|звоните)(?: мне| нам| больше)+|больше не (?:пишите|присылайте|отправляйте)|не (?:хочу|желаю) (?:больше )?(?:получать|видеть)|прекратите (?:рассылк|присылать|писать|слать)",
        r"(?:メール|連絡|送信|配信)[^。\n]{0,12}(?:停止して|止めて|やめて|不要です|送らないで|しないで|お断り|解除)|(?:配信|購読)(?:停止|解除)(?:を)?(?:お願い|希望|して)|リストから(?:削除|外して|除外)|今後[^。\n]{0,10}(?:送らないで|連絡(?:は)?不要|ご遠慮)",
        r"(?:请|請)?(?:不要|别|別|勿)(?:再|再次|继续|繼續)?(?:给我|給我|向我)?(?:发|發|寄|联系|聯繫|联络|聯絡|打扰|打擾|骚扰)|(?:请|請)?(?:把|将|將)我[^。\n]{0,12}(?:移除|删除|刪除|除名)|(?:请|請|我要|我想)(?:退订|取消订阅|退訂|取消訂閱)|停止(?:发送|發送|给我|給我)",
        r"(?:더 ?이상|다시는|앞으로)[^.\n]{0,20}(?:보내지|연락하지|메일하지)|메일[^.\n]{0,10}(?:보내지 ?마|그만|중단)|수신[^.\n]{0,4}(?:거부|원하지)|명단에서[^.\n]{0,6}(?:삭제|제외|빼)",
    )
)
_NOT_THEIRS = re.compile(
    r"https?://|www\.|\bclick\b|\blink\b|\bif (?:you|someone|they|a |the user|people|customers?|recipients?)|\b(?:you are receiving|you received|you're receiving)\b|\bto unsubscribe\b(?! me)|\bfalls sie\b|\bwenn sie\b|\bsi vous (?:ne )?(?:souhaitez|désirez|voulez)|\bsi (?:no )?(?:desea|quiere)|\bse (?:non )?(?:desidera|vuoi|vuole|deseja|não)|\bals u\b|\bjeśli\b|\bесли (?:вы|не)|"
    r"\b(?:customers?|clients|users?|people|they|leads?|prospects?|subscribers?|recipients?|contacts?|folks|candidates?|patients?|members?|someone|somebody|anyone|everyone|who)\b[\w\s,']{0,50}\b(?:unsubscribe|unsubscribed|opt|ask|asked|say|said|says|tell|told|want|wants|wanted|request|requests|remove|complain|complained|write|reply|stop)\w*|\b(?:kunden|nutzer|empfänger|clients|utilisateurs|clientes|usuarios|clienti|utenti|klanten)\b.{0,40}\b(?:abmelden|austragen|désinscri|désabonn|baja|disiscriv|uitschrijven)|"
    r"\b(?:can|does|do|could|would|will|how does|is there)\b[\w\s]{0,20}\b(?:your|the|this) (?:product|tool|platform|app|system|software|service|solution|feature|api)\b|\b(?:feature|functionality|workflow|compliance|process|flow|button|rate|page|header|option to|ability to|handling|way (?:for|to let))\b|\b(?:wrote|writes|said|says|told me|replied|schrieb|a écrit|subject|betreff)\s?:",
    re.I,
)
_FOR_NOW = re.compile(
    r"\b(?:before|until|till|yet|just yet|instead|but (?:at|to|rather|only)|this week|next week|today|tomorrow|vor dem|bevor|bis zum|noch nicht|sondern|avant|jusqu'|pas encore|plutôt|antes de|hasta|todavía|aún no|sino|prima di|finché|ancora|ainda não|até|voordat|nog niet|innan|før|przed|dopóki|до понедельника|пока)\b",
    re.I,
)
"""What limits a "don't": it asks for another day, way or thing, not for silence."""
_QUOTED = re.compile(r"[\"“”„«»‘’]([^\"“”„«»]{3,200})[\"“”«»]|`[^`]{3,200}`")
_BREAK = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n\s*\n|\n(?=\s*[-*•–]\s)|;\s")
_LONGEST = 8_000
_MOST_OF_A_BARE = 60
_ONLY_FROM_HERE = re.compile(
    r"\b(?:thread|chain|cc|bcc|invite|invitation|calendar|meeting|conversation|copy|loop)\b", re.I
)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of what somebody wrote, lines of one paragraph joined, without what they put in quotation marks."""
    text = _QUOTED.sub(" … ", text[:_LONGEST].replace("’", "'").replace("‘", "'"))
    return [re.sub(r"\s+", " ", piece).strip() for piece in _BREAK.split(text) if piece.strip()]


def opt_out_words(text: str) -> str | None:
    """Return the words by which somebody opts out in what they wrote themselves (no history, no signature), or None."""
    lines = [line.strip() for line in text[:_LONGEST].splitlines() if line.strip()]
    for line in lines[:2]:
        if len(line) <= _MOST_OF_A_BARE and _BARE.match(line) and len(lines) <= 6:
            return line
    for sentence in sentences_of(text):
        if len(sentence) <= _MOST_OF_A_BARE and _BARE.match(sentence) and len(lines) <= 6 and not _NOT_THEIRS.search(sentence):  # fmt: skip
            return sentence
        if _NOT_THEIRS.search(sentence) or _ONLY_FROM_HERE.search(sentence) or _FOR_NOW.search(sentence):
            continue
        if any(pattern.search(sentence) for pattern in _REQUESTS):
            return sentence
    return None
