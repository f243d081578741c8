import pandas as pd
import pytest

from fleeting.errors import DatasetError
from fleeting.evaluation.megc_log import read_megc_log, write_megc_log


def test_log_survives_writing_and_reading(tmp_path):
    rows = [("casme2", "sub01", "EP02_01f", 1, 0), ("casme2", "sub01", "EP03_02", 0, 0), ("samm", "6", "006_1_2", 2, 2)]
    table = pd.DataFrame(rows, columns=["dataset", "subject", "clip", "label", "prediction"])
    write_megc_log(tmp_path / "a.log", table)
    assert (tmp_path / "a.log").read_text().splitlines()[:2] == ["casme2 sub01", "EP02_01f 1 0"]
    read = read_megc_log(tmp_path / "a.log")
    pd.testing.assert_frame_equal(read[list(table)], table)
    assert read["fold"].tolist() == ["casme2/sub01", "casme2/sub01", "samm/6"]


def test_log_of_other_people_may_spell_a_part_its_own_way(tmp_path):
    (tmp_path / "a.log").write_text("CASMEII sub01\n\nEP02_01f 1 0\nSMIC-HS s3\n s3_ne_01   0 2\n")
    assert read_megc_log(tmp_path / "a.log")["dataset"].tolist() == ["casme2", "smic"]


@pytest.mark.parametrize("text", ["c 1 0\n", "casme2 s1\nc one 0\n", "casme2 s1\nc 1 0 3\n", "", "casme2 s1\n"])
def test_log_that_cannot_be_understood_is_refused(tmp_path, text):
    (tmp_path / "a.log").write_text(text)
    with pytest.raises(DatasetError, match=r"neither a header nor a clip|holds no clips"):
        read_megc_log(tmp_path / "a.log")
