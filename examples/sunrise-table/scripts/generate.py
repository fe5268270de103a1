#!/usr/bin/env python3
"""Prints assets/sun.csv: sunrise, sunset and the sun's height for each day and latitude.

Formulas: NOAA's general solar position calculations (Fourier series in the fractional year),
good to about a minute of time between the polar circles. The year has 366 days.
"""
import datetime
import math

LEAP_YEAR = 2024
ALTITUDE_AT_SUNRISE = -0.833


def sun(day_of_year: int) -> "tuple[float, float]":
    """Declination in degrees and equation of time in minutes at noon."""
    g = 2 * math.pi / 366 * (day_of_year - 1)
    declination = (
        0.006918
        - 0.399912 * math.cos(g) + 0.070257 * math.sin(g)
        - 0.006758 * math.cos(2 * g) + 0.000907 * math.sin(2 * g)
        - 0.002697 * math.cos(3 * g) + 0.00148 * math.sin(3 * g)
    )
    equation = 229.18 * (
        0.000075
        + 0.001868 * math.cos(g) - 0.032077 * math.sin(g)
        - 0.014615 * math.cos(2 * g) - 0.040849 * math.sin(2 * g)
    )
    return math.degrees(declination), equation


def half_day(latitude: float, declination: float) -> float:
    """Minutes from sunrise to noon."""
    phi, delta = math.radians(latitude), math.radians(declination)
    cosine = math.sin(math.radians(ALTITUDE_AT_SUNRISE)) / (math.cos(phi) * math.cos(delta))
    cosine -= math.tan(phi) * math.tan(delta)
    return 4 * math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def clock(minutes: float) -> str:
    seconds = round(minutes * 60)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def row(latitude: int, date: datetime.date) -> str:
    declination, equation = sun(date.timetuple().tm_yday)
    half = half_day(latitude, declination)
    noon = 720 - equation
    altitude = 90 - abs(latitude - declination)
    angles = f"{declination:.4f},{equation:.4f}"
    times = ",".join(clock(t) for t in (noon - half, noon + half, 2 * half))
    return f"{latitude},{date:%m-%d},{angles},{times},{altitude:.4f}"


def main() -> None:
    print("latitude,day,declination,equation_of_time,sunrise,sunset,daylight,noon_altitude")
    first = datetime.date(LEAP_YEAR, 1, 1)
    for latitude in range(-66, 67, 2):
        for day in range(366):
            print(row(latitude, first + datetime.timedelta(days=day)))


if __name__ == "__main__":
    main()
