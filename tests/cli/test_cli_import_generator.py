"""`fleeting import-generator` makes a checkpoint from a public file, and refuses what is none."""

import torch

from fleeting.generators.ganimation.checkpoint import load_critic, load_generator
from public_ganimation import public_critic, replicate_generator


def test_import_generator_writes_a_checkpoint_and_says_what_it_holds(fleeting, tmp_path):
    torch.save(replicate_generator(width=2, blocks=1), tmp_path / "30_net_gen.pth")
    torch.save(public_critic("replicate", width=2), tmp_path / "30_net_dis.pth")
    out = tmp_path / "out"
    shown = fleeting(
        "import-generator", tmp_path / "30_net_gen.pth", "--critic", tmp_path / "30_net_dis.pth", "--out", out
    )
    assert shown.code == 0
    assert f"{out}: 17 action units, width 2, blocks 1, " in shown.out
    assert load_generator(out).width == 2
    assert load_critic(out).image_size == 128


def test_import_generator_refuses_another_file_with_exit_code_two(fleeting, tmp_path):
    (tmp_path / "a.pth").write_text("no weights")
    shown = fleeting("import-generator", tmp_path / "a.pth", "--out", tmp_path / "out")
    assert shown.code == 2
    assert "error: The file cannot be read as weights." in shown.err
    assert not (tmp_path / "out").exists()
