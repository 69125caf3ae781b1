"""The part of a price that one payer carries, as the shares of meals and of services keep it."""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column


class FrozenShare:
    """What a share of a meal and one of a service have in common: it is written once, with its reason."""

    position: Mapped[int] = mapped_column(primary_key=True, sort_order=1)
    #: ``own`` or a public payer named by the scheme.
    payer: Mapped[str] = mapped_column(sort_order=1)
    #: Scheme id and version that decided it; "" for the own part.
    scheme: Mapped[str] = mapped_column(sort_order=1)
    version: Mapped[str] = mapped_column(sort_order=1)
    amount_fen: Mapped[int] = mapped_column(sort_order=1)
    reason_code: Mapped[str] = mapped_column(sort_order=1)
    reason_fields: Mapped[dict[str, Any]] = mapped_column(JSON, sort_order=1)
    #: The sentence as it was shown, in Chinese.
    reason: Mapped[str] = mapped_column(sort_order=1)
