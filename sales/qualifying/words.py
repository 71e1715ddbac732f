"""Pieces of patterns that many rules share. All of them read text as `talk.even` makes it: small letters, plain apostrophes."""

from __future__ import annotations

NUMBER = (
    r"(?:[$€£]\s?\d[\d.,]*\s?(?:k|m|mm|bn|million|thousand|grand)?\b|\d[\d.,]*\s?(?:k|%|m\b|million|thousand|grand|hundred|lakhs?|crores?|percent|per cent)?|"
    r"(?:a |one |two |three |four |five |six |seven |eight |nine |ten |twelve |fifteen |couple |few )?(?:hundred|thousand|million|grand|lakh|crore)s?|"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|ten|point|hundred|thousand|million|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|grand|lakhs?|crores?|k))*|half a million|half)"
)
FIGURE = rf"(?!one\b(?!(?:[- ](?:point|hundred|thousand|million|in|percent|per|\w+ty)\b)))(?:{NUMBER})"
"""A number that counts something: not the `one` of `one of these days`."""

ROLE = (
    r"(?:(?:group |deputy |managing |executive |finance |financial |operations |commercial |technical |plant |it |hr |sales |marketing |procurement |general |regional |vice |section \d+ |chief (?:\w+ )?|head of (?:\w+ )?|vp (?:of )?(?:\w+ )?)"
    r"*(?:cfo|ceo|coo|cto|cio|ciso|cmo|cpo|chro|cro|evp|svp|vp|fd|md|gm|gms|director|president|officer|founder|co-founder|owner|partner|partners|controller|treasurer|boss|manager|chair(?:man|woman|person)?|principal|dean|superintendent|trustees?|councillors?|gaffer|sponsor|budget holder|exec(?:utive)?s?|head|leiter|minister|bursar|registrar|provost|sheriff|mayor|commissioners?|chancellor|vicar|pastor|franchisor|"
    r"brother|sister|dad|father|mum|mom|mother|wife|husband|business partner|geschäftsführer(?:in)?))"
)
BODY = (
    r"(?:(?:steering|investment|capex|quality|security|evaluation|executive|procurement|architecture|change|audit|finance|selection|credit|risk|technology|it|management|buying|purchasing|ops|operating|works|city|town|parish|medical|formulary|value analysis|data|design|review|advisory|"
    r"capital|clinical|digital|senior|exec|leadership|tender|scoring|governance|approval|supervisory)[- ])*"
    r"(?:board(?! member)|committee|panel|council|cabinet|steerco|steering group|leadership team|exec team|management team|leadership|c-suite|slt|elt|trustees|the family|the partners|parliament|senate|jury|working group|task ?force|gms|the shareholders|investors|the owners|review meeting|budget round|upstairs)"
)
DAY = (
    r"(?:monday|tuesday|wednesday|thursday|friday|january|february|march|april|may|june|july|august|september|october|november|december|q[1-4]|the (?:\w+[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)|the \d+(?:st|nd|rd|th)|"
    r"(?:the )?(?:end|middle|beginning|start) of|(?:next|this|last|the following) (?:week|month|quarter|year|summer|spring|autumn|fall|winter)|christmas|easter|summer|spring|autumn|winter|year[- ]end|fiscal|\d+ (?:january|february|march|april|may|june|july|august|september|october|november|december)|20\d\d-\d\d-\d\d)"
)
SPAN = r"(?:minutes?|mins?|hours?|days?|weeks?|months?|quarters?|years?)"
MONEY = r"(?:dollars?|bucks|euros?|pounds?|quid|grand|thousand|million|k\b|[$€£])"
VENDOR = r"(?:vendors?|suppliers?|providers?|compan(?:y|ies)|tools?|systems?|products?|platforms?|solutions?|agenc(?:y|ies)|firms?|consultanc(?:y|ies)|contractors?|freelancers?|studios?|brokers?|carriers?|software houses?|players?|options?|bidders?|tenderers?)"
PAPER = (
    r"(?:legal|our (?:lawyers?|attorneys?|counsel|solicitors?|advocate)|(?:general|in-house|outside) counsel|advocate|stamp paper|negotiation meeting|procurement|purchasing|einkauf|datenschutz|vendor (?:risk|management|onboarding|registration|form)|supplier (?:onboarding|registration|form|portal|code)|info ?sec(?:urity)?(?: team| review)?|security (?:review|questionnaires?|assessment|pack|form)|risk assessment|due diligence|"
    r"dpa|dpia|data (?:processing|protection) (?:agreement|addendum|officer|impact \w+)|msa|master (?:services?|service) agreement|nda|baa|business associate agreement|sla|redlines?|mark-?ups?|our (?:own )?(?:paper|template|terms|t&cs|contract|form)|(?:own )?terms and conditions|t&cs|"
    r"purchase orders?|po number|po|requisitions?|coupa|ariba|sap ariba|jaggaer|sig lite|sig questionnaire|caiq|insurance certificates?|certificate of insurance|w-?9|sows?|statement of work|order forms?|docusign|counter-?sign\w*|payment terms|net (?:thirty|sixty|ninety|30|45|60|90)|(?:thirty|sixty|ninety|30|60|90) days(?: end of month)?|standstill|g-cloud|framework agreement|open procedure|"
    r"liability|indemnit\w+|contract(?:s|ing)?|agreements?|paperwork|signator(?:y|ies)|signatures?|two signatures|four eyes|accounts payable|vendor code|tax form|questionnaire|works council|betriebsrat|tender portal|compliance|dpo|data protection|background checks?|credit checks?|fingerprint\w*|vetting|security clearance|proof of insurance|financial statements|audited accounts)"
)
