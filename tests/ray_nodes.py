"""A program: a Ray cluster of a head and two worker nodes on this machine makes a data set; one node may be killed.

It runs in a process of its own, because Ray reads its settings once per process. Usage: ray_nodes.py OUT [kill]. The
recipe is that of ray_recipe.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from fleeting.executors import create_executor
from fleeting.synthesis import SynthesisRecipe, synthesize
from small_recipe import small_recipe

TOKEN = "0123456789abcdef0123456789abcdef"


def ray_recipe() -> SynthesisRecipe:
    """Forty shards, so that a node dies in the midst of them."""
    return small_recipe(identities=80, shard_size=6)


def kill_when_begun(out: Path, cluster: object, node: object) -> None:
    """Kill a node, no farewell, once some shards stand."""
    while len(list(out.glob("shards/*.done.json"))) < 5:
        time.sleep(0.02)
    cluster.remove_node(node, allow_graceful=False)


def main() -> None:
    out = Path(sys.argv[1])
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, "RAY_USAGE_STATS_ENABLED": "0"}
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [cluster.add_node(num_cpus=1, include_dashboard=False) for _ in range(2)]
    if "kill" in sys.argv:
        threading.Thread(target=kill_when_begun, args=(out, cluster, nodes[0])).start()
    executor = create_executor("ray", options={"address": cluster.address})
    summary = synthesize(ray_recipe(), out, executor=executor, progress=False)
    sys.stdout.write(json.dumps({"nodes": len(cluster.worker_nodes), **summary}) + "\n")
    cluster.shutdown()


if __name__ == "__main__":
    main()
