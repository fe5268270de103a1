#!/usr/bin/env python3
"""Measures skillctl beside other tools: run.py [SECTION…], all sections without arguments.

SKILLCTL names the binary, a release build. Tools that are not on PATH are named and left out; the
registry sections need docker-registry. Everything is written to one temporary directory on the disk
that TMPDIR is on, so that a sync costs what it costs there.
"""
import collections
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import inputs
import measure
from measure import Contender

CREATED = "2026-01-02T03:04:05Z"
SKILLCTL = str(pathlib.Path(os.environ.get("SKILLCTL", "bin/skillctl")).resolve())


class Bench:
    """The place where everything is written, and the commands that several sections use."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.store = place / "store"
        self.small = inputs.skill(place / "skills", "small")

    def fresh(self, name: str) -> pathlib.Path:
        place = self.place / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place

    def skillctl(self, name: str, arguments: "list[str]", fresh: bool = False, store: str = "store") -> Contender:
        """A run of skillctl on a store; `fresh` empties it before each run."""
        place = self.place / store
        prepare = (lambda: shutil.rmtree(place, ignore_errors=True)) if fresh else (lambda: None)
        return Contender(name, [SKILLCTL, *arguments], prepare, {"SKILLCTL_STORE": str(place)})

    def pipe(self, name: str, directory: pathlib.Path, compressor: "list[str]", after: str = "") -> Contender:
        """`tar | compressor` into a file; as a shell's pipe, but absent when the compressor is."""
        script = f"tar -C '{directory}' -c . | {' '.join(compressor)} >'{self.place}/piped.tgz'{after}"
        return Contender(name, ["sh", "-c", script], tool=compressor[0])


def start(bench: Bench) -> None:
    measure.compare(
        "start-up",
        [
            Contender("true", ["true"]),
            bench.skillctl("skillctl --version", ["--version"]),
            Contender("skopeo --version", ["skopeo", "--version"]),
            Contender("crane version", ["crane", "version"]),
            Contender("oras version", ["oras", "version"]),
        ],
        60,
    )


def pack_contenders(bench: Bench, skill: pathlib.Path) -> "list[Contender]":
    """skillctl and skopeo sync or not as they do by themselves; tar, gzip and pigz never do."""
    layout = bench.place / "oras-layout"
    packed = bench.place / "packed"
    subprocess.run(
        [SKILLCTL, "pack", "--quiet", "--created", CREATED, str(skill)],
        env={**os.environ, "SKILLCTL_STORE": str(packed)}, check=True, stdout=subprocess.DEVNULL,
    )
    return [
        bench.skillctl("skillctl pack (durable), a new store", ["pack", "--quiet", "--created", CREATED, str(skill)], fresh=True),
        bench.pipe("tar | gzip -6", skill, ["gzip", "-6"]),
        bench.pipe("tar | pigz -6 -p 2", skill, ["pigz", "-6", "-p", "2"]),
        Contender(
            "skopeo copy oci: oci: (nothing to compress)",
            ["skopeo", "copy", "-q", f"oci:{packed}:bench/{skill.name}:1.0.0-draft", f"oci:{bench.place}/skopeo:x"],
            lambda: shutil.rmtree(bench.place / "skopeo", ignore_errors=True),
        ),
        Contender(
            "oras push --oci-layout",
            ["oras", "push", "--oci-layout", "--disable-path-validation", f"{layout}:x", str(skill)],
            lambda: shutil.rmtree(layout, ignore_errors=True),
        ),
    ]


def small(bench: Bench) -> None:
    """A changed skill into a store that is there, which is what happens all day; then the others."""
    pack = ["pack", "--quiet", "--created", CREATED, str(bench.small)]
    again = bench.skillctl("skillctl pack (durable), a changed skill", pack, store="existing")
    again.prepare = lambda: inputs.change(bench.small)
    synced = bench.pipe("tar | gzip -6, then sync of that file", bench.small, ["gzip", "-6"], f" && sync '{bench.place}/piped.tgz'")
    measure.compare("pack a small skill", [again, synced, *pack_contenders(bench, bench.small)], 40)


def large(bench: Bench) -> None:
    skill = inputs.large_skill(bench.fresh("large-skills"))
    measure.compare("pack 1,000 files, 50 MB", pack_contenders(bench, skill), 7)
    shutil.rmtree(bench.place / "large-skills")


def listing(bench: Bench) -> None:
    one = bench.skillctl("", ["pack", "--quiet", "--created", CREATED, str(bench.small)], fresh=True, store="many")
    measure.run(one)
    inputs.multiply_store(bench.place / "many", 10_000)
    measure.compare(
        "list a store of 10,000 images",
        [
            bench.skillctl("skillctl list", ["list"], store="many"),
            bench.skillctl("skillctl list --format json", ["list", "--format", "json"], store="many"),
            bench.skillctl("skillctl inspect of one", ["inspect", "bench/skill-07777:1.0.0-draft"], store="many"),
            Contender("umoci ls (names only)", ["umoci", "ls", "--layout", str(bench.place / "many")]),
        ],
        11,
    )


def bulk(bench: Bench) -> None:
    """1,000 skills at once, and one by one; the latter from a sample of 50, times 20."""
    parent = bench.fresh("bulk") / "skills"
    skills = [str(inputs.skill(parent, f"skill-{number:04}")) for number in range(1000)]
    push_all(bench, "the test registry", inputs.TestRegistry(), skills)
    if inputs.Registry.is_installed():
        push_all(bench, "Distribution", inputs.Registry(bench.place / "bulk/registry"), skills)


def push_all(bench: Bench, name: str, registry: "inputs.Registry | inputs.TestRegistry", skills: "list[str]") -> None:
    pack = ["pack", "--quiet", "--created", CREATED, "--push", f"{registry.address}/bulk"]
    os.sync()  # the inputs were written a moment ago, and are nobody's to sync in the measurement
    try:
        at_once = measure.run(bench.skillctl("", [*pack, *skills], fresh=True, store="bulk-store"))
        sample = [f"{registry.address}/single" if each == pack[-1] else each for each in pack]
        single = [measure.run(bench.skillctl("", [*sample, each], store="single-store")) for each in skills[::20]]
    finally:
        registry.stop()
    one_by_one = measure.Run(20 * sum(r.wall for r in single), 20 * sum(r.cpu for r in single), max(r.peak for r in single))
    measure.print_table(
        f"pack and push 1,000 skills to {name} (one run; the second row is 50 runs, times 20)",
        {"one `skillctl pack --push`": [at_once], "1,000 runs of it": [one_by_one]},
    )
    print(f"  per skill: {at_once.wall:.2f} ms at once, {1000 * statistics.median(r.wall for r in single):.1f} ms alone")


def requests(bench: Bench) -> None:
    registry = inputs.Registry(bench.fresh("requests") / "registry")
    try:
        count_requests(bench, registry)
    finally:
        registry.stop()


def count_requests(bench: Bench, registry: inputs.Registry) -> None:
    print("\n## requests to Distribution, which takes no single POST and deletes no tags\n")
    print(f"| {'command':38} | {'requests':>8} | what they are |")
    print(f"| {'-' * 38} | {'-' * 7}: | --- |")
    absent = set()
    for contender in request_contenders(bench, registry.address):
        if contender.missing():
            absent.add(contender.missing())
            continue
        before = len(registry.requests())
        measure.run(contender)
        made = registry.requests()[before:]
        kinds = collections.Counter(each.split()[0] for each in made)
        summary = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        print(f"| {contender.name:38} | {len(made):8} | {summary} |")
    if absent:
        print(f"  not on PATH: {', '.join(sorted(absent))}")


def request_contenders(bench: Bench, address: str) -> "list[Contender]":
    repository, draft = f"{address}/bench/small", "1.0.0-draft"
    layout = bench.place / "requests/layout"
    pack = ["pack", "--quiet", "--created", CREATED]
    ours, other = "requests/store", "requests/other"
    first = [
        bench.skillctl("skillctl pack", [*pack, str(bench.small)], store=ours),
        bench.skillctl("skillctl pack --output", [*pack, "--output", f"oci:{layout}", str(bench.small)], store=ours),
        bench.skillctl("skillctl push", ["push", f"bench/small:{draft}", f"{repository}:{draft}"], store=ours),
        bench.skillctl("skillctl push again", ["push", f"bench/small:{draft}", f"{repository}:{draft}"], store=ours),
        bench.skillctl("skillctl inspect", ["inspect", f"{repository}:{draft}"], store=other),
        bench.skillctl("skillctl pull", ["pull", f"{repository}:{draft}"], store=other),
        bench.skillctl("skillctl pull again", ["pull", f"{repository}:{draft}"], store=other),
        bench.skillctl("skillctl tags", ["tags", repository], store=ours),
        bench.skillctl("skillctl promote --to testing", ["promote", f"{repository}:{draft}", "--to", "testing"], store=ours),
        bench.skillctl("skillctl promote --to published", ["promote", f"{repository}:1.0.0-testing", "--to", "published"], store=ours),
    ]
    return first + peers(bench, address, layout)


def peers(bench: Bench, address: str, layout: pathlib.Path) -> "list[Contender]":
    """The same image, sent and fetched by others. `layout` exists only once skillctl has run."""
    source = f"{layout}:bench/small:1.0.0-draft"
    place = bench.place / "requests"
    oras_push = ["env", "-C", str(bench.small.parent), "oras", "push", "--plain-http", f"{address}/oras/small:1", "small"]
    skopeo = ["skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false"]
    return [
        Contender("skopeo copy, push", [*skopeo, f"oci:{source}", f"docker://{address}/skopeo/small:1"]),
        Contender("skopeo copy, push again", [*skopeo, f"oci:{source}", f"docker://{address}/skopeo/small:1"]),
        Contender("skopeo copy, pull", [*skopeo, f"docker://{address}/skopeo/small:1", f"oci:{place}/skopeo:x"]),
        Contender("crane push", ["crane", "push", str(layout), f"{address}/crane/small:1"]),
        Contender("crane push again", ["crane", "push", str(layout), f"{address}/crane/small:1"]),
        Contender("crane pull", ["crane", "pull", "--format=oci", f"{address}/crane/small:1", f"{place}/crane"]),
        Contender("oras push", oras_push, tool="oras"),
        Contender("oras push again", oras_push, tool="oras"),
        Contender("oras pull", ["oras", "pull", "--plain-http", f"{address}/oras/small:1", "-o", f"{place}/oras"]),
    ]


SECTIONS = {"start": start, "small": small, "large": large, "list": listing, "bulk": bulk, "requests": requests}
OF_A_REGISTRY = {"bulk", "requests"}


def main(names: "list[str]") -> int:
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"bench: there is no section {unknown[0]}; there are: {' '.join(SECTIONS)}", file=sys.stderr)
        return 2
    chosen = names or list(SECTIONS)
    if OF_A_REGISTRY & set(chosen) and not inputs.Registry.is_installed():
        print("bench: the sections bulk and requests need docker-registry", file=sys.stderr)
        return 1
    print(f"{os.cpu_count()} cores, {SKILLCTL}")
    with tempfile.TemporaryDirectory(prefix="skillctl-bench.") as place:
        for name in chosen:
            SECTIONS[name](Bench(pathlib.Path(tempfile.mkdtemp(dir=place))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
