"""The pages, over the plain package `core`. Nothing is decided here: a page reads state, asks `core`, and draws."""
