"""No name twice, and no second word for a twin."""

from hypothesis import given
from hypothesis import strategies as st

from core.assist.names.assign import Candidate, assign

NAMES = ("cat", "Cat", "dog", "kitten", "fox")


def candidate(term, rank):
    return Candidate(term, NAMES[term], rank, rank, 0.9)


def always(cluster, other, term):
    return True


def never(cluster, other, term):
    return False


def test_assign__gives_a_name_to_the_cluster_it_stands_for_most():
    given = assign({0: [candidate(0, 0.4), candidate(2, 0.3)], 1: [candidate(0, 0.9)]}, always)
    assert [one.name for one in given[1]] == ["cat"]
    assert [one.name for one in given[0]] == ["dog"]


def test_assign__gives_a_twin_no_other_word():
    wanted = {0: [candidate(0, 0.9), candidate(3, 0.5)], 1: [candidate(0, 0.8), candidate(3, 0.7)]}
    given = assign(wanted, never)
    assert [one.name for one in given[0]] == ["cat", "kitten"]
    assert given[1] == []


def test_assign__does_not_offer_what_is_taken():
    assert assign({0: [candidate(0, 0.9)]}, always, taken=["CAT"]) == {0: []}


@given(
    st.dictionaries(st.integers(0, 5), st.dictionaries(st.integers(0, 4), st.floats(0.01, 1), max_size=5), max_size=6),
    st.booleans(),
)
def test_assign__never_gives_a_name_twice_and_keeps_to_what_was_wanted(wanted, apart):
    asked = {cluster: [candidate(term, rank) for term, rank in terms.items()] for cluster, terms in wanted.items()}
    given = assign(asked, always if apart else never)
    names = [one.name.casefold() for found in given.values() for one in found]
    assert len(names) == len(set(names))
    assert given.keys() == asked.keys()
    for cluster, found in given.items():
        assert len(found) <= 3
        assert set(found) <= set(asked[cluster])
        assert [one.rank for one in found] == sorted((one.rank for one in found), reverse=True)
