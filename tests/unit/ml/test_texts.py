"""The fact checker: texts from the facts pass, planted lies are marked where they stand."""

import datetime as dt

import pytest

from ml.texts.checker import Finding, check_text
from ml.texts.facts import Fact, facts_of
from ml.texts.templates import text_by_template

ROW = {
    "title": "Blue Hours",
    "artist_name": "Mara Lindqvist",
    "label_name": "Nordlicht",
    "genre": "jazz",
    "format": "LP",
    "release_date": dt.date(2025, 3, 14),
    "release_year": 2025,
    "list_price": 1249.5,
    "currency": "EUR",
    "bpm": 96.2,
}
FACTS = facts_of(ROW)
TRUE = {
    "en": (
        "Blue Hours by Mara Lindqvist is available now on LP.",
        "Discover warm jazz: Blue Hours, out on Nordlicht since March 2025.",
        "Released on 14 March 2025, at 96 BPM, for EUR 1,249.50.",
        "The record came out on March 14, 2025. You may play it at 96 BPM.",
        "Mara Lindqvist's record of 2025 is on vinyl.",
    ),
    "de": (
        "Blue Hours von Mara Lindqvist ist jetzt als LP erhältlich.",
        "Warmer Klang für Fans: am 14. März 2025 bei Nordlicht erschienen.",
        "Der Preis: 1.249,50 EUR. Das Tempo: 96 BPM.",
        "Das Album erschien am 14.03.2025.",
        "Musik aus dem März 2025, mit ruhigem Klang.",
    ),
}
LIES = {
    "en": """Out since 15 March 2025.|Out since March 2024.|Out since 14 April 2025.|Released 2025-03-13.
Out 03/14/2025.|It came out on March 15, 2025.|A record of 2019.|It has 12 tracks.|It has 96 tracks.
It has 2025 tracks.|At 120 BPM.|At 95 BPM.|For EUR 1,249.00.|For $9.99.|For 1.249,50 EUR.
Over 10,000 copies sold.|Rated 5 stars.|A score of 4.8.|Twelve songs.|A million streams.
Hundreds of fans.|By Miles Davis.|Featuring Adele.|Produced by Brian Eno.|Out on Blackbird.
Recorded in Berlin.|A Grammy winner.|An award-winning record.|It went platinum.|A number one hit.
A bestseller.|A limited record.|Her debut.|Top of the charts.|Adele loves it.|Blue Houses is out.
Mara Lindquist is out.|It has 7% more.|An exclusive record.|Loved in Paris since 1999.""",
    "de": """Am 15. März 2025 erschienen.|Am 14. April 2025 erschienen.|Seit März 2023.|Am 13.03.2025.|Album aus 2019.
Mit 12 Titel.|Bei 120 BPM.|Für 1.249,00 EUR.|Für 9,99 Euro.|Für 1,249.50 EUR.|Über 10.000 Exemplare.
Mit 5 Sterne.|Zwölf Lieder.|Millionen Hörer.|Mit Helene Fischer.|Von Adele.|Aus Berlin.
Mit dem Jazzpreis.|Preisgekrönt.|Mit Auszeichnung.|In den Charts.|Ein Bestseller.|Ihr Debüt.|Limitiert.
Exklusiv hier.""",
}
PLANTED = [(language, lie) for language, lines in LIES.items() for line in lines.split("\n") for lie in line.split("|")]


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, texts in TRUE.items() for text in texts])
def test_a_true_text_passes(language: str, text: str) -> None:
    assert check_text(text, FACTS, language) == []


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("missing", [None, *(name for name in ROW if name != "title")])
def test_templates_state_facts_only(language: str, missing: str | None) -> None:
    facts = [fact for fact in FACTS if fact.name != missing]
    text = text_by_template(facts, language)
    assert text.count("Blue Hours") == 1
    assert check_text(text, facts, language) == []


def test_there_are_more_than_sixty_lies() -> None:
    assert len(set(PLANTED)) >= 60


@pytest.mark.parametrize(("language", "lie"), PLANTED)
def test_a_planted_lie_is_marked_amid_true_sentences(language: str, lie: str) -> None:
    before, after = TRUE[language][0], TRUE[language][2]
    text = f"{before} {lie} {after}"
    findings = check_text(text, FACTS, language)
    assert findings
    for finding in findings:
        assert text[finding.start : finding.end] == finding.text
        assert len(before) < finding.start < len(before) + 1 + len(lie)


def test_a_finding_says_where_and_why() -> None:
    assert check_text("At 120 BPM.", FACTS, "en") == [Finding(3, 6, "120", "number", "no tempo among the facts is 120")]


def test_a_name_inside_another_word_is_no_match() -> None:
    facts = [Fact("title", "name", "Art", "gold.dim_release.title")]
    assert [one.text for one in check_text("Artemis", facts, "en")] == ["Artemis"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="known are en, de"):
        check_text("Hola", FACTS, "es")
