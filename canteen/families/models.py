"""Links for families."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base
from canteen.base.db.keeping import kept
from canteen.base.db.sealed import sealed_at


class FamilyLink(Base):
    """Whoever holds the link sees one elder's menus and orders, and may order and cancel. Revoked, never deleted."""

    __tablename__ = "family_link"
    __table_args__ = (UniqueConstraint("token_hash"), kept("family_link:id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    elder_id: Mapped[int] = mapped_column(ForeignKey("elder.id"), index=True)
    #: Keyed hash of what stands in the address: nobody can read the link again.
    token_hash: Mapped[str]
    #: Sealed JSON text: whom it was made for (女儿).
    sealed_for: Mapped[bytes] = sealed_at("family_link:{token_hash}")
    #: The last day on which it opens.
    last_day: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    revoked_at: Mapped[datetime | None]
