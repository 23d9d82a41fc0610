"""Headers read quickly are those that pydicom reads; what is not in order is left to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, Sequence, dcmread
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medical.dicom import parsing
from medical.dicom.headers import ImageHeader, Skipped, headers_in
from medical.dicom.parsing import FileHead, load_head
from medical.dicom.quick import quick_parse
from medical.dicom.quiet import quiet_readers
from medical.dicom.tags import TAGS
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (2, 5, 6)


@pytest.fixture
def pydicom_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Read a head with pydicom only."""

    def read(head: FileHead) -> tuple[ImageHeader, ...] | Skipped:
        with monkeypatch.context() as patched, quiet_readers():
            patched.setattr(parsing, "quick_parse", lambda data, wanted: None)
            return headers_in(head)

    with quiet_readers():
        yield read


def is_quick(head: FileHead) -> bool:
    found = quick_parse(head.data, frozenset(TAGS.values()))
    return found is not None and found[1] is not None


def one_file(folder: Path, change=None, **options) -> Path:
    values = np.random.default_rng(0).integers(-1000, 1000, SHAPE).astype(np.int16)
    matrix = grid_matrix(SHAPE, (2.0, 1.0, 0.5), tilt_deg=7.0)
    return write_dicom_series(folder, values, matrix, change=change, **options)[0]


def nested(depth: int) -> Dataset:
    item = Dataset()
    item.CodeValue = "1"
    item.is_undefined_length_sequence_item = True
    if depth:
        item.PurposeOfReferenceCodeSequence = Sequence([nested(depth - 1), nested(0)])
        item["PurposeOfReferenceCodeSequence"].is_undefined_length = True
    return item


def with_sequences(dataset: Dataset, number: int) -> None:
    dataset.ReferencedImageSequence = Sequence([nested(2), nested(0)])
    dataset["ReferencedImageSequence"].is_undefined_length = True
    dataset.SourceImageSequence = Sequence([nested(1)])


def with_other_letters(dataset: Dataset, number: int) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SeriesDescription = "Schädel ß"
    dataset.PatientName = "Müller^Jörg"


def with_several_letters(dataset: Dataset, number: int) -> None:
    dataset.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    dataset.PatientName = "Yamada^Tarou=山田^太郎"


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("change", [None, with_sequences, with_other_letters, with_several_letters])
def test_plain_files_are_read_quickly_and_alike(tmp_path, pydicom_alone, syntax, change):
    def both(dataset, number):
        dataset.file_meta.TransferSyntaxUID = syntax
        if change is not None:
            change(dataset, number)

    head = load_head(one_file(tmp_path, both))
    assert is_quick(head)
    assert headers_in(head) == pydicom_alone(head)


def test_long_headers_are_read_quickly_too(tmp_path, pydicom_alone, monkeypatch):
    def change(dataset, number):
        block = dataset.private_block(0x0011, "MAKER", create=True)
        block.add_new(0x01, "OB", bytes(100_000))

    head = load_head(one_file(tmp_path, change))
    assert not is_quick(head)
    expected = pydicom_alone(head)
    monkeypatch.setattr(parsing, "load_leniently", None)  # would fail if it were called
    assert headers_in(head) == expected
    assert not isinstance(expected, Skipped)


def test_what_is_not_in_order_is_left_to_others(tmp_path):
    data = load_head(one_file(tmp_path)).data
    wanted = frozenset(TAGS.values())
    assert quick_parse(data, wanted) is not None
    for broken in (
        data[:100],
        data[132:],
        data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0"),
        data.replace(b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00XY"),
        data.replace(b"\x28\x00\x10\x00US", b"\x08\x00\x10\x00US"),
        data.replace(b"\x10\x00\x10\x00PN", b"\x10\x00\x10\x00UN"),
    ):
        assert quick_parse(broken, wanted) is None


def test_damaged_headers_are_read_as_pydicom_reads_them(tmp_path, pydicom_alone):
    head = load_head(one_file(tmp_path, with_sequences))
    end = parsing.parse(head, TAGS.values()).pixels.offset
    rng = np.random.default_rng(5)
    quick = 0
    for _ in range(120):
        data = bytearray(head.data)
        for at in rng.integers(132, end, rng.integers(1, 4)):
            data[at] = rng.integers(256)
        damaged = FileHead(file=head.file, data=bytes(data), size=len(data))
        if is_quick(damaged):
            quick += 1
            assert headers_in(damaged) == pydicom_alone(damaged)
    assert quick > 40


def test_plain_files_are_stacked_without_loading_pydicom(tmp_path):
    one_file(tmp_path)
    script = (
        "import sys, medical\n"
        f"volume = medical.read_volume({str(tmp_path)!r})\n"
        f"assert volume.shape == {SHAPE}\n"
        "assert not {'pydicom', 'gdcm', 'SimpleITK', 'numba', 'scipy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.real
def test_real_headers_are_read_alike(real_data: Path, pydicom_alone) -> None:
    files = [path for path in (real_data / "medical").rglob("*") if path.is_file()]
    heads = [head for head in map(load_head, files[::3]) if head.data[128:132] == b"DICM"]
    assert sum(map(is_quick, heads)) > 0.5 * len(heads)
    for head in heads:
        assert headers_in(head) == pydicom_alone(head), head.file.name


def test_pydicom_checks_as_before_once_reading_is_done(tmp_path):
    import pydicom.config

    before = pydicom.config.settings.reading_validation_mode
    path = one_file(tmp_path)
    with quiet_readers():
        parsing.load_leniently()
        assert pydicom.config.settings.reading_validation_mode == pydicom.config.IGNORE
    assert pydicom.config.settings.reading_validation_mode == before
    assert dcmread(path).Rows == SHAPE[1]
