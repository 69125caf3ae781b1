"""What people ask of this feature, as typed facts: made by forms and commands, taken by the service."""

from dataclasses import dataclass

from canteen.printing.drawing.device import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrinter(Device):
    """A printer as it shall be; the fields are those of ``models.Printer``."""

    site_id: int
    name: str
    address: str
    is_remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCall:
    """One job of one printer, as a print agent names them."""

    #: The agent's own name, kept in its journal: an agent that starts again is the same.
    agent: str
    printer_id: int
    job_id: int
    #: Made by the agent for each taking.
    claim_key: str = ""
