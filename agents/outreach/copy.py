"""The words of a first mail without a language model: for each kind of signal a few named ways to open, a thought, and one question.

A way names its slots in braces; where a slot is not known the next wording is taken, the last of each needs none that can be missing. No wording
states a fact of its own: what is stated comes from slots, and these carry evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

from sales.signals import Kind


@dataclass(frozen=True)
class Way:
    """One way to write about a kind. Each part lists its wordings, the fullest first; `about_other` is for when the news is of somebody else than the recipient."""

    name: str
    subjects: tuple[str, ...]
    openers: tuple[str, ...]
    thoughts: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    about_other: bool = False


_NINETY = "The hard part of the first ninety days is usually telling which inherited processes are worth keeping."
_NEW_ROLE = "A new role is usually the best time to ask why things are done the way they are."
_ASK_NOTES = "Worth a short call to compare notes?"

WAYS: dict[Kind | None, tuple[Way, ...]] = {
    Kind.JOB_CHANGE: (
        Way(
            "first_ninety_days",
            ("your first ninety days",),
            ("Saw that you joined {company} as {title}.", "Saw that you joined {company}.", "Saw the news of your new role."),
            (_NINETY + "{leads}", _NEW_ROLE),
            ("Would it help to see where {they} began?", "What is first on your list?"),
        ),
        Way(
            "before_the_plan",
            ("settling in at {company}", "your new role"),
            ("Congratulations on the new role as {post} at {company}.", "Congratulations on the new role at {company}.", "Congratulations on the new role."),
            ("New leaders are usually asked for a plan before they have seen how things really run.{leads}", _NEW_ROLE),
            ("Would it help to see how {they} went about it?", _ASK_NOTES),
        ),
        Way(
            "somebody_joined",
            ("{newcomer_first} joining {company}", "your new colleague"),
            ("Saw that {newcomer} joined you as {title}.", "Saw that {newcomer} joined you.", "Saw that {company} has a new {post}.", "Saw that you have a new colleague."),
            ("New leaders usually spend their first ninety days deciding what stays and what goes.{leads}", "Somebody new usually asks why things are done the way they are."),
            ("Would it make sense to talk while they settle in?",),
            about_other=True,
        ),
    ),
    Kind.CHAMPION_JOINED: (
        Way(
            "hello_again",
            ("hello again",),
            ("Congratulations on the new role at {company}; it was good to work with you at {former}.", "Congratulations on the new role at {company}.", "Congratulations on the new role."),
            (_NINETY,),
            ("Is it too early to ask what you would change first?",),
        ),
        Way(
            "dust_settled",
            ("you at {company}", "your new role"),
            ("Good to see you as {title} at {company}.", "Good to see you at {company}.", "Good to hear of your new role."),
            ("You know what we can do and where we struggle, so there is no pitch in this.",),
            ("Worth a short call once the dust has settled?",),
        ),
        Way(
            "somebody_joined",
            ("{newcomer_first} joining {company}", "your new colleague"),
            ("Saw that {newcomer} joined you as {title}.", "Saw that {newcomer} joined you.", "Saw that somebody who knows us has joined you."),
            ("We know each other from before, so this is an easy introduction.",),
            ("Would it make sense to talk together?",),
            about_other=True,
        ),
    ),
    Kind.NEW_PERSON: (
        Way(
            "joined_the_call",
            ("catching up",),
            ("Good to have met you on the call.",),
            ("Joining halfway usually means that the beginning is missing.",),
            ("Would a short summary of where we stand help?",),
        ),
        Way(
            "met_a_colleague",
            ("{newcomer_first} and the next call", "after the call"),
            ("It was good to have {newcomer} on the call.", "It was good to have a colleague of yours on the call."),
            ("Joining halfway usually means that the beginning is missing.",),
            ("Shall I keep them in the loop from here?",),
            about_other=True,
        ),
    ),
    Kind.FUNDING: (
        Way(
            "where_it_pinches",
            ("{companys} filing{filing}", "after the {round}", "after the raise"),
            ("Saw the filing for {companys} new funding.{filing}", "Congratulations on the {sum} {round}.", "Congratulations on the {round}.", "Congratulations on raising {sum}.", "Congratulations on the new funding."),
            ("After a raise, plans tend to grow faster than the processes that carry them.",),
            ("Where do you expect it to pinch first?",),
        ),
        Way(
            "volume_first",
            ("your new funding{filing}", "what comes after the raise"),
            ("Saw that {company} filed for new funding.{filing}", "Saw that {company} raised {sum}.", "Saw the news of {companys} {round}.", "Saw the news of {companys} new funding.", "Saw the news of your new funding."),
            ("More money tends to bring volume before it brings people.",),
            ("Would it help to see how {they} handled that?", _ASK_NOTES),
        ),
    ),
    Kind.HIRING: (
        Way(
            "weak_spots",
            ("your open role{one}", "your open roles"),
            ("Saw that {company} is hiring {role}.", "Saw that {company} is hiring.", "Saw that you are hiring."),
            ("New people find the weak spots of a process before anybody else does.",),
            ("Worth comparing notes before they start?",),
        ),
        Way(
            "sooner_relief",
            ("hiring at {company}", "your open roles"),
            ("Noticed the opening for {role} at {company}.{one}", "Noticed that {company} is looking for {role}.", "Noticed the openings at {company}.", "Noticed your openings."),
            ("It takes months before a new person takes work off the others.",),
            ("What would you take off them first?",),
        ),
    ),
    Kind.TECHNOLOGY: (
        Way(
            "next_to_it",
            ("{technology} at {company}", "your change of systems"),
            ("Saw the move to {technology} at {company}.", "Saw the news “{headline}”.", "Saw that {company} is changing its systems.", "Saw that you are changing your systems."),
            ("A change like that is often the cheapest moment to fix what sits next to it.",),
            ("Is anything around it up for review too?",),
        ),
        Way(
            "keeps_working",
            ("the change to {technology}", "your change of systems"),
            ("Noticed that {company} is bringing in {technology}.", "Noticed the news “{headline}”.", "Noticed the change of systems at {company}.", "Noticed your change of systems."),
            ("Whatever sits next to a new system feels it first.",),
            ("What has to keep working while you change?",),
        ),
    ),
    Kind.COMPETITOR: (
        Way(
            "after_the_signature",
            ("comparing {rival}", "comparing options"),
            ("Looks like {company} is weighing up {rival}.", "Looks like {company} is comparing options.", "Looks like you are comparing options."),
            ("What comparisons rarely show is how a rollout goes after the signature.",),
            ("What matters most in your choice?",),
        ),
        Way(
            "what_decides",
            ("{rival} and us", "your shortlist"),
            ("Heard that {company} is considering {rival}.", "Heard that {company} is considering other options.", "Heard that you are weighing up options."),
            ("Lists of features look alike; the first month of use does not.",),
            ("Would it help to see how {they} decided?", "What would settle it for you?"),
        ),
    ),
    Kind.REVIEW: (
        Way(
            "whole_story",
            ("the review of {rival}", "your review"),
            ("Saw the review of {rival} from {company}.{wrote}", "Saw the review from {company}.{wrote}", "Saw your review.{wrote}"),
            ("A review rarely has room for the whole story.",),
            ("What would have made it better?",),
        ),
        Way(
            "between_the_lines",
            ("reviews of {rival}{read}", "what reviews leave out"),
            ("Looks like {company} has been reading reviews of {rival}.{read}", "Looks like {company} has been reading reviews.{read}", "Looks like {company} has been active on a review site.", "Looks like you have been active on a review site."),
            ("What reviews rarely tell is how a rollout goes in a place like yours.",),
            ("What would you like to know that no review says?",),
        ),
    ),
    Kind.SITE_VISIT: (
        Way(
            "how_they_went_about_it",
            ("our {page}", "your visit"),
            ("Looks like somebody at {company} was reading our {page}.", "Looks like somebody at {company} had a look at our site.", "Looks like somebody of yours had a look at our site."),
            (),
            ("Shall I send you how {they} went about it?", "Did they find what they were looking for?"),
        ),
        Way(
            "question_behind",
            ("a question about our {page}", "a question from {company}", "your visit"),
            ("Somebody at {company} seems to have looked at our {page}.", "Somebody at {company} seems to have looked us up.", "Somebody of yours seems to have looked us up."),
            (),
            ("Would it help to know how {they} went about it?", "Is there a question behind it that I can answer?"),
        ),
    ),
    Kind.AI_REFERRAL: (
        Way(
            "details",
            ("what {assistant} said about us", "what the assistant said about us"),
            ("Looks like {assistant} sent somebody from {company} to our {page}.", "Looks like {assistant} sent somebody from {company} our way.", "Looks like an AI assistant sent somebody from {company} our way.", "Looks like an AI assistant sent somebody of yours our way."),
            ("Assistants usually get the outline right and the details wrong.",),
            ("Is there a detail that I can clear up?",),
        ),
    ),
    Kind.DEMO_REQUEST: (
        Way(
            "what_first",
            ("your demo",),
            ("Thanks for asking for a demo.",),
            ("I would rather start from your day than from our slides.",),
            ("What should we look at first?",),
        ),
        Way(
            "which_day",
            ("a time for your demo",),
            ("Thanks for your interest in a demo.",),
            ("I will keep it to what matters to {company}.", "I will keep it to what matters to you."),
            ("Which day suits you?",),
        ),
    ),
    Kind.ENGAGEMENT: (
        Way("why_now", ("your interest",), ("Thanks for your interest in what we do.",), ("Most people look us up because something has just changed.",), ("What made you look at it now?",)),
        Way("short_call", ("picking this up",), ("Good to see that this is of interest to you.",), ("The quickest way to know whether we can help is to talk about your case.",), ("Would a short call help?",)),
    ),
    Kind.MEETING_BOOKED: (
        Way("agenda", ("before we talk",), ("Good to have a call in the calendar.",), ("I would like to spend it on what matters to you.",), ("What should be on the agenda?",)),
    ),
    Kind.CHAMPION_LEFT: (
        Way(
            "who_now",
            ("after {newcomer_first} left", "a change on your side"),
            ("Heard that {newcomer} has moved on.", "Heard that there was a change on your side."),
            ("I would like nothing of ours to fall between chairs.",),
            ("Who should I be talking to now?",),
            about_other=True,
        ),
    ),
    Kind.USAGE_SPIKE: (
        Way("outgrown", ("how you use it",), ("Looks like {company} has been using us a good deal more lately.", "Looks like you have been using us a good deal more lately."), ("That is usually when the limits of the first setup show.",), ("Is there anything you would set up differently?",)),
    ),
    Kind.USAGE_DROP: (
        Way("in_the_way", ("how it is going",), ("Looks like {company} has been using us less lately.", "Looks like you have been using us less lately."), ("There is often a simple reason.",), ("Is something in the way?",)),
    ),
    Kind.SUPPORT: (
        Way("with_you", ("your open case",), ("Saw that your team has had trouble lately.",), ("Chasing it should not be your work.",), ("Shall I get the right person onto it with you?",)),
    ),
    Kind.CONTRACT_END: (
        Way("before_then", ("your contract",), ("Your contract is coming up for renewal.",), ("That is a good moment to say what is missing.",), ("What would you want changed before then?",)),
    ),
    Kind.NPS_FALL: (
        Way("what_changed", ("your feedback",), ("Saw your last feedback.",), ("I would rather hear it from you than guess.",), ("What would have to change first?",)),
    ),
    None: (
        Way("the_news", ("your news", ), ("Saw the news “{headline}”.", "Saw the news about {company}.", "Saw your news."), ("News like that tends to move other things up or down the list.",), ("What does it change for you this quarter?",)),
    ),
}  # fmt: skip
"""By kind; None is for what no kind knows. The names are counted: keep them when a wording changes only a little."""

ALONE = frozenset(
    {Kind.NEW_PERSON, Kind.CHAMPION_JOINED, Kind.CHAMPION_LEFT, Kind.REVIEW, Kind.DEMO_REQUEST, Kind.MEETING_BOOKED, Kind.USAGE_SPIKE, Kind.USAGE_DROP, Kind.SUPPORT, Kind.CONTRACT_END, Kind.NPS_FALL}
)  # fmt: skip
"""Kinds whose mails say neither what we offer nor who else bought: they know us, or asked for something else."""

KNOW_US = frozenset({Kind.SITE_VISIT, Kind.AI_REFERRAL})
"""Kinds whose people have read what we do: telling them again would sound like a circular."""

PROOFS = {
    "industry": ("{peer}, also in {industry}, went with our {product}.", "{peer}, also in {industry}, chose us."),
    "size": ("{peer}, a company of about your size, went with our {product}.", "{peer}, a company of about your size, chose us."),
}  # fmt: skip
"""How a similar customer is named: each is what a won deal shows, and no more."""

OFFERS = ("We do {offer}.", "We do {offer}, which is why I am writing.")
"""How a mail says what we sell: each signal gets one of them, so that a morning's mails don't all say it alike."""

PLAIN_ASKS = (_ASK_NOTES,)

FORMAL = (
    ("Saw ", "I saw "), ("Noticed ", "I noticed "), ("Heard ", "I heard "), ("Looks like ", "It looks like "), ("Good to ", "It is good to "), ("Thanks for ", "Thank you for "),
    ("Worth a short call to compare notes?", "Would a short call to compare notes be worthwhile?"), ("Worth comparing notes before they start?", "Would it be worthwhile to compare notes before they start?"),
    ("Worth a short call once", "Would a short call be welcome once"),
)  # fmt: skip
"""Beginnings as a formal writer has them."""


def ways_of(kind: Kind | None, *, about_other: bool) -> tuple[Way, ...]:
    """Return the ways for a kind. News of somebody else than the recipient has its own; a kind without such is told as plain news of the company."""
    all_ways = WAYS.get(kind) or WAYS[None]
    fitting = tuple(way for way in all_ways if way.about_other == about_other)
    return fitting or (WAYS[None] if about_other else all_ways)
