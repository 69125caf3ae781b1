"""The description of the terminals' API (OpenAPI 3.1), kept beside the code it describes; a test holds both together."""

from typing import Any

from canteen.base.words import GUEST_KINDS, LIFE_KINDS, PAY_WAYS, SLOTS, WAYS

_FEN = {"type": "integer", "minimum": 0, "description": "fen (¥0.01)"}
_DAY = {"type": "string", "format": "date", "description": "canteen day, Asia/Shanghai"}
_SLOT = {"type": "string", "enum": list(SLOTS)}
_KEY = {
    "type": "string",
    "minLength": 8,
    "maxLength": 100,
    "pattern": "^[!-~]{8,100}$",
    "description": "one-time key made by the terminal; repeat it until an answer arrives",
}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


def _object(needed: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    """All properties are needed where nothing else is said."""
    return {"type": "object", "required": needed or [*properties], "properties": properties}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _answer(text: str, schema: str) -> dict[str, Any]:
    return {"description": text, "content": _json(schema)}


_TROUBLE = {
    "401": _answer("no token, or one that was revoked", "Problem"),
    "403": _answer("the token's role may not do this", "Problem"),
    "404": _answer("no such site or serving in the token's reach", "Problem"),
    "422": _answer("the request cannot be understood", "Problem"),
    "503": _answer("the database cannot write now; send the same key again", "Problem"),
}

SCHEMAS: dict[str, Any] = {
    "Problem": _object(
        code={"type": "string", "description": "stable; for example already_served, unknown_card, key_reused"},
        message={"type": "string", "description": "what and why, in the language of Accept-Language (zh, en)"},
        next_step={"type": "string", "description": "what to do now"},
    ),
    "ServeRequest": {
        **_object(
            ["key", "site"],
            key=_KEY,
            site={"type": "string", "description": "code or name of the site"},
            slot={**_SLOT, "description": "default: by the opening hours"},
            card={"type": "string", "description": "card number; 007 and 7 are one card"},
            elder_id={"type": "integer"},
            guest_kind={"type": "string", "enum": list(GUEST_KINDS)},
            set={
                "type": "string",
                "description": "name of the set; default: what the elder ordered here, or the first that is not sold out",
            },
            day={**_DAY, "description": "default: today; a past day is keyed in later"},
            way={"type": "string", "enum": list(WAYS), "default": "dine_in"},
            second_portion={"type": "boolean", "default": False, "description": "a further portion at own cost"},
            pay_way={"type": "string", "enum": list(PAY_WAYS), "default": "cash"},
            collected_by={"type": "string", "description": "way proxy: who collects"},
            relation={"type": "string", "description": "way proxy: relation to the elder"},
        ),
        "additionalProperties": False,
        "description": "Exactly one of card, elder_id and guest_kind is given.",
    },
    "Share": _object(
        payer={"type": "string", "description": "own for the elder's part, else the public payer"},
        scheme={"type": "string", "description": "scheme id; empty for the own part"},
        amount_fen=_FEN,
        reason={"type": "string"},
    ),
    "Limit": _object(
        scheme={"type": "string"},
        period={"type": "string", "description": "2026-11 (month), 2026-W47 (week), 2026-11-21 (day) or 2026 (year)"},
        counts={"type": "string", "enum": ["settled", "public"]},
        limit_fen=_FEN,
        left_fen=_FEN,
    ),
    "Serving": _object(
        ["id", "number", "price_fen", "own_fen", "shares", "left"],
        id={"type": "integer"},
        number={"type": "string", "description": "printed on the ticket"},
        day=_DAY,
        slot=_SLOT,
        elder_id={"type": ["integer", "null"]},
        name={"type": "string"},
        set={"type": "string"},
        way={"type": "string"},
        second_portion={"type": "boolean"},
        outside_hours={"type": "boolean"},
        price_fen=_FEN,
        own_fen=_FEN,
        shares={
            "type": "array",
            "items": {"$ref": "#/components/schemas/Share"},
            "description": "add up to price_fen; the own part (payer own) is the last",
        },
        left=_object(
            month_fen={"type": ["integer", "null"], "description": "fen of the monthly norm left after this meal"},
            limits={"type": "array", "items": {"$ref": "#/components/schemas/Limit"}},
        ),
    ),
    "VoidRequest": {
        **_object(key=_KEY, reason={"type": "string", "minLength": 2, "maxLength": 200}),
        "additionalProperties": False,
    },
    "Voided": _object(
        id={"type": "integer"},
        number={"type": "string"},
        voided_at={"type": "string", "format": "date-time"},
        reason={"type": "string"},
    ),
    "Elders": _object(elders={"type": "array", "items": {"$ref": "#/components/schemas/Elder"}}),
    "Elder": _object(
        ["id", "name", "age", "state"],
        id={"type": "integer"},
        name={"type": "string"},
        age={"type": "integer"},
        village={"type": "string"},
        group={"type": "string"},
        card={"type": "string"},
        state={"type": "string", "enum": ["active", *LIFE_KINDS]},
    ),
    "Counts": _object(
        site={"type": "string"},
        day=_DAY,
        total={"type": "integer", "description": "live servings, guests included"},
        guests={"type": "integer"},
        voided={"type": "integer", "description": "not in total"},
        own_fen=_FEN,
        public_fen=_FEN,
        by_slot=_COUNTS,
        by_way=_COUNTS,
        by_class={**_COUNTS, "description": "elders by neutral class code; empty for no class"},
    ),
}


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": _json(schema)}


def _query(name: str, text: str, *, needed: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": needed, "schema": {"type": "string"}, "description": text}


def _operation(name: str, summary: str, answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "responses": answers | _TROUBLE, **more}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Canteen terminals",
        "version": "1",
        "description": "Card and face terminals serve meals here. Amounts are fen, days are Asia/Shanghai.",
    },
    "servers": [{"url": "/api/v1"}],
    "security": [{"token": []}],
    "paths": {
        "/servings": {
            "post": _operation(
                "serve",
                "Serve one meal; the same key is the same serving",
                {
                    "201": _answer("served", "Serving"),
                    "200": _answer("the same key again: the serving made before", "Serving"),
                    "409": _answer("refused by a rule, or the key was used for another content", "Problem"),
                },
                requestBody=_body("ServeRequest"),
            )
        },
        "/servings/{id}/void": {
            "post": _operation(
                "void",
                "Undo a serving the same day",
                {
                    "200": _answer("undone, now or before under the same key", "Voided"),
                    "409": _answer("already undone, or too late", "Problem"),
                },
                parameters=[{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                requestBody=_body("VoidRequest"),
            )
        },
        "/elders": {
            "get": _operation(
                "findElders",
                "Find people by card, name, pinyin, initials or phone",
                {"200": _answer("at most twenty people", "Elders")},
                parameters=[_query("q", "what to look for", needed=True), _query("site", "only for wide tokens")],
            )
        },
        "/counts": {
            "get": _operation(
                "counts",
                "Meals served at a site on a day",
                {"200": _answer("the counts", "Counts")},
                parameters=[_query("site", "code or name of the site"), _query("day", "YYYY-MM-DD; default today")],
            )
        },
        "/openapi.json": {
            "get": {
                "operationId": "describe",
                "summary": "This description",
                "security": [],
                "responses": {"200": {"description": "this document"}},
            }
        },
    },
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": SCHEMAS},
}
