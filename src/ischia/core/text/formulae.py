"""Formulae: what people of every opinion write, too short to be found as quotations."""

from __future__ import annotations

from typing import Final

FORMULAE: Final = (
    # Arabic, and as it is written in Persian, Urdu and Turkish: invocations, greetings, blessings on the dead.
    "بسم الله الرحمن الرحيم", "بسم الله", "لا إله إلا الله", "محمد رسول الله", "لا إله إلا الله محمد رسول الله",
    "لا إله إلا الله وحده لا شريك له", "أشهد أن لا إله إلا الله", "أشهد أن محمدا رسول الله", "الله أكبر",
    "الله أكبر كبيرا", "الحمد لله", "الحمد لله رب العالمين", "والحمد لله رب العالمين", "سبحان الله",
    "سبحان الله وبحمده", "سبحان الله العظيم", "سبحانه وتعالى", "عز وجل", "تبارك وتعالى", "أستغفر الله",
    "أستغفر الله العظيم", "إن شاء الله", "بإذن الله", "ما شاء الله", "تبارك الله", "لا قوة إلا بالله",
    "لا حول ولا قوة إلا بالله", "حسبنا الله ونعم الوكيل", "حسبي الله ونعم الوكيل", "توكلت على الله",
    "إنا لله وإنا إليه راجعون", "أعوذ بالله من الشيطان الرجيم", "أعوذ بالله", "السلام عليكم",
    "السلام عليكم ورحمة الله", "السلام عليكم ورحمة الله وبركاته", "وعليكم السلام ورحمة الله وبركاته",
    "عليه السلام", "عليها السلام", "عليهم السلام", "صلى الله عليه وسلم", "صلى الله عليه وآله وسلم",
    "عليه الصلاة والسلام", "اللهم صل على محمد", "اللهم صل وسلم على نبينا محمد", "وعلى آله وصحبه أجمعين",
    "رضي الله عنه", "رضي الله عنها", "رضي الله عنهم", "رحمه الله", "رحمها الله", "رحمهم الله", "رحمة الله عليه",
    "يرحمه الله", "تغمده الله بواسع رحمته", "أسكنه فسيح جناته", "جزاك الله خيرا", "جزاكم الله خيرا",
    "بارك الله فيك", "بارك الله فيكم", "حفظك الله", "حفظه الله", "اللهم آمين", "آمين يا رب العالمين",
    "حي على الصلاة", "حي على الفلاح", "الصلاة خير من النوم", "أما بعد", "قال الله تعالى", "قال تعالى",
    "صدق الله العظيم", "خير الناس أنفعهم للناس", "كل عام وأنتم بخير", "رمضان كريم", "عيد مبارك", "عيدكم مبارك",
    # Persian, Urdu and Turkish.
    "به نام خداوند بخشنده مهربان", "به نام خدا", "ان شاء الله تعالی", "خدا رحمتش کند", "روحش شاد", "خدا حافظ",
    "اللہ کا شکر ہے", "اللہ تعالیٰ", "عید مبارک", "Bismillahirrahmanirrahim", "Allah rahmet eylesin", "Allah razı olsun",
    "Allah'a emanet olun", "Selamün aleyküm", "Elhamdülillah", "inşallah", "maşallah",
    # Latin spellings.
    "in sha Allah", "inshallah", "insha'Allah", "mashallah", "masha'Allah", "subhanallah", "alhamdulillah",
    "astaghfirullah", "Allahu akbar", "bismillah", "assalamu alaikum", "as-salamu alaykum", "la ilaha illa Allah",
    "peace be upon him", "may Allah have mercy on him", "jazakallah khair", "jazak Allahu khayran",
    # Christian.
    "Our Father who art in heaven, hallowed be thy name", "Our Father in heaven", "Hail Mary, full of grace",
    "In the name of the Father, and of the Son, and of the Holy Spirit", "Lord have mercy",
    "Glory to God in the highest",
    "God bless you", "may he rest in peace", "باسم الآب والابن والروح القدس", "أبانا الذي في السماوات",
    "السلام عليك يا مريم", "يا رب ارحم", "المجد لله في الأعالي",
    # Jewish.
    "שמע ישראל יהוה אלהינו יהוה אחד", "שמע ישראל", "ברוך אתה יהוה אלהינו מלך העולם", "ברוך השם", "בעזרת השם",
    "יהי זכרו ברוך", "זכרונו לברכה", "עם ישראל חי", "שבת שלום",
)  # fmt: skip
"""Prayers and formulae: whole ones, since they are short."""
