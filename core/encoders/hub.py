"""Fetching weights from the Hugging Face hub, and saying plainly when that cannot be."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from core.errors import BadInput, NotAvailable

_YES = {"1", "true", "yes", "on"}
_PATIENCE = 5.0  # seconds to wait for the hub's first answer


def cached(repository: str, file: str) -> Path | None:
    """The file in the local cache, or None; never touches the network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(repository, file)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def fetch(repository: str, files: Sequence[str]) -> Path:
    """The first of `files` that the repository has: from the cache if there, else downloaded.

    Raises
    ------
    BadInput
        When the repository's name is not one.
    NotAvailable
        When it is not in the cache and cannot be downloaded; says what to do instead.
    """
    for file in files:
        found = cached(repository, file)
        if found is not None:
            return found
    if offline():
        raise _missing(repository, "They are not on this machine, and it is not connected to the internet.")
    return _download(repository, files)


def offline() -> bool:
    """Whether the person forbade downloads, or the hub cannot be reached."""
    if any(os.environ.get(name, "").lower() in _YES for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")):
        return True
    if getproxies():
        return False
    address = urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    try:
        socket.create_connection((address.hostname or "", address.port or 443), _PATIENCE).close()
    except OSError:
        return True
    return False


def _download(repository: str, files: Sequence[str]) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    for file in files:
        try:
            return Path(hf_hub_download(repository, file, etag_timeout=_PATIENCE))
        except HFValidationError as error:
            raise BadInput(f"“{repository}” is not the name of a repository.", "", "Give hf-hub:ORG/REPO.") from error
        except GatedRepoError as error:
            raise _missing(repository, "Their owner wants you to accept terms first, on the hub's page.") from error
        except RepositoryNotFoundError as error:
            raise BadInput(f"There is no repository “{repository}” on the hub, or it is private.") from error
        except LocalEntryNotFoundError as error:
            raise _missing(repository, "The connection to the hub broke off.") from error
        except EntryNotFoundError:
            continue
        except OSError as error:
            raise _missing(repository, f"The download failed: {error.strerror or type(error).__name__}.") from error
    raise _missing(repository, f"The repository has no {' or '.join(files)}.")


def _missing(repository: str, why: str) -> NotAvailable:
    step = (
        "Connect once so that they can be fetched, give a local folder as clip:/the/folder, or use “pocket”, which "
        "needs no download; `python -m core doctor` shows what is here."
    )
    return NotAvailable(f"The weights “{repository}” cannot be used.", why, step)
