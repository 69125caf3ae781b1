"""The WSGI application: ``flask --app wsgi …`` and any WSGI server start here."""

from canteen import create_app

app = create_app()
