"""Why an amount is what it is, in words that may be printed: arithmetic and neutral codes, never a label."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from canteen.base.money import yuan

#: One sentence a code, of single meals. Fields ending in ``_fen`` are written in yuan, in ``_bp`` as percent.
MEALS = {
    "in_class": "%(class_code)s:%(sentence)s",
    # Paid.
    "norm_half": "标准每月 %(norm_fen)s,已用 %(used_fen)s,本次计入 %(settled_fen)s,自付一半 %(own_fen)s",
    "norm": "标准每月 %(norm_fen)s,已用 %(used_fen)s,本次计入 %(settled_fen)s,自付 %(own_bp)s%% 即 %(own_fen)s",
    "norm_free": "标准每月 %(norm_fen)s,已用 %(used_fen)s,本次计入 %(settled_fen)s,免自付",
    "per_meal": "每餐补助 %(rate_fen)s,不超过餐价,本次补助 %(public_fen)s",
    "percent": "按餐价 %(price_fen)s 的 %(percent_bp)s%% 补助 %(public_fen)s",
    "own_price": "自付 %(own_fen)s,其余 %(public_fen)s 由补助支付",
    "free": "免费用餐,补助 %(public_fen)s",
    "at_most": "每餐最多补助 %(at_most_fen)s,本次补助 %(public_fen)s",
    "cut_sitting": "本餐次补助限额 %(limit_fen)s,已用 %(used_fen)s,本次补助 %(public_fen)s",
    "cut_day": "本日补助限额 %(limit_fen)s,已用 %(used_fen)s,本次补助 %(public_fen)s",
    "cut_week": "本周补助限额 %(limit_fen)s,已用 %(used_fen)s,本次补助 %(public_fen)s",
    "cut_month": "本月补助限额 %(limit_fen)s,已用 %(used_fen)s,本次补助 %(public_fen)s",
    "cut_year": "本年补助限额 %(limit_fen)s,已用 %(used_fen)s,本次补助 %(public_fen)s",
    "rest": "其他补助先付,本项只补其余的 %(public_fen)s",
    "per_day": "每天补助 %(rate_fen)s,本日已用 %(used_fen)s,本次补助 %(public_fen)s",
    "layers": "分级补助共 %(public_fen)s:%(parts)s",
    "layers_some": "分级补助共 %(public_fen)s:%(parts)s;%(lost)s 本次不补",
    "discount": "按 %(price_fen)s 优惠 %(percent_bp)s%%,即 %(public_fen)s",
    "site_discount": "餐价 %(price_fen)s,助餐点优惠后 %(net_fen)s",
    "own_least": "个人至少付 %(own_fen)s,本次补助 %(public_fen)s",
    "purse": "从账户余额 %(balance_fen)s 中支付 %(public_fen)s,还剩 %(left_fen)s",
    "budget_cut": "本项预算只剩 %(left_fen)s,本次补助 %(public_fen)s",
    "gap": "各方预算已用完,缺口 %(gap_fen)s 由运营方先垫付",
    # Eligible, but nothing is paid for this meal.
    "care": "属关爱帮扶,没有补助金额",
    "per_day_used_up": "每天补助 %(rate_fen)s,本日已用完",
    "layers_none": "%(lost)s 本次不补",
    "purse_not_for_meals": "这个账户不用于用餐",
    "budget_used_up": "本项预算已用完,本次不补助",
    "norm_used_up": "标准每月 %(norm_fen)s,已用 %(used_fen)s,没有可补助的余额",
    "meals_sitting": "本餐次最多补助 %(meals)s 餐,已用完",
    "meals_day": "本日最多补助 %(meals)s 餐,已用完",
    "meals_week": "本周最多补助 %(meals)s 餐,已用完",
    "meals_month": "本月最多补助 %(meals)s 餐,已用完",
    "meals_year": "本年最多补助 %(meals)s 餐,已用完",
    "money_sitting": "本餐次补助限额 %(limit_fen)s,已用完",
    "money_day": "本日补助限额 %(limit_fen)s,已用完",
    "money_week": "本周补助限额 %(limit_fen)s,已用完",
    "money_month": "本月补助限额 %(limit_fen)s,已用完",
    "money_year": "本年补助限额 %(limit_fen)s,已用完",
    "second_portion": "本餐次的第二份不补助",
    "waived": "本人已放弃这项补助",
    "site_outside": "用餐地点不在补助地区内",
    "slot": "这个餐次不在补助范围内",
    "site_elsewhere": "不在本人所在地的助餐点用餐,不补助",
    "set_meal_only": "只补助套餐",
    "way": "这种取餐方式不在补助范围内",
    "weekday": "这一天不在补助的星期内",
    "working_day": "只补助工作日用餐",
    "not_booked": "没有预订,只补助预订的餐",
    "booked_late": "%(booked)s 预订,应不晚于 %(until)s",
    "spend_from": "餐价 %(price_fen)s,满 %(bound_fen)s 才有补助",
    "spend_over": "餐价 %(price_fen)s,超过 %(bound_fen)s 才有补助",
    "lower": "同组只取最高的一项,本次按「%(other)s」补助",
    "nothing_left": "其他补助已付清餐价",
    "nothing_due": "按规定计算,本次补助为 0.00",
    # Not eligible.
    "incomplete": "方案缺少数字,不能使用",
    "not_in_force": "用餐当日方案不在有效期内",
    "age": "用餐当日 %(age)s 周岁,不在年龄范围内",
    "hukou": "户籍地不在范围内",
    "residence": "居住地不在范围内",
    "settlement": "城镇或农村类别不在范围内",
    "months": "住满 %(months)s 个月,不在规定的居住时间内",
    "permit": "居住证件不在范围内",
    "sex": "性别不在范围内",
    "not_in_groups": "不在这项补助的人群内",
    "unknown_hukou": "缺少户籍地,不能判定",
    "unknown_residence": "缺少居住地,不能判定",
    "unknown_settlement": "缺少城镇或农村类别,不能判定",
    "unknown_months": "缺少居住起始日期,不能判定",
    "unknown_permit": "缺少居住证件,不能判定",
    "unknown_sex": "缺少性别,不能判定",
    "unknown_ability": "缺少能力评估,不能判定",
    # The elder's own part.
    "own_rest": "餐价 %(price_fen)s,补助 %(public_fen)s,自付 %(own_fen)s",
    "own_all": "没有补助,全部自付 %(own_fen)s",
    # The delivery fee.
    "fee": "送餐费 %(fee_fen)s,补助 %(public_fen)s",
    "own_fee": "送餐费 %(fee_fen)s,自付 %(own_fen)s",
}
#: The same of everything else: purses, services, frequency, money for sites.
OTHERS = {
    # Monthly credits of a purse.
    "credit_month": "每月额度 %(amount_fen)s",
    "credit_months": "每月额度 %(month_fen)s,一次计入 %(months)s 个月,共 %(amount_fen)s",
    "credit_hours": "每月 %(hours)s 小时,每小时 %(rate_fen)s,计 %(amount_fen)s",
    "credit_points": "每月 %(points)s 分,每分 %(rate_fen)s,计 %(amount_fen)s",
    "credit_above": "本地标准 %(standard_fen)s,基础部分 %(base_fen)s,补差额 %(amount_fen)s",
    "credit_not_above": "本地标准 %(standard_fen)s 不高于基础部分 %(base_fen)s,没有差额",
    "credit_no_base": "没有基础部分,按本地标准 %(amount_fen)s",
    "credit_lower": "同组只取最高的一项,按「%(other)s」计",
    "credit_later": "这项额度在 %(months)s 月计入,本月不计",
    "credit_missed": "这个月没有按时计入,按规定不能在这时补计",
    "no_purse": "这个方案没有额度账户",
    "age_month": "按 %(day)s 计 %(age)s 周岁,不在年龄范围内",
    "not_approved": "还没有批准享受这项补助",
    "hospital": "住院期间暂停",
    "left_area": "已迁出,自当日起停止",
    "died": "已去世,自当日起停止",
    "in_institution": "已入住机构,自当日起停止",
    "no_class_any_more": "不再符合条件,自当日起停止",
    "closed": "账户已注销",
    "credit_twice": "这个月的额度已经计入过",
    # Services other than meals.
    "service_no_price": "方案没有写这种服务的价格,请填写服务方的价格",
    "service_not_covered": "这种服务不在支付范围内",
    "service_whole": "由补助支付 %(public_fen)s",
    "service_own": "自付 %(own_fen)s,其余 %(public_fen)s 由补助支付",
    "service_at_most": "每次最多支付 %(at_most_fen)s,本次支付 %(public_fen)s",
    "service_short": "服务 %(minutes)s 分钟,不足 %(least)s 分钟,不支付",
    "service_times_week": "本周最多支付 %(times)s 次,已用完",
    "service_times_month": "本月最多支付 %(times)s 次,已用完",
    "service_times_quarter": "本季度最多支付 %(times)s 次,已用完",
    "service_times_year": "本年最多支付 %(times)s 次,已用完",
    "service_rest": "服务价格 %(price_fen)s,补助 %(public_fen)s,自付 %(own_fen)s",
    "purse_pays": "额度余额 %(left_fen)s,本次支付 %(public_fen)s",
    "purse_empty": "额度没有余额",
    "purse_short": "额度余额 %(left_fen)s,不足以支付 %(due_fen)s,按规定不能办理",
    "wares": "不能用于药品和实物商品",
    "provider_out": "服务方没有有效的合同或已被取消资格",
    # Frequency.
    "frequency_visits": "%(first)s 至 %(last)s 应服务 %(needed)s 次,已 %(done)s 次,已达到",
    "frequency_visits_short": "%(first)s 至 %(last)s 应服务 %(needed)s 次,已 %(done)s 次,还差 %(short)s 次,%(due)s 前补齐",
    "frequency_visits_lost": "%(first)s 至 %(last)s 应服务 %(needed)s 次,已 %(done)s 次,差 %(short)s 次,已过期限",
    "frequency_kinds": "%(first)s 至 %(last)s 应有 %(needed)s 种服务,已 %(done)s 种,已达到",
    "frequency_kinds_short": "%(first)s 至 %(last)s 应有 %(needed)s 种服务,已 %(done)s 种,还差 %(short)s 种,%(due)s 前补齐",
    "frequency_kinds_lost": "%(first)s 至 %(last)s 应有 %(needed)s 种服务,已 %(done)s 种,差 %(short)s 种,已过期限",
    # Money for sites.
    "only_sites": "这个方案只有助餐点的补助,与个人无关",
    "site_other": "不是这一项所指的助餐点",
    "site_unknown": "缺少助餐点的情况(%(what)s),不能计算",
    "site_needs_serves_meals": "没有供餐,不计",
    "site_needs_accepted": "还没有验收,不计",
    "site_needs_in_use": "这段时间没有投入使用,不计",
    "site_not_assessed": "还没有考核,不计",
    "site_failed": "考核不合格,不计",
    "site_too_young": "运行满 %(least)s 个月才计,现为 %(months)s 个月",
    "site_few_days": "供餐 %(days)s 天,满 %(least)s 天才计",
    "site_received": "这一项只给一次,已经给过",
    "site_fixed": "定额 %(amount_fen)s",
    "site_meals_a_day": "计划供餐 %(planned)s 天,每天 %(meals)s 餐的有 %(days)s 天,达到 %(percent)s%%,每年 %(amount_fen)s",
    "site_days_short": "计划供餐 %(planned)s 天,应有 %(needed)s 天(%(percent)s%%),有供餐的 %(days)s 天,未达到",
    "site_each": "%(count)s × %(rate_fen)s,计 %(amount_fen)s",
    "site_tier": "数量 %(count)s,达到 %(start)s 一档,计 %(amount_fen)s",
    "site_tier_each": "数量 %(count)s,达到 %(start)s 一档,每份 %(rate_fen)s,计 %(amount_fen)s",
    "site_marginal": "数量 %(count)s,按档分段计 %(amount_fen)s",
    "site_below": "数量 %(count)s,未达到最低一档 %(start)s",
    "site_ages": "按用餐人年龄计 %(amount_fen)s",
    "site_percent": "投入 %(base_fen)s 的 %(percent_bp)s%%,计 %(amount_fen)s",
    "site_decided": "在 %(low_fen)s 至 %(high_fen)s 之间决定为 %(amount_fen)s:%(why)s",
    "site_to_decide": "在 %(low_fen)s 至 %(high_fen)s 之间,由有权的人决定并写明理由",
    "site_out_of_range": "决定的 %(decided_fen)s 不在 %(low_fen)s 至 %(high_fen)s 之间,不计",
    "site_at_most": "最多 %(at_most_fen)s,计 %(amount_fen)s",
    "site_graded": "考核为「%(grade)s」,按 %(percent_bp)s%% 计 %(amount_fen)s",
    "site_months": "全年 %(whole_fen)s,运行 %(months)s 个月,计 %(amount_fen)s",
    "site_nothing": "数量为 0,不计",
}
WORDS = MEALS | OTHERS


class Reason(NamedTuple):
    """A stable ``code`` (key of ``WORDS``) and its facts: plain numbers and texts that JSON can keep.

    ``class_code`` may be one of the facts of every reason; the sentence then begins with it.
    """

    code: str
    fields: Mapping[str, Any]

    def words(self, translate: Callable[[str], str] = str) -> str:
        """The sentence. ``translate`` may turn the template into another language before it is filled."""
        sentence = translate(WORDS[self.code]) % {key: _shown(key, value) for key, value in self.fields.items()}
        class_code = self.fields.get("class_code")
        if not class_code:
            return sentence
        return translate(WORDS["in_class"]) % {"class_code": class_code, "sentence": sentence}


def _shown(key: str, value: Any) -> str:
    if key.endswith("_fen"):
        return yuan(value)
    if key.endswith("_bp"):
        return f"{value / 100:.2f}".rstrip("0").rstrip(".")
    return str(value)
