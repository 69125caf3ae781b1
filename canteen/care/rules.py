"""Pure decisions about services and providers: what may be recorded and undone, and which provider may serve."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import CONFIRMED_BY, GRADES, PAY_WAYS, SERVICES
from canteen.books import once
from canteen.care.requests import CareRequest, CareVoid, NewAssessment, NewContract

#: A provider that breaks the rules is out for so many years, to the same day (JD-12, AMB-27).
BAN_YEARS = 3
#: A record book may be keyed in for so many days back.
LATEST_KEYING_DAYS = 92
#: A service is undone within so many days of its recording; afterwards the month's claim has gone out.
VOID_DAYS = 31
MOST_PRICE_FEN = 1_000_000

_PERIOD = re.compile(r"20\d{2}(-Q[1-4])?")


@dataclass(frozen=True, slots=True)
class Contract:
    """Days under contract, both inside."""

    from_day: date
    to_day: date
    ended_on: date | None = None

    @property
    def last(self) -> date:
        """The last day after all."""
        return min(self.to_day, self.ended_on or self.to_day)

    def covers(self, day: date) -> bool:
        """Is it in force on a day?"""
        return self.from_day <= day <= self.last


@dataclass(frozen=True, slots=True)
class Ban:
    """Days out of the pool: from the decision to before ``until``."""

    decided_on: date
    until: date
    reason: str

    def covers(self, day: date) -> bool:
        """Is the provider out on a day?"""
        return self.decided_on <= day < self.until


@dataclass(frozen=True, slots=True)
class ProviderStanding:
    """What is known of a provider when a service is recorded."""

    name: str
    #: Kinds it is in the pool for; () every kind.
    services: tuple[str, ...]
    contracts: Sequence[Contract]
    bans: Sequence[Ban]
    #: Grade of the latest assessment; "" for none.
    grade: str = ""

    def word(self, day: date) -> str:
        """``banned``, ``failed``, ``contracted`` or ``no_contract`` on a day."""
        if any(ban.covers(day) for ban in self.bans):
            return "banned"
        if self.grade == "fail":
            return "failed"
        return "contracted" if any(one.covers(day) for one in self.contracts) else "no_contract"


def check_request(request: CareRequest) -> None:
    """Refuse what nobody could have meant. Raises ``BadInput`` naming the field."""
    once.check_key(request.key)
    for field, value, choices in (
        ("kind", request.kind, SERVICES),
        ("pay_way", request.pay_way, PAY_WAYS),
        ("confirmed_by", request.confirmed_by, CONFIRMED_BY),
    ):
        if value not in choices:
            raise BadInput("请从列表中选择", field=field)
    if not 1 <= request.minutes <= 1440:
        raise BadInput("时长要在 1 到 1440 分钟之间", field="minutes")
    if request.price_fen is not None and not 0 <= request.price_fen <= MOST_PRICE_FEN:
        raise BadInput("金额要在 0 到 10000 元之间", field="price")
    if request.confirmed_by != "elder" and not request.confirmer.strip():
        raise BadInput("请写明由谁确认", field="confirmer")


def check_day(day: date, *, today: date) -> None:
    """A service is recorded on its day or after. Raises ``Refusal``."""
    if day > today:
        raise Refusal("day_in_future", "%(day)s 还没有到,不能登记服务", next_step="请检查日期", day=day.isoformat())
    if day < today - timedelta(days=LATEST_KEYING_DAYS):
        raise Refusal(
            "day_too_old",
            "%(day)s 已过去 %(days)s 天以上,不能再补录",
            day=day.isoformat(),
            days=LATEST_KEYING_DAYS,
            next_step="请与民政联系",
        )


def refuse_state(name: str, state: str, since: date | None) -> Refusal | None:
    """Nobody is served after a death or a move; a pause of meals does not stop care."""
    if state not in ("died", "moved"):
        return None
    text = "登记显示 %(name)s 已于 %(since)s 去世" if state == "died" else "%(name)s 已于 %(since)s 迁出"
    return Refusal(
        f"elder_{state}",
        text,
        name=name,
        since=since.isoformat() if since else "",
        next_step="请核对日期;登记有误的,请负责人在「老人」页更正",
    )


def refuse_provider(provider: ProviderStanding, kind: str, day: date) -> Refusal | None:
    """A provider that is banned, has failed, has no contract on the day or is not in the pool for this kind.

    Source: JD-8, JD-12, SG-9.
    """
    fields = {"name": provider.name, "day": day.isoformat()}
    word = provider.word(day)
    ban = next((ban for ban in provider.bans if ban.covers(day)), None)
    if ban is not None:
        return Refusal(
            "provider_banned",
            "「%(name)s」已被取消资格(%(from_day)s 至 %(until)s 前):%(reason)s",
            **fields,
            from_day=ban.decided_on.isoformat(),
            until=ban.until.isoformat(),
            reason=ban.reason,
            next_step="请换一家服务机构",
        )
    if word == "failed":
        return Refusal(
            "provider_failed", "「%(name)s」最近一次考核不合格,已退出", **fields, next_step="请换一家服务机构"
        )
    if word == "no_contract":
        return Refusal(
            "provider_no_contract",
            "「%(name)s」在 %(day)s 没有有效的合同",
            **fields,
            next_step="请核对日期,或请民政登记合同",
        )
    if provider.services and kind not in provider.services:
        return Refusal(
            "provider_other_kind", "「%(name)s」不提供这种服务", **fields, next_step="请换一家服务机构或核对服务种类"
        )
    return None


def same_content(earlier: str, request: CareRequest) -> None:
    """The same key must ask for the same service; ``earlier`` is the fingerprint under which it was recorded."""
    if earlier != request.content():
        raise Refusal("key_reused", "这个一次性编号已用于另一次服务", next_step="请刷新页面,重新填写")


def check_void(request: CareVoid) -> None:
    """A void needs a key and a reason. Raises ``BadInput``."""
    once.check_void(request.key, request.reason, example="例如:登记错人、没有上门")


def may_void(*, recorded_on: date, today: date) -> None:
    """A service is undone within a month of its recording. Raises ``Refusal``."""
    if today > recorded_on + timedelta(days=VOID_DAYS):
        raise Refusal(
            "void_too_late", "登记已超过 %(days)s 天,不能作废", days=VOID_DAYS, next_step="请与民政联系,用更正处理"
        )


def ban_until(decided_on: date) -> date:
    """The same day three years on; of 29 February the 1st of March. Source: JD-12, AMB-27."""
    year = decided_on.year + BAN_YEARS
    if (decided_on.month, decided_on.day) == (2, 29):
        return date(year, 3, 1)
    return decided_on.replace(year=year)


def check_contract(new: NewContract, earlier: Iterable[Contract]) -> None:
    """Days in order and not over another contract. Raises ``BadInput`` or ``Refusal``."""
    if new.to_day < new.from_day:
        raise BadInput("最后一天不能早于第一天", field="to_day")
    for one in earlier:
        if one.from_day <= new.to_day and new.from_day <= one.last:
            raise Refusal(
                "contract_overlaps",
                "与 %(from_day)s 至 %(to_day)s 的合同重叠",
                from_day=one.from_day.isoformat(),
                to_day=one.last.isoformat(),
                next_step="请核对日期,或先提前终止那份合同",
            )


def check_assessment(new: NewAssessment) -> None:
    """A period, a grade, and a day for putting right exactly where that is asked for. Raises ``BadInput``."""
    if not _PERIOD.fullmatch(new.period):
        raise BadInput("考核期写成 2026(年度)或 2026-Q4(季度)", field="period")
    if new.grade not in GRADES:
        raise BadInput("请从列表中选择", field="grade")
    if (new.grade == "pass_with_rectification") != (new.rectify_by is not None):
        raise BadInput("「合格,限期整改」要写整改期限,其他等次不写", field="rectify_by")
