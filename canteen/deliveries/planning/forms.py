"""The forms of planning: text becomes types here."""

import re

from werkzeug.datastructures import MultiDict

from canteen.base.errors import BadInput
from canteen.base.fields import Fields, Form, one_of, row_id, whole
from canteen.deliveries.planning.requests import DoorChange, PlanChoice, PlanRequest
from canteen.deliveries.planning.rules import HOT_MINUTES, MOST_DOORS, MOVES_BY, Walker
from canteen.deliveries.planning.where import Point, read_phone_point, read_point

_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)", re.ASCII)
_LATER = "请返回上一页,再排一次"


def _wall_time(text: str) -> str:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise BadInput("「%(text)s」不是时间,请写成 11:00", text=text.strip()[:20])
    return f"{int(match[1]):02}:{match[2]}"


def _start(text: str) -> Point:
    found = read_point(text)
    if found is None:
        raise BadInput(
            "还没有填助餐点的位置", next_step="请在手机地图上长按助餐点,复制坐标粘贴进来,例如 116.403900,27.915012"
        )
    return found


#: What planning knows about a door.
DOOR = Form(
    DoorChange,
    place=read_point,
    minutes=whole(1, 60, "在一户门口的分钟数要从 1 到 60"),
    eats_by=lambda text: _wall_time(text) if text.strip() else "",
)
#: Where a phone is.
phone_point = read_phone_point


def read_plan(form: MultiDict[str, str], *, site_id: int) -> PlanRequest:
    """Routes to be planned. Raises ``BadFields``, and ``BadInput`` of what our own page put there."""
    fields = Fields(form)
    boxes = whole(1, 200, "餐盒数要从 1 到 200")
    walkers = tuple(
        Walker(
            route_id=route_id,
            boxes=fields.take(f"boxes_{route_id}", boxes, 1),
            moves_by=fields.take(f"moves_by_{route_id}", one_of(MOVES_BY), ""),
            returns=form.get(f"returns_{route_id}", "") == "1",
        )
        for route_id in (row_id(text) for text in dict.fromkeys(form.getlist("routes")))
    )
    asked = PlanRequest(
        site_id=site_id,
        start=fields.take("start", _start, Point(0, 0)),
        departs=fields.take("departs", _wall_time, ""),
        most_minutes=fields.take("most_minutes", whole(5, 180, "送到最后一户的分钟数要从 5 到 180"), HOT_MINUTES),
        walkers=walkers,
    )
    fields.stop()
    return asked


def read_choice(form: MultiDict[str, str], *, site_id: int) -> PlanChoice:
    """A proposal as its page sends it back: ``route_7=12,5,9``. Raises ``BadInput``."""
    routes = {}
    for name, text in form.items():
        if name.startswith("route_"):
            elders = [one for one in text.split(",") if one]
            if len(elders) > MOST_DOORS:
                raise BadInput("请求不完整", field=name, next_step=_LATER)
            routes[row_id(name.removeprefix("route_"))] = tuple(row_id(one) for one in elders)
    everywhere = [one for elders in routes.values() for one in elders]
    if not routes or len(everywhere) != len(set(everywhere)):
        raise BadInput("请求不完整", field="routes", next_step=_LATER)
    return PlanChoice(site_id=site_id, routes=routes)
