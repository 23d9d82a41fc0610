"""Archives: the files in a zip or tar, read where they stand.

Nothing is unpacked into folders, so no name in an archive can lead anywhere, and no copy
of a patient's images is left behind. A compressed tar is inflated once into a file without
a name, which ends with the run. An archive that inflates beyond all measure is refused.
"""

from __future__ import annotations

import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final, Protocol, cast

from medical.errors import UnsafeArchiveError
from shared.errors import DamagedFileError

MOST_MEMBERS: Final = 200_000
"""More files than this in an archive are no study."""
LARGEST_MEMBER_BYTES: Final = 4 << 30
"""Larger files in an archive are not read; multi-frame objects reach one gigabyte."""
MOST_INFLATION: Final = 200
"""What inflates more than this is a bomb, if it is also large: images shrink 2 to 10 times,
blank ones alone up to 1000 times."""
LARGE_BYTES: Final = 256 << 20
"""Inflated sizes below this harm nobody."""
CHUNK_BYTES: Final = 1 << 20
KEPT_BYTES: Final = 4 << 20
"""Files of an archive from this size on are kept until the next one is read: their frames
are read one by one."""

ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
STREAM_MAGIC: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
"""First bytes of gzip, bzip2 and xz, which may hold a tar."""
OTHER_MAGIC: Final = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
ARCHIVE_MAGIC: Final = (*ZIP_MAGIC, *STREAM_MAGIC, *OTHER_MAGIC)
TAR_MAGIC_AT: Final = 257

MEMBER_ERRORS: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    lzma.LZMAError,
    RuntimeError,  # encrypted, or a method that is not known: NotImplementedError
    ValueError,
)
"""What reading a damaged, encrypted or strangely compressed file of an archive raises."""


class Archive(Protocol):
    """Gives the bytes of its files by number."""

    def read(self, number: int, count: int) -> bytes:
        """Return up to `count` first bytes of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive; opens like a `Path`.

    Parameters
    ----------
    archive
        Where it is.
    number
        Which file of the archive.
    name
        As the archive says, never used as a path.
    size
        Inflated size in bytes.
    """

    archive: Archive = field(repr=False)
    number: int
    name: str
    size: int

    def head(self, count: int) -> bytes:
        """Return its first bytes.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        try:
            return self.archive.read(self.number, min(count, self.size))
        except MEMBER_ERRORS as error:
            raise OSError(0, "damaged or encrypted in its archive", self.name) from error

    def open(self, mode: str = "rb", buffering: int = -1) -> BinaryIO:
        """Return its bytes as a stream.

        Raises
        ------
        OSError
            If it cannot be read, or is too large to be.
        """
        if self.size > LARGEST_MEMBER_BYTES:
            raise OSError(0, "too large in its archive", self.name)
        return BytesIO(self.head(self.size))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZipArchive:
    """A zip file."""

    file: zipfile.ZipFile
    infos: tuple[zipfile.ZipInfo, ...]
    lock: Lock = field(default_factory=Lock)
    last: dict[int, bytes] = field(default_factory=dict)

    def read(self, number: int, count: int) -> bytes:
        """Return up to `count` first bytes of a file."""
        info = self.infos[number]
        if count < KEPT_BYTES:
            with self.file.open(info) as stream:
                return stream.read(count)
        with self.lock:  # many threads want frames of one large file
            if number not in self.last:
                self.last.clear()
                with self.file.open(info) as stream:
                    self.last[number] = stream.read(count)
            return self.last[number]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TarArchive:
    """A plain tar: the files lie in it as they are."""

    stream: BinaryIO
    places: tuple[tuple[int, int], ...]
    lock: Lock = field(default_factory=Lock)

    def read(self, number: int, count: int) -> bytes:
        """Return up to `count` first bytes of a file."""
        start, size = self.places[number]
        with self.lock:
            self.stream.seek(start)
            return self.stream.read(min(count, size))


def is_archive(path: Path) -> bool:
    """Return whether a file starts as a zip, a tar or a compressed file does."""
    try:
        with path.open("rb") as stream:
            head = stream.read(TAR_MAGIC_AT + 5)
    except OSError:
        return False
    if head[128:132] == b"DICM":
        return False
    return head.startswith(ARCHIVE_MAGIC) or _is_tar(head)


def _is_tar(head: bytes) -> bool:
    return head[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] == b"ustar"


def list_members(path: Path) -> tuple[Member, ...]:
    """Return the regular files in an archive, in its order.

    Raises
    ------
    DamagedFileError
        If it is cut, damaged, or of a kind that is not read.
    UnsafeArchiveError
        If it holds or inflates to more than any study does.
    """
    with path.open("rb") as stream:
        head = stream.read(TAR_MAGIC_AT + 5)
    if head.startswith(OTHER_MAGIC):
        raise DamagedFileError(
            f"{path.name} is an archive of a kind that is not read here.",
            remedy="Unpack it, and name the folder.",
        )
    try:
        return _members_of_zip(path) if head.startswith(ZIP_MAGIC) else _members_of_tar(path, head)
    except (*MEMBER_ERRORS, OSError) as error:
        raise DamagedFileError(
            f"{path.name} is a damaged archive, or none of files.",
            remedy="Copy it again from its source, or unpack it and name the folder.",
        ) from error


def _members_of_zip(path: Path) -> tuple[Member, ...]:
    file = zipfile.ZipFile(path)
    infos = tuple(info for info in file.infolist() if not info.is_dir())
    _require_moderate(path, len(infos), sum(i.file_size for i in infos), path.stat().st_size)
    archive = ZipArchive(file=file, infos=infos)
    return tuple(
        Member(archive=archive, number=k, name=info.filename, size=info.file_size)
        for k, info in enumerate(infos)
    )


def _members_of_tar(path: Path, head: bytes) -> tuple[Member, ...]:
    stream = path.open("rb") if _is_tar(head) else _inflated(path)
    size = os.fstat(stream.fileno()).st_size
    found: list[tuple[str, int, int]] = []
    with tarfile.open(fileobj=stream, mode="r:") as listing:
        for info in _regular(listing):
            found.append((info.name, info.offset_data, info.size))
            _require_moderate(path, len(found), 0, size)
    archive = TarArchive(stream=stream, places=tuple((start, n) for _, start, n in found))
    return tuple(
        Member(archive=archive, number=k, name=name, size=n) for k, (name, _, n) in enumerate(found)
    )


def _regular(listing: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield what is a plain file: no links, devices or sparse files."""
    return (info for info in listing if info.isreg() and not info.issparse())


def _inflated(path: Path) -> BinaryIO:
    """Return a compressed file inflated into a file without a name."""
    compressed = path.stat().st_size
    target = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as its members
    try:
        with _inflating(path) as source:
            first = source.read(512)
            if not _is_tar(first):
                raise DamagedFileError(
                    f"{path.name} is a compressed file, but no archive of files.",
                    remedy="Unpack it, and name what comes out.",
                )
            target.write(first)
            while chunk := source.read(CHUNK_BYTES):
                target.write(chunk)
                _require_moderate(path, 1, target.tell(), compressed)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _inflating(path: Path) -> BinaryIO:
    """Return a stream of what a gzip, bzip2 or xz file holds."""
    import bz2
    import gzip

    with path.open("rb") as stream:
        head = stream.read(3)
    openers: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open}
    opener = openers.get(head[:2], lzma.open)
    return cast("BinaryIO", opener(path, "rb"))


def _require_moderate(path: Path, members: int, inflated: int, compressed: int) -> None:
    if members > MOST_MEMBERS:
        raise UnsafeArchiveError(
            f"{path.name} holds more than {MOST_MEMBERS} files: no study does.",
            remedy="Unpack the part that is wanted, and name its folder.",
        )
    if inflated > LARGE_BYTES and inflated > MOST_INFLATION * max(compressed, 1):
        raise UnsafeArchiveError(
            f"{path.name} inflates to more than {MOST_INFLATION} times its size: it looks made "
            "to fill the disk.",
            remedy="Unpack it yourself if you trust it, and name the folder.",
        )
