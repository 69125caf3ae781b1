"""The classes of a scheme (``[[classes]]``): who is in each, how much it gets, and its caps (``[[caps]]``)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from canteen.base.money import yuan
from canteen.schemes.language.amounts import Amount, Care, Free, MonthlyNorm, PerDay, read_amount
from canteen.schemes.language.conditions import EVERYBODY, Condition, read_condition
from canteen.schemes.language.purse import MonthlyCredit, read_credit
from canteen.schemes.language.rates import LASTING, Rate, read_numbers, read_rate
from canteen.schemes.language.reader import Table, neutral

#: Periods a cap may count over, shortest first. A week runs from Monday to Sunday.
PERIODS = ("sitting", "day", "week", "month", "year")
_PER = dict(zip(PERIODS, ("每餐次", "每日", "每周", "每月", "每年"), strict=True))
#: How often the shorter period fits into the longer one at most; a week has parts in two months, so it is not here.
_TIMES = {("day", "week"): 7, ("day", "month"): 31, ("day", "year"): 366, ("month", "year"): 12, ("week", "year"): 54}


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many subsidised meals, or so much subsidy in fen, in each period."""

    per: str
    limit: Rate
    counts_meals: bool


@dataclass(frozen=True, slots=True)
class SchemeClass:
    """One class of people and what they get."""

    #: Neutral and printable (六类); "" when the scheme has no classes.
    code: str
    #: What the notice calls them; for the eyes of those who may see statuses.
    name: str
    when: Condition
    amount: Amount
    #: The caps of the scheme and those of the class, by meals and by money.
    meal_caps: tuple[Cap, ...]
    money_caps: tuple[Cap, ...]
    #: What the purse of the scheme is credited for a month; None in a scheme without a purse.
    credit: MonthlyCredit | None = None

    @property
    def periods(self) -> set[str]:
        """The periods whose use decides what is left."""
        periods = {cap.per for cap in (*self.meal_caps, *self.money_caps)}
        return periods | ({self.amount.period} if isinstance(self.amount, MonthlyNorm | PerDay) else set())


def read_classes(top: Table) -> tuple[SchemeClass, ...]:
    """The classes in order. Without any, the scheme is one class without a code that holds for everybody."""
    if isinstance(found := top.take("classes"), list):
        codes = [item.get("code") for item in found if isinstance(item, dict)]
        top.notes.codes = tuple(code for code in codes if isinstance(code, str) and code)
    caps = top.parts("caps", read_cap)
    amount = read_amount(top.table("amount")) if top.has("amount") else None
    credit = top.part("credit", read_credit)
    purse = top.has("purse")
    if purse and amount is None:
        amount = Free(None)  # What a purse pays of a meal is limited by its balance, unless the scheme says more.
    if credit is not None and not purse:
        top.notes.problems.append("credit:只用于有 [purse] 的方案")
    if amount is None and top.has("services"):
        amount = Care()  # A scheme of services pays no meals.
    if not top.has("classes"):
        if amount is None and (top.has("site_money") or top.has("operating_grant")):
            return ()  # Money for sites only: nobody is in a class.
        if amount is None:
            top.notes.lacks("amount", "一个表:补多少(或在 classes 里分类写)")
            return ()
        if purse and credit is None:
            top.notes.lacks("credit", "一个表:每月计入多少(或在 classes 里分类写)")
        return (SchemeClass("", "", EVERYBODY, amount, *by_kind(caps), credit),)
    classes: list[SchemeClass] = []
    for table in top.tables("classes"):
        code = neutral(table, "code", longest=10)
        table.once("code", code, [earlier.code for earlier in classes], ",每一类的代号不能相同")
        own_amount = read_amount(table.table("amount")) if table.has("amount") or amount is None else amount
        when, name = read_condition(table.table("when")), table.text("name", default="")
        own_credit = _read_class_credit(table, purse, credit)
        own_caps = by_kind(caps + table.parts("caps", read_cap))
        classes.append(SchemeClass(code, name, when, own_amount, *own_caps, own_credit))
        table.done_with_source()
    return tuple(classes)


def _read_class_credit(table: Table, purse: bool, common: MonthlyCredit | None) -> MonthlyCredit | None:
    """The credit of a class: its own, else that of the scheme; only in a scheme with a purse, where it must be."""
    if purse and not table.has("credit"):
        if common is None:
            table.notes.lacks(table.path("credit"), "一个表:这一类每月计入多少")
        return common
    if purse:
        return table.part("credit", read_credit)
    if table.has("credit"):
        table.notes.problems.append(f"{table.path('credit')}:只用于有 [purse] 的方案")
    return None


def read_cap(table: Table) -> Cap:
    """One of ``caps`` of a scheme or a class."""
    per = table.choice("per", PERIODS)
    if table.exactly_one("meals", "yuan", "meals(餐数)和 yuan(金额)"):
        return Cap(per, read_numbers(table, "meals", _read_meals, LASTING), counts_meals=True)
    return Cap(per, read_rate(table, "yuan", LASTING), counts_meals=False)


def _read_meals(table: Table, key: str) -> int:
    return table.whole(key, 0, 10_000)


def by_kind(caps: tuple[Cap, ...]) -> tuple[tuple[Cap, ...], tuple[Cap, ...]]:
    """Caps in meals and caps in money. One subsidised meal a sitting, unless the scheme states another number."""
    by_meals = tuple(cap for cap in caps if cap.counts_meals)
    if not any(cap.per == "sitting" for cap in by_meals):
        by_meals = (Cap("sitting", Rate("", {"": 1}), counts_meals=True), *by_meals)
    return by_meals, tuple(cap for cap in caps if not cap.counts_meals)


def doubts_of_caps(one: SchemeClass, where: str, *, slots: int) -> Iterator[str]:
    """Caps of 0, and caps that another one always reaches first. ``slots``: how many meals of a day are subsidised."""
    for caps, shown in ((one.meal_caps, "{} 餐".format), (one.money_caps, yuan)):
        stated = [(cap.per, limit) for cap in caps if (limit := cap.limit.plain) is not None]
        yield from _doubts(stated, shown, where, slots)


def _doubts(caps: list[tuple[str, int]], shown: Callable[[int], str], where: str, slots: int) -> Iterator[str]:
    times = {**_TIMES, ("sitting", "day"): slots}
    for per, limit in caps:
        if limit == 0:
            yield f"{where}:{_PER[per]}的上限是 0,这样从不补助"
    for number, (per, limit) in enumerate(caps):
        if per in [earlier for earlier, _ in caps[:number]] and (per, limit) != ("sitting", 1):
            yield f"{where}:{_PER[per]}的上限写了两条,只有较低的一条起作用"
    for short, less in caps:
        for long, more in caps:
            if PERIODS.index(short) >= PERIODS.index(long) or not less or not more:
                continue
            most = times.get((short, long))
            if less >= more and not (short == "sitting" and less == 1):
                yield f"{where}:{_PER[short]}上限 {shown(less)} 不低于{_PER[long]}上限 {shown(more)},{_PER[short]}的一条不起作用"
            elif most is not None and more >= less * most:
                yield f"{where}:{_PER[long]}上限 {shown(more)} 到不了({_PER[short]}最多 {shown(less)}),{_PER[long]}的一条不起作用"
