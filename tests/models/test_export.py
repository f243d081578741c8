import numpy as np
import pytest
import torch

from fleeting.errors import MissingExtraError
from fleeting.models import create_model
from fleeting.models.export import PACKAGES, export_onnx


@pytest.fixture
def onnxruntime():
    for package in PACKAGES:
        pytest.importorskip(package, reason="the extra onnx is not installed")
    torch.set_num_threads(1)
    return pytest.importorskip("onnxruntime")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ststnet", {}),
        ("rcn-a", {}),
        ("elrcn-se", {"trunk": "small", "size": 32, "frames": 3}),
        ("microexpstcnn", {"size": 24}),
        ("htnet", {"attention": "real", "dim": 12, "depths": (1, 1, 1)}),
    ],
)
def test_exported_model_answers_as_torch_does_for_any_batch_size(onnxruntime, tmp_path, name, options):
    torch.manual_seed(0)
    model = create_model(name, **options)
    assert export_onnx(model, tmp_path / "model.onnx") < 1e-4
    assert model.training, "the model that was handed over is left as it was"
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for count in (1, 5):
        images = 255 * torch.rand(count, *model.input_shape)
        (answers,) = session.run(None, {"images": images.numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(answers, model.eval()(images).numpy(), atol=1e-4)
        model.train()


def test_export_names_the_extra_that_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr("fleeting.models.export.find_spec", lambda name: None if name == "onnxscript" else object())
    with pytest.raises(MissingExtraError, match=r"onnxscript(.|\n)*fleeting\[onnx\]"):
        export_onnx(create_model("ststnet"), tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
