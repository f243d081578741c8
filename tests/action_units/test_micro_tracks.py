import numpy as np
import pytest

from fleeting.action_units import ActionUnitsOptions, create_sources
from fleeting.errors import ActionUnitError, DatasetError
from fleeting.types import Donor

INDEX = """dataset,subject,clip,file,emotion,onset,apex
casme2,sub01,a,a.csv,disgust,100,106
casme2,sub02,b,b.csv,happiness,50,/
casme2,sub03,late,a.csv,surprise,100,130
casme2,sub04,none,gone.csv,surprise,1,2
casme2,sub05,flat,a.csv,surprise,100,100
casme2,sub06,other,a.csv,others,100,106
"""


def _values(n):
    """AU12 rises by half an OpenFace unit per frame, AU4 is 1 throughout."""
    values = np.zeros((n, 17))
    values[:, 8] = np.arange(n) / 2
    values[:, 2] = 1
    return values


def _micro(tmp_path, frames=2, native_length=False, preset="paper", index=INDEX, **track):
    (tmp_path / "index.csv").write_text(index)
    track = {"file": str(tmp_path / "index.csv"), "folder": str(tmp_path), **track}
    options = {"preset": preset, "sources": ["micro"], "frames": frames, "native_length": native_length}
    return create_sources(ActionUnitsOptions.parse({**options, "micro": {"tracks": [track]}}))["micro"]


@pytest.fixture
def clips(sequence):
    sequence("a.csv", _values(11))
    sequence("b.csv", _values(9))


def _draw(source, label, seed=0):
    return source.sample(np.random.default_rng(seed), label)


@pytest.mark.usefixtures("clips")
def test_track_gives_the_values_at_onset_and_apex_and_its_donor(tmp_path):
    sequence = _draw(_micro(tmp_path), 0)
    assert sequence.values[:, 8].tolist() == pytest.approx([0.0, 0.6])
    assert sequence.values[:, 2].tolist() == pytest.approx([0.2, 0.2])
    assert sequence.donor == Donor("casme2", "sub01", "a")
    assert sequence.sides.min() == 1


@pytest.mark.usefixtures("clips")
def test_track_without_annotated_apex_takes_the_middle_and_says_so(tmp_path):
    source = _micro(tmp_path)
    assert _draw(source, 1).values[:, 8].tolist() == pytest.approx([0.0, 0.4])
    assert source.counts()["noted"] == {"apex not annotated, middle frame taken": 1}


@pytest.mark.usefixtures("clips")
def test_tracks_dropped_are_counted_by_reason(tmp_path):
    assert _micro(tmp_path).counts() == {
        "pool": {"negative": 1, "positive": 1, "surprise": 0},
        "dropped": {
            "apex not after onset": 1,
            "clip without a table in the folder": 1,
            "emotion outside the three classes": 1,
            "onset or apex outside the track": 1,
        },
        "noted": {"apex not annotated, middle frame taken": 1},
    }


@pytest.mark.usefixtures("clips")
def test_track_that_starts_before_the_onset_counts_from_its_first_frame(tmp_path):
    index = "dataset,subject,clip,file,emotion,first,onset,apex\nmmew,S1,a,a.csv,fear,98,100,106\n"
    assert _draw(_micro(tmp_path, index=index), 0).values[:, 8].tolist() == pytest.approx([0.2, 0.8])


@pytest.mark.usefixtures("clips")
def test_track_video_variant_is_resampled_or_native(tmp_path):
    ten = _draw(_micro(tmp_path, frames=10), 0).values
    assert ten.shape == (10, 17)
    assert ten[:, 8] == pytest.approx(np.linspace(0, 0.6, 10), abs=1e-6)
    native = _draw(_micro(tmp_path, frames=10, native_length=True), 0).values
    assert native[:, 8] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], abs=1e-6)


def test_track_fills_a_rejected_frame_but_not_a_rejected_apex(tmp_path, sequence):
    values = _values(11)
    values[3] = 5
    sequence("a.csv", values, failed=(3,))
    sequence("b.csv", _values(9), failed=(4,))
    source = _micro(tmp_path, frames=7)
    assert _draw(source, 0).values[3, 8] == pytest.approx(0.3)
    counts = source.counts()
    assert counts["dropped"]["onset or apex frame rejected"] == 1
    assert counts["noted"]["frame rejected: failed"] == 5


def test_track_with_many_rejected_frames_is_dropped(tmp_path, sequence):
    sequence("a.csv", _values(11), failed=(1, 2, 4))
    sequence("b.csv", _values(9))
    dropped = _micro(tmp_path).counts()["dropped"]
    assert dropped["clip with more than a fifth of its frames rejected"] == 3


@pytest.mark.usefixtures("clips")
def test_release_preset_draws_the_apex_of_mmew_early(tmp_path):
    index = INDEX.replace("casme2,sub01,a", "mmew,S01,a").replace("casme2", "mmew")
    source = _micro(tmp_path, preset="miex-release", index=index)
    apexes = {round(float(_draw(source, 0, seed).values[1, 8]), 6) for seed in range(200)}
    assert apexes == {0.3, 0.4, 0.5}


def test_public_codes_index_and_tree_are_read(tmp_path, sequence):
    sequence("CASME2_AU_out/sub01/EP01/EP01.csv", _values(11))
    source = _micro(tmp_path, index="CASME2 sub01 EP01 4 0\n", layout="mie-x")
    sequence_drawn = _draw(source, 0)
    assert sequence_drawn.values[1, 8] == pytest.approx(0.4)
    assert (sequence_drawn.donor, sequence_drawn.emotion) == (Donor("CASME2", "sub01", "EP01"), "negative")
    with pytest.raises(ActionUnitError, match="line 2"):
        _micro(tmp_path, index="CASME2 sub01 EP01 4 0\nCASME2 sub01 EP01 4\n", layout="mie-x")


@pytest.mark.usefixtures("clips")
def test_wrong_index_is_named(tmp_path):
    with pytest.raises(ActionUnitError, match="lacks columns: clip"):
        _micro(tmp_path, index="dataset,subject\nmmew,S1\n")
    with pytest.raises(ActionUnitError, match="onset of clip a is not a whole number"):
        _micro(tmp_path, index=INDEX.replace("100,106", "x,106"))
    with pytest.raises(ActionUnitError, match="data set of the clips is not known"):
        _micro(tmp_path, index="subject,clip,file,emotion\ns1,a,a.csv,fear\n")
    with pytest.raises(DatasetError, match="no file or folder"):
        _micro(tmp_path, folder=str(tmp_path / "nothing"))
