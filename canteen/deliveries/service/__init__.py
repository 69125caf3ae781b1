"""What people do with deliveries: keep routes (``routes``), plan and walk runs, close welfare checks (``runs``)."""

from canteen.deliveries.service.routes import add_stop, keep_route, keep_stop, move_stop, remove_stop
from canteen.deliveries.service.runs import close_welfare_check, open_runs, plan_run, record_drop

__all__ = [
    "add_stop",
    "close_welfare_check",
    "keep_route",
    "keep_stop",
    "move_stop",
    "open_runs",
    "plan_run",
    "record_drop",
    "remove_stop",
]
