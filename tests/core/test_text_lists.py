"""Lists of phrases: what they may say, and what sends a text to a person."""

from __future__ import annotations

import pytest

from ischia.core.text import NAMES_MOST, QUEUES_AT, Phrase, PhraseList, read_list, starter, weigh

SLOGAN = Phrase("القط الأزرق يحرس الجسر القديم", 1, "test", "benign stand-in of a slogan")
"""The blue cat guards the old bridge."""
STARTER = PhraseList([*starter(), SLOGAN])
COLLISIONS = (
    "تقع القاعدة العسكرية شمال المدينة وتضم القاعدة الجوية مدرجين",
    "لعب الفريق بحماس كبير وكان حماس الجمهور ظاهرا",
    "كتب الخطيب البغدادي تاريخ بغداد في القرن الخامس",
    "جلس طالبان في المكتبة يقرآن",
    "فازت مجموعة بن لادن السعودية بعقد المقاولات",
    "امتدت الدولة الإسلامية في عهد الخلفاء من المغرب إلى الهند",
)
REPORTS = (
    "قالت وكالة الأنباء إن داعش وتنظيم القاعدة وجبهة النصرة وبوكو حرام أعلنت مسؤوليتها عن تفجير",
    "ISIS, al-Qaeda and Boko Haram fighters joined the Islamic State militants in Syria, the report said.",
    "فتحت الشرطة تحقيقا مع من انضم إلى داعش في سوريا",
)


def weighed(text: str) -> float:
    return weigh(STARTER.find(text)).total


@pytest.mark.parametrize("text", [*COLLISIONS, *REPORTS])
def test_names_alone_queue_nothing_however_many_there_are(text: str) -> None:
    assert weighed(text) <= NAMES_MOST < QUEUES_AT


@pytest.mark.parametrize("text", COLLISIONS)
def test_a_word_that_is_also_a_name_has_no_match(text: str) -> None:
    assert STARTER.find(text, candidates=False) == []


@pytest.mark.parametrize(
    "text",
    [
        "انضموا إلينا في داعش، القناة في الوصف",
        "ISIS brothers, join our channel",
        "داعش: تابعوا قناتنا",
        "ИГИЛ: подписывайтесь на наш канал",
    ],
)
def test_asking_for_something_beside_a_name_queues(text: str) -> None:
    assert weigh(STARTER.find(text)).queues


@pytest.mark.parametrize("text", ["Join our channel for more recipes", "انضموا إلينا في درس الطبخ"])
def test_the_same_words_without_a_name_do_not(text: str) -> None:
    assert weighed(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "القط الأزرق يحرس الجسر القديم",
        "ا ل ق ط الازرق يحرس الجسر القديم",
        "الٯط الأررٯ ىحرس الحسر الٯدىم",
        "el 2ott el azra2 ya7ros el jisr el 8adeem".replace("2", "8"),
        "ميدقلا رسجلا سرحي قرزألا طقلا",
        "القط الأزرق يحرش الجسر القديم",
    ],
)
def test_a_slogan_queues_alone_in_every_reading(text: str) -> None:
    assert weigh(STARTER.find(f"كلام {text} كلام")).queues


@pytest.mark.parametrize("text", ["ىالٯلٮ", "bel2alb el abyad".replace("2", "8"), "القبل"])
def test_a_short_phrase_queues_in_sure_readings_alone(text: str) -> None:
    matcher = PhraseList([Phrase("القلب", 1, "test", "a short word")])
    assert not weigh(matcher.find(text)).queues
    assert weigh(matcher.find("في ا ل ق ل ب")).queues


def test_repeating_a_phrase_adds_nothing() -> None:
    once = "داعش: تابعوا قناتنا"
    assert weighed(once) == weighed(" ".join([once] * 20))


def test_what_stands_in_a_protected_span_weighs_nothing() -> None:
    text = f"قال: {SLOGAN.text}"
    assert weigh(STARTER.find(text), [(0, len(text))]).total == 0
    assert weigh(STARTER.find(text), [(0, 10)]).total == 1


def test_groups_of_words_are_written_once() -> None:
    text = "words: {b: [حركة, غزة]}\nphrases: [{text: حماس, weight: 0.1, source: s, reason: r, near: [$b, فتح]}]"
    assert read_list(text) == (Phrase("حماس", 0.1, "s", "r", near=("حركة", "غزة", "فتح")),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("phrases: [", "not YAML"),
        ("a: 1", "needs a key 'phrases'"),
        ("phrases: [1]", "phrase 1 needs a 'text'"),
        ("phrases: [{text: no, weight: 1, source: s, reason: r}]", "in quotes"),
        ("phrases: [{text: x, weight: 1, source: s}]", r"phrase 1 \('x'\) needs reason"),
        ("phrases: [{text: x, weight: 2, source: s, reason: r}]", "between 0 and 1"),
        ("phrases: [{text: x, weight: .nan, source: s, reason: r}]", "between 0 and 1"),
        ("phrases: [{text: x, weight: 1, source: s, reason: r, colour: red}]", "unknown keys: colour"),
        ("phrases: [{text: x, weight: 1, source: s, reason: r, kind: regex}]", "kind must be one of word"),
        ("phrases: [{text: x, weight: 1, source: s, reason: r, near: [1]}]", "which is no word"),
        ("phrases: [{text: x, weight: 1, source: s, reason: r, near: [$y]}]", "names the group 'y'"),
    ],
)
def test_a_wrong_list_says_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_list(text)


def test_every_starter_phrase_has_a_reason_and_no_name_queues() -> None:
    for phrase in starter():
        assert phrase.source
        assert phrase.reason
        assert phrase.weight < QUEUES_AT or phrase.near
