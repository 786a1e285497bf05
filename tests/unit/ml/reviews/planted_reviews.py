"""Sentences with known aspects and polarity, from templates that the lexicon's author did not look at."""

import random

SUBJECTS = {
    "sound": ["The sound", "The mix on this one", "The mastering", "The audio quality", "The bass"],
    "songs": ["The songs", "Every track here", "The lyrics", "The songwriting", "The melodies"],
    "pressing": ["The pressing", "The vinyl itself", "Side B of the record", "This 180 gram pressing", "The LP"],
    "packaging": ["The sleeve", "The packaging", "The booklet", "The gatefold cover", "The box"],
    "price": ["The price", "What they charge for it, the price I mean,", "The cost", "The price tag", "The pricing"],
    "shipping": ["Shipping", "The delivery", "The courier", "The shipment", "Delivery by post"],
    "service": ["The seller", "Customer service", "The shop's support", "The staff", "Their customer support"],
}
GOOD = {
    "sound": ["is warm and detailed", "is crystal clear", "could not be better balanced", "blew me away", "is superb"],
    "songs": [
        "are all gems",
        "never get old",
        "moved me to tears, just beautiful",
        "are incredibly catchy",
        "are brilliant",
    ],
    "pressing": [
        "is dead quiet",
        "is perfectly flat",
        "plays without a single pop",
        "is flawless",
        "has no surface noise",
    ],
    "packaging": [
        "is gorgeous",
        "is sturdy and well made",
        "kept everything safe",
        "looks lovely",
        "came in mint condition",
    ],
    "price": ["is more than fair", "is a bargain", "was surprisingly low", "is great value", "is very reasonable"],
    "shipping": [
        "was super fast",
        "took only two days, quicker than promised",
        "was prompt",
        "was on time",
        "was quick and safe",
    ],
    "service": [
        "was helpful and friendly",
        "answered within the hour",
        "sorted it out at once",
        "was excellent",
        "replaced it free of charge",
    ],
}
BAD = {
    "sound": [
        "is muddy",
        "is harsh and fatiguing",
        "sounds like it was done in a tin can",
        "is terrible",
        "is not good at all",
    ],
    "songs": [
        "are boring",
        "all blur together",
        "are forgettable filler",
        "are not worth hearing twice",
        "are a letdown",
    ],
    "pressing": ["was warped", "crackles all the way through", "skips on two tracks", "is noisy", "is off-center"],
    "packaging": ["was torn", "arrived with crushed corners", "is flimsy", "had a split seam", "feels cheap"],
    "price": ["is outrageous", "is way too high", "is hard to justify", "is a rip-off", "is simply not reasonable"],
    "shipping": ["took six weeks", "was painfully slow", "was delayed twice", "was late", "never came"],
    "service": ["ignored my e-mails", "was rude", "refused a refund", "never got back to me", "was useless"],
}
JOINS = ["{a}. {b}.", "{a}, but {b}.", "{a} and {b}.", "{a}; {b}!", "I'll say this: {a}, though {b}."]


def planted_reviews(seed: int, count: int = 300) -> list[tuple[str, list[tuple[str, str]]]]:
    """Texts, each with its (aspect, label) pairs: one or two of them."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        aspects = rng.sample(list(SUBJECTS), rng.choice([1, 2]))
        truth, parts = [], []
        for aspect in aspects:
            is_good = rng.random() < 0.5
            parts.append(f"{rng.choice(SUBJECTS[aspect])} {rng.choice((GOOD if is_good else BAD)[aspect])}")
            truth.append((aspect, "positive" if is_good else "negative"))
        if len(parts) == 1:
            text = rng.choice(["{a}.", "Honestly, {a}.", "{a}!"]).format(a=parts[0])
        else:
            second = parts[1][0].lower() + parts[1][1:]
            text = rng.choice(JOINS).format(a=parts[0], b=second)
        found.append((text, truth))
    return found
