"""Where a door is: what people type or a phone says becomes a point. Pure.

Maps sold in China show points that are moved by some hundred metres (GCJ-02); a phone says where it is without that
(WGS 84). Everything is kept as the phone says it, so that both kinds fit together.
"""

import math
import re
from typing import NamedTuple

from canteen.base.errors import BadInput

#: Metres.
_EARTH = 6_371_000
#: Where China lies, in degrees: tells latitude from longitude in whatever order they were typed.
_LATITUDES, _LONGITUDES = (3.0, 54.0), (73.0, 136.0)
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?")
#: Longest text a point is looked for in: a pasted address of a map.
LONGEST_PLACE = 300
#: The ellipsoid the moved maps are drawn on: half its great axis in metres, its squared eccentricity.
_AXIS, _SQUEEZED = 6_378_245.0, 0.006_693_421_622_965_943


class Point(NamedTuple):
    """Degrees (WGS 84)."""

    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"{self.latitude:.6f},{self.longitude:.6f}"


class Maps(NamedTuple):
    """Addresses that open a point in an application of the phone, when somebody presses them."""

    phone: str
    amap: str


def maps_of(text: str) -> Maps | None:
    """For a point as it is kept; None for ""."""
    if not text:
        return None
    latitude, longitude = text.split(",")
    amap = f"https://uri.amap.com/marker?position={longitude},{latitude}&coordinate=wgs84"
    return Maps(f"geo:{text}?q={text}", amap)


def read_point(text: str) -> Point | None:
    """The point in what somebody copied from a map (``116.4039,27.9150``, either first; an address with both), or None
    for nothing. Raises ``BadInput`` for a text without two numbers that lie in China."""
    found = _point_in(text)
    return _unmoved(found) if found else None


def read_phone_point(text: str) -> Point:
    """The point a phone says (``27.915012,116.403900``). Raises ``BadInput``."""
    found = _point_in(text)
    if found is None:
        raise _no_point()
    return found


def _point_in(text: str) -> Point | None:
    if not text.strip():
        return None
    plain = text[:LONGEST_PLACE].translate(str.maketrans("，。０１２３４５６７８９", ",.0123456789"))
    numbers = [float(number) for number in _NUMBER.findall(plain)]
    for one, other in zip(numbers, numbers[1:], strict=False):
        for latitude, longitude in ((one, other), (other, one)):
            if _LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]:
                return Point(round(latitude, 6), round(longitude, 6))
    raise _no_point()


def _no_point() -> BadInput:
    return BadInput(
        "没有看懂这个位置",
        field="place",
        next_step="请在手机地图上长按这一户,复制坐标再粘贴,例如 116.403900,27.915012;不知道就留空",
    )


def metres(one: Point, other: Point) -> float:
    """As the crow flies."""
    north = math.radians(other.latitude - one.latitude)
    east = math.radians(other.longitude - one.longitude) * math.cos(math.radians((one.latitude + other.latitude) / 2))
    return _EARTH * math.hypot(north, east)


def _unmoved(shown: Point) -> Point:
    """Where a point of a moved map really is, to within a few metres."""
    north, east = _moved_by(shown)
    return Point(round(shown.latitude - north, 6), round(shown.longitude - east, 6))


def as_shown(point: Point) -> Point:
    """The same point on a moved map."""
    north, east = _moved_by(point)
    return Point(round(point.latitude + north, 6), round(point.longitude + east, 6))


def _moved_by(point: Point) -> tuple[float, float]:
    """Degrees by which such maps move a point: sums of sines everybody who draws on them uses."""
    x, y = point.longitude - 105.0, point.latitude - 35.0
    root, near = math.sqrt(abs(x)), 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + near * 2 / 3
    north += (20 * math.sin(math.pi * y) + 40 * math.sin(math.pi / 3 * y)) * 2 / 3
    north += (160 * math.sin(math.pi / 12 * y) + 320 * math.sin(math.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + near * 2 / 3
    east += (20 * math.sin(math.pi * x) + 40 * math.sin(math.pi / 3 * x)) * 2 / 3
    east += (150 * math.sin(math.pi / 12 * x) + 300 * math.sin(math.pi / 30 * x)) * 2 / 3
    latitude = math.radians(point.latitude)
    bulge = 1 - _SQUEEZED * math.sin(latitude) ** 2
    metres_a_degree = math.pi / 180 * _AXIS * (1 - _SQUEEZED) / bulge**1.5
    return north / metres_a_degree, east / (math.pi / 180 * _AXIS / math.sqrt(bulge) * math.cos(latitude))
