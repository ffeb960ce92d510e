"""Figures of a labelling against the truth. An undecided item or an empty label is wrong."""

from __future__ import annotations

import numpy as np

SURE = (0.9, 0.95)
_BINS = 10


def figures(labels, truth, confidence, verified=None):
    """Accuracy, macro recall, and how honest the stated confidence is.

    Parameters
    ----------
    labels, truth
        n texts.
    confidence
        (n,) float64, NaN = none is stated.
    verified
        (n,) bool: a person looked at it and said so. Such items are accepted whatever is stated.

    Returns
    -------
    dict
        `accuracy` over all items; `macro_recall`, the mean over classes; `labelled`, share with a label; for each of
        `SURE` the share of all items that are verified or stated to be at least that sure (`coverage@…`) and the share
        of these that is right (`precision@…`, None for none); `ece`, expected calibration error over the items with a
        stated confidence (Naeini et al. 2015), None when fewer than 30 have one.
    """
    labels, truth = np.asarray(labels, dtype=object), np.asarray(truth, dtype=object)
    right = np.array([a == b and a != "" for a, b in zip(labels, truth, strict=True)])
    classes, place = np.unique(truth.astype(str), return_inverse=True)
    recall = np.bincount(place, weights=right, minlength=len(classes)) / np.bincount(place)
    found = {
        "accuracy": float(right.mean()),
        "macro_recall": float(recall.mean()),
        "labelled": float((labels != "").mean()),
    }
    looked_at = np.zeros(len(labels), dtype=bool) if verified is None else verified & (labels != "")
    stated = ~looked_at & np.isfinite(confidence) & (labels != "")
    for least in SURE:
        sure = (stated & (confidence >= least)) | looked_at
        found[f"coverage@{least}"] = float(sure.mean())
        found[f"precision@{least}"] = float(right[sure].mean()) if sure.any() else None
    found["ece"] = calibration_error(confidence[stated], right[stated]) if stated.sum() >= 30 else None
    return found


def calibration_error(confidence, right):
    """Mean gap between stated and true, over ten bins of equal width, each weighted with its items."""
    place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(place, weights=confidence - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidence))
