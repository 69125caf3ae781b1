"""What makes the page of today's run work on a phone without a signal: its service worker, and what installs it."""

import hashlib
import json
from pathlib import Path

from flask import Response, current_app, jsonify, url_for
from flask_babel import gettext

from canteen.base.web import public
from canteen.deliveries.views import blueprint

#: Static files of the page of today's run; htmx comes from its package, by the program's version.
FILES = (
    "app.css",
    "app.js",
    "deliveries.css",
    "deliveries.js",
    "welfare.css",
    "icon.svg",
    "icons.svg",
    "phone-192.png",
)


@blueprint.get("/phone-worker.js")
@public
def phone_worker() -> Response:
    """The service worker, with the files it keeps and a version made of what is in them."""
    static = Path(current_app.static_folder or "")
    source = (static / "phone-worker.js").read_text("utf-8")
    digest = hashlib.sha256(source.encode())
    for name in FILES:
        digest.update((static / name).read_bytes())
    files = [url_for("static", filename=name) for name in FILES] + [url_for("htmx")]
    head = f"const VERSION = {json.dumps(digest.hexdigest()[:16])};\nconst FILES = {json.dumps(files)};\n"
    return Response(head + source, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@blueprint.get("/phone.webmanifest")
@public
def phone_manifest() -> Response:
    """What a phone asks for to put the page on its home screen."""
    answer: Response = jsonify(
        name=gettext("送餐路线"),
        short_name=gettext("送餐"),
        start_url=url_for(".my_run"),
        scope="/",
        display="standalone",
        background_color="#fffdf8",
        theme_color="#9a3412",
        icons=[
            {"src": url_for("static", filename=f"phone-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer
