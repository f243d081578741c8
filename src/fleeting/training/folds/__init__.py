"""Many folds of one network trained together: one pass over the data, one tensor per layer for all folds.

`plan.py` says whether and how many, `together.py` runs them, `stack.py` is one step of a few folds, `adam.py` and
`stem.py` are the optimiser and the fused first layers of a stack; `compiled.py` and the files that it uses are those
layers in machine code. `normalisation.py` is what both ways share. The result is that of `loop.train` within rounding.
"""
