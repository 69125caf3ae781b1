"""What people ask of this feature, as typed facts: made by forms and commands, taken by the service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrinter:
    """A printer as it shall be; the fields are those of ``models.Printer``."""

    site_id: int
    name: str
    address: str
    width_mm: int = 58
    encoding: str = "gb18030"
    rom: str = "gbk"
    has_cutter: bool = False
    has_qr: bool = True
    answers: bool = True
    fence: str = "gs_r"
    mode: str = "text"
    has_drawer: bool = False
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
