"""The terminals' door: card and face terminals speak JSON over HTTP with a bearer token. ``openapi.py`` describes it.

The same services as the counter's page; nothing is decided here.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.errors import BadInput
from canteen.base.incoming import json_body
from canteen.base.web import allow, current_actor, public
from canteen.counter import forms, service
from canteen.counter.openapi import DOCUMENT, SCHEMAS
from canteen.counter.requests import Served
from canteen.counter.tickets import left_this_month
from canteen.counter.till import find_matches
from canteen.people.finding import looks
from canteen.people.finding.search import Found
from canteen.places.queries import SiteFacts, site_for, site_named

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
#: What a serving has under the same name.
_TOLD_AS_IT_IS = ("id", "number", "slot", "elder_id", "way", "second_portion", "outside_hours", "price_fen", "own_fen")


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """What this API speaks."""
    return jsonify(DOCUMENT)


@blueprint.post("/servings")
@allow("serve")
def create_serving() -> tuple[Response, int]:
    """Serve a meal: 201, or 200 for a repeat of the same key."""
    body = forms.read_json(_body(), forms.SERVING_FIELDS)
    site = _site(body["site"])
    served = service.serve_meal(forms.serve_json(body, site_id=site.id), actor=current_actor(), now=clock.now())
    return jsonify(_serving_body(served)), 200 if served.is_repeat else 201


@blueprint.post("/servings/<int:serving_id>/void")
@allow("void")
def void_serving(serving_id: int) -> Response:
    """Undo a serving the same day."""
    body = forms.read_json(_body(), forms.VOID_FIELDS)
    wanted = forms.void_form(body, serving_id=serving_id)
    voided = service.void_serving(wanted, actor=current_actor(), now=clock.now())
    return jsonify(id=voided.id, number=voided.number, voided_at=voided.voided_at.isoformat(), reason=voided.reason)


@blueprint.get("/elders")
@allow("find_elders")
def find_elders() -> Response:
    """Find people by card, name, pinyin, initials or phone."""
    text = request.args.get("q", "").strip()
    if not text or len(text) > 60:
        raise BadInput("请给出查找内容 q,最多 60 个字", field="q", next_step="例如:卡号、姓名或拼音")
    actor = current_actor()
    site = site_for(actor, actor.site_id) if actor.site_id is not None else _site(request.args.get("site", ""))
    found = find_matches(text, site=site, day=clock.today())
    looks.note_search((one.id for one in found), place="terminal", actor=actor, now=clock.now())
    return jsonify(elders=[_elder_body(elder) for elder in found])


def _body() -> Any:
    body = json_body()
    if body is None:
        raise BadInput("请求内容不是 JSON", next_step="请用 UTF-8 编码的 JSON 发送")
    return body


def _site(text: str) -> SiteFacts:
    """A site by code or name, within the token's reach."""
    return site_named(current_actor(), text)


def _serving_body(served: Served) -> dict[str, Any]:
    """The same body for the first answer and for every repeat."""
    left = served.decision.left
    return {name: getattr(served, name) for name in _TOLD_AS_IT_IS} | {
        "day": served.day.isoformat(),
        "name": served.person_name,
        "set": served.set_name,
        "shares": [
            {
                "payer": one.payer,
                "scheme": one.scheme,
                "amount_fen": one.amount_fen,
                "reason": one.reason.words(gettext),
            }
            for one in served.shares
        ],
        "left": {
            "month_fen": left_this_month(left),
            "limits": [{name: line[name] for name in SCHEMAS["Limit"]["properties"]} for line in left],
        },
    }


def _elder_body(elder: Found) -> dict[str, Any]:
    return {
        "id": elder.id,
        "name": elder.name,
        "age": elder.age,
        "village": elder.residence_name,
        "group": elder.village_group,
        "card": elder.card,
        "state": elder.state,
    }
