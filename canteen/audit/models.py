"""The audit chain."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base
from canteen.base.db.keeping import not_kept
from canteen.base.db.sealed import sealed_at


class Audit(Base):
    """Who did what, when, and what was written. Append-only; each row carries a keyed hash of itself and of the one
    before it in its chain, so that a removed or changed row shows in ``check``."""

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("chain", "sequence"),
        Index("ix_audit_subject", "subject"),
        not_kept("the trail itself: every row proves the one before it"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The site's id, or 0 for what belongs to no site: sites do not wait for one another.
    chain: Mapped[int]
    sequence: Mapped[int]
    at: Mapped[datetime]
    #: ``staff:<id>``, ``token:<id>``, ``command`` or ``nobody``.
    actor: Mapped[str]
    #: Verb: serve, void, sign_in, refuse …
    action: Mapped[str]
    #: ``serving:17``, ``elder:3``, or many of a kind: ``elder:05-104,110`` …
    subject: Mapped[str]
    #: Facts without personal data.
    detail: Mapped[dict[str, object]] = mapped_column(JSON)
    #: Keyed hashes (16 bytes each) of the rows of its subjects as they stood at the end of the transaction, in the
    #: order of their numbers; NULL where the subject has no rows, or is kept in another chain.
    content: Mapped[bytes | None]
    hash: Mapped[str]


class AuditHead(Base):
    """The last row of each chain; locking it orders the chain."""

    __tablename__ = "audit_head"
    __table_args__ = not_kept("the end of each chain: check compares it with the rows")

    chain: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str]


class ChainKey(Base):
    """One row: the secret that the hashes of the trail are made with, sealed, so that new keys need no new hashes."""

    __tablename__ = "chain_key"
    __table_args__ = (CheckConstraint("id = 1", name="one"), not_kept("opens with the right keys or not at all"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: JSON: ``chain_key.Secret``.
    sealed: Mapped[bytes] = sealed_at("chain_key")
