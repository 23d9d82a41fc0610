"""A short run of the fuzz: each damage in each transfer syntax twice."""

from __future__ import annotations

from tests.fuzz import dicom_door


def test_damaged_files_end_in_a_volume_or_a_clear_error_and_harmless_damage_stacks(capfd):
    cases = 2 * len(dicom_door.DAMAGES) * len(dicom_door.SYNTAXES)
    tally = dicom_door.run(cases, seed=7)
    assert tally.cases == cases
    assert not tally.failures
    assert tally.harmless >= 10
    assert tally.harmless_stacked >= 0.95 * tally.harmless
    assert tally.volumes >= 0.8 * cases
    assert capfd.readouterr() == ("", "")


def test_the_fuzz_notices_when_the_door_does_not_hold(monkeypatch):
    def broken(path):
        raise ZeroDivisionError("as a careless reader would")

    monkeypatch.setattr(dicom_door.medical, "read_volume", broken)
    tally = dicom_door.run(3)
    assert len(tally.failures) == 3
    assert "ZeroDivisionError" in tally.failures[0]
