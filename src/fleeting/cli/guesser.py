"""python -m fleeting.cli.guesser OUT: the run folder of a random guesser that picked its epochs on the test clips."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..datasets.megc2019_flow import registry
from ..evaluation import score, write_predictions
from ..evaluation.audit.guesser import EPOCHS, guess
from ..files import write_text


def main(out: Path) -> None:
    """Write the run on the 442 names and labels of the composite, and say what the guesser would score honestly."""
    clips = [item.clip for item in registry()]
    honest = score(guess(clips, epochs=1)[0])["overall"]
    table, folds = guess(clips)
    results = {"selection": "last", "protocol": "megc2019-cde", "model": "random guesser", **score(table)}
    write_predictions(out / "predictions.csv", table)
    write_text(out / "folds.csv", folds.to_csv(index=False, lineterminator="\n"))
    write_text(out / "results.json", json.dumps(results, indent=2) + "\n")
    best = results["overall"]
    sys.stdout.write(
        f"{out}: a random guesser on {best['clips']} clips of {best['subjects']} subjects\n"
        f"  honest, one epoch:                          UF1 {honest['uf1']:.3f}\n"
        f"  best of {EPOCHS} epochs per subject, on the test: UF1 {best['uf1']:.3f}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
