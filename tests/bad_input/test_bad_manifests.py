"""What synthesis wrote, damaged: 560 manifests, shards and done records, and archives made to hurt."""

import io
import json
import shutil
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bad_input.mutations import judge, judge_all, mutants
from fake_synthetic import write_synthetic
from fleeting import files, manifest
from fleeting.datasets.synthetic import Synthetic
from fleeting.datasets.tar_index import index_tar
from fleeting.errors import DatasetError, ManifestError, OptionsError
from fleeting.synthesis import verify
from fleeting.synthesis.recipe import SynthesisRecipe

ROWS = 12


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    root = write_synthetic(tmp_path_factory.mktemp("sound"), holds="frames")
    for tar in (root / "shards").glob("*.tar"):
        mark(tar, 6)
    return root


def mark(tar, count):
    """Write the done record that belongs to a shard."""
    record = {"count": count, "sha256": files.sha256(tar), "bytes": tar.stat().st_size, "failed": {}}
    tar.with_name(f"{tar.stem}.done.json").write_text(json.dumps(record))


@pytest.fixture
def root(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "set")


def use(root):
    """Everything that the two halves of Fleeting do with a data set; damage shows in `verify` or is refused."""
    verify(root)
    for _ in manifest.read_shards(root):
        pass
    dataset = Synthetic.open(str(root))
    dataset.failed()
    dataset.digest()
    return [dataset.frames(clip) for clip in dataset.clips()[:3]]


def using(path, root):
    def call(content):
        path.write_bytes(content)
        return use(root)

    return call


def rewrite(root, change):
    table = pq.read_table(root / manifest.NAME)
    pq.write_table(change(table), root / manifest.NAME)


def header(name, size=b"00000000000", kind=b"0", link=b""):
    """A tar header with a right checksum."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\00000"
    return summed(block)


def summed(content):
    """The same with the checksum of the first header put right."""
    block = bytearray(content)
    if len(block) >= 512:
        block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:512]) + 8 * 32)
    return bytes(block)


def test_damaged_manifests_are_read_or_refused(root):
    content = (root / manifest.NAME).read_bytes()
    read = using(root / manifest.NAME, root)
    assert judge_all(read, mutants(content, 160, seed=1, head=2500))["refused"] >= 50
    tail = content[-900:]
    assert judge_all(read, (content[:-900] + end for end in mutants(tail, 80, seed=2, head=900)))["refused"] >= 50


def test_damaged_shards_are_read_or_refused(root):
    path = root / "shards" / "000000.tar"
    assert judge_all(using(path, root), mutants(path.read_bytes(), 100, seed=3, head=512))["refused"] >= 50


def test_shards_with_damaged_headers_and_right_checksums_are_read_or_refused(root):
    path = root / "shards" / "000000.tar"
    damaged = map(summed, mutants(path.read_bytes(), 160, seed=4, head=157))
    assert judge_all(using(path, root), damaged)["refused"] >= 50


@pytest.mark.parametrize("content", [b"[]", b"1", b"null", b"[" * 100_000])
def test_done_record_that_is_no_table_is_refused(content, root):
    """A list was an AttributeError, nesting without end a RecursionError."""
    (root / "shards" / "000000.done.json").write_bytes(content)
    assert judge(use, root) == "refused"


def test_damaged_done_records_are_read_or_refused(root):
    path = root / "shards" / "000000.done.json"
    assert judge_all(using(path, root), mutants(path.read_bytes(), 60, seed=5))["refused"] >= 20


@pytest.mark.parametrize("name", ["shard", "key", "label", "donor_subject"])
def test_manifest_with_a_missing_value_is_refused(name, root):
    """Rows without a shard were left out in silence; others were a TypeError later."""

    def change(table):
        column = pa.array([None, *table[name].to_pylist()[1:]], table.schema.field(name).type)
        return table.set_column(table.schema.get_field_index(name), name, column)

    rewrite(root, change)
    with pytest.raises(ManifestError, match="lacks values"):
        manifest.read(root)
    assert any("lacks values" in fault for fault in verify(root).faults)


@pytest.mark.parametrize(("name", "values"), [("label", ["0"] * ROWS), ("shard", [0.0] * ROWS), ("key", [1] * ROWS)])
def test_manifest_with_a_column_of_another_type_is_refused(name, values, root):
    rewrite(root, lambda table: table.set_column(table.schema.get_field_index(name), name, pa.array(values)))
    with pytest.raises(ManifestError, match="other types"):
        manifest.read(root)


def test_manifest_bomb_is_refused_before_it_is_read(root):
    """One value 10 million times is some kB of parquet."""
    many = 10_000_000
    constant = pa.DictionaryArray.from_arrays(pa.array([0] * many, pa.int8()), pa.array([0], pa.int8()))
    with pq.ParquetWriter(root / manifest.NAME, pa.schema([("label", pa.int8())])) as writer:
        writer.write_table(pa.table({"label": constant.cast(pa.int8())}))
    assert (root / manifest.NAME).stat().st_size < many
    with pytest.raises(ManifestError, match="more rows than its file can hold"):
        manifest.read(root, ["label"])


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 3, b"PAR1" + b"\xff" * 100 + b"PAR1"])
def test_file_that_is_no_parquet_is_refused(content, root):
    (root / manifest.NAME).write_bytes(content)
    assert judge(use, root) == "refused"


def test_header_with_a_negative_size_does_not_lead_back_to_itself(tmp_path):
    """-512 bytes: the next header was this one again, for ever."""
    (tmp_path / "s.tar").write_bytes(header(b"a.png", b"-0000001000") + bytes(1024))
    with pytest.raises(ManifestError, match="damaged"):
        index_tar(tmp_path / "s.tar")


def test_file_that_a_shard_holds_twice_is_refused(tmp_path):
    (tmp_path / "s.tar").write_bytes(header(b"a.png") * 2 + bytes(1024))
    with pytest.raises(ManifestError, match="twice"):
        index_tar(tmp_path / "s.tar")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, b"S"])
def test_links_devices_and_holes_in_a_shard_are_named_by_verify(kind, root):
    """A link to nothing was a KeyError; a file of holes can claim to be any size."""
    (root / "shards" / "000000.tar").write_bytes(header(b"a.png", kind=kind, link=b"/etc/hostname") + bytes(1024))
    assert any("more than plain files" in fault for fault in verify(root).faults)


def test_empty_image_in_a_shard_is_named_by_verify(root):
    """OpenCV raises for no bytes where it returns None for wrong ones: `verify` ended."""
    (root / "shards" / "000000.tar").write_bytes(header(b"000000000.apex.png") + bytes(1024))
    assert "shard 000000, 000000000: apex.png is not an image" in verify(root).faults


@pytest.mark.parametrize("name", [b"../../evil.png", b"/etc/evil.png", b"..png", b"\xff.png", b""])
def test_shard_members_that_climb_out_are_refused_and_nothing_is_written(name, root, tmp_path):
    before = set(tmp_path.rglob("*"))
    content = header(name, b"00000000001") + b"x" + bytes(511 + 1024)
    (root / "shards" / "000000.tar").write_bytes(content)
    assert judge(use, root) == "refused"
    assert not verify(root).sound
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "record", [b"[]", b"[" * 100_000, b'{"z_onset": [0]}', b'{"z_onset": 1}', b'{"z_onset": ["a"]}']
)
def test_sample_record_of_another_form_is_named_by_verify(record, root):
    """A list was an AttributeError, other lengths a ValueError: `verify` ended."""
    path, tar = root / "shards" / "000000.tar", io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as writer:
        entry = tarfile.TarInfo("000000000.json")
        entry.size = len(record)
        writer.addfile(entry, io.BytesIO(record))
    path.write_bytes(tar.getvalue())
    mark(path, 1)
    assert any("000000000: " in fault and ".json" in fault for fault in verify(root).faults)


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "~nobody-of-this-name/a"])
def test_name_that_can_be_no_path_is_refused(name):
    """ValueError, OSError and RuntimeError."""
    with pytest.raises(DatasetError, match="no path"):
        files.locate(name)


def test_recipe_for_more_samples_than_keys_is_refused():
    """Keys have nine digits; counting the shards of 10^18 samples took for ever."""
    with pytest.raises(OptionsError, match="at most 1000000000"):
        SynthesisRecipe.parse({"synthesis": {"identities": 10**18}})
