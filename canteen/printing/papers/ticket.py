"""小票 and 散客小票: a meal, as the person who eats it gets it on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from canteen.base.words import WORDS
from canteen.printing.drawing.blocks import head, money, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Pair, PrintLine, Qr, Rule, Text
from canteen.printing.papers.facts import PayerShare, ServedFacts
from canteen.printing.papers.neutral import Neutral


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts(ServedFacts):
    """One meal of an elder."""

    kind = "ticket"

    dishes: tuple[str, ...] = ()
    #: 堂食, 自取 …
    way: str
    price_fen: int
    #: With the own part they add up to the price.
    shares: tuple[PayerShare, ...] = ()
    #: Why nobody else pays: what each scheme said.
    unpaid: tuple[Annotated[str, Neutral.instead("不符合补助条件")], ...] = ()
    #: What is left of the entitlement this month, in fen or in words (``本月还剩 12 餐``).
    left_fen: int | None = None
    left_text: Annotated[str, Neutral.instead("本月剩余见柜台")] = ""
    #: Wall time of the canteen, ``11:42``.
    served_at: str
    outside_hours: bool = False
    second_portion: bool = False
    is_guest: bool = False
    #: What the QR code holds: the serving's number or id, never anything about the person. "" for no code.
    qr: str = ""

    @property
    def opens_drawer(self) -> bool:
        return self.own_fen > 0 and self.pay_way == WORDS["pay_way"]["cash"]

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, self.slot_name)
        yield title(self.number)
        yield Text(self._called(), scale=2, align="center")
        for mark, is_set in (("第二份 不享受补贴", self.second_portion), ("非供餐时段", self.outside_hours)):
            if is_set:
                yield Text(f"※ {mark}", bold=True, align="center")
        yield Rule()
        yield Pair(self.set_name, self.way, bold=True)
        if self.dishes:
            yield Text("、".join(self.dishes))
        yield Rule()
        yield Pair("餐价", money(self.price_fen))
        for share in self.shares:
            yield Pair(share.label, money(share.amount_fen))
            if share.reason:
                yield Text(f"  {share.reason}")
        for reason in self.unpaid:
            yield Text(f"  {reason}")
        yield Pair("自付", money(self.own_fen), scale=2, bold=True)
        yield Pair("支付方式", self.pay_way)
        if self.left_fen is not None:
            yield Pair("本月剩余", money(self.left_fen))
        if self.left_text:
            yield Text(self.left_text)
        yield Rule()
        yield Pair(f"时间 {self.served_at}", f"经手 {self.staff_name}")
        if self.qr:
            yield Qr(self.qr)

    def _called(self) -> str:
        """Who eats: the name, or that it is a guest and of which kind."""
        if self.is_guest and "散客" not in self.person_name:
            return f"散客 {self.person_name}".rstrip()
        return self.person_name


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTicketFacts(TicketFacts):
    """One meal of a guest; ``person_name`` is "" or what the guest is called."""

    kind = "guest_ticket"

    is_guest: bool = True
