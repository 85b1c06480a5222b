"""The browser and the kernel put a star on the same pixel and give it the same colour.

Runs the widget's own modules in Node, which the front end's tests need as well.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datalab_toolkit.maps import shading
from datalab_toolkit.maps.density import OFF_SKY, Density
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.widgets.modules import BROWSER, joined

from jupyterlab_datalab.aladin import file_path

VIEWS = [
    MapView(),
    MapView(83.6, -5.4, 10, 640, 320),
    MapView(266.4, -28.9, 200, 500, 300, "galactic", "mollweide"),
    MapView(10, 89.5, 30, 300, 300, "icrs", "mollweide"),
    MapView(180, 0, 330, 300, 150, "galactic"),
    MapView(270, 66.5, 60, 300, 150, "ecliptic"),
]


def node(script: str, *modules: str) -> Any:  # noqa: ANN401 - any JSON
    """Run a script that has modules of the widget at hand and returns a value."""
    executable = shutil.which("node")
    assert executable, "Node is missing; `make setup` brings it."
    imports = "".join(f"import * as {Path(m).stem} from {json.dumps(m)};\n" for m in modules)
    source = f"{imports}console.log(JSON.stringify((() => {{ {script} }})()));"
    run = subprocess.run(
        [executable, "--input-type=module", "-e", source],
        cwd=BROWSER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("view", VIEWS)
def test_a_star_falls_on_the_same_pixel(view: MapView) -> None:
    rng = np.random.default_rng(10)
    ra = np.concatenate([rng.uniform(0, 360, 200), [0, 360, 0, 123]])
    dec = np.concatenate([np.degrees(np.arcsin(rng.uniform(-1, 1, 200))), [0, 0, 90, -90]])
    settings = {
        "ra": view.ra,
        "dec": view.dec,
        "fov": view.fov,
        "width": view.width,
        "height": view.height,
        "frame": view.frame,
        "projection": view.projection,
    }
    stars = np.column_stack([ra, dec]).tolist()
    found = node(
        f"const view = new projection.SkyView({json.dumps(settings)});"
        f"return {json.dumps(stars)}.map(([ra, dec]) => {{"
        "  const pixel = view.pixel(ra, dec);"
        "  return [...pixel, ...(view.position(...pixel) ?? [NaN, NaN])];"
        "});",
        "./projection.mjs",
    )
    column, row, back_ra, back_dec = np.array(found, dtype=float).T
    expected = view.pixels(ra, dec)
    assert np.abs(column - expected[0]).max() < 1e-6 / view.scale
    assert np.abs(row - expected[1]).max() < 1e-6 / view.scale
    known = np.isfinite(back_ra)
    assert known.sum() >= 200
    east = (back_ra - ra + 180) % 360 - 180
    assert np.abs((east * np.cos(np.radians(dec)))[known]).max() < 1e-5
    assert np.abs((back_dec - dec)[known]).max() < 1e-5


@pytest.mark.parametrize("stretch", shading.STRETCHES)
@pytest.mark.parametrize("cuts", [(0.0, 100.0), (2.5, 97.5)])
def test_a_value_has_the_same_colour(stretch: str, cuts: tuple[float, float]) -> None:
    rng = np.random.default_rng(11)
    counts = rng.lognormal(3, 2, (40, 50)).astype(np.uint32)
    counts[0, :20] = OFF_SKY
    view = MapView(width=50, height=40)
    density = Density(view, counts, 1.0, "points", 1)
    values = density.per_square_degree
    expected = shading.shade(values, shading.Scale.fit(values, stretch, cuts), "viridis")
    found = node(
        f"const counts = Uint32Array.from({json.dumps(counts.ravel().tolist())});"
        f"const bytes = new DataView(Uint8Array.from({json.dumps(_palette())}).buffer);"
        "const palette = colours.palettePixels(bytes, ['viridis'], 'viridis');"
        "const values = smoothing.smoothed(counts, 50, 40, 0);"
        f"const scale = new colours.Scale(values, {json.dumps(stretch)}, {json.dumps(cuts)});"
        "return [...new Uint8Array(colours.colour(values, scale, palette).buffer)];",
        "./colours.mjs",
        "./smoothing.mjs",
    )
    pixels = np.array(found).reshape(40, 50, 4)
    assert np.array_equal(pixels[..., 3], expected[..., 3])
    # The browser takes a value of the frame for a cut, numpy one between two values.
    on_sky = expected[..., 3] == 255
    off = np.abs(pixels[on_sky].astype(int) - expected[on_sky].astype(int))
    assert np.quantile(off, 0.99) <= 4


def _palette() -> list[int]:
    return shading.palette("viridis").ravel().tolist()


def test_smoothing_is_the_same() -> None:
    rng = np.random.default_rng(12)
    view = MapView(width=120, height=60)
    counts = rng.poisson(0.1, (60, 120)).astype(np.uint32)
    counts[~view.on_sky] = OFF_SKY
    total = int(counts[view.on_sky].sum())
    density = Density(view, counts, 1.0, "points", total)
    found = node(
        f"const counts = Uint32Array.from({json.dumps(counts.ravel().tolist())});"
        f"const radius = smoothing.smoothingRadius({total}, {int(view.on_sky.sum())});"
        "return [...smoothing.smoothed(counts, 120, 60, radius)];",
        "./smoothing.mjs",
    )
    expected = shading.smooth(density)
    assert np.array(found, dtype=float).reshape(60, 120) == pytest.approx(
        expected, abs=1e-4, nan_ok=True
    )
    assert np.nanmax(expected) < 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("labels.hours(59.9999999 / 240, 1e-3)", "00h01m00.0s"),
        ("labels.hours(359.9999999, 0.5)", "00h00m00s"),
        ("labels.signedDegrees(-0.5, 0.001)", "−00°30′00″"),
        ("labels.signedDegrees(89.9999999, 0.1)", "+90°00′00″"),
        ("labels.quantity(1234.5)", "1,235"),
        ("labels.quantity(1000000)", "10⁶"),
        ("labels.quantity(0.00321)", "3.21×10⁻³"),
        ("labels.quantity(0)", "0"),
        ("labels.longitudeLabel(-7.5, 7.5, true)", "23h30m"),
        ("labels.longitudeLabel(360, 30, false)", "0°"),
        ("labels.latitudeLabel(-12.5, 0.5)", "−12°30′"),
    ],
)
def test_places_and_numbers_read_well(call: str, words: str) -> None:
    assert node(f"return {call};", "./labels.mjs") == words


def test_a_drag_across_0h_and_one_over_a_pole_make_the_right_box() -> None:
    boxes = node(
        "const across = new projection.SkyView({ra: 0, dec: 0, fov: 40, width: 400, height: 200,"
        "  frame: 'icrs', projection: 'aitoff'});"
        "const polar = across.with({dec: 85});"
        "return [[across, 150, 60, 260, 140], [polar, 120, 20, 280, 180]].map("
        "  ([view, x0, y0, x1, y1]) => {"
        "    const drag = new selection.Drag(view, x0, y0);"
        "    for (let i = 1; i <= 10; i++) {"
        "      drag.moveTo(x0 + ((x1 - x0) * i) / 10, y0 + ((y1 - y0) * i) / 10);"
        "    }"
        "    return drag.box();"
        "  });",
        "./projection.mjs",
        "./selection.mjs",
    )
    across, polar = boxes
    assert across["ra_min"] == pytest.approx(354, abs=0.2)
    assert across["ra_max"] == pytest.approx(5, abs=0.2)
    assert across["dec_min"] == pytest.approx(-4, abs=0.1)
    assert across["dec_max"] == pytest.approx(4, abs=0.1)
    assert (polar["ra_min"], polar["ra_max"], polar["dec_max"]) == (0, 360, 90)
    assert 70 < polar["dec_min"] < 85


def test_the_joined_module_has_no_import_and_one_export() -> None:
    source = joined("density.mjs")
    assert "import " not in "\n".join(line for line in source.splitlines() if "'./" in line)
    assert source.count("\nexport ") == 1
    run = subprocess.run(
        ["node", "--input-type=module", "--check"], input=source, text=True, capture_output=True
    )
    assert run.returncode == 0, run.stderr


def test_no_module_names_an_address() -> None:
    for path in BROWSER.iterdir():
        text = path.read_text()
        assert "http:" not in text
        assert "https:" not in text


def test_an_estimate_of_how_many_values_there_are_says_that_it_is_one() -> None:
    script = "return [330248, 10000, 0].map(distinct => buildercolumns.extent({ distinct }));"
    told = node(script, "./buildercolumns.mjs")
    assert told == ["about 330,248 different", "10,000 different", ""]


def test_aladin_lite_still_draws_with_the_programs_that_are_made_leaner() -> None:
    path = file_path()
    assert path, "The front end is not built; `make setup` builds it."
    [wasm] = re.findall(r"data:application/wasm;base64,([\w+/=]+)", path.read_text())
    texts = base64.b64decode(wasm).decode("latin-1")
    programs = re.findall(r"vec4 uvw2c_rgba\(vec3 uv\) \{[^}]*\}|vec4 apply_tonal\([^}]*\}", texts)
    lean = node(f"return {json.dumps(programs)}.map(skygl.leaner)", "./skygl.mjs")
    assert set(lean) == {
        "vec4 uvw2c_rgba(vec3 uv) { return texture(tex, uv); }",
        "vec4 apply_tonal(vec4 color) { return color; }",
    }
