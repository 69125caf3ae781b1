"""The part of a price that one payer carries, as the shares of meals and of services keep it."""

from sqlalchemy.orm import Mapped, mapped_column


class FrozenShare:
    """What a share of a meal and one of a service have in common: it is written once. Why it is so much is sealed in
    the meal or service (``books/shares.py``)."""

    position: Mapped[int] = mapped_column(primary_key=True, sort_order=1)
    #: ``own`` or a public payer named by the scheme.
    payer: Mapped[str] = mapped_column(sort_order=1)
    #: Scheme id and version that decided it; "" for the own part.
    scheme: Mapped[str] = mapped_column(sort_order=1)
    version: Mapped[str] = mapped_column(sort_order=1)
    amount_fen: Mapped[int] = mapped_column(sort_order=1)
