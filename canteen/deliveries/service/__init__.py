"""What people do with deliveries: keep routes (``routes``), plan and walk runs (``runs``)."""

from canteen.deliveries.service.routes import add_stop, keep_route, keep_stop, move_stop, remove_stop
from canteen.deliveries.service.runs import open_runs, plan_run, raise_concern, record_drop

__all__ = [
    "add_stop",
    "keep_route",
    "keep_stop",
    "move_stop",
    "open_runs",
    "plan_run",
    "raise_concern",
    "record_drop",
    "remove_stop",
]
