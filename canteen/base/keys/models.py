"""The mark of the keys a database belongs to."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base
from canteen.base.db.keeping import not_kept
from canteen.base.db.sealed import sealed_at


class KeyMark(Base):
    """One row: what only the right ``seal.key`` opens, and only the right ``index.key`` finds."""

    __tablename__ = "key_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one"), not_kept("opens with the right keys or not at all"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: A constant.
    sealed: Mapped[bytes] = sealed_at("key_mark")
    #: Keyed hash of the same constant.
    index_hash: Mapped[str]
