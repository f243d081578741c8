import json

import pytest

from fleeting.errors import DatasetError
from fleeting.reports.generator_training import write_training_report
from fleeting.training.ganimation.history import History

GOOD = {
    "epoch": 1.0, "rate": 1.0, "critic": 1.0, "distance": 0.5, "penalty": 0.2, "au_real": 0.02, "generator": 2.0,
    "au_fake": 0.03, "cycle": 0.05, "mask": 0.7, "rough": 9.0, "change": 0.1, "response_4": 3.0, "response_12": 4.0,
    "seconds": 0.1,
}  # fmt: skip
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fea7"
    "35819c0000000049454e44ae426082"
)


def write_run(root, **values):
    history = History(root / "history.csv", 0)
    for step in (100, 200, 300):
        history.add({"step": step, **GOOD, **values})
    return root


def test_the_page_names_alarms_units_and_steps(tmp_path):
    (tmp_path / "generator").mkdir()
    (tmp_path / "generator" / "config.json").write_text(json.dumps({"digest": "abc", "facts": {"steps": 1000}}))
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "000100.png").write_bytes(PNG)
    page = write_training_report(write_run(tmp_path, mask=0.995)).read_text()
    assert "300 of 1,000 steps" in page
    assert "mask saturated" in page
    assert "AU12" in page
    assert "Step 100" in page


def test_a_page_without_sheets_and_alarms_says_so(tmp_path):
    page = write_training_report(write_run(tmp_path)).read_text()
    assert "There are no sheets" in page
    assert "None: mask, critic" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_folder_without_history_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no training of a generator"):
        write_training_report(tmp_path)
