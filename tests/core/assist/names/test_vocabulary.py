"""The shipped words and the person's own list."""

import subprocess
import sys

import pytest

from core.assist.names.vocabulary import own_terms, shipped
from core.assist.names.wordlists import NO_NAMES, PEOPLE
from core.errors import BadInput, NotAvailable


def test_shipped__holds_usual_nouns_once_and_no_slurs():
    words = shipped()
    assert 8_000 < len(words) < 12_000
    assert len(set(words)) == len(words)
    assert {"tabby", "volcano", "bicycle", "firefighter", "mammal"} <= set(words)
    assert not NO_NAMES & {word.lower() for word in words}
    # Of the persons only the plain ones of our own list; the list of timm has hundreds.
    assert set(PEOPLE) <= set(words)
    assert not {"commoner", "zoo keeper", "working girl", "wrecker"} & set(words)


def test_shipped__is_read_without_loading_a_model_library():
    code = "import sys; from core.assist.names.vocabulary import shipped; shipped(); "
    code += "print({'timm', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_shipped__says_what_to_do_without_timm(monkeypatch):
    monkeypatch.setattr("core.assist.names.vocabulary.find_spec", lambda name: None)
    with pytest.raises(NotAvailable, match="list of your own"):
        shipped()


def test_own_terms__are_one_a_line_each_once():
    assert own_terms("\ufeffCat\r\n  cat \n\nred\tpanda\nΚόσμος\n\x00odd") == ("Cat", "red panda", "Κόσμος", "·odd")


def test_own_terms__refuse_an_empty_and_an_endless_list(monkeypatch):
    with pytest.raises(BadInput, match="no words"):
        own_terms(" \n\n")
    with pytest.raises(BadInput, match="50,001 words"):
        own_terms("\n".join(f"word {number}" for number in range(50_001)))
