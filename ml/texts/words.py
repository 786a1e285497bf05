"""Words of each language that the checker reads: months, numbers, units, claims, and words that are no names."""


def _words(lines: str) -> list[str]:
    return lines.split()


MONTHS = {
    "en": _words("january february march april may june july august september october november december"),
    "de": _words("januar februar märz april mai juni juli august september oktober november dezember"),
}
NUMBER_WORDS = set(
    _words("""two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig
    dozen dozens hundred hundreds thousand thousands million millions billion
    dutzend dutzende hundert hunderte tausend tausende million millionen milliarde""")
)
# A number beside one of these must be a fact of that kind.
UNITS = {
    "tempo": {"bpm"},
    "money": set(_words("eur euro euros usd dollar dollars gbp € $ £")),
    "tracks": set(_words("tracks track songs song titel stücke stück lieder")),
    "units": set(_words("copies units exemplare exemplaren exemplar")),
    "reviews": set(_words("reviews review ratings bewertungen rezensionen")),
    "rating": set(_words("stars star sterne sternen")),
    "count": set(_words("minutes minuten weeks wochen years jahre jahren streams % percent prozent")),
}
CLAIMS = (
    r"grammy\w*|awards?|award-winning|prize\w*|\w*preis(?:e|es|träger\w*)?|auszeichnung\w*|(?:preis)?gekrönt\w*|"
    r"ausgezeichnet\w*|nominat\w*|nominier\w*|platin(?:um)?|chart\w*|best-?sell\w*|number one|no\. ?1|nummer eins|"
    r"debut\w*|debüt\w*|limited|limitiert\w*|exclusive\w*|exklusiv\w*|hand-?numbered|first ever|erstmals"
)
PRICE_WORDS = {"preis"}  # the German word of a price is no prize
COMMON = {
    "en": set(
        _words("""a an the this that it its on in at of for from by with and or but now new here hear listen discover
        enjoy add out order available release released record album single vinyl music sound song songs track tracks
        artist label genre format price tempo style fans fan store shop your you we our they he she all each every one
        first put play warm bright deep dark rich calm lively quiet loud gentle bold fresh bpm i
        rated copies tracks stars review reviews""")
    ),
    "de": set(
        _words("""der die das den dem des ein eine einen einer eines es im in am an auf aus bei für mit und oder aber
        nun neu hier jetzt hören entdecken genießen bestellen erhältlich veröffentlichung veröffentlicht erschienen
        album single vinyl musik klang lied lieder titel stück künstler künstlerin label genre format preis tempo
        stil fans handel laden platte ihr sie wir unser alle jede jeder
        warm warmer hell tief dunkel ruhig lebhaft leise laut
        sanft frisch bpm sammlung regal freunde hörer euro ohren abend bestellung
        bewertet bewertungen sterne sternen exemplare rezension rezensionen""")
    ),
}
