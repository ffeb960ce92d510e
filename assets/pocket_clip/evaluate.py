"""How well a pocket CLIP names pictures and groups them, on trained and on held-out emoji.

``report`` measures what is shipped in the way in which it is used: through open_clip's own loading and
preprocessing, on the files of the demo set.
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import open_clip
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from assets.demo.make import Emoji
from assets.pocket_clip.corpus import is_held_out

DEMO = Path(__file__).parents[1] / "demo" / "emoji.zip"


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1. Names and pictures compete with those of all items, trained or not.

    ``recall_k``: the right name is among the first k for a picture. ``search_k``: the right picture is among
    the first k for a name. ``group`` and ``subgroup``: the nearest other picture is of the same one.
    """

    trained_recall_1: float
    trained_recall_10: float
    held_out_recall_1: float
    held_out_recall_10: float
    trained_search_10: float
    held_out_search_10: float
    all_group: float
    all_subgroup: float
    held_out_group: float
    held_out_subgroup: float

    def __str__(self) -> str:
        return "  ".join(f"{name} {value:.3f}" for name, value in asdict(self).items())


def rank_of_own(similarities: Tensor) -> Tensor:
    """How many columns beat the diagonal in each row of ``[N, N]``."""
    return (similarities > similarities.diagonal()[:, None]).sum(1)


def nearest_other(vectors: Tensor) -> Tensor:
    """``[N]``: the index of each unit vector's nearest other."""
    return (vectors @ vectors.T).fill_diagonal_(-torch.inf).argmax(1)


def agreement(labels: Sequence[str], nearest: Tensor) -> Tensor:
    """``[N]``: whether the label of the nearest is one's own."""
    return torch.tensor([label == labels[other] for label, other in zip(labels, nearest.tolist(), strict=True)])


def figures(emoji: Sequence[Emoji], pictures: Tensor, names: Tensor) -> Figures:
    """The figures of unit vectors ``[N, D]`` of the emoji's pictures and of their names."""
    held_out = torch.tensor([is_held_out(one.text) for one in emoji])
    by_picture, by_name = rank_of_own(pictures @ names.T), rank_of_own(names @ pictures.T)
    nearest = nearest_other(pictures)
    group = agreement([one.group for one in emoji], nearest)
    subgroup = agreement([one.subgroup for one in emoji], nearest)

    def share(hits: Tensor) -> float:
        return hits.float().mean().item()

    return Figures(
        trained_recall_1=share(by_picture[~held_out] < 1),
        trained_recall_10=share(by_picture[~held_out] < 10),
        held_out_recall_1=share(by_picture[held_out] < 1),
        held_out_recall_10=share(by_picture[held_out] < 10),
        trained_search_10=share(by_name[~held_out] < 10),
        held_out_search_10=share(by_name[held_out] < 10),
        all_group=share(group),
        all_subgroup=share(subgroup),
        held_out_group=share(group[held_out]),
        held_out_subgroup=share(subgroup[held_out]),
    )


@torch.inference_mode()
def in_batches(encode: Callable[[Tensor], Tensor], inputs: Tensor, size: int = 256) -> Tensor:
    """Unit vectors ``[N, D]``."""
    return torch.cat([F.normalize(encode(part).float(), dim=-1) for part in inputs.split(size)])


def seconds_per_thousand(work: Callable[[], Sequence[object] | Tensor]) -> float:
    """Of the best of three passes, per thousand of the results."""
    passes = []
    for _ in range(3):
        start = time.perf_counter()
        count = len(work())
        passes.append(time.perf_counter() - start)
    return 1000 * min(passes) / count


def read_demo(path: Path = DEMO) -> tuple[list[Emoji], list[Image.Image]]:
    """The emoji of the demo set and their pictures, laid on white."""
    with zipfile.ZipFile(path) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("metadata.csv"), encoding="utf-8")))
        glyphs = [Image.open(io.BytesIO(archive.read(row["file_name"]))).convert("RGBA") for row in rows]
    emoji = [Emoji(row["emoji"], row["name"], row["group"], row["subgroup"]) for row in rows]
    return emoji, [
        Image.alpha_composite(Image.new("RGBA", glyph.size, "white"), glyph).convert("RGB") for glyph in glyphs
    ]


def nearest_by_pixels(pictures: Tensor, side: int = 16) -> Tensor:
    """What there is to beat: unit vectors of the bare pixels of ``[N, 3, S, S]`` at ``side`` x ``side``."""
    small = F.interpolate(pictures, (side, side), mode="bilinear", antialias=True).flatten(1)
    return F.normalize(small - small.mean(0), dim=-1)


def report(folder: Path) -> None:
    """Print the figures of the weights in ``folder`` as the rows of CARD.md."""
    source = f"local-dir:{folder}"
    clip, _, preprocess = open_clip.create_model_and_transforms(source)
    clip.eval()
    emoji, pictures = read_demo()
    views = torch.stack([preprocess(picture) for picture in pictures])
    tokens = open_clip.get_tokenizer(source)([one.name for one in emoji])
    names = in_batches(clip.encode_text, tokens)
    held_out = sum(is_held_out(one.text) for one in emoji)
    print(f"{len(emoji) - held_out} trained, {held_out} held out")
    for name, value in asdict(figures(emoji, in_batches(clip.encode_image, views), names)).items():
        print(f"{name:20} {value:.3f}")
    pixels = figures(emoji, nearest_by_pixels(views), nearest_by_pixels(views))
    print(f"bare pixels: all_group {pixels.all_group:.3f}  all_subgroup {pixels.all_subgroup:.3f}", end="  ")
    print(f"held_out_group {pixels.held_out_group:.3f}  held_out_subgroup {pixels.held_out_subgroup:.3f}")
    print(f"seconds per 1,000 on {torch.get_num_threads()} threads:", end="  ")
    print(f"preprocessing {seconds_per_thousand(lambda: [preprocess(one) for one in pictures]):.2f}", end="  ")
    print(f"pictures {seconds_per_thousand(lambda: in_batches(clip.encode_image, views)):.2f}", end="  ")
    print(f"texts {seconds_per_thousand(lambda: in_batches(clip.encode_text, tokens)):.2f}")
