#!/usr/bin/env python3
"""Looks up one day: lookup.py LATITUDE MM-DD [LONGITUDE UTC-OFFSET]."""
import csv
import pathlib
import sys

TABLE = pathlib.Path(__file__).resolve().parent.parent / "assets" / "sun.csv"


def find(latitude: int, day: str) -> "dict[str, str] | None":
    with TABLE.open(newline="") as lines:
        return next((r for r in csv.DictReader(lines) if r["latitude"] == str(latitude) and r["day"] == day), None)


def shifted(clock: str, minutes: float) -> str:
    hours, mins, seconds = map(int, clock.split(":"))
    total = round(hours * 60 + mins + seconds / 60 + minutes) % 1440
    return f"{total // 60:02}:{total % 60:02}"


def main(args: "list[str]") -> int:
    if len(args) not in (2, 4):
        print(__doc__, file=sys.stderr)
        return 2
    place = find(2 * round(float(args[0]) / 2), args[1])
    if place is None:
        print(f"the table has no row for latitude {args[0]} on {args[1]}", file=sys.stderr)
        return 1
    shift = 0.0
    if len(args) == 4:
        shift = 60 * float(args[3]) - 4 * float(args[2])
    print(f"sunrise {shifted(place['sunrise'], shift)}, sunset {shifted(place['sunset'], shift)}, "
          f"daylight {place['daylight']}, sun at noon {float(place['noon_altitude']):.1f} degrees high")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
