"""What in purses, services, frequency and site money can be read but can hardly be meant. See ``doubts.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from canteen.base.words import SERVICES
from canteen.schemes.language.site_money import SiteMoney

if TYPE_CHECKING:
    from canteen.schemes.language.scheme import Scheme


def beyond_doubts(scheme: Scheme) -> Iterator[str]:
    """One Chinese sentence each, beginning with its place."""
    yield from _of_purse(scheme)
    yield from _of_services(scheme)
    yield from _of_frequency(scheme)
    for one in scheme.site_money:
        yield from _of_site_money(one)


def _of_purse(scheme: Scheme) -> Iterator[str]:
    if scheme.purse is None:
        return
    if scheme.purse.above == scheme.id:
        yield "purse.above:写的是方案自己,永远没有差额"
    if scheme.missing:
        return
    for number, one in enumerate(scheme.classes, start=1):
        if one.credit is not None and not any(one.credit.fen.values()):
            place = f"classes[{number}].credit" if one.code else "credit"
            yield f"{place}:额度是 0,什么也不计"


def _of_services(scheme: Scheme) -> Iterator[str]:
    for number, terms in enumerate(scheme.services, start=1):
        if scheme.purse is not None and not scheme.purse.buys(terms.kind):
            yield f"services[{number}]:「{SERVICES.get(terms.kind, terms.kind)}」不在 purse.pays_for 里,永远用不到"
        if terms.own_bp == 100_00 or terms.at_most_fen == 0 or terms.times == 0:
            yield f"services[{number}]:全部由本人自付,方案什么也不付"


def _of_frequency(scheme: Scheme) -> Iterator[str]:
    for number, rule in enumerate(scheme.frequency, start=1):
        if rule.kinds and rule.of and rule.kinds > len(rule.of):
            yield f"frequency[{number}].kinds:要 {rule.kinds} 种,of 里只有 {len(rule.of)} 种,永远达不到"


def _of_site_money(one: SiteMoney) -> Iterator[str]:
    reached: list[tuple[int, int]] = []
    for number, rate in enumerate(one.ages, start=1):
        if any(low <= rate.lowest and rate.highest <= high for low, high in reached):
            yield f"{one.where}.by_age[{number}]:前面的年龄段已经包括,永远用不到"
        reached.append((rate.lowest, rate.highest))
    for earlier, tier in zip(one.tiers, one.tiers[1:], strict=False):
        keys = set(earlier.money.fen) & set(tier.money.fen)
        if (
            earlier.is_each == tier.is_each
            and not one.is_marginal
            and not tier.is_each
            and any(tier.money.fen[key] < earlier.money.fen[key] for key in keys)
        ):
            yield f"{one.where}.tiers:从 {tier.start} 起的金额比前一档少,请核对"
    if one.grades and not any(percent_bp for _, percent_bp in one.grades):
        yield f"{one.where}.grades:各等级都是 0,永远没有金额"
