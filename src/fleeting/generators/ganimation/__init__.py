"""The generator `ganimation`: its networks, their checkpoints, and the member of the family."""
