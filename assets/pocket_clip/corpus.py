"""What the pocket CLIP is taught: emoji with their names and keywords, and the words of a dictionary.

Nothing here draws or trains. One emoji in ten is held out: no drawing of it, in any skin tone, and no
caption made for it is ever part of the training.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assets.demo.make import Emoji, base_emoji, read_emoji_test

HELD_OUT_ONE_IN = 10
SKIN_TONE_IN_NAME = re.compile(r"[:,] (?:light|medium-light|medium|medium-dark|dark) skin tone")
TEMPLATES = (
    "a picture of {}",
    "a photo of {}",
    "an emoji of {}",
    "{} emoji",
    "a drawing of a {}",
    "this is {}",
)
# WordNet files its nouns under subjects; these are the ones that can be seen.
VISIBLE_SUBJECTS = frozenset({"05", "06", "08", "13", "17", "18", "19", "20"})
LONGEST_GLOSS = 12


@dataclass(frozen=True)
class Item:
    """One base emoji, everything said about it, and its drawings (itself, then its skin tones)."""

    emoji: Emoji
    keywords: tuple[str, ...]
    drawings: tuple[str, ...]
    held_out: bool

    @property
    def name(self) -> str:
        return self.emoji.name

    @property
    def may_be_mirrored(self) -> bool:
        """Whether the mirror image still deserves the name."""
        directed = re.search(r"\b(left|right|clockwise|o’clock|thirty)\b", self.name)
        return self.emoji.group not in {"Flags", "Symbols", "Objects"} and not directed


@dataclass(frozen=True)
class Caption:
    """A text, and the plainer text whose meaning it is to have."""

    text: str
    meaning: str


@dataclass
class Captions:
    """Every caption an item may be shown with, by kind."""

    name: Caption
    framed: list[Caption] = field(default_factory=list)
    keywords: list[Caption] = field(default_factory=list)
    extended: list[Caption] = field(default_factory=list)
    places: list[Caption] = field(default_factory=list)

    def kinds(self) -> list[tuple[float, list[Caption]]]:
        """The kinds that exist for this item, each with how often it is to be drawn."""
        kinds = [
            (0.45, [self.name]),
            (0.2, self.framed),
            (0.12, self.keywords),
            (0.15, self.extended),
            (0.08, self.places),
        ]
        return [(share, captions) for share, captions in kinds if captions]


def is_held_out(text: str) -> bool:
    """The same one emoji in ten whatever the order or the version of the list."""
    digest = hashlib.sha256(text.replace("\ufe0f", "").encode()).digest()
    return int.from_bytes(digest[:4], "big") % HELD_OUT_ONE_IN == 0


def read_keywords(cldr: Path) -> dict[str, tuple[str, ...]]:
    """CLDR's English keywords by emoji, written without variation selectors."""
    keywords: dict[str, tuple[str, ...]] = {}
    for folder in ("annotations", "annotationsDerived"):
        for entry in ElementTree.parse(cldr / "common" / folder / "en.xml").iter("annotation"):
            if entry.get("type") is None:
                words = (entry.text or "").split("|")
                keywords[entry.attrib["cp"]] = tuple(word.strip() for word in words)
    return keywords


def read_items(emoji_test: Path, cldr: Path) -> list[Item]:
    """All base emoji in Unicode's order."""
    keywords = read_keywords(cldr)
    with emoji_test.open(encoding="utf-8") as lines:
        emoji = list(read_emoji_test(lines))
    base = base_emoji(emoji)
    drawings: dict[str, list[str]] = {one.name: [one.text] for one in base}
    for one in emoji:
        # By name, because some pairs of people have a code of their own only without skin tones.
        if one.has_skin_tone and (plain := SKIN_TONE_IN_NAME.sub("", one.name)) in drawings:
            drawings[plain].append(one.text)
    return [
        Item(
            emoji=one,
            keywords=tuple(word for word in keywords.get(one.text.replace("\ufe0f", ""), ()) if word != one.name),
            drawings=tuple(drawings[one.name]),
            held_out=is_held_out(one.text),
        )
        for one in base
    ]


def captions_of(item: Item, forbidden: frozenset[str]) -> Captions:
    """Every caption of one item; a keyword among the ``forbidden`` (names of held-out items) is left out."""
    name, place = item.name, item.emoji.subgroup.replace("-", " ")
    keywords = [word for word in item.keywords if word not in forbidden]
    return Captions(
        name=Caption(name, name),
        framed=[Caption(template.format(name), name) for template in TEMPLATES],
        keywords=[Caption(word, word) for word in keywords],
        extended=[Caption(f"{name}, {word}", f"{name}, {word}") for word in keywords],
        places=[Caption(place, place), Caption(f"{name}, {place}", f"{name}, {place}")],
    )


def read_lexicon(wordnet: Path) -> list[str]:
    """Words and short definitions for the text tower, each once.

    Every word that WordNet counted in running text, with its definition where that is short, and the usual
    word of every visible thing.
    """
    counted = {line.split("%", 1)[0] for line in (wordnet / "cntlist.rev").read_text().splitlines()}
    texts: dict[str, None] = {}
    for part in ("noun", "verb", "adj"):
        for lemmas, subject, gloss in read_wordnet(wordnet / f"data.{part}"):
            common = [lemma for lemma in lemmas if lemma in counted]
            # The first word of a synset is the usual one; the rest of rare things is mostly Latin.
            words = common or (lemmas[:1] if subject in VISIBLE_SUBJECTS else [])
            texts.update(dict.fromkeys(word.replace("_", " ") for word in words))
            if common and len(gloss.split()) <= LONGEST_GLOSS:
                texts[gloss] = None
    return list(texts)


def read_wordnet(path: Path) -> Iterator[tuple[list[str], str, str]]:
    """The synsets of one WordNet file: lower-case lemmas, number of the subject, first definition."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields, gloss = line.split("|", 1)
        _, subject, _, count, *rest = fields.split()
        lemmas = [re.sub(r"\(\w+\)$", "", word).lower() for word in rest[: 2 * int(count, 16) : 2]]
        yield lemmas, subject, gloss.split(";")[0].strip()
