import os
import socket
import subprocess
import sys

import torch
from safetensors.torch import load_file

from fleeting.training.ganimation.loop import train_generator
from fleeting.training.ganimation.state import NAME

RANK = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from fleeting.training.ganimation import loop
from fleeting.training.ganimation.recipe import GeneratorRecipe
kept = []
build = loop.Training
loop.Training = lambda *parts: kept.append(build(*parts)) or kept[-1]
loop.train_generator(GeneratorRecipe.model_validate_json(sys.argv[1]), Path(sys.argv[2]), progress=False)
networks = {"generator": kept[0].generator, "critic": kept[0].critic}
torch.save(torch.nn.ModuleDict(networks).state_dict(), sys.argv[3])
"""


def test_two_processes_train_one_network_as_one_process_does(small, shards, tmp_path):
    """Two processes of two images each against one of four: equal ranks, and equal networks within rounding."""
    recipe = small(data={"root": str(shards)}, train={"epochs": 1, "critic_steps": 3, "decay_epochs": 0})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, recipe.model_dump_json(), str(tmp_path / "two"), str(tmp_path / f"{rank}.pt")],
            env={**os.environ, **together, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for process in ranks:
        _, complaint = process.communicate(timeout=300)
        assert process.returncode == 0, complaint
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    train_generator(recipe, tmp_path / "one", progress=False)
    one, two = (load_file(tmp_path / name / NAME) for name in ("one", "two"))
    start = load_start(small, shards)
    for part in ("generator/", "critic/"):
        names = [name for name in one if name.startswith(part)]
        alone, both, begun = (torch.cat([state[name].flatten() for name in names]) for state in (one, two, start))
        assert (both - alone).norm() < 0.05 * (alone - begun).norm()


def load_start(small, shards):
    """The weights before the first step."""
    from fleeting.training.ganimation.processes import Process
    from fleeting.training.ganimation.step import Training

    training = Training(small(data={"root": str(shards)}), Process(0, 1, torch.device("cpu")))
    parts = (("generator/", training.generator), ("critic/", training.critic))
    return {prefix + name: value for prefix, network in parts for name, value in network.state_dict().items()}
