"""Segmentations as 3D Slicer keeps them: ``.seg.nrrd`` with names, colors, codes and layers.

Segments that overlap stand in several layers, the fastest axis of a four-dimensional file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.objects.names import label_name, spread_color, table_of, with_side, with_unique_names
from medical.objects.terminology import ENTRY, Meaning, entry_in, entry_of, meaning_of
from shared.affine import Affine
from shared.concept import Label
from shared.errors import DamagedFileError, InputNotFoundError, NothingToBuildError
from shared.finding import warning
from shared.frame import PATIENT_LPS_MM
from shared.provenance import Provenance, Source, digest_file
from shared.segmentation import LabelMap, Segmentation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from shared.formats.outputs import Staging

SEGMENT_KEY: Final = re.compile(r"Segment(\d+)_(\w+)")
"""Fields of segments in the header."""
LARGEST_VALUE: Final = int(np.iinfo(np.uint16).max)


def read_slicer(path: Path) -> Segmentation:
    """Return a ``.seg.nrrd`` file as a segmentation: layers, names, colors and codes.

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DamagedFileError
        If it cannot be read or holds no segments.
    NothingToBuildError
        If it describes no segment with voxels.
    """
    import SimpleITK

    if not path.is_file():
        raise InputNotFoundError(f"There is no file {path}.", remedy="Check the spelling.")
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise DamagedFileError(
            "The nrrd file cannot be read as a segmentation.",
            remedy="Check that it is complete.",
        ) from error
    values = SimpleITK.GetArrayFromImage(image)
    if image.GetDimension() != 3 or values.dtype.kind not in "iuf":
        raise DamagedFileError(
            f"The file holds {image.GetDimension()} dimensions.", remedy="Give a segmentation."
        )
    layers = values[..., None] if values.ndim == 3 else values
    texts = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    provenance = Provenance(sources=(Source(kind="nrrd", sha256=digest_file(path)),))
    return _segmentation(layers, _affine(image), segments_in(texts), provenance)


def segments_in(texts: Mapping[str, str]) -> dict[int, list[Label]]:
    """Return the labels that a header's fields tell, by layer."""
    fields: dict[int, dict[str, str]] = {}
    for key, text in texts.items():
        match = SEGMENT_KEY.fullmatch(key)
        if match:
            fields.setdefault(int(match[1]), {})[match[2]] = text
    found: list[tuple[int, Label]] = []
    for number, own in sorted(fields.items()):
        try:
            value, layer = int(own.get("LabelValue", number + 1)), int(own.get("Layer", 0))
        except ValueError:
            continue
        if value >= 1:
            found.append((layer, _label(value, own)))
    unique = with_unique_names([label for _, label in found])
    layers: dict[int, list[Label]] = {}
    for (layer, _), label in zip(found, unique, strict=True):
        layers.setdefault(layer, []).append(label)
    return layers


def _label(value: int, fields: Mapping[str, str]) -> Label:
    entry = entry_in(fields.get("Tags", ""))
    told = meaning_of(entry) if entry else Meaning(None, None)
    words = fields.get("Name") or fields.get("ID") or ""
    name = with_side(label_name(words, number=value), told.side)
    try:
        red, green, blue = (min(max(float(c), 0.0), 1.0) for c in fields["Color"].split())
        color = (red, green, blue)
    except (KeyError, ValueError):
        color = spread_color(value)
    return Label(value=value, name=name, concept=told.concept, color=color)


def _affine(image: Any) -> Affine:
    from medical.images.world import affine_of_array

    matrix = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    matrix[:3, :3] = direction * np.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    return affine_of_array(matrix)


def _segmentation(
    layers: NDArray[Any],
    affine: Affine,
    segments: dict[int, list[Label]],
    provenance: Provenance,
) -> Segmentation:
    """Return layers ``[k j i layer]`` with their labels; values that none names are told."""
    maps, empty, unnamed = [], [], []
    for number in range(layers.shape[-1]):
        values = _whole(layers[..., number])
        present = {int(value) for value in np.unique(values)} - {0}
        told = segments.get(number, [])
        labels = _one_each([label for label in told if label.value in present])
        empty += [label.name for label in told if label.value not in present]
        nameless = sorted(present - {label.value for label in labels})
        unnamed += nameless
        labels += [
            Label(value=value, name=f"layer_{number}_value_{value}", color=spread_color(value))
            for value in nameless
        ]
        if labels:
            maps.append(LabelMap(values=values, affine=affine, labels=table_of(labels)))
    if not maps:
        raise NothingToBuildError("The segmentation has no voxel in any segment.")
    findings = [
        warning("empty-label", f"{name} is described, but no voxel shows it.") for name in empty
    ]
    if unnamed:
        message = f"Values {', '.join(map(str, unnamed))} belong to no segment and were numbered."
        findings.append(warning("unnamed-labels", message))
    return Segmentation(layers=tuple(maps), provenance=provenance, findings=tuple(findings))


def _one_each(labels: list[Label]) -> list[Label]:
    """Return the first label of each value."""
    first = {label.value: label for label in reversed(labels)}
    return [label for label in labels if first[label.value] is label]


def _whole(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as the smallest unsigned type that holds them.

    Raises
    ------
    DamagedFileError
        If they are no labels.
    """
    low, high = values.min(), values.max()
    is_whole = values.dtype.kind in "iu" or bool(np.array_equal(np.rint(values), values))
    if not is_whole or low < 0 or high > LARGEST_VALUE:
        raise DamagedFileError(
            "The file holds values that are no labels.", remedy="Give a segmentation."
        )
    kept = values.astype(np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16)
    kept.setflags(write=False)
    return kept


def write_slicer(segmentation: Segmentation, path: Path, *, staging: Staging | None = None) -> None:
    """Write a segmentation as 3D Slicer does: ``.seg.nrrd``, compressed, with all layers.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from contextlib import nullcontext

    from medical.images.compression import gzipped
    from shared.formats.outputs import staged_outputs

    with (
        nullcontext(staging) if staging else staged_outputs() as outputs,
        outputs.path_for(path).open("wb") as stream,
    ):
        stream.write(_header(segmentation))
        for piece in gzipped(_slices(segmentation)):
            stream.write(piece)


def _slices(segmentation: Segmentation) -> Iterator[bytes]:
    dtype = _number_type(segmentation)
    arrays = [np.asarray(layer.values) for layer in segmentation.layers]
    for k in range(arrays[0].shape[0]):
        yield np.stack([array[k] for array in arrays], axis=-1).astype(dtype).tobytes()


def _number_type(segmentation: Segmentation) -> np.dtype[Any]:
    largest = max(int(layer.values.max()) for layer in segmentation.layers)
    return np.dtype("u1" if largest <= np.iinfo(np.uint8).max else "<u2")


def _header(segmentation: Segmentation) -> bytes:
    from medical.images.world import lps_from_file_index

    layers = segmentation.layers
    matrix = lps_from_file_index(segmentation.affine, segmentation.frame or PATIENT_LPS_MM)
    sizes = layers[0].shape[::-1]
    several = len(layers) > 1
    directions = " ".join(_vector(matrix[:3, n]) for n in range(3))
    word = "unsigned char" if _number_type(segmentation).itemsize == 1 else "unsigned short"
    lines = [
        "NRRD0005",
        f"type: {word}",
        f"dimension: {4 if several else 3}",
        "space: left-posterior-superior",
        f"sizes: {f'{len(layers)} ' if several else ''}{' '.join(map(str, sizes))}",
        f"space directions: {'none ' if several else ''}{directions}",
        f"kinds: {'list ' if several else ''}domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_vector(matrix[:3, 3])}",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
        "Segmentation_ConversionParameters:=",
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
    ]
    number = 0
    for n, layer in enumerate(layers):
        for label in layer.labels:
            lines += _segment(number, n, layer, label)
            number += 1
    return ("\n".join(lines) + "\n\n").encode("utf-8")


def _segment(number: int, layer_number: int, layer: LabelMap, label: Label) -> list[str]:
    fields = {
        "ID": f"Segment_{number + 1}",
        "Name": label.name,
        "NameAutoGenerated": "0",
        "Color": " ".join(f"{c:.6g}" for c in label.color),
        "ColorAutoGenerated": "0",
        "LabelValue": str(label.value),
        "Layer": str(layer_number),
        "Extent": _extent(layer, label),
        "Tags": f"Segmentation.Status:inprogress|{ENTRY}{entry_of(label)}|",
    }
    return [f"Segment{number}_{key}:={value}" for key, value in fields.items()]


def _extent(layer: LabelMap, label: Label) -> str:
    """Return first and last index of a label along i, j and k; Slicer's empty range for none."""
    mask = layer.values == label.value
    ends = []
    for axis in (2, 1, 0):
        other = tuple(n for n in range(3) if n != axis)
        shown = np.flatnonzero(mask.any(axis=other))
        ends += [int(shown[0]), int(shown[-1])] if len(shown) else [0, -1]
    return " ".join(map(str, ends))


def _vector(numbers: NDArray[np.float64]) -> str:
    return f"({','.join(repr(float(x)) for x in numbers)})"
