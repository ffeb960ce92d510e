"""Every cap in one table. The documentation prints this table; no other module holds a number of this kind."""

from __future__ import annotations

from dataclasses import dataclass, fields

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Caps on what comes from outside. Raise one with `Limits(picture_pixels=…)` where a function takes `limits`."""

    picture_bytes: int = 64 * MIB  # one picture file
    picture_pixels: int = 50_000_000  # width x height, read from the header before decoding
    picture_side: int = 30_000  # pixels, the longer side of a picture
    decode_seconds: int = 10  # of computing for one picture, in a process of its own
    decode_wait_seconds: int = 60  # by the clock, for one picture, reading it included
    decode_bytes: int = 1024 * MIB  # memory for one picture, above what a decoding process starts with
    thumbnail_side: int = 192  # pixels, the longer side of a thumbnail
    table_bytes: int = 4096 * MIB  # one table file
    table_read_seconds: int = 30  # of computing, and a second more for each MiB of the table, in a process of its own
    table_read_bytes: int = 1024 * MIB  # memory, and eight times the table's file
    table_rows: int = 5_000_000  # of one table
    table_columns: int = 1_000  # of one table
    text_chars: int = 100_000  # one text item; a longer one is cut and reported
    cell_chars: int = 10_000  # one value in a column of the user's own
    item_id_chars: int = 1_024  # an item's id: its path in a folder, or the id column
    folder_files: int = 5_000_000  # in one folder and all below it
    folder_depth: int = 64  # folders in folders
    zip_bytes: int = 20 * 1024 * MIB  # the archive itself
    zip_unpacked_bytes: int = 50 * 1024 * MIB  # all members of one archive
    zip_ratio: int = 200  # unpacked : packed, above which a member is taken for a bomb
    zip_members: int = 2_000_000  # of one archive
    upload_bytes: int = 2048 * MIB  # dropped in the browser
    download_bytes: int = 512 * MIB  # a finished export that the browser gets; it passes through memory
    name_chars: int = 200  # a cluster's name
    note_chars: int = 4_000  # a cluster's note
    query_chars: int = 1_000  # typed in a search box
    vocabulary_terms: int = 50_000  # in a list of words to name clusters by
    user_name_chars: int = 64  # somebody who logs in
    password_chars_least: int = 10  # a password is no shorter
    password_chars: int = 200  # and no longer
    session_hours: int = 12  # then one logs in again
    login_tries: int = 10  # wrong ones from one address in 15 minutes; three times as many for one name
    login_bytes: int = 4096  # the form that a browser sends to log in
    handle_hours: int = 24  # an address of a thumbnail, a picture or the points, at least
    free_disk_bytes: int = 500 * MIB  # below this no job starts
    journal_room_bytes: int = 1 * MIB  # after the disk was full, edits are accepted again from this on
    plotly_points: int = 20_000  # drawn on the plain map

    def rows(self) -> list[tuple[str, int]]:
        """(name, value) pairs in the order of this file, for the documentation."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


DEFAULT = Limits()
