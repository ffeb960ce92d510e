"""What is in which cluster now: edits, their fold over a clustering, and the journal that keeps them.

`edits` are small frozen values; `fold` applies them to an immutable `partition`; `journal` stores them so that a kill
at any moment loses nothing that was acknowledged. Pure numpy and the standard library; it knows no vectors.
"""
