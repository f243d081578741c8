"""Seeded damage to files, and the rule that every damaged input must obey: it is read, or refused in so many words.

FLEETING_BAD_INPUT multiplies the number of cases: 1 gives 2,280 over the five files, 20 the stress size of 45,600.
"""

import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import numpy as np

from fleeting.errors import FleetingError

TIMES = int(os.environ.get("FLEETING_BAD_INPUT", "1"))
PATIENCE = 120
"""Seconds after which a case counts as hanging; the slowest takes less than one."""
ODD = (b"\x00", b"\xff", b"\r\n", b"\xef\xbb\xbf", b"nan", b"-1", b"inf", b"1e309", b"../", b'"', b"\xff\xff\xff\x7f")
"""What is put in where bytes are inserted: the usual suspects."""
FIELDS = (b"\xff" * 4, b"\x00" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")
"""What four bytes are replaced by, as if they were a length or a size."""


class HangError(BaseException):
    """A case took too long; no program under test catches it."""


def mutants(data, count, seed, head=64):
    """`count` x TIMES damaged copies of `data`; every second one is damaged in its first `head` bytes."""
    rng = np.random.default_rng(seed)
    for number in range(count * TIMES):
        changed = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            span = min(head, len(changed)) if number % 2 else len(changed)
            changed = _damaged(changed, int(rng.integers(span)) if span else 0, rng)
        yield bytes(changed)


def _damaged(data, at, rng):
    end = at + int(rng.integers(1, 33))
    match int(rng.integers(7)):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([rng.integers(256)]) + data[at + 1 :]
        case 2 if len(data) > at:
            return data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]
        case 3:
            return data[:at] + ODD[rng.integers(len(ODD))] + data[at:]
        case 4:
            return data[:at] + data[at:end] + data[at:]
        case 5:
            return data[:at] + data[end:]
        case _:
            return data[:at] + FIELDS[rng.integers(len(FIELDS))] + data[at + 4 :]


def judge(read, *arguments):
    """Call a reader on bad input: "read" or "refused"; anything else it does is a failed test."""
    refusal = None
    with patience():
        try:
            read(*arguments)
        except FleetingError as error:
            refusal = error
    if refusal is None:
        return "read"
    assert refusal.problem.strip()
    assert refusal.expected or refusal.got or refusal.where or refusal.cure, f"says too little: {refusal}"
    assert len(str(refusal)) < 5000, "an error text is to be read"
    return "refused"


def judge_all(read, cases):
    """How many of the cases were read and how many refused; each must be one of the two."""
    return Counter(judge(read, case) for case in cases)


@contextmanager
def patience():
    """End what takes longer than PATIENCE."""

    def stop(*_):
        raise HangError(f"no end after {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def hold_memory(megabytes):
    """From here on this process gets so much more memory and no more."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + (megabytes << 20),) * 2)


def run_bounded(program, *arguments):
    """The words that a Python program prints in a process of its own, in which it calls `hold_memory`."""
    command = [sys.executable, "-c", f"from bad_input.mutations import *\n{program}", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout.split()
