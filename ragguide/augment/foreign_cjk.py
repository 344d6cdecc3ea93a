"""A question in Chinese or Japanese and a guide's terms in, the words that the guide lacks out.

No blank ends a word there, so a Chinese question is cut at the characters that only join words, and
a Japanese one where kanji or katakana end. A guide lacks a word if it has hardly any of the word's
characters and none of its pairs: words with one meaning mostly share a character. Two nouns that
share one of two characters mostly name two things, as breakfast and morning do. No I/O.
"""

import re
from collections.abc import Collection, Iterator

from ragguide.index.keywords import words_of
from ragguide.index.notation import is_cjk

MOST_PRESENT = 0.5  # of the characters of a word that the guide lacks, at most
MIN_SHARE = 0.5  # of a question's words that the guide lacks, from which it cannot answer

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_JAPANESE = re.compile(r"[\u3005\u3400-\u4dbf\u4e00-\u9fff]{2,}|[\u30a1-\u30fa\u30fc]{2,}")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]+")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_JOINING = re.compile(
    r"可以|需要|应该|應該|必须|必須|能够|能夠|怎么|怎麼"
    r"|[的了着过過在和与與及或是有被把从從到对對为為给給让讓向于於以之其这這那我你您他她它们們个個些每请請"
    r"要会會能可吗嗎呢吧也都就还還又再才只很太更最不没沒别別多几幾第]"
)
# A noun of two characters in a Chinese question: 早餐多少钱, 水泵的流量是多少, 有早餐吗.
_NOUN = re.compile(
    r"(?:的(\w{2})(?=是|有多|在哪)|(?<!\w)(\w{2})(?=有多|多少钱|多少錢)|有(\w{2})(?=吗|嗎))"
)
# What asks for a number, a place or a way, which a guide gives in other words.
_ASKED_FOR = frozenset(
    """
    时间 時間 地方 地点 地點 位置 地址 方法 方式 步骤 步驟 原因 理由 意思 作用 用途
    区别 區別 名字 名称 名稱 长度 長度 高度 宽度 寬度 深度 重量 大小 尺寸 温度 溫度
    速度 频率 頻率 次数 次數 数量 數量 日期 期限
    場所 手順 意味 種類 名前 回数 日数 期間 頻度 注意
    """.split()
)
# A guide that has one of these characters answers a question for these words.
_PRICES = frozenset("价格 價格 价钱 價錢 费用 費用 値段 価格 料金".split())
_MONEY = frozenset("元 圆 圓 円 钱 錢".split())
_COLOURS = frozenset("颜色 顏色".split())
_COLOURED = frozenset("红 紅 黄 黃 蓝 藍 绿 綠 黑 白 灰 紫 橙 棕 粉 银 銀 色".split())


def missing_words(question: str, terms: Collection[str]) -> list[str]:
    """Return the words of a question that a guide lacks, if they are half of its words or more.

    Args:
        question: as the user asked it; words in other scripts are passed over.
        terms: of the guide's keyword index.
    """
    asked = [word for word in dict.fromkeys(_content(question)) if not _is_asked_for(word, terms)]
    nouns = {noun for found in _NOUN.findall(question) for noun in found}
    missing = [word for word in asked if _is_missing(word, terms, is_noun=word in nouns)]
    return missing if len(missing) >= MIN_SHARE * len(asked) else []


def _content(question: str) -> Iterator[str]:
    is_japanese = _KANA.search(question) is not None
    for run in words_of(question):
        if not is_cjk(run) or _HANGUL.search(run):
            continue
        parts = _JAPANESE.findall(run) if is_japanese else _JOINING.split(run)
        yield from (part for part in parts if len(part) > 1)


def _is_asked_for(word: str, terms: Collection[str]) -> bool:
    if word in _ASKED_FOR:
        return True
    answers = _MONEY if word in _PRICES else _COLOURED if word in _COLOURS else ()
    return any(each in terms for each in answers)


def _is_missing(word: str, terms: Collection[str], *, is_noun: bool) -> bool:
    pairs = [word[i : i + 2] in terms for i in range(len(word) - 1)]
    if _KATAKANA.fullmatch(word):  # these spell sounds: a pair alone means nothing
        return sum(pairs) < MOST_PRESENT * len(pairs)
    present = sum(character in terms for character in word)
    return not any(pairs) and present <= MOST_PRESENT * len(word) - (0 if is_noun else 0.5)
