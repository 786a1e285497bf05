"""The sentences that ask for an action, in English and German."""

from typing import Literal

from serving.copilot.plan import ActionName
from serving.copilot.wording import Language

Strategy = Literal["competitive", "value", "margin", "dynamic"]
# What a strategy is called -> the strategy.
STRATEGIES: dict[str, Strategy] = {
    "competitive": "competitive", "value": "value", "margin": "margin", "dynamic": "dynamic",
    "wettbewerbs": "competitive", "wert": "value", "margen": "margin", "dynamischen": "dynamic",
}  # fmt: skip
# What a stem is called -> its type.
STEMS = {
    "drums": "drums", "bass": "bass", "guitar": "guitar", "piano": "piano", "synthesizer": "synth", "synth": "synth",
    "other": "other", "schlagzeug": "drums", "gitarre": "guitar", "klavier": "piano", "rest": "other",
}  # fmt: skip
_STEM = "|".join(STEMS)
_LISTED = rf"(?P<names>(?:{_STEM})(?:(?:, | and | und |,)(?:{_STEM}))*)"
_DAY = r"\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}"
_UNTIL = rf"(?P<until>{_DAY})"
_WHY = r"(?:[,;:]? (?:because|since|why:) ?(?P<why>.+))?"
_GRUND = r"(?:[,;:]? (?:weil|denn|grund:) ?(?P<why>.+))?"
_GERMAN_NUMBER = r"(?P<units>\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?)"

PATTERNS: dict[Language, tuple[tuple[ActionName, str], ...]] = {
    "en": (
        ("acknowledge", rf"(?:acknowledge|ack) (?:the )?alert (?P<alert>\w+){_WHY}"),
        ("snooze", rf"snooze (?:the )?alert (?P<alert>\w+)(?: until {_UNTIL}| for (?P<days>\d{{1,3}}) days?)?{_WHY}"),
        (
            "override",
            r"override (?:the )?forecast (?:of|for) (?P<release>.+?) (?:to|with|at) (?P<units>\d[\d,]*(?:\.\d+)?) "
            r"units (?:over|in|within|for) (?:the next )?(?P<days>\d{1,3}) days"
            rf"(?: until {_UNTIL})?{_WHY}",
        ),
        (
            "apply_price",
            r"apply (?:the )?(?:recommended )?(?:(?P<strategy>competitive|value|margin|dynamic) )?price "
            rf"(?:of|for|to) (?P<release>.+?){_WHY}",
        ),
        ("order_report", r"order (?:a|the|another) (?:new )?(?:forecast )?report"),
        (
            "request_stem",
            rf"request (?:the |a )?{_LISTED}(?: stems?)? (?:of|for) (?:the )?track (?P<track>\S+)",
        ),
    ),
    "de": (
        ("acknowledge", rf"(?:bestätige|quittiere) (?:die )?warnung (?P<alert>\w+){_GRUND}"),
        (
            "snooze",
            rf"stelle? (?:die )?warnung (?P<alert>\w+)(?: bis (?:zum )?{_UNTIL}| (?:für|um) (?P<days>\d{{1,3}}) "
            rf"tage?)? zurück{_GRUND}",
        ),
        (
            "override",
            rf"(?:setze|überschreibe) (?:die )?prognose (?:von|für) (?P<release>.+?) (?:auf|mit) {_GERMAN_NUMBER} "
            r"(?:stück|einheiten) (?:über|in|für) (?:(?:die|den) nächsten )?(?P<days>\d{1,3}) tage?n?"
            rf"(?: bis (?:zum )?{_UNTIL})?{_GRUND}",
        ),
        (
            "apply_price",
            r"wende (?:den )?(?:empfohlenen )?(?P<strategy>wettbewerbs-?|wert-?|margen-?|dynamischen )?preis "
            rf"(?:von|für|auf) (?P<release>.+?) an{_GRUND}",
        ),
        ("order_report", r"bestelle (?:einen|den|noch einen) (?:neuen )?(?:prognose)?bericht"),
        (
            "request_stem",
            rf"fordere {_LISTED}(?:-?spuren?| stems?)? (?:von|für|aus) (?:der aufnahme|aufnahme|dem titel|titel) "
            r"(?P<track>\S+) an",
        ),
    ),
}
