"""Takes the labels away: one file a format, one table of formats, provenance beside every export."""
