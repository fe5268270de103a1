#!/usr/bin/env python3
"""Prints one line per staged file: lines added, lines removed, path."""
import subprocess
import sys


def main() -> int:
    done = subprocess.run(
        ["git", "diff", "--cached", "--numstat", "-z", "--no-renames"],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stderr)
        return done.returncode
    rows = [row.split("\t", 2) for row in done.stdout.decode(errors="replace").split("\0") if row]
    if not rows:
        print("nothing is staged")
    for added, removed, path in rows:
        print(f"{added:>6} {removed:>6}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
