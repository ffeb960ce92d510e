"""From what a person typed after “clip:” to weights on this machine; nothing but safetensors from unknown hands.

clip                                   ViT-B-32 / datacomp_xl_s13b_b90k
clip:MODEL/PRETRAINED                  a tag of open_clip's own list, fetched at first use
clip:hf-hub:ORG/REPO                   a repository with open_clip_config.json and safetensors, fetched at first use
clip:/a/folder                         open_clip_config.json and one .safetensors file
clip:/a/folder/weights.safetensors     the same, named by its file
clip:MODEL@/a/weights.safetensors      a file alone, for a model of open_clip's own list
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.encoders.hub import cached, fetch
from core.errors import BadInput, NotAvailable

DEFAULT_CLIP = "ViT-B-32/datacomp_xl_s13b_b90k"
_DEFAULT_REPOSITORY = "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K"  # known here, to look for it without open_clip
CONFIG = "open_clip_config.json"
_SAFE = "open_clip_model.safetensors"
_WAYS = "Give MODEL/PRETRAINED, hf-hub:ORG/REPO, a folder, or a .safetensors file."


@dataclass(frozen=True)
class Weights:
    """What open_clip needs to build a model.

    Attributes
    ----------
    title
        The name as a person gave it.
    model
        open_clip's name for the architecture, or ``local-dir:FOLDER``.
    file
        The weights; None when they lie in that folder.
    tokenizer
        open_clip's name for the tokenizer.
    preprocess
        Keyword arguments `image_mean`, `image_std` … where the tag has its own.
    """

    title: str
    model: str
    tokenizer: str
    file: Path | None = None
    preprocess: Mapping[str, Any] = field(default_factory=dict)


def find_weights(name: str) -> Weights:
    """Locate, or fetch, the weights. `BadInput` for a name that means nothing, `NotAvailable` if not here."""
    name = name.strip() or DEFAULT_CLIP
    if name.startswith("hf-hub:"):
        return _from_hub(name)
    model, at, file = name.partition("@")
    if at:
        return _from_file(model, Path(file).expanduser())
    path = Path(name).expanduser()
    if path.is_dir():
        return from_folder(path, name)
    if path.suffix == ".safetensors":
        return _beside_config(path)
    if path.exists() or path.is_absolute() or name.startswith((".", "~")):
        raise _not_safe(path)
    return _from_tag(name)


def on_disk(name: str = DEFAULT_CLIP) -> bool:
    """Whether the weights can be used without a download; never touches the network."""
    try:
        if name.startswith("hf-hub:"):
            return all(cached(name.removeprefix("hf-hub:"), file) for file in (CONFIG, _SAFE))
        if "@" in name or Path(name).expanduser().exists():
            find_weights(name)
            return True
        if name == DEFAULT_CLIP:
            return cached(_DEFAULT_REPOSITORY, _SAFE) is not None
        repository, files, _ = _tag(name)
        return any(cached(repository, file) for file in files)
    except (BadInput, NotAvailable):
        return False


def from_folder(folder: Path, title: str) -> Weights:
    """Weights in a folder that holds `open_clip_config.json` and one safetensors file."""
    files = sorted(file.name for file in folder.glob("*.safetensors"))
    if not (folder / CONFIG).is_file():
        raise NotAvailable(f"“{folder.name}” is not a model folder.", f"It has no {CONFIG}.", _WAYS)
    if len(files) != 1:
        why = "It has no .safetensors file." if not files else f"It has {len(files)} .safetensors files."
        step = "Put exactly one there; .pt and .bin files are not opened, because they can run code."
        raise NotAvailable(f"“{folder.name}” has no usable weights.", why, step)
    return Weights(title, f"local-dir:{folder}", _folder_tokenizer(folder))


def _folder_tokenizer(folder: Path, repository: str = "") -> str:
    try:
        config = json.loads((folder / CONFIG).read_bytes())["model_cfg"]
        own_tokenizer = bool(config["text_cfg"].get("hf_tokenizer_name"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAvailable(f"“{folder.name}/{CONFIG}” cannot be read.", "It is not a model description.") from error
    _check_tokenizer(config, folder.name)
    return f"hf-hub:{repository}" if own_tokenizer and repository else f"local-dir:{folder}"


def _check_tokenizer(config: Mapping[str, Any], title: str) -> None:
    """Raise before hundreds of megabytes are fetched for a model whose texts could not be read."""
    text = config.get("text_cfg", {})
    if (text.get("hf_tokenizer_name") or text.get("hf_model_name")) and find_spec("transformers") is None:
        step = "Run: pip install transformers sentencepiece; or choose a model without “SigLIP” in its name."
        raise NotAvailable(f"“{title}” reads texts with the package transformers.", "It is not installed.", step)


def _beside_config(path: Path) -> Weights:
    if not path.is_file():
        raise NotAvailable(f"“{path}” is not there.", "", "Check the path to the weights.")
    if not (path.parent / CONFIG).is_file():
        step = f"Put {CONFIG} beside it, or name the model: clip:ViT-B-32@{path}"
        raise BadInput(f"“{path.name}” does not say which model it is for.", "", step)
    return from_folder(path.parent, str(path))


def _from_file(model: str, file: Path) -> Weights:
    if file.suffix != ".safetensors":
        raise _not_safe(file)
    if not file.is_file():
        raise NotAvailable(f"“{file}” is not there.", "", "Check the path to the weights.")
    known = _known_model(model)
    return Weights(f"{model}@{file}", known, known, file)


def _from_hub(name: str) -> Weights:
    repository = name.removeprefix("hf-hub:")
    folder = fetch(repository, (CONFIG,)).parent
    tokenizer = _folder_tokenizer(folder, repository)
    fetch(repository, (_SAFE,))
    return Weights(name, f"local-dir:{folder}", tokenizer)


def _from_tag(name: str) -> Weights:
    repository, files, tag = _tag(name)
    model = name.rpartition("/")[0].replace("/", "-")
    keys = {"image_mean": "mean", "image_std": "std", "image_interpolation": "interpolation"}
    preprocess = {ours: tag[theirs] for ours, theirs in keys.items()} | {"image_resize_mode": tag["resize_mode"]}
    return Weights(name, model, model, fetch(repository, files), preprocess)


def _tag(name: str) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
    """(repository, file names in order of preference, open_clip's own record) of MODEL/PRETRAINED."""
    import open_clip
    from open_clip.pretrained import get_pretrained_cfg

    model, slash, pretrained = name.rpartition("/")
    if not slash:
        raise BadInput(f"“{name}” is not the name of a model.", "", _WAYS)
    model = _known_model(model)
    config = open_clip.get_model_config(model) or {}
    _check_tokenizer(config, name)
    tag = get_pretrained_cfg(model, pretrained)
    if not tag:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none: give a file"
        raise BadInput(f"“{model}” has no weights called “{pretrained}”.", f"It has {tags}.")
    if bool(tag.get("quick_gelu")) != bool(config.get("quick_gelu")):
        other = model.removesuffix("-quickgelu") if model.endswith("-quickgelu") else f"{model}-quickgelu"
        why = "They were trained with another activation, and would silently be worse."
        raise BadInput(f"“{pretrained}” does not fit “{model}”.", why, f"Use “{other}/{pretrained}”.")
    repository, _, file = str(tag["hf_hub"]).rpartition("/")
    # The .bin files are only those of open_clip's fixed list, and are opened with weights_only.
    names = (f"{Path(file).stem}.safetensors", file) if file else (_SAFE, "open_clip_pytorch_model.bin")
    return repository, names, tag


def _known_model(model: str) -> str:
    import open_clip

    models = open_clip.list_models()
    cleaned = model.replace("/", "-")
    if cleaned not in models:
        near = ", ".join(get_close_matches(cleaned, models, 3, 0.5)) or "ViT-B-32"
        raise BadInput(f"There is no model called “{model}”.", "", f"Near it: {near}. {_WAYS}")
    return cleaned


def _not_safe(path: Path) -> BadInput:
    if not path.exists():
        return BadInput(f"“{path}” is not there.", "", _WAYS)
    why = "Only .safetensors is opened: other weight files can run code."
    return BadInput(f"“{path.name}” is not used as weights.", why, "Convert it to safetensors, or use “pocket”.")
