"""What people do with deliveries: keep routes (``routes``), plan runs and open their doors (``runs``); what is said at a door is ``marking``."""

from canteen.deliveries.service.routes import add_stop, keep_route, keep_stop, move_stop, remove_stop
from canteen.deliveries.service.runs import open_runs, plan_run

__all__ = ["add_stop", "keep_route", "keep_stop", "move_stop", "open_runs", "plan_run", "remove_stop"]
