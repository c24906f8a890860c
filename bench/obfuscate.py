"""The kinds of obfuscated Arabic that are known from practice, each as a function of a text and a source of chance."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

Kind = Callable[[str, random.Random], str]
ARABIC = re.compile("[\u0621-\u064a]")
INNER = re.compile("(?<=[\u0621-\u064a])(?=[\u0621-\u064a])")


def inserted(*what: str, share: float = 0.6) -> Kind:
    return lambda text, chance: INNER.sub(lambda _: chance.choice(what) if chance.random() < share else "", text)


def swapped(families: dict[str, str], share: float = 1.0) -> Kind:
    def apply(text: str, chance: random.Random) -> str:
        return "".join(chance.choice(families[c]) if c in families and chance.random() < share else c for c in text)

    return apply


RASM = dict(zip("بتثجخذزشضظغفقنيةك", "ٮٮٮححدرسصطعڡٯںىهک", strict=True))
SPELLED = """ا:a/e ب:b ت:t/6 ث:th/t ج:j/g ح:7/h خ:5/kh/7' د:d ذ:dh/z/d ر:r ز:z س:s ش:sh ص:s/9 ض:d/dh/9' ط:6/t ظ:z/dh/6'
    ع:3/a غ:gh/3'/g ف:f ق:q/8/k ك:k ل:l م:m ن:n ه:h و:w/o/ou ي:y/i/ee ى:a ة:a/ah/eh ء:2 أ:a/2a
    إ:a/e/i آ:a/aa ؤ:o/2 ئ:e/2"""
CHAT = dict(pair.split(":") for pair in SPELLED.split())
SHAPES = {"ا": "1", "ه": "o5", "و": "9", "ح": "7", "ع": "34", "ل": "l"}
WIDE = {
    "ب": "پٻ",
    "ج": "چڄ",
    "ف": "ڤڥ",
    "ق": "ڨ",
    "ك": "گڭ",
    "ز": "ژ",
    "ر": "ڕړ",
    "ل": "ڵ",
    "و": "ۆۇ",
    "ن": "ڼ",
    "ت": "ٹټ",
    "د": "ڈډ",
    "س": "ښ",
    "ي": "ێې",
}
DIALECT = {"ق": "كگ", "ث": "تس", "ذ": "دز", "ظ": "ضز", "ج": "چ"}


def _forms(which: str) -> dict[str, str]:
    found = {}
    for code in range(0xFE70, 0xFEFD):
        if which in unicodedata.decomposition(chr(code)):
            found[unicodedata.normalize("NFKC", chr(code))] = chr(code)
    return {plain: form for plain, form in found.items() if len(plain) == 1}


def _typo(text: str, chance: random.Random) -> str:
    def change(word: str) -> str:
        if len(word) < 5 or not ARABIC.search(word):
            return word
        at = chance.randrange(1, len(word) - 1)
        return chance.choice(
            [word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :],
             word[:at] + chance.choice("بتسمنلرد") + word[at:], word[:at] + chance.choice("بتسمنلرد") + word[at + 1 :]]
        )  # fmt: skip

    return " ".join(map(change, text.split(" ")))


def _clitics(text: str, chance: random.Random) -> str:
    def change(word: str) -> str:
        if word.startswith("ال") and chance.random() < 0.3:
            return "لل" + word[2:]
        return chance.choice(["و", "ف", "ب", "وب", "ول", "ك"]) + word if ARABIC.match(word) else word

    return " ".join(map(change, text.split(" ")))


def _arabizi(text: str, chance: random.Random) -> str:
    """Chat spelling: one of several ways for each letter, and about half of the short vowels, at random places."""

    def spell(match: re.Match[str]) -> str:
        vowel = chance.choice("aaeiou") if INNER.match(text, match.end()) and chance.random() < 0.3 else ""
        return chance.choice(CHAT[match[0]].split("/")) + vowel

    return re.sub(f"[{''.join(CHAT)}]", spell, text)


def _mixed(number: int) -> Kind:
    def apply(text: str, chance: random.Random) -> str:
        for name in chance.sample(COMBINED, number):
            text = KINDS[name](text, chance)
        return text

    return apply


def _always(change: Callable[[str], str]) -> Kind:
    return lambda text, _chance: change(text)


KINDS: dict[str, Kind] = {
    "tatweel": inserted("ـ", "ــــ"),
    "harakat": inserted(*"\u064b\u064e\u064f\u0650\u0651\u0652"),
    "quranic_marks": inserted("\u06d6", "\u06e2", "\u0653", "\u0670"),
    "alef_hamza": swapped(dict.fromkeys("اأإآ", "اأإآٱ")),
    "yeh": swapped({"ي": "ىیے", "ى": "يی"}),
    "kaf": swapped({"ك": "کڪ"}),
    "heh_teh": swapped({"ة": "هەۃ", "ه": "ةہھ"}),
    "waw_hamza": swapped({"و": "ؤۄ", "ؤ": "و"}),
    "persian_codepoints": swapped({"ي": "ی", "ك": "ک", "ه": "ہ", "ى": "ی"}),
    "extended_letters": swapped(WIDE, 0.8),
    "rasm": swapped(RASM),
    "rasm_partial": swapped(RASM, 0.5),
    "arabizi": _arabizi,
    "zero_width": inserted("\u200b", "\u200c", "\u200d", "\ufeff"),
    "bidi_marks": inserted("\u200e", "\u200f", "\u061c", "\u2068"),
    "bidi_override": _always(lambda text: "\u202d" + text[::-1] + "\u202c"),
    "reversed": _always(lambda text: text[::-1]),
    "letter_spacing": _always(lambda text: "  ".join(" ".join(word) for word in text.split(" "))),
    "punct_split": inserted(".", "-", "_", "*", "،"),
    "emoji_split": inserted("🔥", "❤️", "🌹🌹"),
    "latin_split": inserted("x", "z", "q"),
    "presentation_forms": swapped(_forms("<medial>")),
    "presentation_isolated": swapped(_forms("<isolated>")),
    "ligatures": _always(lambda text: text.replace("لا", "\ufefb").replace("لم", "\ufc42").replace("في", "\ufc32")),
    "math_alphabet": swapped(
        {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in [*range(0x1EE00, 0x1EE04), *range(0x1EE05, 0x1EE20)]}
    ),
    "digit_homoglyph": swapped(SHAPES, 0.6),
    "repeat": lambda text, chance: "".join(
        c * (chance.randint(2, 5) if ARABIC.match(c) and chance.random() < 0.4 else 1) for c in text
    ),
    "typo": _typo,
    "nfd": _always(lambda text: unicodedata.normalize("NFD", text)),
    "zalgo": inserted("\u0300\u0316\u0489", "\u0335\u0322"),
    "vertical": _always("\n".join),
    "html_entities": _always(lambda text: "".join(f"&#{ord(c)};" if ARABIC.match(c) else c for c in text)),
    "tag_chars": inserted("\U000e0061", "\U000e007f"),
    "dialect_letters": swapped(DIALECT),
    "clitics": _clitics,
}
COMBINED = [name for name in KINDS if name not in ("arabizi", "reversed", "bidi_override", "vertical", "html_entities")]
KINDS |= {"mixed2": _mixed(2), "mixed3": _mixed(3)}
