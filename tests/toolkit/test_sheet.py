"""The thumbnail sheet holds pictures, sides and sizes, and nobody's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from medical.planes import Plane, Stills, middle_planes
from shared.affine import Affine
from shared.formats.outputs import staged_outputs
from shared.volume import Volume
from tests.fixtures.phantoms import grid_matrix, write_dicom_series
from toolkit.cli.app import main
from toolkit.sheet import (
    LETTER_COLOR,
    PANEL_PX,
    ROW_PX,
    WIDTH_PX,
    caption_of,
    draw_sheet,
    write_sheet,
)


def white(rows: int, columns: int, pixel_mm: tuple[float, float]) -> Plane:
    shades = np.full((rows, columns), 255, np.uint8)
    return Plane(name="axial", shades=shades, pixel_mm=pixel_mm, sides=("R", "L", "A", "P"))


def stills(*planes: Plane, **facts) -> Stills:
    return Stills(row=1, number=7, modality="CT", shape=(4, 5, 6), planes=planes, **facts)


def test_a_square_of_few_thick_pixels_is_drawn_square():
    flat, round_ = white(5, 60, (12.0, 1.0)), white(30, 60, (1.0, 1.0))
    pixels = np.asarray(draw_sheet([stills(flat, round_, flat)])).astype(int)
    for k, (height, width) in enumerate(((240, 240), (120, 240), (240, 240))):
        left = 12 + k * (PANEL_PX + 12)
        panel = pixels[ROW_PX - 12 - PANEL_PX : ROW_PX - 12, left : left + PANEL_PX]
        # letters are drawn over the middle of the edges: look beside them
        rows = (panel[:, PANEL_PX // 4] == 255).all(axis=-1).sum()
        columns = (panel[PANEL_PX // 3] == 255).all(axis=-1).sum()
        assert (rows, columns) == (height, width)


def test_each_stack_has_a_row_and_letters_on_four_sides():
    one = stills(*middle_planes(Volume(values=np.zeros((4, 5, 6)), affine=Affine.identity())))
    sheet = draw_sheet([one, one])
    assert sheet.size == (WIDTH_PX, 2 * ROW_PX)
    panel = np.asarray(sheet)[ROW_PX - 12 - PANEL_PX : ROW_PX - 12, 12 : 12 + PANEL_PX]
    lettered = (panel == LETTER_COLOR).all(axis=-1)
    edge = 30
    for part in (lettered[:edge], lettered[-edge:], lettered[:, :edge], lettered[:, -edge:]):
        assert part.any()
    assert draw_sheet([]).size == (WIDTH_PX, ROW_PX)
    refused = Stills(row=1, number=None, modality="", shape=(1, 2, 3), obstacle="no line")
    assert draw_sheet([refused]).size == (WIDTH_PX, ROW_PX)


def test_the_caption_tells_sizes():
    told = caption_of(stills(spacing_mm=(2.0, 0.5, 0.25), points=3))
    assert " ".join(told.split()) == "#1 CT series 7 6 x 5 x 4 (3 times) 0.25 x 0.5 x 2 mm"


def test_the_file_holds_no_text(tmp_path: Path):
    with staged_outputs() as staging:
        write_sheet([stills(white(5, 5, (1.0, 1.0)))], tmp_path / "sheet.png", staging)
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.info == {}


def test_a_sheet_is_written_beside_the_table_without_any_name(tmp_path: Path, capsys):
    shape = (6, 8, 9)
    values = np.random.default_rng(0).integers(-1000, 1000, shape).astype(np.int16)
    for number, description in ((1, "Okonkwo^Adaeze neck"), (2, "")):
        write_dicom_series(
            tmp_path / "scan" / str(number),
            values,
            grid_matrix(shape, (2.0, 1.0, 1.0), tilt_deg=9.0),
            patient_name="Okonkwo^Adaeze",
            patient_id="MRN-4711",
            series=f"series {number}",
            series_number=number,
            series_description=description,
        )
    main_without_exit(
        ["medical", "inspect", str(tmp_path / "scan"), "--sheet", str(tmp_path / "s.png")]
    )
    assert "wrote" in capsys.readouterr().err
    with Image.open(tmp_path / "s.png") as image:
        assert image.size == (WIDTH_PX, 2 * ROW_PX)
    data = (tmp_path / "s.png").read_bytes()
    for secret in (b"Okonkwo", b"4711", b"2.25."):
        assert secret not in data
    chunks = {data[k - 4 : k] for k in range(8, len(data)) if data[k - 4 : k] in (b"tEXt", b"iTXt")}
    assert not chunks


def test_a_sheet_of_another_kind_is_refused(tmp_path: Path, capsys):
    write_dicom_series(
        tmp_path / "scan", np.zeros((2, 3, 4), np.int16), grid_matrix((2, 3, 4), (1, 1, 1))
    )
    status = main_without_exit(
        ["medical", "inspect", str(tmp_path / "scan"), "--sheet", str(tmp_path / "s.jpg")]
    )
    assert status == 2
    assert not (tmp_path / "s.jpg").exists()


def main_without_exit(words: list[str]) -> int:
    try:
        main(words)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0
