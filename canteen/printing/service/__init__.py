"""What people do with printers (``printers``) and papers (``papers``), and print agents far away (``remote``)."""

from canteen.printing.service import papers, printers, remote

__all__ = ["papers", "printers", "remote"]
