"""The words that pictures may be named by: nouns that ship with timm, and a list of the person's own.

timm (Apache-2.0) carries the words of ImageNet-21k, which are those of WordNet 3.0 (© 2006 Princeton University, free
to use with that notice), and lists of the classes that have enough pictures to be learnt; no hierarchy of them.

Persons are left out but for some plain words: most of what the list calls people by cannot be seen in a picture, and a
part of it insults them (Yang et al. 2020, doi:10.1145/3351095.3375709).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from core import safe
from core.assist.names.wordlists import NO_NAMES, PEOPLE
from core.errors import BadInput, NotAvailable
from core.limits import DEFAULT

_FOLDER = "data/_info"
_LEMMAS = "imagenet_synset_to_lemma.txt"
_LEARNABLE = ("imagenet12k_synsets.txt", "imagenet21k_miil_w21_synsets.txt")
# WordNet 3.0 files its nouns under subjects, one after the other: between these offsets lie the persons.
_PERSONS = (9_500_000, 11_000_000)


def shipped() -> tuple[str, ...]:
    """About 9,000 nouns in the order of WordNet, each once. Raises `NotAvailable` when timm is not installed."""
    lemmas = dict(line.split("\t", 1) for line in _lines(_LEMMAS) if "\t" in line)
    learnable = set().union(*(_lines(name) for name in _LEARNABLE))
    kept = sorted(synset for synset in learnable & lemmas.keys() if not _person(synset))
    words = [lemmas[synset].split(",")[0].strip() for synset in kept]
    return tuple(dict.fromkeys(word for word in (*PEOPLE, *words) if word.lower() not in NO_NAMES))


def own_terms(text: str) -> tuple[str, ...]:
    """A person's list, one term a line, each once whatever its case.

    Raises
    ------
    BadInput
        When no line has a term, or there are too many.
    """
    found: dict[str, str] = {}
    for line in unicodedata.normalize("NFC", text.removeprefix("\ufeff")).splitlines():
        term = safe.name(line)
        if term:
            found.setdefault(term.casefold(), term)
    if not found:
        raise BadInput("The list has no words.", "Every line is empty.", "Write one word or phrase a line.")
    if len(found) > DEFAULT.vocabulary_terms:
        what = f"The list has {len(found):,} words; at most {DEFAULT.vocabulary_terms:,} are read."
        raise BadInput(what, next_step="Shorten the list.")
    return tuple(found.values())


def _lines(name: str) -> Sequence[str]:
    spec = find_spec("timm")  # found without importing it, which would load torch
    try:
        return (Path(str(spec and spec.origin)).parent / _FOLDER / name).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        step = "Run: pip install -r requirements.txt; or give a list of your own."
        raise NotAvailable("The words that pictures are named by are not on this machine.", "", step) from error


def _person(synset: str) -> bool:
    return _PERSONS[0] <= int(synset[1:]) < _PERSONS[1]
