"""The genre of a text is a hint that may only lower a priority, and that no name moves towards a slogan."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.text.genre import GENRES, GenreError, load, lowers, shipped
from ischia.core.text.genre.features import LONGEST, bucket, features, masked
from ischia.core.text.genre.training import Row, train

REPORT = {
    "en": "The committee published its annual report on Monday. It found that rail traffic had grown by a third since "
    "2015, while the number of passengers in the northern provinces, which had fallen for several years, remained stable.",
    "ar": "نشرت اللجنة تقريرها السنوي يوم الاثنين، وجاء فيه أن حركة القطارات ارتفعت بمقدار الثلث منذ عام 2015، في حين "
    "ظل عدد الركاب في المحافظات الشمالية مستقرا بعد أن كان قد انخفض خلال عدة سنوات.",
    "ru": "В понедельник комиссия опубликовала ежегодный доклад. Согласно документу, с 2015 года железнодорожные "
    "перевозки выросли на треть, а число пассажиров в северных областях, снижавшееся несколько лет, не изменилось.",
}
SLOGANS = {
    "en": "Everybody up! Everybody sing! Tonight the whole town is ours! We never stop! We never sleep! Come with us now!",
    "ar": "قوموا جميعا! غنوا جميعا! المدينة كلها لنا الليلة! لن نتوقف! لن ننام! تعالوا معنا الآن! هيا يا أبطال!",
    "fr": "Tout le monde debout ! Tout le monde chante ! Ce soir la ville est à nous ! On ne s'arrête pas ! Venez tous !",
}
# Sentences with a place for a name, and names to put there; `NEW` ones are in no list and in no training text.
SENTENCES = {
    "en": (
        "We {} love this team! Sing with us, {}! Tonight we win, all of us together!",
        "My neighbour asked whether {} would come to dinner on Sunday, and I said that I would cook for everybody.",
        "According to the ministry, {} were among those who attended the opening of the new railway station.",
    ),
    "ar": (
        "يا {}، هيا إلى الملعب! غنوا معنا! الليلة نفوز جميعا! لن نستسلم!",
        "سألتني جارتي هل سيأتي {} إلى العشاء يوم الأحد فقلت لها إنني سأطبخ للجميع.",
        "وبحسب الوزارة كان {} بين من حضروا افتتاح محطة القطار الجديدة في المدينة.",
    ),
}
LISTED = {
    "en": ("Muslims", "Christians", "Jews", "Hindus", "Russians", "Kurds", "Americans", "Fatima", "David", "Ivan"),
    "ar": ("المسلمون", "المسيحيون", "اليهود", "الهندوس", "الروس", "الأكراد", "الأمريكيون", "فاطمة", "داود", "إيفان"),
}
NEW = {
    "en": ("Zoroastrians", "Quakers", "Bolivians", "Lithuanians", "Samoans", "Nasreen", "Björn", "Tariq", "Chidi"),
    "ar": ("الزرادشتيون", "الصابئة", "البوليفيون", "الليتوانيون", "الأوغنديون", "نسرين", "بيورن", "طارق", "تشيدي"),
}


@pytest.mark.parametrize("tag", REPORT)
def test_reporting_is_told_from_slogans_and_may_wait(tag: str) -> None:
    scores = shipped().scores(REPORT[tag])
    assert scores.genre == "reporting"
    assert scores.shares["slogan"] < 0.05
    assert abs(sum(scores.shares.values()) - 1) < 1e-9


@pytest.mark.parametrize("tag", SLOGANS)
def test_a_slogan_lowers_nothing(tag: str) -> None:
    scores = shipped().scores(SLOGANS[tag])
    assert scores.genre == "slogan"
    assert not lowers(scores)


def test_what_is_surely_reporting_law_or_prayer_lowers_a_priority() -> None:
    assert lowers(shipped().scores(REPORT["en"]))


@pytest.mark.parametrize("tag", SLOGANS)
def test_a_slogan_without_its_exclamation_marks_lowers_nothing_either(tag: str) -> None:
    assert not lowers(shipped().scores(SLOGANS[tag].replace("!", ".").replace(" .", ".")))
    assert not lowers(shipped().scores(SLOGANS[tag].replace("!", "")))


@pytest.mark.parametrize("tag", SENTENCES)
def test_no_listed_name_changes_any_score(tag: str) -> None:
    for sentence in SENTENCES[tag]:
        shares = [shipped().scores(sentence.format(*[name] * 2)).shares for name in LISTED[tag]]
        assert max(abs(one[genre] - shares[0][genre]) for one in shares for genre in GENRES) < 0.05


@pytest.mark.parametrize("tag", SENTENCES)
def test_a_name_that_nobody_listed_makes_no_slogan_of_a_text_and_no_more_of_one(tag: str) -> None:
    for sentence in SENTENCES[tag]:
        listed = [shipped().scores(sentence.format(*[name] * 2)) for name in LISTED[tag]]
        for name in NEW[tag]:
            new = shipped().scores(sentence.format(*[name] * 2))
            assert (new.genre == "slogan") == (listed[0].genre == "slogan")
            assert new.shares["slogan"] <= max(one.shares["slogan"] for one in listed) + 0.05


def test_names_and_numbers_become_a_placeholder() -> None:
    assert masked("عن محمد وللمسلمين 2015") == "عن 0 0 0"
    assert "bolivia" not in "".join(features("The train from Bolivia was late.").grams)


def test_a_language_that_the_model_was_not_taught_gets_equal_shares_and_lowers_nothing() -> None:
    swahili = "Kila mtu ana haki ya kuishi, haki ya kuwa huru na haki ya kulindwa nafsi yake bila ubaguzi wo wote ule."
    scores = shipped().scores(swahili)
    assert not scores.known
    assert set(scores.shares.values()) == {1 / len(GENRES)}
    assert not lowers(scores)


def test_a_short_text_lowers_nothing() -> None:
    assert not lowers(shipped().scores("The committee published its report on Monday."))


def test_an_explanation_names_runs_of_letters_of_the_text_and_adds_up_to_the_lead() -> None:
    model, text = shipped(), REPORT["en"]
    reasons = model.explain(text, most=10_000)
    assert {reason.genre for reason in reasons} == {"reporting"}
    seen = features(text)
    assert {reason.what for reason in reasons if reason.what[0] != "["} <= set(seen.grams)
    logits = model.logits(seen) - model.bias
    lead = (logits[GENRES.index("reporting")] - logits.mean()) / model.temperature
    assert sum(reason.weight for reason in reasons) == pytest.approx(lead, abs=1e-3)
    assert [abs(reason.weight) for reason in reasons] == sorted((abs(r.weight) for r in reasons), reverse=True)


def test_the_place_of_an_n_gram_is_the_same_everywhere() -> None:
    assert [bucket(gram) for gram in ("the", "صلى", " 0 ")] == PLACES


PLACES = [17771, 6716, 21966]


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=100))
def test_any_text_has_scores(text: str) -> None:
    scores = shipped().scores(text)
    assert abs(sum(scores.shares.values()) - 1) < 1e-9


@pytest.mark.parametrize("unit", ["a", "A ", "!", "\u0301", "محمد ", "\n", "\ud800"])
def test_only_the_beginning_of_a_long_text_is_read(unit: str) -> None:
    whole = unit * (2**20 // len(unit))
    assert features(whole).grams == features(whole[:LONGEST]).grams


def test_the_model_is_small_and_holds_nothing_but_numbers_and_names() -> None:
    import ischia.core.text.genre.model as module

    path = Path(module.__file__).with_name("model.npz")
    assert path.stat().st_size <= 2**20
    with np.load(path, allow_pickle=False) as file:
        assert {file[name].dtype.kind for name in file.files} <= set("fiU")


def rows() -> list[Row]:
    words = {"reporting": "the council said that the work on the bridge number {} would be finished in the spring of the year",
             "slogan": "come on, number {}! louder, louder! sing with us, dance with us! tonight we win!"}  # fmt: skip
    return [Row(text.format("xyzuvw"[n % 6] * (n // 6 + 1)), genre) for genre, text in words.items() for n in range(60)]


def test_a_model_is_trained_on_labelled_texts_and_read_again(tmp_path: Path) -> None:
    trained = train(rows())
    assert trained.model.genres == ("reporting", "slogan")
    assert trained.model.languages == {"en"}
    assert all(cell.right == cell.texts for cell in trained.cells)
    trained.model.save(tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert all(again.scores(row.text) == trained.model.scores(row.text) for row in rows()[::7])


def test_the_same_texts_make_the_same_model() -> None:
    first, second = train(rows()).model, train(rows()).model
    assert np.array_equal(first.weights, second.weights)
    assert first.temperature == second.temperature


@pytest.mark.parametrize(
    ("given_rows", "message"),
    [
        ([], "need two genres with 10 texts each"),
        ([Row("a", "satire")], "row 1 has the genre 'satire'; there are legal, personal"),
        ([Row(f"{n} the council said so in spring", "reporting") for n in range(50)], "need two genres"),
        ([Row("x" * n, g) for n in range(12) for g in ("slogan", "legal")], "no language has 5 texts of every genre"),
    ],
)
def test_material_that_teaches_nothing_is_refused_with_the_reason(given_rows: list[Row], message: str) -> None:
    with pytest.raises(GenreError, match=message):
        train(given_rows)


def damaged() -> dict[str, bytes]:
    good = io.BytesIO()
    trained = train(rows()).model
    np.savez(good, version=np.array(1), weights=trained.weights, bias=trained.bias, temperature=np.array(np.nan),
             languages=np.array(["en"]), genres=np.array(trained.genres))  # fmt: skip
    wrong = io.BytesIO()
    np.savez(wrong, version=np.array(1), weights=np.zeros((2, 3)), bias=np.zeros(2), temperature=np.array(1.0),
             languages=np.array(["en"]), genres=np.array(["legal", "slogan"]))  # fmt: skip
    pickled = io.BytesIO()
    np.savez(pickled, version=np.array([object()], dtype=object))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("version.npy", b"x")
    return {
        "nothing": b"", "text": b"hello", "pickle": pickle.dumps([1]), "pickled array": pickled.getvalue(),
        "cut": good.getvalue()[:500], "no temperature": good.getvalue(), "wrong shape": wrong.getvalue(),
        "no array": archive.getvalue(),
    }  # fmt: skip


def test_a_file_that_is_no_model_is_refused_and_nothing_in_it_is_executed(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    for name, content in damaged().items():
        path.write_bytes(content)
        with pytest.raises(GenreError, match=r"model\.npz"):
            load(path)
            pytest.fail(name)
