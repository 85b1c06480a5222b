"""Colours and sizes of real galaxies and quasars, as Gaussian mixtures.

The figures are in ``dr9_mixtures.json``, which names their source and licence: fits to targets of
DESI in the ninth data release of the Legacy Surveys.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from datalab_backend.catalogues.demo.simulation.pixels import Floats

_STEP = 0.1
_UNRESOLVED_LOG_ARCSEC = -0.9
_UNRESOLVED_SPREAD = 0.15
# Sérsic index of the morphologies that have a fixed one; SER is drawn.
_SERSIC = {"PSF": 1.0, "EXP": 1.0, "DEV": 4.0, "SER": np.nan}


class Mixture:
    """The joint distribution of magnitude, colours and size of one family.

    Parameters
    ----------
    family
        The family as ``dr9_mixtures.json`` has it.
    morphologies
        Those that are used. Point sources among the bright galaxies are stars and left out.
    """

    def __init__(self, family: dict[str, Any], morphologies: tuple[str, ...]) -> None:
        self.columns = (*family["columns"][1:], "log_radius")
        components = [c for c in family["components"] if c["morphology"] in morphologies]
        means, covariances = zip(*(_filled(c, len(self.columns)) for c in components), strict=True)
        mean, covariance = np.array(means), np.array(covariances)
        self.sersic = np.array([_SERSIC[c["morphology"]] for c in components])
        self._mean_r, self._mean = mean[:, 0], mean[:, 1:]
        # Given r, the other columns of a component are Gaussian with these slopes and residuals.
        variance_r = covariance[:, 0, 0]
        self._slope = covariance[:, 0, 1:] / variance_r[:, None]
        residual = covariance[:, 1:, 1:] - np.einsum(
            "ki,kj,k->kij", self._slope, self._slope, variance_r
        )
        self._cholesky = np.linalg.cholesky(residual + 1e-6 * np.eye(len(self.columns)))
        self._first = family["morphology_r"][0]
        self._grid = np.arange(self._first, family["morphology_r"][-1] + _STEP / 2, _STEP)
        fractions = np.stack(
            [
                np.interp(
                    self._grid,
                    family["morphology_r"],
                    family["morphology_fraction"][component["morphology"]],
                )
                for component in components
            ]
        )
        weight = np.array([component["weight"] for component in components])
        offset = self._grid - self._mean_r[:, None]
        likelihood = weight[:, None] * np.exp(-0.5 * offset**2 / variance_r[:, None])
        likelihood /= np.sqrt(variance_r)[:, None]
        for morphology in morphologies:
            same = np.array([c["morphology"] == morphology for c in components])
            likelihood[same] /= likelihood[same].sum(axis=0) + 1e-300
        posterior = np.cumsum(likelihood * (fractions + 1e-9), axis=0)
        self._cumulative = (posterior / posterior[-1]).T

    def sample(self, random: np.random.Generator, r: Floats) -> dict[str, Floats]:
        """Draw colours, log10 of the half-light radius in arcsec, and the Sérsic index.

        Parameters
        ----------
        random
            Where the random numbers come from.
        r
            The r magnitude of each thing; beyond the family's range its nearest end is taken.
        """
        r = np.clip(r, self._grid[0], self._grid[-1])
        at = np.rint((r - self._first) / _STEP).astype(np.int64)
        chosen = (self._cumulative[at] < random.random(len(r))[:, None]).sum(axis=1)
        values = self._mean[chosen] + self._slope[chosen] * (r - self._mean_r[chosen])[:, None]
        noise = random.standard_normal((len(r), len(self.columns)))
        for column in range(len(self.columns)):
            values = values + self._cholesky[chosen, :, column] * noise[:, column, None]
        drawn = np.exp(random.normal(0.9, 0.35, len(r))).clip(0.5, 6.0)
        sersic = self.sersic[chosen]
        result = {name: values[:, k] for k, name in enumerate(self.columns)}
        result["sersic"] = np.where(np.isnan(sersic), drawn, sersic)
        return result


@cache
def mixture(family: str) -> Mixture:
    """The mixture of one family: bgs, elg, lrg or qso."""
    text = files(__package__).joinpath("dr9_mixtures.json").read_text(encoding="utf-8")
    morphologies = ("PSF",) if family == "qso" else ("EXP", "DEV", "SER")
    if family == "elg":
        morphologies = ("PSF", *morphologies)
    return Mixture(json.loads(text)["families"][family], morphologies)


def _filled(component: dict[str, Any], columns: int) -> tuple[Floats, Floats]:
    """Give components of unresolved things a size too, so that all have the same columns."""
    mean, covariance = np.array(component["mean"]), np.array(component["covariance"])
    if len(mean) == columns + 1:
        return mean, covariance
    filled = np.zeros((columns + 1, columns + 1))
    filled[:-1, :-1] = covariance
    filled[-1, -1] = _UNRESOLVED_SPREAD**2
    return np.append(mean, _UNRESOLVED_LOG_ARCSEC), filled
