"""The WSGI application: ``flask --app wsgi …`` and any WSGI server start here."""

import sys

from canteen import create_app
from canteen.config import SettingError

try:
    app = create_app()
except SettingError as error:
    # The person who set it up needs the one line, not the way through the program.
    print(error, file=sys.stderr)  # noqa: T201
    sys.exit(2)
