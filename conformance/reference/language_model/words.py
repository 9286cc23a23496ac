"""The words from which the vocabulary and the prose of the reference model are made."""

from __future__ import annotations

_COMMON = r"""
a about above across act add after again age ago air all almost along already also always am among an and animal
another answer any anything are area arm around art as ask at away baby back bad ball bank base be bear beat beautiful
became because become bed been before began begin behind being believe bell below best better between big bird black
blue board boat body bone book both bottom bought box boy branch bread break bridge bright bring broad brother brought
brown build built burn business busy but buy by call came can capital car card care carry case catch caught cause cell
center century certain chair chance change chapter character check child children choose circle city class clean clear
climb clock close cloth cloud coast code cold color column come common company compare complete condition consider
contain continue control cook cool copper copy corn corner correct cost could count country couple course cover create
cross crowd cry current cut dance danger dark data day dead deal dear death decide deep describe desert design desk
develop did die differ difficult direct discuss distance divide do doctor does dog dollar done door double doubt down
draw dream dress drink drive drop dry during each ear early earth ease east eat edge effect egg eight either electric
element else empty end energy engine English enough enter equal even evening event ever every exact example except
excite exercise expect experience explain eye face fact fall family famous far farm fast father favor fear feed feel
feet fell felt few field fig fight figure fill final find fine finger finish fire first fish fit five flat floor flow
flower fly follow food foot for force foreign forest form forward found four France free fresh friend from front fruit
full fun game garden gas gather gave general gentle get girl give glad glass go gold gone good got govern grand grass
gray great green grew ground group grow guess guide gun had hair half hand happen happy hard has hat have he head hear
heard heart heat heavy held hello help her here high hill him his history hold hole home honest hope horse hot hour
house how huge human hundred hunt hurry I ice idea if imagine in inch include increase indicate industry insect
instant instrument interest into iron is island it job join joy jump just keep kept key kill kind king knew know lady
lake land language large last late laugh law lay lead learn least leave led left leg length less let letter level
library lie life lift light like line liquid list listen little live log lone long look lost lot loud love low lunch
machine made magnet main major make man many map mark market mass master match material matter may me mean meant
measure meat meet melody men metal method middle might mile milk million mind mine minute miss mix modern moment money
month moon more morning most mother motion mount mountain mouth move much music must my name nation natural nature
near necessary neck need neighbor never new next night nine no noise noon nor north nose not note nothing notice noun
now number object observe ocean of off offer office often oil old on once one only open operate opposite or orange
order organ original other our out over own oxygen page paint pair paper paragraph parent Paris part particular party
pass past path pattern pay people perhaps period person phrase pick picture piece place plain plan planet plant play
please plural poem point poor populate port position possible post pound power practice prepare present press pretty
print probable problem process produce product program proper property protect prove provide pull push put question
quick quiet quite race radio rain raise ran range rather reach read ready real reason receive record red region
remember repeat reply represent require rest result rich ride right ring rise river road rock roll room root rope rose
round row rub rule run safe said sail salt same sand sat save saw say scale school science score sea search season
seat second section see seed seem segment select self sell send sense sent sentence separate serve set settle seven
several shall shape share sharp she sheet shell shine ship shoe shop shore short should shoulder shout show side sight
sign silent silver similar simple since sing single sister sit six size skill skin sky sleep slip slow small smell
smile snow so soft soil soldier solution solve some son song soon sound south space speak special speech speed spell
spend spoke spot spread spring square stand star start state station stay stead steam steel step stick still stone
stood stop store story straight strange stream street stretch string strong student study subject substance subtract
success such sudden suffix sugar suggest suit summer sun supply support sure surface surprise swim syllable symbol
system table tail take talk tall teach team teeth tell temperature ten term test than thank that the their them then
there these they thick thin thing think third this those though thought thousand three through throw thus tie time
tiny tire to together told tone too took tool top total touch toward town track trade train travel tree triangle trip
trouble truck true try tube turn twenty two type under unit until up us use usual valley value vary verb very view
village visit voice vowel wait walk wall want war warm was wash watch water wave way we wear weather week weight well
went were west what wheel when where whether which while white who whole whose why wide wife wild will win wind window
wing winter wire wish with woman women won wonder wood word work world would write written wrong wrote yard year
yellow yes yet you young your answer assistant user system function name value result error string number integer true
false null object array weather location city country temperature unit celsius fahrenheit Berlin London Tokyo Madrid
Rome date time query text title
"""

_SUBWORDS = r"""
ab ac ad al am an ar as at ba be bi bo bu ca ce ch ci co cr cu da de di do du ed el em en er es et ex fa fe fi fo fr
ge gh gi go gr ha he hi ho hu ic id ie il im in io ir is it ja je jo ju ka ke ki ko la le li lo lu ly ma me mi mo mu
na ne ng ni no nt nu oc od of ol om on op or os ot ou ow pa pe ph pi pl po pr pu qu ra re ri ro ru sa sc se sh si so
sp st su ta te th ti to tr tu ul um un up ur us ut va ve vi vo wa we wh wi wo ya ye yo za ze zo able ally ance ment
ness tion sion less ful ing est ous ive ity ize ist ish ation ally ward ship hood like pre pro sub con dis mis non out
over under inter trans super ther ence ould ight ough ever anti auto micro
"""

_PUNCTUATION = r"""
. , ; : ! ? ... -- - ( ) [ ] { } < > / \ | " ' ` ~ @ # $ % ^ & * _ + = {" "} ": " ", [" "] }, }} ]} [] {} {{ [{ }] ),
(" ") </ /> => -> == != <= >= && || :: // /* */ ** __ ``` ''' ." ," ?" !" .) \n \" \u
"""

_NOUNS = """
lantern river harbour orchard violin window garden compass bridge kettle market valley letter mirror candle
"""
_VERBS = """
watched carried followed remembered painted crossed answered measured opened gathered
"""
_ADJECTIVES = """
quiet copper early patient narrow bright distant gentle hollow silver
"""
_PEOPLE = "the baker,the old captain,a young painter,the librarian,her neighbour,the clockmaker,a traveller"
_PLACES = "by the sea,near the mill,under the bridge,beyond the hills,in the market,at the edge of town"
_TIMES = "At dawn,Later that day,Before the rain came,In the evening,On the third morning,After a while"

COMMON = _COMMON.split()
SUBWORDS = _SUBWORDS.split()
PUNCTUATION = [*_PUNCTUATION.split(), '"""']
NOUNS, VERBS, ADJECTIVES = _NOUNS.split(), _VERBS.split(), _ADJECTIVES.split()
PEOPLE, PLACES, TIMES = _PEOPLE.split(","), _PLACES.split(","), _TIMES.split(",")
