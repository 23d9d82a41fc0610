"""The whole road on phantoms with analytic truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import medical
from medical import reconstruct
from shared.affine import Affine
from shared.errors import NothingToBuildError, UsageError
from shared.meshing import measure, split, topology
from shared.volume import Quantity, Volume
from tests.fixtures import phantoms
from tests.fixtures.phantoms import ORIENTATIONS, Phantom, body_without_symmetry

SKIN_HALF_WAY_HU = -480.0
"""Between air (-1000) and soft tissue (40): there a surface encloses the true volume."""

VARIANTS = [
    phantoms.plain_head,
    phantoms.head_with_open_jaw,
    phantoms.head_with_fragment,
    phantoms.head_on_couch,
    phantoms.head_in_holder,
    phantoms.thighs_and_arms,
]


def volume_of(phantom: Phantom) -> Volume:
    return Volume(values=phantom.values, affine=Affine(phantom.matrix), quantity=Quantity.HU)


def bodies(made: medical.Reconstruction) -> list[tuple[float, np.ndarray]]:
    """Volume (ml) and centroid of each closed piece of the first part's mesh."""
    found = [measure(piece) for piece in split(made.scene.parts[0].mesh)]
    return [(m.volume_ml, np.array(m.centroid_mm)) for m in found if m.volume_ml > 0.0]


def test_the_skull_of_the_sample_has_its_analytic_volume_and_the_marker_is_left(
    sample_data: Path,
) -> None:
    truth = json.loads((sample_data / "head_ct.truth.json").read_text())
    made = medical.reconstruct(medical.read_volume(sample_data / "head_ct"))
    (bone,) = made.report.parts
    skull, spine, marker = bone.piece_volumes_ml
    parts = truth["parts"]
    assert skull == pytest.approx(parts["skull_with_mandible"]["volume_ml"], rel=0.01)
    assert spine == pytest.approx(parts["cervical_spine"]["volume_ml"], rel=0.05)
    assert marker == pytest.approx(truth["marker"]["volume_ml"], rel=0.3)
    pieces = bodies(made)
    _, center = min(pieces, key=lambda piece: piece[0])
    assert truth["marker"]["side"] == "left"
    assert center[0] > 40.0
    np.testing.assert_allclose(center, truth["marker"]["center_lps_mm"], atol=1.0)


def test_the_skin_of_the_sample_encloses_its_analytic_volume(sample_data: Path) -> None:
    truth = json.loads((sample_data / "head_ct.truth.json").read_text())
    volume = medical.read_volume(sample_data / "head_ct")
    made = medical.reconstruct(volume, "skin", level=SKIN_HALF_WAY_HU)
    (skin,) = made.report.parts
    assert (skin.pieces, skin.cavities) == (1, 0)
    enclosed = truth["parts"]["skin_enclosed"]["volume_ml"]
    assert skin.volume_ml == pytest.approx(enclosed, rel=0.002)
    (cap,) = skin.caps
    cut = truth["cut_at_neck"]["area_cm2"]
    assert cap.side == "I"
    assert cap.area_mm2 / 100.0 == pytest.approx(cut["tissue"] + cut["airway"], rel=0.01)
    assert cap.place_mm[2] == pytest.approx(truth["cut_at_neck"]["z_mm"], abs=0.01)


@pytest.mark.parametrize("make", VARIANTS, ids=lambda make: str(make.__name__))
def test_every_bone_of_the_truth_stays_and_everything_else_goes(
    make: Callable[[], Phantom],
) -> None:
    phantom = make()
    made = medical.reconstruct(volume_of(phantom))
    found = bodies(made)
    for bone in phantom.truth["keep"]:
        near = [
            volume
            for volume, center in found
            if np.linalg.norm(center - bone["centroid_lps_mm"]) < 2.5
        ]
        assert len(near) == 1, bone["name"]
        thin = bone["volume_ml"] < 50.0
        assert near[0] == pytest.approx(bone["volume_ml"], rel=0.25 if thin else 0.015)
    marker = "marker_volume_ml" in phantom.truth
    assert len(found) == len(phantom.truth["keep"]) + marker
    (report,) = made.report.parts
    assert report.closed
    assert report.manifold
    assert report.outward
    assert topology(made.scene.parts[0].mesh).solid
    removed = [f for f in made.report.findings if f.code == "piece-removed"]
    for thing in phantom.truth["drop"]:
        told = [
            finding.details["volume_ml"]
            for finding in removed
            if finding.place is not None
            and np.linalg.norm(np.array(finding.place) - thing["centroid_lps_mm"]) < 3.0
        ]
        assert len(told) == 1, thing["name"]
        assert told[0] == pytest.approx(thing["volume_ml"], rel=0.15)


@pytest.mark.parametrize("make", VARIANTS, ids=lambda make: str(make.__name__))
def test_skin_is_one_closed_surface_for_each_piece_of_the_body(
    make: Callable[[], Phantom],
) -> None:
    phantom = make()
    made = medical.reconstruct(volume_of(phantom), "skin", level=SKIN_HALF_WAY_HU)
    (skin,) = made.report.parts
    wanted = sorted((b["volume_ml"] for b in phantom.truth["skin_keep"]), reverse=True)
    assert skin.pieces == len(wanted)
    assert skin.cavities == 0
    assert topology(made.scene.parts[0].mesh).solid
    airway_ml = 29.0 if len(wanted) == 1 else 0.0
    for ours, true in zip(skin.piece_volumes_ml, wanted, strict=True):
        assert ours == pytest.approx(true + airway_ml, rel=0.01)


def test_a_touching_couch_leaves_the_skin_as_if_it_had_not_been_there() -> None:
    def skin(phantom: Phantom) -> float:
        made = medical.reconstruct(volume_of(phantom), "skin", level=SKIN_HALF_WAY_HU)
        return made.report.parts[0].volume_ml

    alone, touched = skin(phantoms.plain_head()), skin(phantoms.head_on_couch())
    assert touched == pytest.approx(alone, rel=0.001)


def test_all_keeps_couch_and_specks_and_the_largest_is_the_skull() -> None:
    phantom = phantoms.head_on_couch()
    volume = volume_of(phantom)
    everything = medical.reconstruct(volume, keep="all").report
    cleaned = medical.reconstruct(volume).report
    largest = medical.reconstruct(volume, keep="largest").report
    assert not [f for f in everything.findings if "removed" in f.code]
    rails = sum(thing["volume_ml"] for thing in phantom.truth["drop"])
    gained = everything.parts[0].volume_ml - cleaned.parts[0].volume_ml
    assert gained == pytest.approx(rails, rel=0.25)  # thin rods lose volume on a grid of 2.4 mm
    assert largest.parts[0].pieces == 1
    skull = phantom.truth["keep"][0]["volume_ml"]
    assert largest.parts[0].volume_ml == pytest.approx(skull, rel=0.01)


def test_a_speck_limit_of_ones_own_drops_the_fragment() -> None:
    volume = volume_of(phantoms.head_with_fragment())
    kept = medical.reconstruct(volume).report.parts[0].pieces
    assert medical.reconstruct(volume, minimum_volume_ml=0.6).report.parts[0].pieces == kept - 1


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_marker_and_horn_stand_in_place_whatever_the_order_of_the_slices(
    orientation: str,
) -> None:
    phantom = body_without_symmetry(orientation)
    made = medical.reconstruct(volume_of(phantom), "skin", level=SKIN_HALF_WAY_HU)
    mesh, truth = made.scene.parts[0].mesh, phantom.truth
    assert topology(mesh).solid
    low, high = mesh.bounds()
    assert high[0] == pytest.approx(truth["marker_center_lps_mm"][0] + 6.0, abs=1.2)
    assert low[0] == pytest.approx(-26.0, abs=1.2)
    assert high[2] > truth["horn_tip_lps_mm"][2]
    sides = made.report.parts[0].as_dict()["bounding_box_mm"]
    assert sides["x"]["L"] > abs(sides["x"]["R"])


def test_two_structures_make_two_parts_and_the_skin_lets_the_bone_be_seen() -> None:
    steps: list[str] = []
    made = medical.reconstruct(
        volume_of(phantoms.plain_head()),
        ("bone", "skin"),
        progress=lambda step, share: steps.append(step),
    )
    assert [part.path for part in made.scene.parts] == ["/bone", "/skin"]
    assert made.scene.parts[0].opacity == 1.0
    assert made.scene.parts[1].opacity < 1.0
    assert made.scene.parts[0].label.concept is not None
    assert set(steps) == set(made.report.times_s) - {"total"}
    assert made.scene.parts[0].properties["closed"] is True


def test_the_report_is_plain_data_with_everything_a_reader_needs() -> None:
    made = medical.reconstruct(volume_of(phantoms.head_in_holder()), ["bone", "skin"])
    plain = json.loads(json.dumps(made.report.as_dict(), allow_nan=False))
    assert plain["series"]["shape"] == [84, 96, 92]
    assert plain["series"]["axes_lead_to"] == ["S", "P", "L"]
    assert plain["structures"][0]["concept"]["code"] == "272673000"
    assert plain["structures"][0]["level_source"]
    for part in plain["parts"]:
        assert part["closed"] is part["manifold"] is part["outward"] is True
        assert part["self_intersections"] == 0
        assert part["volume_ml"] > 0.0
        assert set(part["deviation_from_isosurface"].values()) == {0.0}
        assert part["caps"][0]["side"] == "I"
    assert plain["frames_of_files"][".stl"].startswith("LPS, mm")
    assert plain["versions"]["recon-toolkit"]
    assert plain["times_s"]["total"] > 0.0


@pytest.mark.parametrize(
    "finish", [{"smooth": True}, {"share": 0.3}, {"faces": 9000}, {"deviation_mm": 0.4}], ids=str
)
def test_finished_surfaces_stay_solid_and_within_what_is_told(finish: dict[str, float]) -> None:
    volume = volume_of(phantoms.head_with_open_jaw())
    exact = medical.reconstruct(volume).report.parts[0]
    made = medical.reconstruct(volume, **finish)  # type: ignore[arg-type]
    (part,) = made.report.parts
    assert topology(made.scene.parts[0].mesh).solid
    assert part.pieces == exact.pieces
    assert part.volume_ml == pytest.approx(exact.volume_ml, rel=0.01)
    told = part.deviation
    assert 0.0 < told.mean_mm <= told.p95_mm <= told.max_mm <= told.bound_mm + 1e-4
    if "smooth" in finish:
        assert part.faces == exact.faces
        assert told.bound_mm == pytest.approx(1.2)
    if "share" in finish:
        assert part.faces == pytest.approx(0.3 * exact.faces, rel=0.02)
    if "faces" in finish:
        assert part.faces <= 9000
    if "deviation_mm" in finish:
        assert told.bound_mm <= 0.4
        assert part.faces < exact.faces


def test_nothing_at_the_level_says_what_values_there_are() -> None:
    volume = volume_of(body_without_symmetry())
    with pytest.raises(NothingToBuildError, match="run from -1000 to"):
        medical.reconstruct(volume, level=4000.0)


def test_levels_in_hu_are_refused_for_values_that_are_none_unless_a_level_is_given() -> None:
    values = np.zeros((30, 30, 30), dtype=np.uint16)
    values[6:24, 6:24, 6:24] = 700
    volume = Volume(values=values, affine=Affine(np.diag([2.0, 2, 2, 1])))
    with pytest.raises(UsageError, match="no Hounsfield units"):
        medical.reconstruct(volume)
    made = medical.reconstruct(volume, level=350.0)
    assert made.report.parts[0].volume_ml == pytest.approx(18**3 * 8 / 1000, rel=0.01)
    assert "not-hounsfield" in [finding.code for finding in made.report.warnings]


@pytest.mark.parametrize(
    "wrong",
    [
        {"faces": 1000, "share": 0.5},
        {"faces": 2},
        {"share": 0.0},
        {"share": 1.5},
        {"deviation_mm": -0.1},
        {"deviation_mm": float("nan")},
        {"keep": "some"},
        {"minimum_volume_ml": -1.0},
        {"structure": "liver"},
        {"structure": ()},
    ],
    ids=str,
)
def test_arguments_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        medical.reconstruct(volume_of(body_without_symmetry()), **wrong)  # type: ignore[arg-type]
    assert caught.value.remedy


def test_the_function_is_found_however_the_package_is_imported() -> None:
    import medical.reconstruct
    from medical import reconstruct

    assert callable(medical.reconstruct)
    assert reconstruct is medical.reconstruct


def test_only_small_copies_of_the_scan_are_made() -> None:
    import tracemalloc

    phantom = phantoms.plain_head()
    values = np.repeat(phantom.values, 2, axis=0).repeat(2, 1).repeat(2, 2)
    matrix = phantom.matrix @ np.diag([0.5, 0.5, 0.5, 1.0])
    volume = Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)
    medical.reconstruct(volume_of(phantom), ["bone", "skin"])
    tracemalloc.start()
    medical.reconstruct(volume, ["bone", "skin"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * values.nbytes


@pytest.mark.parametrize("level", [-3000.0, 9000.0])
def test_a_level_beyond_all_values_has_no_surface(level):
    values = np.random.default_rng(0).integers(-1000, 1000, (8, 8, 8)).astype(np.int16)
    scan = Volume(values=values, affine=Affine.identity(), quantity=Quantity.HU)
    with pytest.raises(NothingToBuildError):
        reconstruct(scan, "bone", level=level)


@pytest.mark.parametrize("level", [float("nan"), float("inf"), -float("inf")])
def test_a_level_is_a_number(level):
    scan = Volume(values=np.zeros((4, 4, 4)), affine=Affine.identity(), quantity=Quantity.HU)
    with pytest.raises(UsageError):
        reconstruct(scan, "bone", level=level)


def test_one_level_is_for_one_structure():
    scan = Volume(values=np.zeros((4, 4, 4)), affine=Affine.identity(), quantity=Quantity.HU)
    with pytest.raises(UsageError):
        reconstruct(scan, ["bone", "skin"], level=100.0)


def test_no_couch_is_sought_where_values_are_no_hounsfield_units():
    """Two plates as a couch has them, in an MR scan: they stay."""
    values = np.zeros((24, 40, 40), np.int16)
    values[:, 8:24, 8:32] = 500
    values[:, 32:34, 2:38] = 500
    scan = Volume(values=values, affine=Affine(np.diag([3.0, 3.0, 3.0, 1.0])))
    made = reconstruct(scan, "skin", level=250.0)
    assert made.report.parts[0].pieces == 2
