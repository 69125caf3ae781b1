"""What the server does by the clock, beside answering: the orders that standing orders ask for in the days ahead, the
kitchen's count when orders close, and a welfare check for each regular who stays away."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from canteen.base.errors import CanteenError
from canteen.orders.freezing.service import look_after_kitchen
from canteen.orders.standing.service import keep_ahead
from canteen.places.queries import all_sites
from canteen.welfare.service import look_for_absent

log = logging.getLogger("canteen")

#: Seconds between two rounds: a menu that was just saved names the sets of waiting orders by then.
ROUND_S = 60.0


class Steward:
    """A thread that goes round the sites from ``start`` to ``stop``. Several servers on one database do no harm."""

    def __init__(self, app: Flask, *, now: Callable[[], datetime], round_s: float = ROUND_S) -> None:
        self._app, self._now, self._round_s = app, now, round_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="steward", daemon=True)

    def start(self) -> None:
        """Begin the first round; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the site that is being looked at."""
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        while True:
            with self._app.app_context():
                self.go_round()
            if self._stopping.wait(self._round_s):
                return

    def go_round(self) -> None:
        """Look at every site once; one that fails is logged and looked at again in the next round."""
        try:
            sites = all_sites()
        except CanteenError as error:
            log.warning("the round of the sites waits: %s", error)
            return
        for site in sites:
            if self._stopping.is_set():
                return
            try:
                keep_ahead(site, now=self._now())
                look_after_kitchen(site, now=self._now())
                look_for_absent(site, now=self._now())
            except CanteenError as error:
                log.warning("the round of site %s waits: %s", site.id, error)
