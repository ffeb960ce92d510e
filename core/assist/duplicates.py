"""Near-duplicates: the same picture saved again, scaled or slightly cropped; the same text but for case and blanks.

A pair is proposed by the neighbour graph or by equal hashes and has to pass three tests, each cheaper than the next:
cosine of the vectors, Hamming distance of 64-bit hashes of the lowest frequencies (Zauner 2010, pHash), and a look at
the pictures themselves: one is laid over the other by the scale and shift that fit best (Lucas and Kanade 1981), and
no spot of what then overlaps may differ. The last keeps apart what a hash cannot: clock faces, the same drawing in
another colour. Pairs join into groups.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SIDE = 32  # pixels of a signature
LEAST_COSINE = 0.8
MOST_BITS = 24  # of 64; unrelated pictures differ in 32 on average, a picture cropped by a twentieth in up to 20
_SPOT, _PATCH, _TINT = 16.0, 9.0, 9.0  # grey levels of 256 over 3 × 3, over 5 × 5, and of colour over 5 × 5 pixels
_CONTRAST = 0.45  # a spot, as a share of the picture's own standard deviation: faint pictures are all alike in levels
_PLAIN = 2.0  # grey levels; a picture with less contrast has nothing to be laid over by
_HOPEFUL = 3.0  # times `_SPOT`: a worse difference is none of how one is laid over the other
_STEPS = 10
_MOST_SCALE, _MOST_SHIFT = 1.18, 3.5
_BLOCK = 1024
_NOT_WORDS = re.compile(r"\W+")


def signature(picture: Picture) -> np.ndarray:
    """(32, 32, 3) uint8 of a picture of any shape: what the other functions compare."""
    from PIL import Image

    return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def hashes(signatures: np.ndarray) -> np.ndarray:
    """(m,) uint64 perceptual hashes of (m, 32, 32, 3) uint8 signatures.

    One bit for each of the 8 × 8 lowest frequencies of the grey picture (discrete cosine transform): whether it lies
    above their median. The mean brightness does not count.
    """
    from scipy.fft import dctn

    found = np.empty(len(signatures), np.uint64)
    for begin in range(0, len(signatures), _BLOCK):
        grey = _grey_and_tint(signatures[begin : begin + _BLOCK])[..., 0]
        low = dctn(grey, axes=(1, 2), norm="ortho")[:, :8, :8].reshape(len(grey), 64)
        low[:, 0] = 0
        bits = low > np.median(low[:, 1:], axis=1, keepdims=True)
        found[begin : begin + _BLOCK] = np.packbits(bits, axis=1).view(">u8")[:, 0]
    return found


def near_pairs(neighbours: np.ndarray, hashed: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Pairs worth a look: near in the graph or equal in hash, and close in cosine and in hash.

    Parameters
    ----------
    neighbours
        (m, k) integers into the same m items; an item that is its own neighbour has none in that place.
    hashed
        (m,) uint64.
    vectors
        (m, d) unit rows as the encoder made them.

    Returns
    -------
    numpy.ndarray
        (p, 2) int64, each pair once, the lower position first.
    """
    m = len(hashed)
    of_graph = np.stack([np.repeat(np.arange(m), neighbours.shape[1]), np.asarray(neighbours, np.int64).ravel()], 1)
    # Of many equal pictures the graph knows 15 each; equal hashes hold them together.
    order = np.argsort(hashed, kind="stable")
    equal = hashed[order[:-1]] == hashed[order[1:]]
    pairs = np.concatenate([of_graph, np.stack([order[:-1], order[1:]], 1)[equal]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    pairs = pairs[_bits(hashed[pairs[:, 0]], hashed[pairs[:, 1]]) <= MOST_BITS]
    keep = np.empty(len(pairs), bool)
    for begin in range(0, len(pairs), 8 * _BLOCK):
        one, other = (np.asarray(vectors[pairs[begin : begin + 8 * _BLOCK, side]], np.float32) for side in (0, 1))
        keep[begin : begin + 8 * _BLOCK] = np.einsum("pd,pd->p", one, other) >= LEAST_COSINE
    return pairs[keep]


def same_picture(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether two pictures are one, but for compression, size and a narrow crop.

    Parameters
    ----------
    one, other
        (p, 32, 32, 3) uint8 signatures.

    Returns
    -------
    numpy.ndarray
        (p,) bool.
    """
    same = np.empty(len(one), bool)
    for begin in range(0, len(one), _BLOCK):
        left, right = (_grey_and_tint(side[begin : begin + _BLOCK]) for side in (one, other))
        found, spot = _agree(left, right)
        # Which of the two is the cropped one is not known, and it is the one that is better laid over the other.
        again = np.flatnonzero(~found & (spot <= _HOPEFUL * _SPOT))
        found[again] = _agree(right[again], left[again])[0]
        same[begin : begin + _BLOCK] = found
    return same


def groups(pairs: np.ndarray, n: int) -> list[np.ndarray]:
    """Join pairs of n items into groups of two or more, biggest first; each (g,) int64, ascending."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return []
    links = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(links, directed=False)
    involved = np.unique(pairs)
    order = involved[np.argsort(label[involved], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def same_text_pairs(texts: Sequence[str]) -> np.ndarray:
    """(p, 2) int64 positions of texts that hold the same words in the same order; empty texts are like nothing."""
    first: dict[str, int] = {}
    pairs = []
    for position, text in enumerate(texts):
        words = normalised(text)
        if words and first.setdefault(words, position) != position:
            pairs.append((first[words], position))
    return np.array(pairs, np.int64).reshape(-1, 2)


def normalised(text: str) -> str:
    """The words of a text in one form: compatible letters, no case, one blank between them, no punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # A text of signs alone (emoticons, formulas) is told apart by its signs.
    return _NOT_WORDS.sub(" ", plain).strip() or " ".join(plain.split())


def _bits(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.bitwise_count(one ^ other)


def _grey_and_tint(signatures: np.ndarray) -> np.ndarray:
    """(p, 32, 32, 3) float32: brightness and two colour differences (ITU-R BT.601)."""
    to = np.array([[0.299, 0.5, -0.169], [0.587, -0.419, -0.331], [0.114, -0.081, 0.5]], np.float32)
    return signatures.astype(np.float32) @ to


def _agree(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p,) whether `one` laid over `other` is the same, and by how much the worst spot differs."""
    from scipy.ndimage import uniform_filter

    if not len(one):
        return np.zeros(0, bool), np.zeros(0)
    warped, inside = _laid_over(one, other)
    difference = (warped - other) * inside[..., None]
    spot = np.abs(uniform_filter(difference[..., 0], size=(0, 3, 3))).max(axis=(1, 2))
    patch = np.abs(uniform_filter(difference, size=(0, 5, 5, 0))).max(axis=(1, 2))
    contrast = np.minimum(one[..., 0].std(axis=(1, 2)), other[..., 0].std(axis=(1, 2)))
    equal = np.abs(one - other).max(axis=(1, 2, 3)) <= _PLAIN
    close = (spot <= np.minimum(_SPOT, _CONTRAST * contrast)) & (patch[:, 0] <= _PATCH) & (patch[:, 1:] <= _TINT).all(1)
    return np.where(contrast > _PLAIN, close, equal), spot


def _laid_over(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`one` scaled and shifted to fit `other`, and where both are known: Gauss–Newton on the squared difference."""
    import torch

    image = torch.from_numpy(np.ascontiguousarray(one)).permute(0, 3, 1, 2)
    target = torch.from_numpy(np.ascontiguousarray(other)).permute(0, 3, 1, 2)
    middle = torch.arange(SIDE, dtype=torch.float32) - (SIDE - 1) / 2
    down, right = torch.meshgrid(middle, middle, indexing="ij")
    slope_y, slope_x = torch.gradient(image[:, 0], dim=(1, 2))
    layers = torch.cat([image, slope_x[:, None], slope_y[:, None]], dim=1)
    # Scale right, scale down, shift right, shift down; the ridge keeps flat pictures where they are.
    guess = torch.tensor([1.0, 1.0, 0.0, 0.0]).repeat(len(one), 1)
    ridge = torch.diag(torch.tensor([10.0, 10.0, 1.0, 1.0]))
    best = torch.full((len(one),), torch.inf)
    result, known = image.clone(), torch.ones(len(one), SIDE, SIDE)
    with torch.inference_mode():
        for _ in range(_STEPS + 1):
            x = right * guess[:, 0, None, None] + guess[:, 2, None, None]
            y = down * guess[:, 1, None, None] + guess[:, 3, None, None]
            place = torch.stack([x, y], dim=-1) / ((SIDE - 1) / 2)
            seen = torch.nn.functional.grid_sample(layers, place, padding_mode="border", align_corners=True)
            inside = (place.abs() <= 1).all(dim=-1).float()
            left = (target[:, 0] - seen[:, 0]) * inside
            error = (left**2).sum(dim=(1, 2)) / inside.sum(dim=(1, 2)).clamp(min=1)
            better = error < best
            best = torch.where(better, error, best)
            result[better], known[better] = seen[better, :3], inside[better]
            slopes = torch.stack([seen[:, 3] * right, seen[:, 4] * down, seen[:, 3], seen[:, 4]], dim=-1)
            slopes = (slopes * inside[..., None]).reshape(len(one), -1, 4)
            normal = slopes.transpose(1, 2) @ slopes + ridge
            step = torch.linalg.solve(normal, (slopes.transpose(1, 2) @ left.reshape(len(one), -1, 1)))[..., 0]
            guess = guess + step
            guess[:, :2] = guess[:, :2].clamp(1 / _MOST_SCALE, _MOST_SCALE)
            guess[:, 2:] = guess[:, 2:].clamp(-_MOST_SHIFT, _MOST_SHIFT)
    return result.permute(0, 2, 3, 1).numpy(), known.numpy()
