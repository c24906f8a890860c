"""Texts written for the demo: harmless stand-ins for known statements, in Arabic and English."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

ARABIC_LIGHTHOUSE: Final = (
    "على طرف الجزيرة منارة بيضاء بناها الصيادون قبل مئة عام ليهتدي بها من تأخر في البحر. "
    "كان حارسها يصعد الدرج كل مساء قبل الغروب، فينظف الزجاج ويملأ المصباح ثم يكتب في دفتره حال الريح والموج. "
    "وفي ليالي الشتاء كان الأطفال يعدون ومضاتها من نوافذ بيوتهم حتى يغلبهم النوم، ويعرفون أن آباءهم سيعودون. "
    "واليوم تعمل المنارة وحدها بلا حارس، لكن أهل الجزيرة ما زالوا يجتمعون عندها في أول يوم من كل صيف، "
    "يحملون الخبز والتين والسمك، ويقرؤون من ذلك الدفتر القديم صفحة واحدة لا يزيدون عليها."
)
ENGLISH_HARBOUR: Final = (
    "Every morning before the ferry comes, the harbour master walks the length of the quay and reads the water aloud "
    "to anyone who cares to listen. She names the wind, the swell beyond the breakwater and the hour of the turning "
    "tide, and she writes the three of them in chalk on the blue door of her office. Tourists take pictures of the "
    "door; fishermen take it seriously. On the day she retires, the town has promised, nobody will wash the last line "
    "away."
)
ENGLISH_BREAD: Final = (
    "Our bakery opens at six. We bake with flour from the valley, sea salt from the pans below the village and a "
    "leaven that is older than the oldest of us. If the shutters are closed, knock on the side door."
)
ARABIC_MARKET: Final = "يفتح سوق السمك أبوابه في السادسة صباحا، ومن جاء بعد الثامنة لم يجد إلا الثلج."

KNOWN: Final = MappingProxyType({"lighthouse (Arabic)": ARABIC_LIGHTHOUSE, "harbour (English)": ENGLISH_HARBOUR})


def stretched(text: str) -> str:
    """Arabic as it is written to slip past a filter: with tatweel between letters that join, and vowel signs."""
    return text.replace("ل", "لـ").replace("م", "مَ").replace("ن", "نْ")


def respelled(text: str) -> str:
    """Other code points for the same letters, and invisible ones in between."""
    return text.replace("أ", "ا").replace("ة", "ه").replace("ي", "ی").replace("ك", "ک").replace(" ", " \u200f")


def shouted(text: str) -> str:
    """English in capitals, with other punctuation and line breaks."""
    return text.upper().replace(", ", " — ").replace(". ", "!!\n\n")


def quoted(text: str) -> str:
    """The known text within somebody else's comment: an exact hash does not find it."""
    return f"Somebody sent me this and I do not know what to make of it:\n\n{text}\n\nWhat do you think?"
