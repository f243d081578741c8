import pytest

from fake_synthetic import write_synthetic
from fleeting.errors import ManifestError
from fleeting.reports.made import describe, shade


def test_counts_are_the_manifests(tmp_path):
    donors = [("casme2", "sub01", "a"), ("casme2", "sub02", "b"), None]
    root = write_synthetic(tmp_path / "made", identities=4, donors=donors, failed=2)
    made = describe([root])
    assert (made.planned, made.done, made.identities) == (12, 10, 4)
    assert made.failures == {"no landmarks": 2}
    assert made.sources == ("expert", "micro")
    assert made.counts == {
        "negative": {"expert": 0, "micro": 3},
        "positive": {"expert": 0, "micro": 3},
        "surprise": {"expert": 4, "micro": 0},
    }
    assert made.donors == 2


def test_heat_rows_are_the_mean_rise_per_class_and_source(tmp_path):
    rows = describe([write_synthetic(tmp_path / "made")]).heat
    assert [(row.label, row.source, row.samples) for row in rows] == [
        ("negative", "expert", 4), ("positive", "expert", 4), ("surprise", "expert", 4),
    ]  # fmt: skip
    assert [round(value, 6) for value, _ in rows[0].cells] == [0.1] * 17


def test_several_data_sets_are_counted_together(tmp_path):
    roots = [write_synthetic(tmp_path / name, seed=seed) for seed, name in enumerate(("a", "b"))]
    assert describe(roots).done == 24


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(ManifestError, match=r"manifest\.parquet"):
        describe([tmp_path])


def test_shading_keeps_text_readable():
    assert shade(1.0) == "background:rgb(18,78,107);color:#ffffff"
    assert shade(-1.0).startswith("background:rgb(122,72,20)")
    assert shade(0.2).endswith("#1f2733")
