"""Types of a user's own columns: whole numbers, numbers, true/false, or text; nothing that was written is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

_WHOLE = r"^-?(0|[1-9]\d{0,17})$"
_NUMBER = r"^-?(0|[1-9]\d{0,17})(\.\d+)?([eE][+-]?\d{1,3})?$"
_TRUTH = r"^(true|false|True|False|TRUE|FALSE)$"


def infer(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Texts with the narrowest type that loses nothing: `007` and `1,5` stay text, empty cells are missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column)
    filled = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    if filled.null_count == len(filled):
        return column.cast(pa.string())
    for pattern, kind in ((_WHOLE, pa.int64()), (_NUMBER, pa.float64()), (_TRUTH, pa.bool_())):
        if pc.all(pc.match_substring_regex(filled, pattern)).as_py():
            return (pc.utf8_lower(filled) if kind == pa.bool_() else filled).cast(kind)
    return column


def as_own(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray | None:
    """A column as one of the four types; dates and times become ISO text; None for lists, bytes and structures."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_own(column.cast(kind.value_type))
    if pa.types.is_boolean(kind) or is_text(kind):
        return column
    if pa.types.is_integer(kind):
        return column.cast(pa.float64() if kind == pa.uint64() else pa.int64(), safe=False)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_timestamp(kind):
        text = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
        return pc.replace_substring_regex(text, r"\.0+$", "")
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.date32()).cast(pa.string()) if pa.types.is_date(kind) else column.cast(pa.string())
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    return None


def is_text(kind: pyarrow.DataType) -> bool:
    """Whether a column of this type holds text."""
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
