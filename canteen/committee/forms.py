"""What the committee's pages may be asked for: text in an address becomes types here."""

from collections.abc import Mapping
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.fields import iso_day_or_none, one_of, or_none, whole
from canteen.base.months import month_bounds
from canteen.base.words import SLOTS, WAYS
from canteen.committee.rules import NO_CLASS, NamesFilter

#: An id; None when none is given.
number = or_none(whole(1, 10**15 - 1, "请从列表中选择", next_step="请返回上一页重新选择"))


def read_names(args: Mapping[str, str], *, site_ids: tuple[int, ...], today: date, by_class: bool) -> NamesFilter:
    """Which meals to show; without days those of this month. Raises ``BadInput``, also for those of a class unless
    ``by_class``: a list of names by class says what each of them is."""
    month_first, month_last = month_bounds(today)
    first = iso_day_or_none(args.get("first", "")) or month_first
    class_code = args.get("class")
    if class_code is not None and len(class_code) > 10:
        raise BadInput("请从列表中选择", field="class")
    if class_code is not None and not by_class:
        raise BadInput("名单不按类别分", field="class", next_step="各类别的份数在整月过完后的统计里")
    return NamesFilter(
        site_ids=site_ids,
        first=first,
        last=iso_day_or_none(args.get("last", "")) or max(first, month_last),
        slot=one_of(("", *SLOTS))(args.get("slot", "")),
        way=one_of(("", *WAYS))(args.get("way", "")),
        class_code="" if class_code == NO_CLASS else class_code or None,
        who=one_of(("", "elders", "guests"))(args.get("who", "")),
        voided=args.get("voided", "") == "1",
    )
