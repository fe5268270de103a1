"""What the bench feeds its commands: generated skills, a generated store, a registry that logs its requests.

Everything is generated from fixed seeds, so that every machine measures the same bytes.
"""
import hashlib
import json
import pathlib
import random
import re
import shutil
import subprocess
import time

WORDS = (
    "agent archive branch build cache change check clean commit container copy default deploy diff digest "
    "directory entry error example field file flag format group handle header image index input issue label "
    "layer limit list load lock manifest mode name note number option order output package path policy print "
    "process prompt publish pull push read record reference registry release remove report request result "
    "review rule schema script section server skill source state status step store stream string table tag "
    "task test text time token tool tree type update user value version write"
).split()

CARD = """apiVersion: skillimage.io/v1alpha1
kind: SkillCard
metadata:
  name: {name}
  namespace: bench
  version: 1.0.0
  description: A generated skill to measure with.
"""
PROMPT = """---
name: {name}
description: A generated skill to measure with.
---

"""


def skill(parent: pathlib.Path, name: str, words: int = 300) -> pathlib.Path:
    """A small skill: a card and a SKILL.md of that many words."""
    place = parent / name
    place.mkdir(parents=True)
    (place / "skill.yaml").write_text(CARD.format(name=name))
    (place / "SKILL.md").write_text(PROMPT.format(name=name) + prose(random.Random(name), words))
    return place


def change(skill: pathlib.Path) -> None:
    """Appends a line that was never there."""
    with (skill / "SKILL.md").open("a") as file:
        file.write(f"Changed at {time.monotonic_ns()}.\n")


def large_skill(parent: pathlib.Path, files: int = 1000, size: int = 50_000) -> pathlib.Path:
    """A skill of many files, by thirds prose, tables of numbers and bytes that do not compress."""
    place = skill(parent, "large")
    source = random.Random("large")
    makers = [prose_bytes, number_bytes, noise_bytes]
    for number in range(files):
        file = place / "assets" / f"part-{number // 100}" / f"file-{number:04}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(makers[number % 3](source, size))
    return place


def prose(source: random.Random, words: int) -> str:
    chosen = source.choices(WORDS, k=words)
    return "\n".join(" ".join(chosen[at : at + 14]) for at in range(0, words, 14)) + "\n"


def prose_bytes(source: random.Random, size: int) -> bytes:
    return prose(source, size // 5).encode()[:size]


def number_bytes(source: random.Random, size: int) -> bytes:
    rows = (f"{source.random():.6f},{source.randrange(100_000)},{source.choice(WORDS)}\n" for _ in range(size // 20))
    return "".join(rows).encode()[:size]


def noise_bytes(source: random.Random, size: int) -> bytes:
    return source.randbytes(size)


def multiply_store(store: pathlib.Path, images: int) -> None:
    """Makes a store with one image into one with many, each with a manifest of its own over the same layer."""
    index = json.loads((store / "index.json").read_text())
    first = index["manifests"][0]
    algorithm, encoded = first["digest"].split(":")
    manifest = json.loads((store / "blobs" / algorithm / encoded).read_text())
    index["manifests"] = [one_more(store, manifest, number) for number in range(images)]
    (store / "index.json").write_text(compact(index))


def one_more(store: pathlib.Path, manifest: dict, number: int) -> dict:
    manifest["annotations"]["org.opencontainers.image.title"] = f"Skill {number}"
    body = compact(manifest).encode()
    digest = hashlib.sha256(body).hexdigest()
    (store / "blobs/sha256" / digest).write_bytes(body)
    return {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": f"sha256:{digest}",
        "size": len(body),
        "annotations": {"org.opencontainers.image.ref.name": f"bench/skill-{number:05}:1.0.0-draft"},
    }


def compact(value: dict) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class TestRegistry:
    """The registry of the integration tests, in memory, in a process of its own."""

    def __init__(self) -> None:
        command = ["cargo", "run", "--quiet", "--locked", "--example", "test-registry"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise SystemExit("bench: the test registry did not start")

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Registry:
    """A Distribution on a free loopback port, with a log of its requests."""

    CONFIG = """version: 0.1
log: {{level: info, formatter: text, accesslog: {{disabled: false}}}}
storage: {{filesystem: {{rootdirectory: {place}/data}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:0"}}
"""

    def __init__(self, place: pathlib.Path) -> None:
        place.mkdir(parents=True)
        self.log = place / "log"
        (place / "config.yml").write_text(self.CONFIG.format(place=place))
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", str(place / "config.yml")], stdout=log, stderr=log
            )
        self.address = self._address()

    def _address(self) -> str:
        for _ in range(100):
            if found := re.search(r"listening on (127\.0\.0\.1:\d+)", self.log.read_text()):
                return found[1]
            time.sleep(0.05)
        raise SystemExit("bench: the registry did not start")

    def requests(self) -> "list[str]":
        """Method and path of every request so far."""
        time.sleep(0.05)
        return re.findall(r'"([A-Z]+ /v2/[^ ]*) HTTP', self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("docker-registry") is not None
