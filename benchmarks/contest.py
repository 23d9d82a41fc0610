"""What is compared: a job on an input, and who does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Whole(tuple[str, ...]):
    """The command line of a peer that is a program of its own: run and timed as a process."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One way to do the job of a contest.

    Parameters
    ----------
    name
        What the table calls it.
    run
        The job, timed: takes what `prepare` gave and returns the result.
    prepare
        Brings a fresh copy of the input into the form that `run` takes, not timed. If it
        gives a `Whole`, that command is the job and `run` is not called.
    size
        A few words on the result, such as its number of faces.
    at_most
        Most repetitions: slow peers are not run as often.
    """

    name: str
    run: Callable[[Any], Any]
    prepare: Callable[[Any], Any] = lambda fresh: fresh
    size: Callable[[Any], str] = lambda result: ""
    at_most: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One job on one input.

    Parameters
    ----------
    title
        The job and the input, unique among all.
    make
        The input, always the same; an array, or a tuple of arrays.
    entrants
        Ours first, then peers.
    crop
        A small piece of the input, for loading and compiling everything beforehand.
    output_bytes
        How large our result is: what must be written at least.
    note
        What a reader of the table must know.
    """

    title: str
    make: Callable[[], Any]
    entrants: tuple[Entrant, ...]
    crop: Callable[[Any], Any]
    output_bytes: Callable[[Any], int]
    note: str = ""


def fresh(given: Any) -> Any:
    """Return a copy of an input that nobody has seen."""
    return tuple(map(fresh, given)) if isinstance(given, tuple) else given.copy()


def input_bytes(given: Any) -> int:
    """Return how much must be read at least."""
    return sum(map(input_bytes, given)) if isinstance(given, tuple) else int(given.nbytes)


def corner_of(values: Any) -> Any:
    """Return a corner of a field."""
    return values[:12, :20, :70].copy()


def coarse(values: Any) -> Any:
    """Return every so manieth voxel of a field."""
    return values[::18, ::16, ::8].copy()


def mesh_size(mesh: Any) -> str:
    """Return the faces of a mesh of ours, or of a mapping of meshes."""
    meshes = mesh.values() if hasattr(mesh, "values") else [mesh]
    return f"{sum(len(one.faces) for one in meshes):,} faces"


def mesh_bytes(mesh: Any) -> int:
    """Return how large a mesh of ours is, or a mapping of meshes."""
    meshes = mesh.values() if hasattr(mesh, "values") else [mesh]
    return sum(one.vertices.nbytes + one.faces.nbytes for one in meshes)
