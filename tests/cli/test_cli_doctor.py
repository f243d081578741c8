"""fleeting doctor: exit code 0 usable, 1 not, 2 bad usage."""

import json
import shutil

from fake_recorded import casme2


def test_doctor_ends_with_0_on_a_usable_copy(fleeting, tmp_path):
    shown = fleeting("doctor", "casme2", casme2(tmp_path))
    assert shown.code == 0
    assert shown.out.startswith("casme2: usable, but no complete copy; 3 clips, no faults\n")


def test_doctor_ends_with_1_on_a_fault_and_names_it(fleeting, tmp_path):
    shutil.rmtree(casme2(tmp_path) / "CASME2_RAW_selected" / "sub02")
    shown = fleeting("doctor", "casme2", tmp_path)
    assert shown.code == 1
    assert "missing: casme2/sub02/EP01_11f: there is no folder" in shown.out


def test_doctor_ends_with_1_on_a_folder_of_something_else(fleeting, tmp_path):
    shown = fleeting("doctor", "casme2", tmp_path)
    assert (shown.code, shown.err) == (1, "")
    assert "casme2: not usable; cannot be opened" in shown.out


def test_doctor_ends_with_2_on_bad_usage(fleeting, tmp_path):
    assert fleeting("doctor", "casme2").code == 2
    assert fleeting("doctor", "casme2", tmp_path / "absent").code == 2
    shown = fleeting("doctor", "casme2", casme2(tmp_path), "--set", "lables=five")
    assert shown.code == 2
    assert "labels" in shown.err


def test_doctor_takes_options_and_writes_json(fleeting, tmp_path):
    shown = fleeting("doctor", "casme2", casme2(tmp_path), "--set", "labels=five", "--json", tmp_path / "found.json")
    assert shown.code == 0
    assert "repression" in shown.out
    assert json.loads((tmp_path / "found.json").read_text())["usable"] is True
