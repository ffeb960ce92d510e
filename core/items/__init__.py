"""Sources, the import and its report, safe decoding, thumbnails, and the table of items."""
