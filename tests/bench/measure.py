"""Runs commands and compares them: interleaved, so that what the machine does meanwhile meets all alike.

Knows nothing of skills. Only the standard library.
"""
import dataclasses
import os
import shutil
import statistics
import time
from typing import Callable, Optional


@dataclasses.dataclass
class Contender:
    """One command to measure, and what must be done, unmeasured, before each of its runs.

    `tool` is what must be on PATH, where that is not the command itself.
    """

    name: str
    command: "list[str]"
    prepare: Callable[[], None] = lambda: None
    environment: "dict[str, str]" = dataclasses.field(default_factory=dict)
    tool: str = ""

    def missing(self) -> Optional[str]:
        tool = self.tool or self.command[0]
        return None if shutil.which(tool) else tool


@dataclasses.dataclass
class Run:
    """Seconds on the clock, seconds of CPU with children, and the peak of resident memory in MiB.

    The peak starts at what this interpreter itself holds when it starts the command; `true` shows how much.
    """

    wall: float
    cpu: float
    peak: float


def run(contender: Contender) -> Run:
    contender.prepare()
    environment = {**os.environ, **contender.environment}
    sink = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    started = time.perf_counter()
    pid = os.posix_spawnp(contender.command[0], contender.command, environment, file_actions=sink)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        raise SystemExit(f"bench: `{' '.join(contender.command)}` ended with {os.waitstatus_to_exitcode(status)}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compare(title: str, contenders: "list[Contender]", rounds: int) -> "dict[str, list[Run]]":
    """Measures the contenders that are installed in turns, prints a table, and names those that are not."""
    absent = sorted({missing for contender in contenders if (missing := contender.missing())})
    present = [contender for contender in contenders if not contender.missing()]
    runs: "dict[str, list[Run]]" = {contender.name: [] for contender in present}
    for contender in present:
        run(contender)
    for _ in range(rounds):
        for contender in present:
            runs[contender.name].append(run(contender))
    print_table(f"{title} ({rounds} interleaved runs)", runs)
    if absent:
        print(f"  not on PATH: {', '.join(absent)}")
    return runs


def print_table(title: str, runs: "dict[str, list[Run]]") -> None:
    print(f"\n## {title}\n")
    print(f"| {'command':44} | {'min ms':>8} | {'median ms':>9} | {'CPU ms':>8} | {'peak MiB':>8} | {'ratio':>6} |")
    print(f"| {'-' * 44} | {'-' * 7}: | {'-' * 8}: | {'-' * 7}: | {'-' * 7}: | {'-' * 5}: |")
    first = None
    for name, measured in runs.items():
        wall = [1000 * each.wall for each in measured]
        median = statistics.median(wall)
        cpu = 1000 * statistics.median(each.cpu for each in measured)
        peak = max(each.peak for each in measured)
        first = first or median
        print(f"| {name:44} | {min(wall):8.1f} | {median:9.1f} | {cpu:8.1f} | {peak:8.1f} | {median / first:6.2f} |")
