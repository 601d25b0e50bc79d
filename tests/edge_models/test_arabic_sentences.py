"""Arabic sentences are alike where they say the same, however they are spelt and wherever they are said."""

import time

import numpy as np
import pytest

from edge_models.arabic_sentences import DIMENSIONS, ArabicSentences, stem

BOOK = ["ارفع الصوت", "اخفض الصوت", "احذف الصورة", "شغل المروحة", "كم الساعة الآن", "كيف حالك"]


def alike(one: str, two: str) -> float:
    way = ArabicSentences(BOOK)
    return float(way.embed(one) @ way.embed(two))


def test_one_spelling_is_as_good_as_another() -> None:
    assert alike("أُغلقْ الإضاءةَ", "اغلق الاضاءه") == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("one", "two", "other"),
    [
        ("شيل هالصورة", "احذف الصورة", "كيف حالك"),
        ("بدي شوف الرسمة", "أريد أن أرى اللوحة", "ما تاريخ اليوم"),
        ("قديش الساعة هلق", "كم الساعة الآن", "شغل المروحة"),
    ],
)
def test_regions_say_the_same_in_other_words(one: str, two: str, other: str) -> None:
    assert alike(one, two) > alike(one, other) + 0.2


def test_particles_and_endings_are_no_other_word() -> None:
    assert stem("والمكتبة") == stem("مكتبة")
    assert stem("تحذفها") == stem("احذف") == stem("امسح")
    assert stem("12") == stem("خمسة") == "#"


def test_a_row_has_length_1_and_nothing_is_zeros() -> None:
    way = ArabicSentences(BOOK)
    row = way.embed("ارفع الصوت شوي")
    assert (row.shape, row.dtype) == ((DIMENSIONS,), np.float32)
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)
    for empty in ("", "…", "🦊", "ـ", "ً"):
        assert not way.embed(empty).any()


def test_any_text_is_read() -> None:
    way = ArabicSentences(BOOK)
    for text in ("و", "ال", "لل", "ت", "بب", "الـ", "abc def", "\0", "ء", "ي" * 500):
        assert np.isfinite(way.embed(text)).all()


def test_it_is_quick() -> None:
    way = ArabicSentences(BOOK)
    began = time.process_time()
    for number in range(100):
        way.embed(f"ممكن ترفعين الصوت شوي لو سمحتي الحين{number}")
    assert (time.process_time() - began) / 100 < 0.003 * 5  # five times what it may take on a quiet machine
