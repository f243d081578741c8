"""A SLURM of one machine, made of five commands on the PATH: sbatch, srun, sacct, scancel and scontrol.

`sbatch` reads the #SBATCH lines as SLURM does and really runs the script with bash, task by task of the array and no
more at a time than the array allows. `sacct` tells the states. What was asked for is kept as JSON for the tests.

- A folder FOLDER/jobs/ID holds script.json (the parameters), N.state and N.pid per task, and `most`: how many tasks ran
  at a time, at most.
- A partition called "closed" is refused, as an unknown one would be.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

HOME = Path(os.environ.get("FAKE_SLURM", "."))
COMMANDS = ("sbatch", "srun", "sacct", "scancel", "scontrol")


def install(folder: Path) -> dict[str, str]:
    """Write the commands; the variables under which they are found."""
    commands = folder / "bin"
    (folder / "jobs").mkdir(parents=True)
    commands.mkdir()
    for name in COMMANDS:
        path = commands / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "$@"\n')
        path.chmod(0o755)
    return {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "FAKE_SLURM": str(folder)}


def asked(folder: Path) -> list[dict[str, str]]:
    """The parameters of each submission, in order."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("jobs/*/script.json"))]


def most_at_once(folder: Path) -> int:
    """The most tasks of one array that ran at a time."""
    return max(int(path.read_text()) for path in folder.glob("jobs/*/most"))


def states(folder: Path) -> list[str]:
    """The states of all tasks, once none runs: a result may lie there before its task has ended."""
    for _ in range(200):
        found = [path.read_text() for path in sorted(folder.glob("jobs/*/*.state"))]
        if "RUNNING" not in found:
            break
        time.sleep(0.05)
    return found


def processes(folder: Path) -> list[int]:
    """The processes that a signal to a running task reaches: those below its batch script."""
    found = []
    for path in folder.glob("jobs/*/*.pid"):
        if path.with_suffix(".state").read_text() == "RUNNING":
            children = Path(f"/proc/{path.read_text()}/task/{path.read_text()}/children")
            found += [int(word) for word in children.read_text().split()]
    return found


def sbatch(script: str) -> None:
    lines = re.findall(r"^#SBATCH (.*)$", Path(script).read_text(), re.MULTILINE)
    options = dict(shlex.split(line)[0].removeprefix("--").partition("=")[::2] for line in lines)
    if options.get("partition") == "closed":
        sys.exit("sbatch: error: invalid partition specified: closed")
    number = str(1001 + len(list((HOME / "jobs").iterdir())))
    job = HOME / "jobs" / number
    job.mkdir()
    (job / "script.sh").write_text(Path(script).read_text())
    (job / "script.json").write_text(json.dumps(options))
    for task in tasks(options):
        tell(job, task, "PENDING")
    nothing = subprocess.DEVNULL  # who called sbatch waits for the end of its streams
    words = [sys.executable, __file__, "control", number]
    subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    sys.stdout.write(f"Submitted batch job {number}\n")


def tasks(options: dict[str, str]) -> list[str]:
    """The numbers of the tasks of an array; one task called "all" without an array."""
    match = re.fullmatch(r"0-(\d+)%(\d+)", options.get("array", ""))
    return [str(task) for task in range(int(match[1]) + 1)] if match else ["all"]


def control(number: str) -> None:
    """What slurmctld does for one submission: starts tasks while there are places, and notes how they end."""
    job = HOME / "jobs" / number
    options = json.loads((job / "script.json").read_text())
    places = int(options.get("array", "%1").rpartition("%")[2])
    running: dict[str, subprocess.Popen[bytes]] = {}
    most = 0
    while True:
        for task, process in list(running.items()):
            if process.poll() is not None:
                del running[task]
                if (job / f"{task}.state").read_text() == "RUNNING":
                    tell(job, task, "FAILED" if process.returncode else "COMPLETED")
        waiting = [task for task in tasks(options) if (job / f"{task}.state").read_text() in ("PENDING", "REQUEUED")]
        if not waiting and not running:
            return
        for task in waiting[: places - len(running)]:
            if task not in running:
                tell(job, task, "RUNNING")
                running[task] = start(job, task)
        most = max(most, len(running))
        (job / "most").write_text(str(most))
        time.sleep(0.02)


def start(job: Path, task: str) -> subprocess.Popen[bytes]:
    around = {"SLURM_JOB_ID": job.name, "SLURM_NTASKS": "1", "SLURM_JOB_NUM_NODES": "1", "SLURM_JOB_NODELIST": "node1"}
    around |= dict.fromkeys(("SLURM_NODEID", "SLURM_PROCID", "SLURM_LOCALID"), "0")
    if task != "all":
        around |= {"SLURM_ARRAY_JOB_ID": job.name, "SLURM_ARRAY_TASK_ID": task}
        around["SLURM_JOB_ID"] = str(100 * int(job.name) + int(task))
    words = ["bash", str(job / "script.sh")]
    process = subprocess.Popen(words, env=os.environ | around, start_new_session=True)
    (job / f"{task}.pid").write_text(str(process.pid))
    return process


def tell(job: Path, task: str, state: str) -> None:
    draft = job / f"{task}.draft{os.getpid()}"
    draft.write_text(state)
    draft.replace(job / f"{task}.state")


def srun(*words: str) -> None:
    """Run the command in place of this process; the names of its logs are filled in as SLURM does."""
    rest, logs = list(words), []
    while rest[0].startswith("--"):
        option = rest.pop(0)
        if option in ("--output", "--error"):
            logs.append(rest.pop(0))
    names = {
        "%A": os.environ.get("SLURM_ARRAY_JOB_ID", ""),
        "%a": os.environ.get("SLURM_ARRAY_TASK_ID", ""),
        "%j": os.environ["SLURM_JOB_ID"],
        "%t": "0",
    }
    for log, stream in zip(logs, (1, 2), strict=True):
        for pattern, value in names.items():
            log = log.replace(pattern, value)
        while not Path(log).parent.is_dir():  # submitit makes it after it has submitted; a real queue takes longer
            time.sleep(0.02)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    os.execvp(rest[0], rest)


def sacct(*words: str) -> None:
    assert words[:3] == ("-o", "JobID,State,NodeList", "--parsable2")
    sys.stdout.write("JobID|State|NodeList\n")
    for number in words[4::2]:
        for path in sorted((HOME / "jobs" / number).glob("*.state")):
            name = number if path.stem == "all" else f"{number}_{path.stem}"
            sys.stdout.write(f"{name}|{path.read_text()}|node1\n")


def scancel(name: str) -> None:
    number, _, task = name.partition("_")
    job = HOME / "jobs" / number
    tell(job, task or "all", "CANCELLED")
    with suppress(FileNotFoundError, ProcessLookupError):
        os.killpg(int((job / f"{task or 'all'}.pid").read_text()), signal.SIGKILL)


def scontrol(verb: str, name: str) -> None:
    assert verb == "requeue"
    number, _, task = name.partition("_")
    tell(HOME / "jobs" / number, task or "all", "REQUEUED")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
