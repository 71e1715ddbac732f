"""Whether two spellings can be one person: full names, nicknames, initials, and the order in which a meeting tool shows them."""

from __future__ import annotations

from functools import cache

from sales.names import person_key

_GROUPS = """
abigail abby abbie gail|abraham abe|adam ad|adrian ade|agnes aggie|albert al bert bertie|alexander alex al sandy sasha xander lex|alexandra alex sandra sandy lexi sasha
alfred al fred alfie|alice ali|alison ali allie|allan al|amanda mandy|amelia amy millie|andrew andy drew|angela angie|ann anne anna annie nan|anthony tony ant|antonio tony toni
archibald archie|arthur art|barbara barb babs|bartholomew bart|beatrice bea trixie|benjamin ben benny benji|bernard bernie|bradley brad|bridget biddy|brian bri
caroline carol carrie caro|catherine cathy kate katie cat|katherine kathryn kate katie kathy kat kitty|cecilia cece|charles charlie chuck chas|charlotte charlie lottie|christina christine chris tina chrissy
christopher chris kit topher|clifford cliff|clarence clare|constance connie|cornelius neil|cynthia cindy|daniel dan danny|danielle dani|david dave davey|deborah debbie deb|dennis denny den
desmond des|dominic dom nic|donald don donny|dorothy dot dottie dolly|douglas doug|edgar ed|edmund ed eddie ted|edward ed eddie ted ned|edwin ed eddie|eleanor ellie nell nora|elizabeth liz beth betsy betty eliza lisa libby lizzie bess
emily em emmy|emma em|eric rick|ernest ernie|eugene gene|evelyn evie|ferdinand ferdy|florence flo|frances fran francie|francis frank fran|francesca fran chess|franklin frank|frederick fred freddie rick fritz
gabriel gabe|gabrielle gabby|geoffrey geoff|jeffrey jeff|george georgie|gerald gerry jerry|geraldine gerry|gilbert gil bert|gillian gill jill|gordon gordie|gregory greg|gwendolyn gwen
harold harry hal|harriet hattie|heather hev|helen nell|henry hank harry hal|herbert herb bert|howard howie|hubert bert|ian iain|ignatius iggy|irene renie|isaac ike zac|isabel isabella izzy bella
jacob jake|jacqueline jackie|james jim jimmy jamie|jane janie|janet jan|jason jay|jennifer jen jenny|jeremy jerry jez|jerome jerry|jessica jess jessie|joan joanie|joanna joanne jo|john jack johnny jon
jonathan jon jonny nathan|joseph joe joey|josephine jo josie|joshua josh|judith judy jude|julia julie jules|julian jules|justin jus|kenneth ken kenny|kevin kev|kimberly kim|kristina kristine kris tina
lawrence larry lars|laurence larry laurie|leonard len lenny leo|leopold leo|leslie les|lewis lew|lillian lily|louis lou|louise lou|lucille lucy|luke luca|lydia lyddie|madeline maddie|malcolm mal|marcus marc mark
margaret maggie meg peggy marge rita greta|maria mary mia|marilyn mary|martha marty|martin marty|matthew matt matty|maurice mo|maxwell max|maximilian max|megan meg|melanie mel|melissa mel missy|michael mike mick mickey
michelle shelly|mildred millie|miranda randy|mohammed mo mohamed muhammad|monica mo|nancy nan|natalie nat|nathan nate|nathaniel nate nat nathan|nicholas nick nicky|nicola nicole nicky nikki|norman norm|oliver ollie
olivia liv livvy|oscar oz|oswald oz|pamela pam|patricia pat patty trish tricia|patrick pat paddy rick|paul paulie|penelope penny|percival percy|peter pete|philip phillip phil|phyllis phyl|priscilla cilla
rachel rach|ralph rafe|randall randy|raymond ray|rebecca becky becca bex|reginald reg reggie|richard rick dick rich richie|robert rob bob bobby robbie bert|roberta bobbie|roderick rod|rodney rod|roger rodge|roland rollo
ronald ron ronnie|rosemary rose rosie|rowena ro|russell russ|ruth ruthie|salvatore sal|samantha sam|samuel sam sammy|sandra sandy|sarah sara sally|scott scotty|sebastian seb|sharon shaz|sheila she|shirley shirl
sidney sid|simon si|sophia sophie|stanley stan|stephanie steph|stephen steven steve|stuart stewart stu|susan sue susie suzanne|sylvester sly|sylvia syl|tabitha tabby|terence terry|teresa theresa terry tess|thaddeus tad
theodore ted theo teddy|thomas tom tommy|timothy tim|tobias toby|tristan tris|valerie val|vanessa nessa|veronica ronnie vera|victor vic|victoria vicky tori|vincent vince vin|virginia ginny|vivian viv|wallace wally
walter walt wally|wilfred wilf|wilhelmina mina|william will bill billy liam|winifred winnie|yvonne vonnie|zachary zach zack
"""


@cache
def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(part for line in _GROUPS.split("\n") for part in line.split("|") if part.strip()):
        for name in group.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(groups) for name, groups in found.items()}


def is_first_name(word: str) -> bool:
    """Whether a folded word is a usual first name of English-speaking countries, or short for one."""
    return word in _groups()


def same_first_name(a: str, b: str) -> bool:
    """Whether two first names, folded, can be one person's: equal, a nickname of each other, or one the other's initial."""
    if a == b:
        return True
    if len(a) == 1 or len(b) == 1:
        return a[:1] == b[:1]
    groups = _groups()
    return bool(groups.get(a, frozenset()) & groups.get(b, frozenset()))


def can_be_same(shown: str, full: str) -> bool:
    """Whether somebody shown as `shown` can be the person of the name `full`: `Menon, R. (Contractor)` is `Ravi Menon`, `Bob Dole` `Robert Dole`.

    A first name alone fits whoever has it: whoever asks sees to it that only one does.
    """
    left, right = person_key(shown).split(), person_key(full).split()
    if not left or not right:
        return False
    if left == right or sorted(left) == sorted(right):
        return True
    if len(left) == 1 or len(right) == 1:
        return same_first_name(left[0], right[0]) and min(len(left[0]), len(right[0])) > 1
    return left[-1] == right[-1] and same_first_name(left[0], right[0])
