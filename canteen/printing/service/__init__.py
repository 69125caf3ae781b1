"""What people do with printers (``printers``) and papers (``papers``)."""

from canteen.printing.service.papers import (
    answer_held,
    cancel_job,
    move_job,
    move_waiting,
    reprint_ticket,
    settle_uncertain,
    want_job,
)
from canteen.printing.service.printers import (
    add_printer,
    change_printer,
    deactivate_printer,
    make_default,
    print_test_page,
    reactivate_printer,
)

__all__ = [
    "add_printer",
    "answer_held",
    "cancel_job",
    "change_printer",
    "deactivate_printer",
    "make_default",
    "move_job",
    "move_waiting",
    "print_test_page",
    "reactivate_printer",
    "reprint_ticket",
    "settle_uncertain",
    "want_job",
]
