"""Words of Chinese and Japanese questions that a guide lacks."""

import pytest

from ragguide.augment.foreign_cjk import missing_words
from ragguide.index.keywords import terms_of

KETTLE = "电热水壶的容量是两升。水烧开后自动断电。每月用柠檬酸除垢。零售价九十元。"
FAN = "扇風機の風量は三段階です。羽根は毎月洗ってください。タイマーは最長八時間です。"


def missing(question: str, guide: str) -> list[str]:
    return missing_words(question, set(terms_of(guide)))


@pytest.mark.parametrize(
    ("question", "guide", "words"),
    [
        ("电热水壶的颜料有哪些？", KETTLE, ["颜料"]),
        ("谁发明了电热水壶？", KETTLE, ["发明"]),
        ("如何连接蓝牙耳机？", KETTLE, ["连接蓝牙耳机"]),
        ("电热水壶的颜色是什么？", KETTLE, ["颜色"]),
        ("水桶多少钱？", KETTLE, ["水桶"]),  # shares a character, but names another thing
        ("リモコンの電池はどう交換しますか？", FAN, ["リモコン", "電池", "交換"]),
        ("扇風機を発明したのは誰ですか？", FAN, ["発明"]),
    ],
)
def test_words_that_a_guide_lacks_are_found(question: str, guide: str, words: list[str]) -> None:
    assert missing(question, guide) == words


@pytest.mark.parametrize(
    ("question", "guide"),
    [
        ("电热水壶的容量是多少？", KETTLE),
        ("多长时间除垢一次？", KETTLE),
        ("水壶的价格是多少？", KETTLE),  # the guide names an amount
        ("怎么清除水垢？", KETTLE),  # 除垢
        ("电热水壶的颜色是什么？", f"{KETTLE}有红色和白色两种。"),
        ("水量是多少？", KETTLE),  # may be another word for 容量
        ("羽根はいつ洗いますか？", FAN),
        ("タイマーは何時間ですか？", FAN),
        ("How loud is it?", FAN),
        ("선풍기는 얼마나 큰가요?", FAN),
    ],
)
def test_other_wordings_are_no_missing_words(question: str, guide: str) -> None:
    assert missing(question, guide) == []


def test_a_price_is_missing_in_a_guide_without_money() -> None:
    assert missing("电热水壶的价格是多少？", "电热水壶的容量是两升。") == ["价格"]
