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
