"""Lists only: the letters and short words by which languages are recognised. No I/O."""

# Letters beyond ASCII, and frequent words in ASCII: they tell `ukljuèiti` from `uključiti`.
_LATIN = (
    (
        "àâäáãåæçèéêëíîïñòóôöõøœùúûüß",
        "the of and to is in a for are with must by on at from it as be",
    ),
    ("äöüß", "der die das und ist nicht ein eine ohne mit von zu den im auf werden darf bei am"),
    ("àâæçéèêëîïôœùûüÿ", "le la les de des est et un une dans pour que il sans ne pas du au qui"),
    ("áéíñóúü", "el la los las de que y en un una no es sin por con se al del para"),
    ("áâãàçéêíóôõúü", "o a os as de que e em um uma se da do dos para com por"),
    ("àèéìíîòóùú", "il la di che e per un una non si da in con senza del sono le i"),
    ("àçèéíïòóúü", "el la els les de que i en un una no es sense per amb"),
    ("éëïóöüáèí", "de het een en van is niet zonder in op met voor te dat"),
    ("æøåäöéü", "og er det ikke uden uten med til som den en et av af for kan skal och att som"),
    ("äöåéšž", "ja on ei se ole ilman tai kun sen och att utan inte med som den en av"),
    ("áðéíóúýþæöø", "og er ekki ef um sem til frá hann ikki við"),
    ("äöõüšž", "ja on ei ole see mis kui ilma või"),
    ("ąćęłńóśźż", "nie i w na z jest do bez od po przez oraz lub nad"),
    ("áčďéěíňóřšťúůýž", "je se na v a ne bez do od za nebo ve pro s"),
    ("áäčďéíĺľňóôŕšťúýž", "je sa na v a bez do od za alebo pre s"),
    ("áéíóöőúüű", "a az egy nem van meg ne hogy csak ez"),
    ("ăâîşţșț", "nu este de la cu din pe un o sau se"),
    ("čćđšž", "je se na i u ne bez od za ili da su"),
    ("ğışçöüâîûi̇", "ve bir bu her da de ne ile"),
    ("āčēģīķļņšūž", "ir un no ar bez nav vai"),
    ("ąčęėįšųūž", "ir yra be ne su iki arba"),
)
LATIN = tuple((frozenset(letters), frozenset(words.split())) for letters, words in _LATIN)

# Alphabets, the most frequent letter first.
CYRILLIC = (
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ",
    "оаинвіетрслкудмпязьбгйчхцюжєїшґщф",
    "аеиотнрсвлкдпмзъгубчщжшцхйфюя",
    "аиоенрјстуквдлмпзбгшжчцљњћђхфџ",
)
GREEK = ("αοιετσνηυρπκμλςίόωάέδγύήχώθφβξζψ",)
HEBREW = ("יוהלארתבםשמנכדעחקפגסטזצןךץף",)
ARABIC = ("اليمونرتبةعدسفهكقحجأإشطصخضذثىئءغزظؤآ",)
THAI = ("านรอกเงมยล่วดท้สตะปัิบคหีแจุใไพช์ำขูืโถซ็ึธณภศผฟษญฐ",)

CHINESE = frozenset(
    "的一是不了在人有我他这中大来上个国和也子时道说出要于就下得可你年生自会那后能对着事其里去行过家十用发天方成者"
    "多日都三小二无同么经法起好看学进分此心前面又定见只主没公从個開關時來這說為對們過發無經進種將還電話請門間號"
    "每早點点书書借次可以馆館開开水泵最高压力壓為启动啟動锅炉鍋爐机器機操作安全必须須打关闭閉使用前后"
)
KOREAN = frozenset(
    "이다는을의에가하고은한로를지사도기서어자리시일대나인해과수부정그전있제아장요보상라만주동"
)
