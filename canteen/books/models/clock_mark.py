"""The last instant at which the computer's clock was believed."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canteen.base.db import Base
from canteen.base.db.keeping import not_kept


class ClockMark(Base):
    """One row: moved on while the program is in use, and set by whoever confirms the day when there was a doubt."""

    __tablename__ = "clock_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one"), not_kept("moves on; who confirms a day is in the trail"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
