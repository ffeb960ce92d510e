"""Files that only the person who runs the server may read, in her configuration folder."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from core.errors import StorageFailed
from core.storage import explained, write_bytes


def config_folder() -> Path:
    """`$TAXON_CONFIG`, else `taxon` in `$XDG_CONFIG_HOME`, else `~/.config/taxon`."""
    given = os.environ.get("TAXON_CONFIG")
    if given:
        return Path(given).absolute()
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config").absolute() / "taxon"


def write(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path`, whole or not at all, mode 600. Raises `StorageFailed`."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_bytes(path, data)


def read(path: Path) -> bytes | None:
    """What is in a private file; None when it is not there.

    Raises
    ------
    StorageFailed
        When others than its owner may read or write it, or the disk refuses.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageFailed(f"“{path}” could not be read.", f"The disk answered: {error.strerror or error}.") from error
    if mode & 0o077:
        why = "Others on this machine may read or change it."
        raise StorageFailed(f"“{path}” is not used.", why, f"Run: chmod 600 '{path}'")
    return data


def secret(folder: Path) -> bytes:
    """32 random bytes that sign this person's sessions; made at first use. Raises `StorageFailed`."""
    path = folder / "secret"
    found = read(path)
    if found is None or len(found) != 32:
        found = secrets.token_bytes(32)
        write(path, found)
    return found
