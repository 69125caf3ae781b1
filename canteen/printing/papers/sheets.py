"""The papers of the kitchen, the routes and the day: facts to lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from canteen.printing.drawing.flow import columns
from canteen.printing.drawing.lines import Gap, Line, Pair, Rule, Text
from canteen.printing.papers.pieces import head, largest, money, title
from canteen.printing.papers.sheet_facts import (
    Change,
    ChangeFacts,
    ClosingFacts,
    Count,
    DayFacts,
    DoorFacts,
    Expected,
    KitchenFacts,
    LabelFacts,
    RouteFacts,
)

#: A sheet for hands: where something is written.
_BLANK = "________"


def kitchen_lines(facts: KitchenFacts, width: int) -> Iterator[Line]:
    """How many of what: the sets in large type, the ways below, then the diets."""
    yield from head(facts.site_name, facts.day, facts.slot_name)
    yield title("厨房备餐单")
    if facts.edition > 1:
        yield Text(f"第{facts.edition}张 以这张为准", bold=True, align="center")
    yield Rule("=")
    for one in facts.sets:
        yield Pair(one.set_name or "未定", f"{one.meals}份", scale=2, bold=True)
        if one.ways:
            yield from _listed(one.ways, width)
        yield Rule()
    yield Pair("合计", f"{facts.total}份", scale=2, bold=True)
    yield Rule("=")
    if facts.diets:
        yield Text("忌口与软食(已含在合计里)", bold=True)
        for diet in facts.diets:
            yield Pair(diet.name, f"{diet.meals}份", bold=True)
    else:
        yield Text("没有登记忌口与软食。")
    yield Rule()
    yield Pair(f"统计 {facts.counted_at}", f"经手 {facts.staff_name}")


def _listed(counts: Iterable[Count], width: int) -> Iterator[Line]:
    """堂食 120  自取 40: a name and its number never stand on two lines."""
    line = ""
    for one in counts:
        item = f"{one.name} {one.meals}"
        if line and columns(line) + 2 + columns(item) > width:
            yield Text(line)
            line = item
        else:
            line = f"{line}  {item}" if line else item
    if line:
        yield Text(line)


def change_lines(facts: ChangeFacts) -> Iterator[Line]:
    """What is other than the kitchen was told: before, now, and what to do."""
    yield from head(facts.site_name, facts.day, facts.slot_name)
    yield title("备餐变更单")
    yield Text(f"第{facts.edition}张", bold=True, align="center")
    yield Rule("=")
    for change in facts.changes:
        yield from _change(change)
    yield Pair("合计", f"{facts.total_before}→{facts.total}", scale=2, bold=True)
    yield Rule("=")
    if facts.diet_changes:
        yield Text("忌口与软食", bold=True)
        for change in facts.diet_changes:
            yield Pair(change.name, f"{change.before}→{change.after}份", bold=True)
        yield Rule()
    yield Pair(f"统计 {facts.counted_at}", f"经手 {facts.staff_name}")


def _change(change: Change) -> Iterator[Line]:
    more = change.after - change.before
    yield Pair(change.name or "未定", f"{change.before}→{change.after}", scale=2, bold=True)
    yield Pair("", f"{'多做' if more > 0 else '少做'} {abs(more)} 份", bold=True)
    yield Rule()


def label_lines(label: LabelFacts, width: int) -> Iterator[Line]:
    """What is stuck on a meal box: read at arm's length, by the one who carries and the one who eats."""
    yield Pair(label.site_name, f"{label.day.month}月{label.day.day}日 {label.slot_name}")
    yield Text(label.person_name, scale=largest(label.person_name, width), bold=True, shapes="whole")
    place = f"{label.route_name} {label.position}/{label.doors}" if label.position else label.route_name
    yield Pair(label.where, place)
    yield Rule()
    if label.set_name:
        yield Text(label.set_name, scale=2)
    if label.diet:
        yield Text(f"※{label.diet}", scale=2, bold=True)
    yield Rule()
    yield Pair(f"{label.packed_at} 装盒", "请当餐吃完 不要隔餐")


def route_lines(facts: RouteFacts) -> Iterator[Line]:
    """The doors in walking order, each with boxes to tick."""
    yield from head(facts.site_name, facts.day, facts.slot_name)
    yield title("送餐路线单")
    yield Pair(facts.route_name, f"{len(facts.doors)}户", scale=2, bold=True)
    yield Pair(f"志愿者 {facts.volunteer or _BLANK}", f"出发 {_BLANK}")
    yield Rule("=")
    for door in facts.doors:
        yield from _door(door)
        yield Rule()
    if facts.site_phone:
        yield Text(f"无人应答:请马上打 {facts.site_phone}", bold=True)
    else:
        yield Text("无人应答:请马上告诉站点负责人", bold=True)
    yield Text("这张单子有住址,送完请交回站点。", bold=True)
    yield Pair(f"打印 {facts.printed_at}", f"经手 {facts.staff_name}")


def _door(door: DoorFacts) -> Iterator[Line]:
    yield Pair(f"{door.position} {door.person_name}", door.set_name, scale=2, bold=True)
    place = f"{door.where} {door.address}".strip()
    if place:
        yield Text(place)
    if door.hint:
        yield Text(door.hint)
    if door.diet:
        yield Text(f"※ {door.diet}", bold=True)
    if door.pay_way:
        yield Text(f"付款:{door.pay_way}")
    yield Pair("□送到  □无人应答", f"时间 {_BLANK}")


def day_lines(facts: DayFacts, width: int) -> Iterator[Line]:
    """Who ordered, to be ticked with a pen; keyed in after the meal."""
    yield from head(facts.site_name, facts.day, facts.slot_name)
    yield title("手工登记单")
    yield Pair(f"已订 {len(facts.lines)} 人", f"打印 {facts.printed_at} {facts.staff_name}")
    yield Text("来一位,在□里打√,圈出付款方式。应付按打印时的资料算,收的不同请改写。")
    yield Rule("=")
    for place, line in enumerate(facts.lines, 1):
        yield from _expected(place, line, width)
    yield Text("没有订餐就来的(写姓名)", bold=True)
    for place in range(len(facts.lines) + 1, len(facts.lines) + facts.blanks + 1):
        yield Gap()
        yield Text(f"□{place:>3} " + "_" * (width - 6))
        yield Pair("", _PAID)
    yield Rule("=")
    yield Pair("实到______人", f"自付合计{_BLANK}")
    yield Gap()
    yield Text(f"登记人{_BLANK}  补录人{_BLANK}")


#: Where own part and way of paying are written on a day sheet.
_PAID = "自付__________ 现金/扫码/月结"


def _expected(place: int, line: Expected, width: int) -> Iterator[Line]:
    name, what = f"□{place:>3} {line.person_name}", " ".join(filter(None, (line.where, line.set_name, line.way)))
    if columns(name) + columns(what) < width:
        yield Pair(name, what, bold=True)
    else:
        yield Text(name, bold=True)
        yield Pair("", what)
    if line.own_fen is None:
        yield Pair("", _PAID)
    else:
        yield Pair(f"应付{money(line.own_fen)}", "现金/扫码/月结", bold=True)
    yield Rule()


def closing_lines(facts: ClosingFacts, width: int) -> Iterator[Line]:
    """The day in sums: meals, who carries them, and what the drawer should hold."""
    yield from head(facts.site_name, facts.day, "")
    yield title("日结单")
    yield Rule("=")
    for slot in facts.slots:
        yield Pair(slot.slot_name, f"用餐 {slot.served}", scale=2, bold=True)
        yield Pair(f"订餐 {slot.ordered}  没有来 {slot.not_come}", f"其中散客 {slot.guests}")
        yield Rule()
    if facts.ways:
        yield from _listed(facts.ways, width)
    yield Pair(f"第二份 {facts.second_portions}", f"作废 {facts.voided}(不计入)")
    yield Rule("=")
    yield Pair("餐费合计", money(facts.price_fen), bold=True)
    for payer in facts.payers:
        yield Pair(f"  {payer.label}", money(payer.amount_fen))
    yield Pair("自付合计", money(facts.own_fen), bold=True)
    for taking in facts.takings:
        yield Pair(f"  {taking.pay_way} {taking.meals}笔", money(taking.amount_fen))
    yield Rule("=")
    cash = sum(taking.amount_fen for taking in facts.takings if taking.is_cash)
    yield Text("钱箱里应有的", bold=True)
    yield Pair("现金", money(cash), scale=2, bold=True)
    yield Gap()
    yield Pair("实点现金", "____________")
    yield Gap()
    yield Pair("差额", "____________")
    yield Gap()
    yield Text(f"经手{_BLANK}  复核{_BLANK}")
    yield Pair(f"打印 {facts.printed_at}", facts.staff_name)
