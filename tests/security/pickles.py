"""What a pickle from elsewhere would do, to be looked for afterwards."""

from __future__ import annotations

import pickletools


def pickled(sentinel):
    """Bytes that would make `sentinel` when they are unpickled (protocol 0, written by hand: nothing here pickles)."""
    data = f"cos\nmkdir\n(S{str(sentinel)!r}\ntR.".encode()
    assert any(code.name == "REDUCE" for code, _, _ in pickletools.genops(data))
    return data
