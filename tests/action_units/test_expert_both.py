"""Both expert tables together."""

import numpy as np

from fleeting.action_units import ActionUnitsOptions, create_sources


def test_both_tables_give_the_emotions_of_either() -> None:
    options = ActionUnitsOptions.parse({"sources": ["expert"], "expert": {"table": "both"}})
    source = create_sources(options)["expert"]
    assert source.counts()["pool"] == {"negative": 4 + 5, "positive": 2, "surprise": 2}
    rng = np.random.default_rng(0)
    smiles = np.stack([source.sample(rng, 1).values[1] for _ in range(400)])
    parted = (smiles[:, 14] > 0).mean()  # AU25: certain in Du et al., one half in the public code's map
    assert 0.68 < parted < 0.82
