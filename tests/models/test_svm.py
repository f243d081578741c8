import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import additive_chi2_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from fleeting.errors import DatasetError, OptionsError
from fleeting.models import create_model
from fleeting.models.saving import load_model, save_model

RNG = np.random.default_rng(0)
LABELS = np.arange(45) % 3
VECTORS = (RNG.dirichlet(np.ones(30), 45) + 0.05 * np.eye(3, 30)[LABELS]).astype(np.float32)
OTHERS = RNG.dirichlet(np.ones(30), 200).astype(np.float32)


def solved(**options):
    model = create_model("svm", dimension=30, **options)
    model.solve(VECTORS, LABELS, np.ones(45), flip=False)
    return model.eval()


def answers(model, vectors=OTHERS):
    with torch.inference_mode():
        return model(torch.from_numpy(vectors)).argmax(1).numpy()


@pytest.mark.parametrize(
    ("options", "pipeline"),
    [
        ({}, make_pipeline(SVC(kernel="linear"))),
        ({"c": 50.0}, make_pipeline(SVC(kernel="linear", C=50))),
        ({"scaling": "standard"}, make_pipeline(StandardScaler(), SVC(kernel="linear"))),
        (
            {"scaling": "standard", "components": 6},
            make_pipeline(StandardScaler(), PCA(6, svd_solver="full"), SVC(kernel="linear")),
        ),
        ({"components": 6, "c": 80.0}, make_pipeline(PCA(6, svd_solver="full"), SVC(kernel="linear", C=80))),
    ],
    ids=str,
)
def test_answers_are_those_of_scikit_learn(options, pipeline):
    theirs = pipeline.fit(VECTORS.astype(float), LABELS).predict(OTHERS.astype(float))
    ours = answers(solved(**options))
    assert len(set(theirs)) > 1
    np.testing.assert_array_equal(ours, theirs)


def test_whitened_components_have_unit_variance_over_the_training_clips():
    model = solved(components=5, whiten=True)
    assert (VECTORS @ model.basis.numpy().T).var(0) == pytest.approx(1)


def test_chi_square_answers_are_those_of_the_additive_kernel():
    kernel = 1 + 2 * additive_chi2_kernel(VECTORS.astype(float))
    theirs = SVC(kernel="precomputed", C=3).fit(kernel, LABELS)
    asked = 1 + 2 * additive_chi2_kernel(OTHERS.astype(float), VECTORS.astype(float))
    np.testing.assert_array_equal(answers(solved(kernel="chi-square", c=3.0)), theirs.predict(asked))


def test_chi_square_of_empty_bins_counts_nothing():
    model = create_model("svm", dimension=4, kernel="chi-square")
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    model.solve(vectors, np.array([0, 1, 2, 0, 1, 2]), np.ones(6), flip=False)
    assert answers(model, vectors).tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("options", [{"kernel": "chi-square"}, {"scaling": "standard", "components": 4}])
def test_solved_model_survives_saving(tmp_path, options):
    model = solved(**options)
    save_model(tmp_path, "svm", model)
    batch = torch.from_numpy(OTHERS)
    with torch.inference_mode():
        assert torch.equal(load_model(tmp_path)(batch), model(batch))
    assert not list(tmp_path.glob("*.pkl"))


def test_class_weights_are_factors_on_c():
    weights = np.where(LABELS == 0, 30.0, 1.0)
    model = create_model("svm", dimension=30)
    model.solve(VECTORS, LABELS, weights, flip=False)
    theirs = SVC(kernel="linear", class_weight={0: 30.0, 1: 1.0, 2: 1.0}).fit(VECTORS.astype(float), LABELS)
    np.testing.assert_array_equal(answers(model), theirs.predict(OTHERS.astype(float)))


def test_what_is_fitted_is_named():
    assert solved().fitted_steps == ()
    assert solved(scaling="standard", components=3).fitted_steps == ("scaler", "projection")


def test_more_components_than_clips_are_refused():
    model = create_model("svm", dimension=30, components=8)
    with pytest.raises(DatasetError, match="too few training clips"):
        model.solve(VECTORS[:8], LABELS[:8], np.ones(8), flip=False)


def test_chi_square_of_projected_values_is_refused():
    with pytest.raises(OptionsError, match="compares histograms"):
        create_model("svm", kernel="chi-square", components=3)
