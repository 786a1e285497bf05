"""The text of a question while it is read: what is understood is taken out, what is left was not understood."""

import re

from serving.queries.search.documents import plain

TAKEN = "\x01"
METRIC = "\x03"  # where a metric was taken out
_PIECES = re.compile(r'["“”„«»]([^"“”„«»]+)["“”„«»]|(\d{4}-\d{2}(?:-\d{2})?)\b|([<>=+%*/&|;{}$#@\\])|(\w+)')


class Text:
    """A question in small letters without accents.

    Quoted parts are kept apart in `quoted`. Dates and signs stay, so that a sign nobody understands shows.
    """

    def __init__(self, question: str) -> None:
        self.quoted: list[str] = []
        words: list[str] = []
        for quoted, date, sign, word in _PIECES.findall(question):
            if quoted:
                self.quoted.append(plain(quoted))
                words.append(f"\x02{len(self.quoted) - 1}\x02")
            else:
                words.append(date or sign or plain(word))
        self.rest = f" {' '.join(words)} "

    def take(self, pattern: str, mark: str = TAKEN) -> re.Match[str] | None:
        """Find whole words by a pattern and take them out; None where there are none."""
        found = re.search(rf"(?<= )(?:{pattern})(?= )", self.rest)
        if found:
            self.rest = f"{self.rest[: found.start()]}{mark}{self.rest[found.end() :]}"
        return found

    def take_all(self, pattern: str, mark: str = TAKEN) -> list[re.Match[str]]:
        """Take out every occurrence, from the left."""
        found = []
        while one := self.take(pattern, mark):
            found.append(one)
        return found

    def left(self, without: frozenset[str]) -> list[str]:
        """The words that nobody took."""
        return [word for word in self.rest.replace(TAKEN, " ").replace(METRIC, " ").split() if word not in without]
