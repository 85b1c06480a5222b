"""The wide simulated survey and its spectra."""

import numpy as np
import pandas as pd
import pytest
from datalab_backend.catalogues.demo.simulation import legacy, pixels
from datalab_backend.catalogues.demo.surveys import PATCH_DEC, PATCH_RA, simulate

Tables = dict[str, pd.DataFrame]
BANDS = ("g", "r", "z", "w1", "w2")


@pytest.fixture(scope="module")
def patch() -> Tables:
    frames: dict[str, list[pd.DataFrame]] = {}
    for pixel in pixels.nearest(PATCH_RA, PATCH_DEC, 16):
        for survey in ("sim_ls", "sim_desi"):
            for name, table in simulate(survey, pixels.ORDER, int(pixel)).items():
                frames.setdefault(name, []).append(table.to_pandas())
    return {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}


@pytest.fixture(scope="module")
def known(patch: Tables) -> pd.DataFrame:
    """The objects with their truth."""
    truth = patch["sim_ls.truth"].drop(columns=["ra", "dec", "sersic"])
    return patch["sim_ls.tractor"].merge(truth, on="ls_id", validate="one_to_one")


def test_every_object_and_every_spectrum_has_its_truth(patch: Tables):
    for survey, key in (("sim_ls", "ls_id"), ("sim_desi", "targetid")):
        rows = patch[f"{survey}.{'tractor' if survey == 'sim_ls' else 'zpix'}"]
        assert rows[key].tolist() == patch[f"{survey}.truth"][key].tolist()
        assert rows[key].is_unique
        # Too large for a double, so that a client that rounds is found out.
        assert rows[key].min() > 2**53


def test_spectra_are_of_objects_of_the_imaging_survey(patch: Tables):
    objects = patch["sim_ls.tractor"].set_index("ls_id")
    spectra = patch["sim_desi.zpix"]
    matched = objects.loc[spectra.ls_id]
    assert np.array_equal(matched.ra, spectra.mean_fiber_ra)
    assert np.array_equal(matched.dec, spectra.mean_fiber_dec)


def test_magnitudes_are_corrected_with_the_stated_coefficients(patch: Tables):
    o = patch["sim_ls.tractor"]
    for band, coefficient in (("g", 3.214), ("r", 2.165), ("z", 1.211), ("w1", 0.184)):
        corrected = o[f"mag_{band}"] - coefficient * o.ebv
        assert np.nanmax(np.abs(corrected - o[f"dered_mag_{band}"])) < 1e-4


def test_the_data_labs_query_for_colours_finds_most_objects_of_every_type(patch: Tables):
    o = patch["sim_ls.tractor"]
    found = o[(o.snr_g > 3) & (o.snr_r > 3) & (o.snr_z > 3)]
    assert 0.5 < len(found) / len(o) < 0.9
    assert found[[f"dered_mag_{band}" for band in ("g", "r", "z")]].notna().all(axis=None)
    assert found.type.value_counts(normalize=True)[list(legacy.SHAPES)].min() > 0.01


def test_the_type_follows_the_signal_and_not_the_truth(known: pd.DataFrame):
    galaxies, stars = known[known["class"] == "GALAXY"], known[known["class"] == "STAR"]

    def point_like(objects: pd.DataFrame, bright: float, faint: float) -> float:
        chosen = objects[objects.dered_mag_r.between(bright, faint)]
        return float((chosen.type == "PSF").mean())

    assert point_like(galaxies, 17, 19) < 0.01
    assert 0.2 < point_like(galaxies, 22, 23) < 0.7
    assert point_like(galaxies, 23, 24) > 0.6
    assert 0.97 < point_like(stars, 17, 24) < 1.0
    bright = galaxies[galaxies.dered_mag_r < 18]
    assert (bright.type == "SER").mean() > 0.7


def test_some_objects_have_no_magnitude_in_wise(patch: Tables):
    o = patch["sim_ls.tractor"]
    assert 0.03 < o.dered_mag_w1.isna().mean() < 0.2
    assert o.snr_w1.isna().mean() == pytest.approx(0.03, abs=0.01)
    assert not np.isinf(o[[f"dered_mag_{band}" for band in BANDS]].to_numpy()).any()


def test_quasars_are_apart_from_stars_in_the_infrared(known: pd.DataFrame):
    good = known[(known.snr_w1 > 5) & (known.snr_w2 > 5)]
    colour = good.dered_mag_w1 - good.dered_mag_w2
    quasars, stars = good["class"] == "QSO", good["class"] == "STAR"
    assert quasars.sum() > 100
    assert colour[quasars].median() > 0.1
    assert colour[stars].median() == pytest.approx(-0.64, abs=0.1)


def test_the_random_id_takes_a_fair_sample(known: pd.DataFrame):
    sample = known[known.random_id < 10]
    assert len(sample) / len(known) == pytest.approx(0.1, abs=0.005)
    assert known.random_id.between(0, 100).all()
    assert sample.dec.mean() == pytest.approx(known.dec.mean(), abs=0.03)


def test_redshifts_are_right_when_they_claim_to_be(patch: Tables):
    spectra = patch["sim_desi.zpix"].merge(
        patch["sim_desi.truth"][["targetid", "class", "true_z"]], on="targetid"
    )
    good = spectra[(spectra.zwarn == 0) & (spectra["class"] == spectra.spectype)]
    assert len(good) > 0.9 * len(spectra)
    pull = (good.z - good.true_z) / good.zerr
    assert pull.std() == pytest.approx(1.0, abs=0.05)
    assert set(spectra.spectype) == {"GALAXY", "QSO", "STAR"}
    confused = spectra["class"] != spectra.spectype
    assert 0.0005 < confused.mean() < 0.03
    assert (spectra.zwarn[confused] == 0).any()
    stars = good[good["class"] == "STAR"]
    assert stars.true_z.abs().max() < 0.003
    assert stars.subtype.notna().all()
