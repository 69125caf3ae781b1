"""Pure decisions of the counter: what may be served or undone, and the words of every refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput, Refusal
from canteen.base.money import yuan
from canteen.base.words import GUEST_KINDS, PAY_WAYS, SLOTS, WAYS
from canteen.books import once
from canteen.books.once import check_key
from canteen.counter.requests import ServeRequest, VoidRequest

#: A paper sheet may be keyed in for so many days back.
LATEST_KEYING_DAYS = 366
#: Meals under one key.
MOST_PORTIONS = 9
#: How long "undo" needs no reason of its own.
UNDO_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SetOffer:
    """One set of today's menu and how many of it are left (None: nobody counted what was cooked)."""

    name: str
    price_fen: int
    dishes: str
    tags: str
    left: int | None


@dataclass(frozen=True, slots=True)
class EarlierServing:
    """The first portion of this elder in this sitting."""

    number: str
    site_name: str
    #: Wall time, ``11:42``.
    time: str
    till: str


#: What is chosen out of a few words: the field, its name in the sentence, the words, and what is said of another.
_CHOSEN = (
    ("slot", "slot", SLOTS, "没有「%(slot)s」这个餐次"),
    ("way", "way", WAYS, "没有「%(way)s」这种取餐方式"),
    ("pay_way", "pay_way", PAY_WAYS, "没有「%(pay_way)s」这种付款方式"),
    ("guest_kind", "kind", GUEST_KINDS, "没有「%(kind)s」这类散客"),
)


def check_request(request: ServeRequest) -> None:
    """Refuse what no counter could have meant. Raises ``BadInput`` naming the field."""
    check_key(request.key)
    for field, key, allowed, wrong in _CHOSEN:
        word = getattr(request, field)
        if word not in allowed and not (word == "" and field in ("slot", "guest_kind")):
            raise BadInput(wrong, field=field, next_step="可用:%(choices)s", choices=allowed, **{key: word})
    if request.pay_way == "purse" and request.guest_kind:
        raise BadInput("散客没有自有资金", field="pay_way", next_step="请收现金或扫码")
    who = sum((bool(request.card), request.elder_id is not None, bool(request.guest_kind)))
    if who != 1:
        raise BadInput("要有卡号、老人编号或散客中的一项,并且只能有一项", field="card", next_step="请重新刷卡或查找")
    if not 1 <= request.portions <= MOST_PORTIONS or (request.guest_kind and request.portions > 1):
        raise BadInput("份数要在 1 到 %(most)s 之间", field="portions", most=1 if request.guest_kind else MOST_PORTIONS)
    if request.way == "proxy" and not (request.collected_by and request.relation):
        raise BadInput("代领要写明谁来领、是什么关系", field="collected_by", next_step="请填写代领人和关系")
    for name in ("collected_by", "relation", "set_name", "till"):
        if len(getattr(request, name)) > 60:
            raise BadInput("内容太长,最多 60 个字", field=name, next_step="请缩短后再试")


def serving_day(wanted: date | None, *, today: date) -> date:
    """The canteen day a serving counts for. A future day or one too long ago is refused."""
    day = wanted or today
    if day > today:
        raise Refusal("day_in_future", "%(day)s 还没有到,不能登记用餐", next_step="请检查日期", day=day.isoformat())
    if day < today - timedelta(days=LATEST_KEYING_DAYS):
        raise Refusal("day_too_old", "%(day)s 已超过一年,不能再补录", next_step="请与民政联系更正", day=day.isoformat())
    return day


def check_shown_day(request: ServeRequest, *, today: date) -> None:
    """Refuse (``day_changed``) a meal offered on a page of another day: midnight passed, or the clock was moved."""
    if request.shown_day is not None and request.day is None and request.shown_day != today:
        raise Refusal(
            "day_changed",
            "页面是 %(shown)s 打开的,现在是 %(today)s,没有登记",
            next_step="请重新查找再登记;是 %(shown)s 的用餐,就在柜台上改成那一天补录",
            shown=request.shown_day.isoformat(),
            today=today.isoformat(),
        )


def refuse_state(name: str, state: str, *, since: date | None, until: date | None, reason: str) -> Refusal | None:
    """Why a person who is paused, has moved or has died is not served; None for the active."""
    days = {"name": name, "since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
    if state == "died":
        return Refusal(
            "elder_died",
            "登记显示 %(name)s 已于 %(since)s 去世",
            **days,
            next_step="如登记有误,请负责人在「老人」页更正;来人用餐可按散客登记",
        )
    if state == "moved":
        return Refusal(
            "elder_moved",
            "%(name)s 已于 %(since)s 迁出",
            **days,
            next_step="如仍在本地居住,请负责人更正;今天可按散客登记",
        )
    if state == "paused":
        text = "%(name)s 从 %(since)s 到 %(until)s 暂停用餐" if until else "%(name)s 从 %(since)s 起暂停用餐"
        return Refusal("elder_paused", text, **days, next_step="如已恢复,请负责人结束暂停;今天可按散客登记")
    return None


def refuse_portion(
    name: str, earlier: EarlierServing | None, *, second_portion: bool, day: date, slot_name: str
) -> Refusal | None:
    """One first portion an elder and sitting, whatever the site; a second one only after a first."""
    if earlier and not second_portion:
        return already_served(name, earlier, day=day, slot_name=slot_name)
    if second_portion and not earlier:
        return Refusal(
            "no_first_portion", "%(name)s 这一餐还没有登记第一份", next_step="请按第一份登记,可以享受补助", name=name
        )
    return None


def refuse_own_money(name: str, *, own_fen: int, left_fen: int) -> Refusal | None:
    """An own part is paid out of own money whole, or not at all."""
    if left_fen >= own_fen:
        return None
    return Refusal(
        "own_money_short",
        "%(name)s 的自有资金还有 %(left)s 元,不够自付 %(own)s 元",
        name=name,
        next_step="请改收现金或扫码,或先充值",
        left=yuan(left_fen),
        own=yuan(own_fen),
    )


def already_served(name: str, earlier: EarlierServing, *, day: date, slot_name: str) -> Refusal:
    """Where and when the first portion was, so that the clerk can tell the elder."""
    where = f"{earlier.site_name}({earlier.till})" if earlier.till else earlier.site_name
    return Refusal(
        "already_served",
        "%(name)s %(day)s %(slot)s已于 %(time)s 在 %(where)s 用餐,单号 %(number)s",
        next_step="要再来一份,请选「第二份(自费)」;若登记错了,请先作废那一份",
        name=name,
        day=day.isoformat(),
        slot=slot_name,
        time=earlier.time,
        where=where,
        number=earlier.number,
    )


def choose_set(sets: Sequence[SetOffer], name: str, *, ordered: str = "", day: date, slot_name: str) -> SetOffer:
    """The set that was asked for; without a name the one that was ordered, or the first that is not sold out.

    A name may be shortened when only one set begins so ("A" for "A套餐").
    """
    if not sets:
        raise Refusal(
            "no_menu",
            "%(day)s %(slot)s没有菜单,不知道价格",
            next_step="请负责人先在「菜单」页录入这一餐",
            day=day.isoformat(),
            slot=slot_name,
        )
    if not name:
        there = [offer for offer in sets if offer.left != 0]
        return next((offer for offer in there if offer.name == ordered), there[0] if there else sets[0])
    fitting = [offer for offer in sets if offer.name == name] or [o for o in sets if o.name.startswith(name)]
    if len(fitting) != 1:
        raise Refusal(
            "unknown_set",
            "菜单里没有「%(name)s」",
            next_step="今天可选:%(sets)s",
            name=name,
            sets="、".join(offer.name for offer in sets),
        )
    return fitting[0]


def refuse_sold_out(offer: SetOffer, portions: int = 1) -> Refusal | None:
    """Nobody is served a meal that was not cooked."""
    if offer.left is not None and 0 < offer.left < portions:
        return Refusal(
            "too_few_left",
            "%(name)s 只剩 %(left)s 份,不够 %(portions)s 份",
            next_step="请先登记 %(left)s 份,其余换一种套餐",
            name=offer.name,
            left=offer.left,
            portions=portions,
        )
    if offer.left is not None and offer.left <= 0:
        return Refusal(
            "sold_out",
            "%(name)s 已经发完",
            next_step="请换一种套餐;若厨房又做了,请负责人在菜单里改份数",
            name=offer.name,
        )
    return None


def same_content(earlier: str, request: ServeRequest) -> None:
    """The same key must ask for the same meal; ``earlier`` is the fingerprint under which it was served."""
    if earlier != request.content():
        raise Refusal("key_reused", "这个一次性编号已用于另一份用餐", next_step="请刷新页面,重新刷卡")


def check_void(request: VoidRequest) -> None:
    """A void needs a key and a reason of at least two characters. Raises ``BadInput``."""
    once.check_void(request.key, request.reason, example="例如:刷错卡、老人没有取餐")


def may_void(*, number: str, day: date, keyed_on: date, today: date) -> None:
    """A serving is undone on its own day, or on the day it was keyed in."""
    if today not in (day, keyed_on):
        raise Refusal(
            "void_too_late",
            "单号 %(number)s 是 %(day)s 的,过了当天不能作废",
            next_step="请告诉站点负责人,在月结前用更正处理",
            number=number,
            day=day.isoformat(),
        )


def already_voided(*, number: str, time: str, reason: str) -> Refusal:
    """Somebody undid it before."""
    return Refusal(
        "already_voided",
        "单号 %(number)s 已于 %(time)s 作废:%(reason)s",
        next_step="不用再作废",
        number=number,
        time=time,
        reason=reason,
    )


def serving_number(day: date, sequence: int) -> str:
    """What is printed and asked for: month, day and the running number of the site's day (``1121-017``)."""
    return f"{day:%m%d}-{sequence:03d}"
