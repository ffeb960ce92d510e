"""What to review: the queue, a kind of second look, or a sample of one cluster; and the end of what was chosen."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import resources, reviewing, state
from app.callbacks import whole
from app.components import look_again, messages
from app.reviewing import Desk
from app.server.identity import current
from app.view import View, title
from core import look_again as finds
from core import safe
from core.assist.purity import Purity
from core.decks import names, sample
from core.decks.sample import SampleDeck
from core.look_again import TITLES
from core.partition.partition import UNDECIDED
from core.users.roles import Right

_QUEUE = "The queue"
_BOX = "review:deck"


def choice(view: View) -> None:
    """Which cards are asked."""
    chosen = state.get().deck
    titles = {"": _QUEUE, **{finds.name_of(kind): words for kind, words in TITLES.items()}}
    cluster_id = names.sampled_cluster(chosen)
    if cluster_id is not None:
        there = cluster_id in view.partition.clusters
        titles[chosen] = f"Sample of {title(view.partition, cluster_id)}" if there else "Sample"
    # The choice may have been made elsewhere.
    st.session_state[_BOX] = chosen if chosen in titles else ""
    st.selectbox(
        "What to review",
        list(titles),
        format_func=lambda one: safe.plain(titles.get(one, ""), 60),
        key=_BOX,
        label_visibility="collapsed",
        width=220,
        on_change=whole(lambda: reviewing.choose(st.session_state[_BOX])),
    )


def waits(view: View) -> bool:
    """Whether the chosen cards are made by a job first; says so, and offers to begin it."""
    kind = finds.kind_of(state.get().deck)
    if not kind or not finds.needs_job(kind, view.project, view.found):
        return False
    if resources.jobs(view.name).unfinished():
        messages.empty(f"{TITLES[kind]} are being looked for", "They appear here when the job above is done.")
        return True
    messages.empty(f"{TITLES[kind]} were not looked for yet", "Pictures and texts are compared once; that is a job.")
    if current().may(Right.COMPUTE):
        begin = partial(messages.attempt, lambda: look_again.begin(view.name), False)
        st.button(f"Look for {TITLES[kind].lower()}", type="primary", key="review:job", on_click=whole(begin))
    return True


def ended(view: View, desk: Desk) -> None:
    """That nothing is left of what was chosen, and what the answers came to."""
    deck = desk.review.deck  # type: ignore[union-attr]
    told = deck.told(view.partition)
    messages.empty(told.words, told.more or "Nothing is left to look at here.", ":material/done_all:")
    with st.container(horizontal=True):
        st.button("Back to the queue", type="primary", key="review:queue", on_click=whole(reviewing.choose), args=("",))
        if isinstance(deck, SampleDeck):
            if not _all_seen(view, deck):
                st.button("Check more of it", key="review:more", on_click=whole(partial(setattr, deck, "beyond", True)))
            st.page_link("views/clusters.py", label="Clusters", icon=":material/arrow_forward:")
        else:
            st.button("Look once more", key="review:again", on_click=whole(reviewing.clear))


def sample_button(view: View, cluster_id: int | None) -> None:
    """Begins, or goes on with, the sample of a cluster; says what it came to so far."""
    if cluster_id is None or cluster_id == UNDECIDED or cluster_id not in view.partition.clusters:
        return
    found: Purity = sample.sampled(view.partition, cluster_id).purity
    if current().may(Right.EDIT) and st.button(
        "Check a sample",
        icon=":material/fact_check:",
        type="tertiary",
        key="sample:open",
        help=f"Items drawn at random, until it can be said whether {100 * sample.TARGET:.0f} % of all belong here.",
    ):
        reviewing.choose(names.of_sample(cluster_id))
        st.switch_page("views/review.py")
    if found.checked:
        st.caption(safe.markdown(found.sentence()), width="content")


def _all_seen(view: View, deck: SampleDeck) -> bool:
    found = sample.sampled(view.partition, deck.cluster_id)
    return bool(found.known.all())
