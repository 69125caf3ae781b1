"""The WSGI application: ``flask --app wsgi …`` and any WSGI server start here."""

import gc
import os
import sys

# Whatever this program writes holds personal facts: it is its account's alone.
os.umask(0o077)

# Starting makes some hundred thousand objects that stay. The collector need not look at them while they are made,
# nor ever again: a tenth of the start, and no long pauses at the counter.
gc.disable()

from canteen import create_app  # noqa: E402
from canteen.base.config import SettingError  # noqa: E402

# These use nothing of this installation: a bare machine without a secret key will do.
KEYLESS = ("scheme check", "scheme try", "print-agent", "audit verify")
arguments = f"{' '.join(sys.argv[1:])} "
if not os.environ.get("CANTEEN_SECRET_KEY") and any(f" {command} " in arguments for command in KEYLESS):
    os.environ["CANTEEN_ENV"] = "demo"

try:
    app = create_app()
except SettingError as error:
    # The person who set it up needs the one line, not the way through the program.
    print(error, file=sys.stderr)  # noqa: T201
    sys.exit(2)
finally:
    gc.freeze()
    gc.enable()
