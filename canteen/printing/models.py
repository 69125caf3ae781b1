"""Printers and the outbox of papers."""

from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base, check_one_of, index_where, is_one_of
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at
from canteen.base.words import OPEN_JOBS, WORDS


class Printer(Base):
    """A printer of a site, with the settings that decide its bytes (``device.Device``) and its lease."""

    __tablename__ = "printer"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        # At most one default: what ``outbox.enqueue`` looks up.
        index_where("uq_printer_default", "site_id", where="is_default and is_active", unique=True),
        CheckConstraint("width_mm in (58, 80)", name="width_mm"),
        CheckConstraint("encoding in ('gb18030', 'gbk', 'utf-8')", name="encoding"),
        CheckConstraint("rom in ('gb2312', 'gbk', 'gb18030-2', 'gb18030-4')", name="rom"),
        check_one_of("mode", WORDS["print_mode"]),
        check_one_of("fence", WORDS["fence"]),
        CheckConstraint("(lease_by is null) = (lease_until is null)", name="lease"),
        kept(
            "printer:id",
            site="site_id",
            called="name",
            moving=("lease_by", "lease_until", "last_seen_at", "last_trouble"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    #: What people call it: 柜台, 厨房. Unique within the site.
    name: Mapped[str]
    #: ``tcp://HOST:PORT``, ``usb://VID:PID``, ``screen://NAME`` … (``address.parse_address``).
    address: Mapped[str]
    #: Width of the paper, millimetres.
    width_mm: Mapped[int] = mapped_column(default=58)
    encoding: Mapped[str] = mapped_column(default="gb18030")
    #: Which characters it has (``device.ROMS``); the rest is drawn.
    rom: Mapped[str] = mapped_column(default="gbk")
    has_cutter: Mapped[bool] = mapped_column(default=False)
    #: Prints QR codes by itself.
    has_qr: Mapped[bool] = mapped_column(default=True)
    #: Answers status questions; without answers a job ends as "sent", never as "printed".
    answers: Mapped[bool] = mapped_column(default=True)
    #: Which question stands at the end of a job (``device.FENCES``).
    fence: Mapped[str] = mapped_column(default="gs_r")
    #: ``text``, or ``raster``: every line is drawn, for printers without Chinese characters.
    mode: Mapped[str] = mapped_column(default="text")
    #: A cash drawer is connected to it.
    has_drawer: Mapped[bool] = mapped_column(default=False)
    #: Served by a print agent at its site, not by a worker beside this database.
    is_remote: Mapped[bool] = mapped_column(default=False)
    #: Takes the papers of its site.
    is_default: Mapped[bool] = mapped_column(default=False)
    #: False: taken out of use; its row stays because jobs point at it.
    is_active: Mapped[bool] = mapped_column(default=True)
    #: The worker that holds the printer until ``lease_until``; another may take it after that. NULL: nobody.
    lease_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    #: When it last took a job or answered a question.
    last_seen_at: Mapped[datetime | None]
    #: Why it does not print now, in Chinese; "" when nothing is known to be wrong.
    last_trouble: Mapped[str] = mapped_column(default="")


#: What happens to a paper on its way; what it says stays.
_MOVING = (
    "printer_id",
    "state",
    "attempts",
    "repeats",
    "claim_key",
    "next_try_at",
    "wanted_at",
    "finished_at",
    "trouble",
)


class PrintJob(Base):
    """One piece of paper. The row is written in the transaction of what it tells of, and never deleted."""

    __tablename__ = "print_job"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("original_id", "copy"),
        # The next job of a printer, and what still needs somebody: small however many jobs are done.
        index_where("ix_print_job_next", "printer_id", "id", where="state = 'queued'"),
        index_where("ix_print_job_open", "site_id", "state", where=is_one_of("state", OPEN_JOBS)),
        Index("ix_print_job_site_id_id", "site_id", "id"),
        Index("ix_print_job_serving_id", "serving_id"),
        check_one_of("kind", WORDS["paper"]),
        check_one_of("state", WORDS["job"]),
        CheckConstraint(
            "(kind in ('ticket', 'guest_ticket', 'void_ticket')) = (serving_id is not null)", name="serving"
        ),
        CheckConstraint("(copy = 0) = (original_id is null) and copy >= 0", name="copy"),
        CheckConstraint(f"(finished_at is null) = ({is_one_of('state', OPEN_JOBS)})", name="finished"),
        CheckConstraint("state <> 'sending' or printer_id is not null", name="sending"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("repeats >= 0", name="repeats"),
        kept("serving:serving_id", "print_job:id", site="site_id", moving=_MOVING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Made by the caller from what the paper tells of (``ticket:17``): the same paper cannot be made twice.
    key: Mapped[str]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    #: Where it goes; NULL while the site has no default printer.
    printer_id: Mapped[int | None] = mapped_column(ForeignKey("printer.id"))
    kind: Mapped[str]
    #: The serving it tells of; NULL for other papers than tickets.
    serving_id: Mapped[int | None] = mapped_column(ForeignKey("serving.id"))
    #: 0 for the paper itself, n for its n-th copy (补打 第n次) …
    copy: Mapped[int] = mapped_column(default=0)
    #: … and the paper it is a copy of.
    original_id: Mapped[int | None] = mapped_column(ForeignKey("print_job.id"))
    #: What it says (``kinds.Paper``), without status labels or ID numbers. Bytes are made when it is sent.
    sealed: Mapped[bytes] = sealed_at("print_job:{key}")
    #: One of ``JOB_STATES``.
    state: Mapped[str] = mapped_column(default="queued")
    #: How often it was tried; grows the pause before the next try.
    attempts: Mapped[int] = mapped_column(default=0)
    #: How often it was sent again by itself although it may be on paper already (``PaperFacts.in_doubt``).
    repeats: Mapped[int] = mapped_column(default=0)
    #: Made by whoever took it for sending, so that asking again after a lost answer is the same taking.
    claim_key: Mapped[str | None]
    #: Not before this instant.
    next_try_at: Mapped[datetime]
    created_at: Mapped[datetime]
    #: Since when it waits: made, or wanted all the same by a person after it was held.
    wanted_at: Mapped[datetime] = mapped_column(default=lambda made: made.get_current_parameters()["created_at"])
    #: When it got a final state.
    finished_at: Mapped[datetime | None]
    #: What went wrong, or what staff should know, in Chinese (``troubles``).
    trouble: Mapped[str] = mapped_column(Text, default="")


#: The tables themselves, for Core statements: the serve transaction and the worker do without objects.
PRINTER = cast(Table, Printer.__table__)
JOB = cast(Table, PrintJob.__table__)
#: The conditions of the partial indexes, written out: with bound parameters the planner could not use them.
IS_QUEUED = text("print_job.state = 'queued'")
IS_OPEN = text(is_one_of("print_job.state", OPEN_JOBS))
