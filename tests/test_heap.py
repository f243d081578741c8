"""Memory that a process has freed stays with it."""

import subprocess
import sys

import pytest

CODE = """
import resource, sys
from fleeting.heap import keep_freed
if sys.argv[1] == "kept":
    keep_freed()

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    held = [bytearray(100_000) for _ in range(140)]
    del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print([faults() for _ in range(3)][-1])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at glibc's heap")
def test_blocks_of_14_mb_come_from_memory_that_is_kept():
    fresh, kept = (
        int(subprocess.run([sys.executable, "-c", CODE, way], capture_output=True, text=True, check=True).stdout)
        for way in ("fresh", "kept")
    )
    assert kept < 100 < 1000 < fresh
