"""Planted e-mails, phones and names leave free texts; what only looks like them stays."""

import itertools

import pytest

from lake.delta.views import duckdb_instance
from lake.masking import install_masking

EMAILS = ("ada.byron@example.org", "o'neil+vinyl@mail.example.co.uk", "jürgen@käufer.example", "x_1@sub.shop.example")
PHONES = ("+49 30 1234567", "+44 (0)20 7946 0958", "0049-171-5550123", "030 / 901820", "(212) 555-0187", "212.555.0187")
NAMES = ("Ada Byron", "Jürgen Groß", "Mary-Ann O'Neil", "Zoë")
SENTENCES = {
    "[e-mail]": ("Write to {} please.", "{} knows more", "mail:{}, thanks"),
    "[phone]": ("Call {} after six.", "My number: {}.", "{}"),
    "[name]": ("My name is {}", "ich heiße {} und warte.", "Great record! Best regards, {}", "Viele Grüße\n{}"),
}
PLANTED = [
    (sentence.format(value), value, mask)
    for mask, values in (("[e-mail]", EMAILS), ("[phone]", PHONES), ("[name]", NAMES))
    for sentence, value in itertools.product(SENTENCES[mask], values)
]
HARMLESS = (
    "Dr. Dre and Mr. Bungle on one LP, 2024-03-01 12:30.",
    "EAN 0602445790098, catalogue number ECM 1064-65, 12.99 EUR",
    "Recorded 1967-1970, reissued 2001, 180 g, 33 1/3 rpm, limited to 1000 copies @ 45 rpm",
    "Love you. Yours is no disgrace is the best song by Yes",
    "Best regards to the band",
    "",
)


@pytest.fixture(scope="module")
def masked():
    con = duckdb_instance()
    install_masking(con)
    return lambda text: con.execute("select masked($1)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(("text", "value", "mask"), PLANTED, ids=range(len(PLANTED)))
def test_what_names_a_person_leaves_the_text(masked, text, value, mask):
    answer = masked(text)
    assert mask in answer
    assert value not in answer
    left = [word for word in text.replace(value, " ").split() if word.isalpha()]
    assert all(word in answer for word in left)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_stays(masked, text):
    assert masked(text) == text


def test_a_missing_text_stays_missing(masked):
    assert masked(None) is None
