"""Cards that a person chose to look at, beside the queue: a sample of one cluster, and what deserves a second look.

`loop.DeckReview` is used as `core.assist.review.Review` is: `next`, `answer`, `ahead`. A deck keeps nothing: what was
answered is read off the partition, so that it survives a restart and goes with an undo.
"""
