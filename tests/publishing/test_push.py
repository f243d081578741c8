"""A push against a stub of the Hub: private by default, resumed without sending twice, refused where it must be."""

from pathlib import Path

import huggingface_hub
import pytest
from stub_hub import served

from fleeting.errors import DatasetError, FleetingError, OptionsError
from fleeting.publishing import push as pusher
from fleeting.publishing.export import export
from fleeting.publishing.push import allowed, load, push

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the Hub's client against httpx


@pytest.fixture
def hub():
    with served() as stub:
        yield stub


def send(root, hub, **options):
    return push(load(root), "me/faces", endpoint=hub.url, progress=False, **options)


def test_data_set_arrives_whole_and_private(pairs, hub):
    sent = send(pairs, hub)
    repository = hub.repositories["me/faces"]
    assert repository["private"] is True
    assert sent == {
        "repository": "me/faces",
        "url": f"{hub.url}/datasets/me/faces",
        "private": True,
        "sent": 10,
        "bytes": load(pairs).bytes,
        "kept": 0,
    }
    assert sorted(repository["files"]) == sorted(
        ["README.md", "faces.csv", "manifest.parquet", "recipe.toml"]
        + [f"shards/00000{number}.{kind}" for number in range(3) for kind in ("tar", "done.json")]
    )
    stored = repository["files"]["shards/000001.tar"][1]
    assert hub.store[stored] == (pairs / "shards/000001.tar").read_bytes()


def test_public_is_public_when_asked_for(pairs, hub):
    assert send(pairs, hub, public=True)["private"] is False
    assert hub.repositories["me/faces"]["private"] is False


def test_repository_that_everybody_sees_is_refused_without_public(pairs, hub):
    hub.repositories["me/faces"] = {"private": False, "files": {}}
    with pytest.raises(OptionsError, match=r"everybody can see it(.|\n)*--public"):
        send(pairs, hub)
    assert hub.uploads() == []


def test_second_push_sends_nothing(pairs, hub):
    send(pairs, hub)
    before = len(hub.log)
    again = send(pairs, hub)
    assert (again["sent"], again["bytes"], again["kept"]) == (0, 0, 10)
    assert [method for method, path, _ in hub.log[before:] if method == "PUT" or "commit" in path] == []


def test_cut_line_is_told_and_the_next_push_sends_only_the_rest(pairs, hub):
    hub.puts_until_cut = 2
    with pytest.raises(FleetingError, match=r"did not reach the Hub whole(.|\n)*not sent a second time"):
        send(pairs, hub)
    assert hub.repositories["me/faces"]["files"] == {}  # the commit was never made
    hub.puts_until_cut = None
    send(pairs, hub)
    sizes = sorted(path.stat().st_size for path in [*(pairs / "shards").glob("*.tar"), pairs / "manifest.parquet"])
    assert sorted(hub.uploads()) == sizes  # each large file once, over both pushes
    assert len(hub.repositories["me/faces"]["files"]) == 10


def test_push_cut_between_commits_keeps_the_commits(pairs, hub, monkeypatch):
    monkeypatch.setattr(pusher, "TOGETHER", (3, 2 << 30))
    hub.commits_until_cut = 1
    with pytest.raises(FleetingError, match="did not reach the Hub whole"):
        send(pairs, hub)
    assert len(hub.repositories["me/faces"]["files"]) == 3
    hub.commits_until_cut = None
    assert send(pairs, hub)["kept"] == 3


def test_card_and_descriptions_go_last(pairs, hub, monkeypatch):
    monkeypatch.setattr(pusher, "TOGETHER", (1, 2 << 30))
    hub.commits_until_cut = 8
    with pytest.raises(FleetingError):
        send(pairs, hub)
    assert "README.md" not in hub.repositories["me/faces"]["files"]
    assert "shards/000002.tar" in hub.repositories["me/faces"]["files"]


def test_changed_file_is_sent_again_and_only_it(fake, hub):
    root = fake()
    send(root, hub)
    (root / "README.md").write_text((root / "README.md").read_text() + "More.\n")
    again = send(root, hub)
    assert (again["sent"], again["kept"]) == (1, 7)


def test_samples_of_something_else_in_the_repository_are_refused(pairs, hub, tmp_path):
    """An export with fewer files left the others there: `load_dataset` gave both."""
    export(pairs, "hf", tmp_path / "split" / "out", validation=0.5, progress=False)
    export(pairs, "hf", tmp_path / "out", progress=False)
    send(tmp_path / "split" / "out", hub)
    with pytest.raises(DatasetError, match=r"samples of something else(.|\n)*1 files(.|\n)*data/validation-00000"):
        send(tmp_path / "out", hub)
    assert "data/validation-00000-of-00001.parquet" in hub.repositories["me/faces"]["files"]


def test_files_of_others_beside_the_samples_are_left_alone(pairs, hub):
    send(pairs, hub)
    files = hub.repositories["me/faces"]["files"]
    files["docs/paper.md"] = files["paper.md"] = files["README.md"]
    assert send(pairs, hub)["kept"] == 10


@pytest.mark.parametrize("place", ["s3://bucket/set", Path("s3://bucket/set")])
def test_data_set_on_a_store_cannot_be_pushed(place):
    with pytest.raises(OptionsError, match=r"this machine's disks(.|\n)*s3://bucket/set(.|\n)*export the data set"):
        load(place)


def test_missing_token_is_told_before_anything_is_asked(pairs, hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    with pytest.raises(OptionsError, match=r"no token(.|\n)*hf auth login(.|\n)*HF_TOKEN"):
        send(pairs, hub)
    assert hub.log == []


def test_wrong_token_is_told(pairs, hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_wrong")
    with pytest.raises(OptionsError, match="does not accept the token"):
        send(pairs, hub)
    assert hub.repositories == {}


def test_token_without_the_right_to_write_is_told(pairs, hub):
    hub.refuse["repos/create"] = 403
    with pytest.raises(OptionsError, match="may not write to me/faces"):
        send(pairs, hub)


def test_hub_out_of_order_is_told_as_an_error_of_ours(pairs, hub):
    hub.refuse["preupload"] = 500
    with pytest.raises(FleetingError, match=r"did not reach the Hub whole(.|\n)*500"):
        send(pairs, hub)


def test_hub_that_cannot_be_reached_is_told(pairs, hub):
    with pytest.raises(FleetingError, match="did not reach the Hub whole"):
        push(load(pairs), "me/faces", endpoint="http://127.0.0.1:9", progress=False)


@pytest.mark.parametrize("name", ["a//b", "../x", "a b", "x" * 97])
def test_name_that_the_hub_forbids_is_refused(pairs, hub, name):
    with pytest.raises(OptionsError, match="no repository of this name"):
        push(load(pairs), name, endpoint=hub.url, progress=False)


def test_export_goes_with_its_description(pairs, hub, tmp_path):
    export(pairs, "hf", tmp_path / "out", progress=False)
    (tmp_path / "out" / ".DS_Store").write_bytes(b"")
    send(tmp_path / "out", hub)
    assert sorted(hub.repositories["me/faces"]["files"]) == [
        "README.md",
        "croissant.json",
        "data/train-00000-of-00001.parquet",
        "export.json",
        "faces.csv",
        "manifest.parquet",
        "recipe.toml",
    ]


def test_caches_beside_the_shards_stay_at_home(fake):
    root = fake()
    (root / "features").mkdir()
    (root / "features" / "flow.npy").write_bytes(b"large")
    (root / "shards" / "000009.tar.123.part").write_bytes(b"half")
    assert not [piece.name for piece in load(root).pieces if "flow" in piece.name or "part" in piece.name]


def test_changed_export_is_refused(pairs, tmp_path):
    export(pairs, "hf", tmp_path / "out", progress=False)
    path = tmp_path / "out/data/train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DatasetError, match=r"missing or was changed(.|\n)*train-00000"):
        load(tmp_path / "out")


def test_unfinished_export_and_other_folders_are_refused(pairs, tmp_path):
    (tmp_path / "half" / ".fleeting-export").mkdir(parents=True)
    with pytest.raises(DatasetError, match="export is not finished"):
        load(tmp_path / "half")
    with pytest.raises(DatasetError, match="no data set and no export"):
        load(tmp_path)


def test_folder_with_more_files_than_the_hub_takes_is_refused(pairs, tmp_path, monkeypatch):
    export(pairs, "legacy-flow", tmp_path / "out", progress=False)
    monkeypatch.setattr(pusher, "FOLDER_LIMIT", 20)
    with pytest.raises(DatasetError, match=r"so many files(.|\n)*onset_apex(.|\n)*hf or webdataset"):
        load(tmp_path / "out")


def test_faces_that_may_not_be_passed_on_are_refused_whatever_is_said(fake):
    root = fake(licence="CelebA agreement: non-commercial research")
    for checked in (False, True):
        with pytest.raises(DatasetError, match=r"may not be passed on(.|\n)*CelebA"):
            allowed(load(root), checked)


def test_faces_of_unknown_licence_need_a_person_who_read_it(fake):
    cargo = load(fake(licence="not stated"))
    with pytest.raises(DatasetError, match=r"Nobody knows here(.|\n)*--rights-checked"):
        allowed(cargo)
    assert [right.verdict for right in allowed(cargo, checked=True)] == ["unknown"]


@pytest.mark.parametrize("form", ["hf", "legacy-flow"])
def test_flow_images_show_no_face_and_need_no_right(fake, tmp_path, form):
    export(fake("flow" if form == "hf" else "pairs", licence="CelebA"), form, tmp_path / "out", progress=False)
    assert allowed(load(tmp_path / "out")) == []


def test_data_set_without_its_table_of_faces_is_refused(fake):
    root = fake()
    (root / "faces.csv").unlink()
    with pytest.raises(FleetingError, match="licences of the faces cannot be read"):
        allowed(load(root))
