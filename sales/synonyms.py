"""The words by which exports name their columns, field by field, in the folded form of `sales.columns.normal`.

Gathered from the documented export headers and API names of HubSpot, Salesforce, Pipedrive, Zoho, Dynamics and Close, from
public CRM data sets, and from plain English, German, French and Spanish. A header that opens with the kind's own noun
(`deal stage`, `opportunity id`) is also looked up without it, so such forms need not be listed.
"""

from __future__ import annotations

from sales.records import RecordKind


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {key.strip(): tuple(word.strip() for word in words.split("|")) for key, _, words in rows}


_ID = "id|record id|object id|external id|hs object id|uuid|guid|key|number|no|nr|identifier|code"
_OWNER = (
    "owner|owner name|owner full name|owner email|owner alias|owner id|hubspot owner|hubspot owner id|assigned to|assigned user|assignee|"
    "sales rep|sales representative|sales agent|salesperson|sales person|rep|rep name|rep email|agent|seller|account executive|ae|"
    "account manager|responsible|responsible person|user|user id|user name|owned by|zustandig|zustandiger|besitzer|inhaber|verantwortlich|"
    "verantwortlicher|vertriebsmitarbeiter|proprietaire|responsable|commercial|vendeur|propietario|vendedor|comercial|sales owner|owner user"
)
_ACCOUNT = (
    "account|account name|account id|company|company name|company id|customer|customer name|customer id|client|client name|client id|"
    "organization|organisation|organization name|organisation name|organization id|org|org name|org id|associated company|"
    "associated company primary|associated companies|primary company|associated company id|associated company ids|primary associated company|"
    "primary associated company id|firma|unternehmen|kunde|firmenname|kundenname|societe|entreprise|compte|nom du compte|nom de l entreprise|"
    "cliente|empresa|cuenta|nombre de la cuenta|nombre de la empresa|business|business name|potential customer|parent customer|buyer"
)
_CREATED = (
    "created|created at|created on|created date|create date|createdate|date created|creation date|record create date|creation time|"
    "add time|added|added on|erstellt|erstellt am|erstelldatum|erstellungsdatum|angelegt am|anlagedatum|date de creation|cree le|"
    "fecha de creacion|creado|creado el|open date|opened|opened at|opened on|opened date|date opened|start date|hs createdate|inserted at"
)
_PHONE = "phone|phone number|telephone|telephone number|mobile|mobile phone|tel|work phone|telefon|telefonnummer|telephone portable|telefono|main phone|business phone|mobile phone number"
_EMAIL = "email|e mail|email address|e mail address|mail|work email|primary email|email work|contact email|mail adresse|e mail adresse|courriel|adresse e mail|correo|correo electronico|user email"
_FIRST = "first name|firstname|given name|forename|vorname|prenom|nombre de pila|primer nombre"
_LAST = "last name|lastname|surname|family name|nachname|familienname|nom de famille|apellido|apellidos"
_TITLE = (
    "title|job title|jobtitle|position|job|berufsbezeichnung|stellenbezeichnung|funktion|poste|fonction|cargo|puesto"
)
_NOTE = "note|notes|comment|comments|remarks|remark|description|beschreibung|notiz|notizen|bemerkung|bemerkungen|kommentar|remarque|remarques|commentaire|commentaires|notas|nota|comentario|comentarios|descripcion|details|summary"
_CURRENCY = "currency|currency of value|currency code|currency iso code|transaction currency|deal currency code|amount currency|wahrung|waehrung|devise|monnaie|moneda|divisa"
_REGION = "region|sales region|regional office|geo|geography|area|billing state|state|state province|state region|province|bundesland|gebiet|regione"

SYNONYMS: dict[RecordKind, dict[str, tuple[str, ...]]] = {
    RecordKind.ACCOUNT: _table(f"""
external_id: {_ID}|account id|company id|customer id|organization id|account number|kundennummer|kunden nr|reference id
name: name|account|account name|company|company name|customer|customer name|client|client name|organization|organization name|organisation|firma|firmenname|unternehmen|unternehmensname|kunde|kundenname|societe|entreprise|nom|raison sociale|nom de l entreprise|nom du compte|empresa|nombre|nombre de la empresa|nombre de la cuenta|cuenta|cliente|business name|legal name
domain: domain|company domain|company domain name|email domain|website domain|domain name
website: website|website url|web site|url|homepage|web|webseite|internetseite|site web|sitio web|pagina web
industry: industry|sector|vertical|industry sector|industry group|branche|wirtschaftszweig|secteur|secteur d activite|industria|naics|line of business
employees: employees|number of employees|numberofemployees|employee count|headcount|company size|no of employees|num employees|staff|total employees|mitarbeiter|mitarbeiterzahl|anzahl mitarbeiter|effectif|nombre d employes|empleados|numero de empleados|size
annual_revenue: annual revenue|revenue|yearly revenue|company revenue|turnover|annualrevenue|umsatz|jahresumsatz|chiffre d affaires|ca annuel|ingresos|ingresos anuales|facturacion
region: {_REGION}
country: country|country region|billing country|billing country code|shipping country|hq country|country code|headquarters country|land|pays|pais|office location|location country|nation
city: city|billing city|town|shipping city|hq city|stadt|ort|ville|ciudad
parent: parent|parent account|parent account id|parent company|parent id|parent company id|parent name|subsidiary of|parent organization|ultimate parent|konzern|muttergesellschaft|societe mere|empresa matriz|belongs to
owner: {_OWNER}|company owner
tier: tier|segment|account tier|customer tier|account segment|rating|ideal customer profile tier|icp tier|priority|class
type: type|account type|company type|customer type|lifecycle stage|relationship|category|typ|kategorie|tipo|status|account status
founded: founded|year founded|founded year|year established|established|foundation year|year started|founding year|grundungsjahr|gegrundet|annee de creation|ano de fundacion
aliases: aliases|alias|also known as|aka|other names|former name|former names|trade name|trading name|dba
phone: {_PHONE}
created_at: {_CREATED}
note: {_NOTE}|about us
territory: territory|sales territory|territory name|verkaufsgebiet|vertriebsgebiet|territoire|territorio
"""),
    RecordKind.CONTACT: _table(f"""
external_id: {_ID}|contact id|person id|reference id|vid
name: name|contact|contact name|full name|fullname|person|person name|display name|ansprechpartner|kontakt|vollstandiger name|nom complet|contacto|nombre completo|nom|nombre
first_name: {_FIRST}
last_name: {_LAST}
email: {_EMAIL}
account: {_ACCOUNT}|employer
title: {_TITLE}
role: role|buying role|buying roles|contact role|decision role|buying committee role|persona|rolle|role in deal|stakeholder role
phone: {_PHONE}
owner: {_OWNER}|contact owner
stance: stance|sentiment|attitude|disposition|support level|position on deal|haltung
created_at: {_CREATED}
note: {_NOTE}
"""),
    RecordKind.USER: _table(f"""
external_id: {_ID}|user id|rep id|employee id|agent id|owner id|sales rep id|salesperson id
name: name|user|user name|full name|fullname|rep|rep name|sales rep|sales agent|agent|salesperson|sales person|sales representative|employee|employee name|owner|owner name|account executive|display name|member|team member|mitarbeiter|verkaufer|vertriebsmitarbeiter|vendeur|commercial|vendedor|nom|nombre|seller
first_name: {_FIRST}
last_name: {_LAST}
email: {_EMAIL}|user email|owner email|rep email
role: role|user role|profile|role name|profile name|access level|permission|permission set|position|job title|title|rolle|funktion
team: team|team name|sales team|group|department|squad|pod|main team|primary team|abteilung|equipe|equipo|business unit|division
manager: manager|manager name|manager email|manager id|reports to|sales manager|supervisor|team lead|team leader|boss|line manager|vorgesetzter|vorgesetzte|teamleiter|leiter|responsable|superieur|jefe|gerente|team manager
region: {_REGION}|territory|office|office location|regional office|standort|bureau|oficina
time_zone: time zone|timezone|tz|time zone sid key|zeitzone|fuseau horaire|zona horaria
active: active|is active|isactive|enabled|status|aktiv|actif|activo
"""),
    RecordKind.LEAD: _table(f"""
external_id: {_ID}|lead id|prospect id|lead number|prospect number|reference id
name: name|lead|lead name|full name|contact name|prospect|prospect name|person|nom|nombre
first_name: {_FIRST}
last_name: {_LAST}
email: {_EMAIL}
company: company|company name|organization|organisation|account|account name|business name|employer|firma|unternehmen|societe|entreprise|empresa
title: {_TITLE}
phone: {_PHONE}
source: source|lead source|lead origin|original source|original traffic source|latest source|origin|channel|utm source|acquisition channel|herkunft|quelle|leadquelle|origine|fuente|origen|campaign source
created_at: {_CREATED}
first_touch_at: first touch|first touch at|first touch date|first contacted|first contact date|first response|first response at|first outreach date|first engagement date|first touched|first activity|first activity date
status: status|lead status|stage|lead stage|lifecycle stage|state|hs lead status|statut|estado
owner: {_OWNER}|lead owner
next_action: next action|next step|next activity|next task|nachster schritt|prochaine etape|proximo paso
next_action_at: next action date|next step date|next activity date|follow up date|next follow up|followup date|due date|next action at|wiedervorlage
note: {_NOTE}
"""),
    RecordKind.DEAL: _table(f"""
external_id: {_ID}|deal id|opportunity id|opp id|opportunity number|deal number|auftragsnummer|reference id
name: name|deal|deal name|dealname|opportunity|opportunity name|opp|opp name|title|subject|project|project name|verkaufschance|name der verkaufschance|geschaft|bezeichnung|nom|nom de l opportunite|opportunite|affaire|nom de l affaire|oportunidad|nombre|nombre de la oportunidad|negocio|nombre del negocio|topic
account: {_ACCOUNT}
owner: {_OWNER}|deal owner|opportunity owner
amount: amount|value|deal value|deal amount|close value|closed value|opportunity amount|total|total value|total amount|deal size|contract value|total contract value|tcv|acv|arr|annual contract value|expected revenue amount|estimated revenue|est revenue|estimated value|revenue|price|sales amount|sales value|order value|bid amount|closed amount|amount usd|opportunity amount usd|converted amount|amount in company currency|betrag|wert|volumen|auftragswert|auftragsvolumen|summe|umsatz|montant|valeur|importe|monto|valor|cantidad|potential revenue|booking amount|bookings
currency: {_CURRENCY}
stage: stage|deal stage|dealstage|stage name|stagename|sales stage|pipeline stage|opportunity stage|current stage|phase|verkaufsphase|stufe|etape|phase de vente|etapa|fase
status: status|deal status|opportunity status|state|outcome|result|opportunity result|win loss|won lost|deal outcome|statut|resultat|estado|resultado|statecode
pipeline: pipeline|pipeline name|sales pipeline|pipeline id|sales process|record type|vertriebspipeline|embudo
forecast_category: forecast category|forecast category name|forecast|forecast type|commit|manual forecast category|prognosekategorie|prognose|categorie de prevision|categoria de prevision
probability: probability|deal probability|win probability|close probability|likelihood|chance|chance of winning|confidence|prob|probability percent|wahrscheinlichkeit|abschlusswahrscheinlichkeit|probabilite|probabilidad|win likelihood|stage probability
created_at: {_CREATED}|engage date|engagement date|engaged on|date engaged|engaged at|first engaged
close_date: close date|closedate|closing date|expected close|expected close date|expected closing|expected closing date|estimated close date|est close date|target close date|anticipated close date|projected close date|forecast close date|forecasted close date|date close|deal close date|expected close on|closing|due date|abschlussdatum|erwarteter abschluss|erwartetes abschlussdatum|schlusstermin|geplanter abschluss|date de cloture|date de fermeture|cloture prevue|fecha de cierre|fecha prevista de cierre|fecha de cierre prevista|cierre
closed_at: closed|closed at|closed on|closed date|date closed|won time|won date|won at|actual close date|actual closing date|close time|closed time|actual close|abgeschlossen am|gewonnen am|date won|cerrado el|closed won date
lost_at: lost time|lost date|lost at|lost on|date lost|closed lost date|verloren am|perdu le|perdido el
next_step: next step|next steps|nextstep|next action|next activity|next task|nachster schritt|nachste schritte|prochaine etape|proximo paso|siguiente paso
next_step_date: next step date|next step at|next step due|next action date|next activity date|next step due date|next action at|follow up date|next follow up|nachster termin|wiedervorlage|date de la prochaine etape
type: type|deal type|dealtype|opportunity type|business type|kind|category|new or existing|typ|art|tipo
product: product|product name|products|product line|product id|item|sku|solution|service|produkt|produkte|artikel|produit|produits|producto|productos
lead_source: lead source|source|original source|original traffic source|origin|channel|utm source|source campaign|herkunft|quelle|leadquelle|origine|fuente|origen
loss_reason: loss reason|lost reason|reason lost|closed lost reason|close lost reason|reason for loss|why lost|reason|win loss reason|lost because|verlustgrund|grund|raison de la perte|motivo de perdida|motivo de la perdida|closed reason
competitor: competitor|competitors|main competitor|main competitors|main competitor s|competitor s|primary competitor|competition|lost to|wettbewerber|konkurrent|mitbewerber|concurrent|competidor|competitor name
note: {_NOTE}|next step notes
last_activity_at: last activity|last activity date|last activity at|last contacted|last contact|last contact date|last contacted date|last touch|last touch date|last touched|last engagement|last engagement date|last interaction|last meeting booked|date of last meeting|letzte aktivitat|letzter kontakt|derniere activite|ultima actividad|ultimo contacto
stage_entered_at: stage entered|stage entered at|stage date|stage change date|last stage change|last stage change date|stage changed|stage changed at|entered stage|date entered stage|date entered current stage|stage since|in stage since|last stage change at|stage start date|phase seit
contact: contact|contact name|primary contact|primary contact name|contact id|primary contact id|associated contact|associated contacts|associated contact id|contact person|person|contact email|primary contact email|decision maker|champion|ansprechpartner|kontakt|contacto|associated contact ids
quantity: quantity|qty|units|seats|licenses|licences|number of units|total opportunity quantity|menge|anzahl|quantite|cantidad de unidades|volume|user count
is_won: is won|iswon|won|is closed won|closed won|hs is closed won|gewonnen
is_lost: is lost|islost|is closed lost|closed lost|hs is closed lost
is_closed: is closed|isclosed|is deal closed|hs is closed|deal closed
"""),
    RecordKind.PRODUCT: _table(f"""
external_id: {_ID}|product id|sku|item id|item number|product code|productcode|article number|artikelnummer|artikel nr|reference id|reference
name: name|product|product name|item|item name|service|service name|produkt|produktname|artikel|artikelbezeichnung|bezeichnung|produit|nom|nom du produit|producto|nombre|nombre del producto
family: family|product family|series|category|product category|product line|product group|line|product type|type|group|produktgruppe|produktfamilie|warengruppe|gamme|familia|categoria
price: price|list price|sales price|unit price|listprice|unitprice|msrp|rate|amount|cost|retail price|standard price|base price|preis|listenpreis|stuckpreis|einzelpreis|prix|prix unitaire|precio|precio de lista|precio unitario
currency: {_CURRENCY}
description: description|product description|details|beschreibung|descripcion|notes|summary
"""),
    RecordKind.TARGET: _table(f"""
owner: {_OWNER}|team|team name|name|employee|region|territory|sales team|full name|equipe|equipo
quarter: quarter|period|fiscal quarter|fiscal period|target period|quota period|qtr|time period|fiscal year quarter|quartal|zeitraum|trimestre|periode|periodo|month|start date|period start|year
amount: target|quota|goal|target amount|quota amount|amount|quota value|sales target|sales quota|quota target|revenue target|revenue goal|target value|target revenue|bookings target|goal amount|ziel|zielwert|umsatzziel|vorgabe|objectif|objetivo|meta|cuota
currency: {_CURRENCY}
"""),
    RecordKind.TERRITORY: _table(f"""
external_id: {_ID}|territory id|territory code|developer name
name: territory|territory name|name|sales territory|territory label|patch|sales area|gebiet|vertriebsgebiet|verkaufsgebiet|territoire|secteur|territorio|zona
team: team|team name|sales team|vertriebsteam|equipe|equipo
owner: {_OWNER}|territory owner|territory owner email|territory manager|worked by|covered by|assigned rep|rep|rep email|gebietsleiter|email
"""),
    RecordKind.ACTIVITY: _table(f"""
external_id: {_ID}|activity id|task id|event id|engagement id|call id|meeting id|email id|message id|note id|reference id
type: type|activity type|engagement type|task type|event type|task subtype|kind|activity|channel|aktivitatstyp|art|typ|aktivitat|tipo|type d activite
direction: direction|call direction|email direction|inbound outbound|in out|call type|richtung|sens|direccion|direction of call
account: {_ACCOUNT}|account id|what account
deal: deal|deal id|deal name|opportunity|opportunity id|opportunity name|related to|related to id|what|what id|whatid|associated deal|associated deals|associated deal id|associated deal ids|regarding|verkaufschance|geschaft|opportunite|affaire|oportunidad|negocio
owner: {_OWNER}|activity assigned to|activity owner|created by|logged by|author|host|organizer|performed by|sent by|rep
contact: contact|contact id|contact name|who|who id|whoid|associated contact|associated contacts|associated contact ids|person|attendees|attendee|participants|participant|participant emails|to|recipient|recipients|contact email|kontakt|ansprechpartner|contacto|with
subject: subject|title|activity subject|activity title|call title|meeting name|meeting title|email subject|task title|name|betreff|sujet|objet|asunto|topic|headline
body: body|description|notes|note|comments|comment|content|call notes|meeting notes|email body|note body|task notes|details|text|message|summary|full comments|internal meeting notes|call body|inhalt|notizen|notiz|beschreibung|corps|contenu|contenido|notas|descripcion|outcome notes|activity notes|snippet
at: date|activity date|date time|datetime|timestamp|time|occurred at|happened at|at|on|activity time|call date|call start time|meeting date|start|start time|start date|started at|start date time|sent at|sent|email send date|activity datetime|activity date time|completed at|completed on|completed date|completed date time|last modified date|done time|datum|zeitpunkt|date de l activite|fecha|event date|interaction date|touch date|created at|created date|create date|created on|logged at|marked as done time|add time|mail date
ended_at: ended at|end|end time|end date|meeting end time|end date time|finish time|ende|fin
due_at: due|due date|due at|task due date|deadline|fallig|fallig am|faellig|echeance|vencimiento|fecha de vencimiento|due time
status: status|task status|activity status|state|outcome|call outcome|meeting outcome|result|disposition|call disposition|call result|done|completed|is closed|ergebnis|statut|estado
url: url|link|recording url|call recording url|meeting url|meeting link|web link|recording
automatic: automatic|automated|is automated|auto|automatisch|auto reply|is auto reply|is automatic
"""),
    RecordKind.CHANGE: _table("""
deal: deal|deal id|deal name|opportunity|opportunity id|opportunity name|opp id|opp|record id|record|object id|parent id|verkaufschance|opportunite|oportunidad|negocio|affaire
field: field|field name|property|property name|attribute|column|changed field|field event|what changed|feld|champ|campo|field api name
old: old|old value|oldvalue|from|from value|previous|previous value|before|original value|old stage|from stage|previous stage|stage from|alter wert|ancienne valeur|valor anterior|prior value|prior stage
new: new|new value|newvalue|to|to value|after|current value|value|new stage|to stage|stage to|stage|stage name|neuer wert|nouvelle valeur|valor nuevo|updated value|entered stage|deal stage
at: at|changed at|changed on|date|edit date|change date|modified|modified at|modified on|modified date|timestamp|created date|created at|created|when|updated at|last modified|entered at|entered on|entered date|date entered|date time|datetime|time|occurred at|geandert am|datum|date de modification|fecha de cambio|last modified date|system modstamp|stage entered at|start date|from date
by: by|changed by|edited by|modified by|user|user name|author|created by|created by id|updated by|updated by user|who|geandert von|modifie par|modificado por|source|last modified by|actor|editor
"""),
}
"""kind → field → the headers that mean it. `is_won`, `is_lost`, `is_closed` are no fields of the spine: a reader makes `status` of them."""

NOUNS: dict[RecordKind, tuple[str, ...]] = {
    RecordKind.ACCOUNT: (
        "account",
        "company",
        "customer",
        "client",
        "organization",
        "organisation",
        "firma",
        "kunde",
        "kunden",
        "unternehmen",
    ),
    RecordKind.CONTACT: ("contact", "person", "kontakt", "contacto"),
    RecordKind.USER: ("user", "rep", "sales rep", "agent", "sales agent", "employee", "salesperson", "seller"),
    RecordKind.LEAD: ("lead", "prospect"),
    RecordKind.DEAL: ("deal", "opportunity", "opp", "sales opportunity"),
    RecordKind.PRODUCT: ("product", "item", "produkt", "producto", "produit", "artikel"),
    RecordKind.TARGET: ("target", "quota", "goal"),
    RecordKind.TERRITORY: ("territory", "sales territory", "gebiet", "territoire", "territorio"),
    RecordKind.ACTIVITY: ("activity", "task", "event", "call", "meeting", "engagement", "hs"),
    RecordKind.CHANGE: ("change", "history"),
}

FILE_WORDS: dict[RecordKind, tuple[str, ...]] = {
    RecordKind.ACCOUNT: ("account", "accounts", "company", "companies", "customer", "customers", "organizations", "organisations", "clients", "firmen", "kunden", "unternehmen", "entreprises", "empresas"),
    RecordKind.CONTACT: ("contact", "contacts", "people", "persons", "kontakte", "contactos", "ansprechpartner"),
    RecordKind.USER: ("user", "users", "team", "teams", "reps", "rep", "employees", "sellers", "agents", "owners", "salespeople", "staff"),
    RecordKind.LEAD: ("lead", "leads", "prospects", "enquiries", "inquiries"),
    RecordKind.DEAL: ("deal", "deals", "opportunity", "opportunities", "opps", "pipeline", "opportunites", "oportunidades", "verkaufschancen", "negocios"),
    RecordKind.PRODUCT: ("product", "products", "items", "pricebook", "catalog", "catalogue", "produkte", "produits", "productos"),
    RecordKind.TERRITORY: ("territory", "territories", "patches", "gebiete", "vertriebsgebiete", "territoires", "territorios"),
    RecordKind.TARGET: ("target", "targets", "quota", "quotas", "goals", "ziele", "objectifs"),
    RecordKind.ACTIVITY: ("activity", "activities", "tasks", "task", "events", "event", "engagements", "calls", "meetings", "emails", "notes", "aktivitaten", "interactions", "touches"),
    RecordKind.CHANGE: ("history", "changes", "change", "changelog", "audit", "fieldhistory", "stagehistory", "transitions"),
}  # fmt: skip

WEIGHTS: dict[RecordKind, dict[str, float]] = {
    RecordKind.ACCOUNT: {"industry": 2.5, "employees": 2.5, "annual_revenue": 2, "founded": 2, "parent": 2, "website": 2, "domain": 2, "country": 1.5, "city": 1, "name": 1.5, "aliases": 1, "tier": 1.5, "territory": 1},
    RecordKind.CONTACT: {"email": 2.5, "first_name": 1.5, "last_name": 1.5, "title": 2, "role": 1, "phone": 1.5, "account": 1.5, "stance": 2, "name": 1.5},
    RecordKind.USER: {"manager": 4, "team": 2.5, "role": 2, "active": 2, "time_zone": 2, "name": 1.5, "email": 1.5, "region": 1, "first_name": 1, "last_name": 1},
    RecordKind.LEAD: {"source": 2, "status": 1, "first_touch_at": 3, "company": 1.5, "email": 2, "next_action": 1, "first_name": 1, "last_name": 1, "name": 1, "created_at": 1, "title": 1, "phone": 1},
    RecordKind.DEAL: {"stage": 4, "close_date": 4, "amount": 3, "probability": 2.5, "forecast_category": 3, "pipeline": 2, "loss_reason": 2, "account": 1.5, "owner": 1, "next_step": 1.5, "product": 0.5, "name": 1, "created_at": 1, "lead_source": 0.5, "closed_at": 2, "lost_at": 2, "competitor": 1, "is_won": 2, "is_closed": 2, "status": 1},
    RecordKind.PRODUCT: {"price": 3, "family": 2, "name": 1.5, "external_id": 1, "description": 1},
    RecordKind.TERRITORY: {"name": 1.5, "team": 0.9, "owner": 0.9},
    RecordKind.TARGET: {"amount": 3, "quarter": 3, "owner": 1.5},
    RecordKind.ACTIVITY: {"type": 2, "subject": 2, "direction": 3, "at": 2, "body": 1.5, "due_at": 1, "deal": 2, "contact": 1, "account": 1, "owner": 0.5, "ended_at": 1, "status": 0.5, "automatic": 2},
    RecordKind.CHANGE: {"old": 4, "new": 2, "field": 3, "at": 1.5, "deal": 2, "by": 1},
}  # fmt: skip
"""How much a claimed field speaks for its kind; what is not named here counts 0.4."""

NEEDED: dict[RecordKind, tuple[tuple[str, ...], ...]] = {
    RecordKind.ACCOUNT: (("name",),),
    RecordKind.CONTACT: (("name", "last_name", "first_name", "email"),),
    RecordKind.USER: (("name", "last_name", "first_name", "email"),),
    RecordKind.LEAD: (
        ("name", "last_name", "first_name", "email", "company", "external_id"),
        ("source", "status", "email", "company", "created_at", "first_touch_at", "owner"),
    ),
    RecordKind.DEAL: (
        ("name", "external_id", "account"),
        ("stage", "amount", "close_date", "status", "closed_at", "is_won"),
    ),
    RecordKind.PRODUCT: (("name",), ("price", "family", "external_id", "description")),
    RecordKind.TARGET: (("owner",), ("quarter",), ("amount",)),
    RecordKind.TERRITORY: (("name",), ("team", "owner")),
    RecordKind.ACTIVITY: (("at", "due_at", "ended_at"), ("type", "subject", "body")),
    RecordKind.CHANGE: (("deal",), ("new",), ("at",)),
}
"""Each group needs one of its fields, or the table is not of that kind."""
