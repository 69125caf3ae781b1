"""The audit chain."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base


class Audit(Base):
    """Who did what, when. Append-only; each row carries the hash of the one before it in its chain, so that a
    removed or changed row shows in ``check``."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("chain", "sequence"), Index("ix_audit_subject", "subject"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The site's id, or 0 for what belongs to no site: sites do not wait for one another.
    chain: Mapped[int]
    sequence: Mapped[int]
    at: Mapped[datetime]
    #: ``staff:<id>``, ``token:<id>``, ``command`` or ``nobody``.
    actor: Mapped[str]
    #: Verb: serve, void, sign_in, refuse …
    action: Mapped[str]
    #: ``serving:17``, ``elder:3`` …
    subject: Mapped[str]
    #: Facts without personal data.
    detail: Mapped[dict[str, object]] = mapped_column(JSON)
    hash: Mapped[str]


class AuditHead(Base):
    """The last row of each chain; locking it orders the chain."""

    __tablename__ = "audit_head"

    chain: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str]
