"""The channels that a text is written for, and how long it may be there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """What a text of a channel is like.

    Attributes:
        name: of the channel.
        most_characters: at most so many characters.
        purpose: what a model is told of it.
    """

    name: str
    most_characters: int
    purpose: str


CHANNELS = {
    one.name: one
    for one in (
        Channel("shop", 600, "the product page of a shop"),
        Channel("newsletter", 900, "a paragraph of a newsletter to buyers"),
        Channel("social", 280, "one post on a social network, without hashtags"),
    )
}


def channel(name: str) -> Channel:
    """The channel of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in CHANNELS:
        raise ValueError(f"no channel {name!r}; there are {', '.join(CHANNELS)}")
    return CHANNELS[name]
