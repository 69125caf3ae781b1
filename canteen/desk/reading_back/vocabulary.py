"""Keys and values of the scheme language as people say them. What is not here is shown as it is written."""

from canteen.base.words import SERVICES, STATUSES, WORDS
from canteen.schemes.language.purse import WARES

#: Key -> what it is about.
KEYS: dict[str, str] = {
    **{"id": "方案编号", "version": "版本", "name": "名称", "source": "出处", "valid_from": "有效期起"},
    **{"valid_to": "有效期止", "stack_group": "组别", "eligible": "共同条件", "classes": "类别"},
    **{"choose": "符合几类时", "code": "代号", "when": "条件"},
    # How much.
    **{"amount": "金额", "kind": "种类", "yuan": "金额(元)", "own_yuan": "自付价", "at_most_yuan": "最多补助"},
    **{"percent": "百分比", "own_percent": "自付比例", "own_at_least_yuan": "至少自付", "layers": "分级补助"},
    **{"rounding": "进位", "mode": "进位方式"},
    # Which meals.
    **{"slots": "餐次", "ways": "用餐方式", "weekdays": "星期", "set_meal_only": "只补套餐"},
    **{"working_days_only": "只补工作日", "spend": "起补金额", "site_area": "用餐地点", "booking": "预订"},
    **{"before": "早于", "by": "由谁", "days_before": "提前天数", "delivery": "送餐费", "free": "免费"},
    **{"with_fee": "餐价含送餐费", "part_month": "不满一个月时", "caps": "限额", "per": "每", "meals": "餐数"},
    # Who pays.
    **{"funding": "谁出钱", "payer": "出资方", "budget_yuan": "预算", "budget_per": "预算周期"},
    **{"funding_order": "出资顺序", "when_exhausted": "预算用完时"},
    # Who.
    **{"age": "年龄", "from": "满", "over": "超过", "to": "到", "under": "不满", "on": "按", "hukou": "户籍"},
    **{"residence": "居住地", "site": "助餐点", "settlement": "城镇或农村", "any_status": "有其中一种身份"},
    **{"all_status": "同时有这些身份", "ability": "能力评估", "living": "居住情况", "resident_months": "居住满几个月"},
    **{"permit": "居住证件", "sex": "性别", "all": "全部满足", "any": "满足一项", "not": "排除", "in": "范围"},
    **{"except": "除外", "same": "同一", "class": "类别", "price": "餐价", "way": "用餐方式", "slot": "餐次"},
    # Sites.
    **{"operating_grant": "运营补贴", "tiers": "档次", "meals_a_day": "每天餐数", "threshold_percent": "完成比例"},
    **{"pro_rata": "折算", "site_money": "站点资金", "basis": "计算依据", "each_yuan": "每份", "by_age": "按年龄"},
    **{"least_months": "最少运行月数", "least_service_days": "最少供餐天数", "operating_model": "运营方式"},
    **{"needs": "前提", "sites": "哪些站点", "premises": "场地", "ownership": "性质", "size_of": "规模单位"},
    **{"tiers_count": "档次算法", "grades": "考核等次", "grade": "等次", "payback_years": "退还年限"},
    **{"payback": "退还", "from_yuan": "最少"},
    # Purses and services.
    **{"purse": "额度账户", "credit": "每月额度", "credited": "计入", "expires": "有效期"},
    **{"expires_after_months": "几个月后失效", "missed_month": "漏计的月份", "pays_for": "可用于"},
    **{"not_for": "不能用于", "when_short": "余额不够时", "age_on": "年龄按", "freeze_on": "停用情形"},
    **{"refund_own": "退还自有资金", "year_limit": "年内结算不超过计入", "opening_counts": "年初余额计入"},
    **{"above": "在其之上补差", "hours": "小时", "rate_yuan": "每小时", "points": "积分", "point_yuan": "每分"},
    **{"services": "服务", "hour_yuan": "每小时", "block_minutes": "计费单位(分钟)", "least_minutes": "最少分钟"},
    **{"times": "次数", "frequency": "服务频次", "visits": "次数", "kinds": "几种服务", "of": "范围"},
    **{"missed": "漏做的"},
    # Settlement and supervision.
    **{"service_per": "服务结算", "money_per": "拨款", "by_day": "最晚在几日", "advance": "预拨", "paid_to": "付给"},
    **{"supervision": "监督", "what": "做什么", "least_percent": "至少百分比"},
    # Approval.
    **{"approval": "审批", "applicants": "谁申请", "where": "在哪里申请", "form_number": "表号", "steps": "步骤"},
    **{"level": "哪一级", "limit_working_days": "限几个工作日", "publicity": "公示", "days": "天数", "counts": "按"},
    **{"inside_limit": "算在时限内", "documents": "材料", "words": "说明", "only_for": "只对", "optional": "可以没有"},
    **{"automatic_by_age": "到龄自动", "batches": "分批", "assessment": "评估"},
    **{"refusal_needs_reason": "不批准要写理由", "written_notice": "书面通知", "sanctions": "处理", "who": "对谁"},
    **{"measures": "措施", "barred": "不得再享受", "barred_years": "几年内", "not_same_as": "不能与谁同一人"},
    **{"role": "谁办理", "starts": "从何时起", "valid_months": "有效几个月"},
    # Elsewhere.
    **{"overrides": "分区规定", "area": "地区", "for_classes": "适用类别", "urban": "城镇", "rural": "农村"},
    **WORDS["slot"],
    **{way: words for way, words in WORDS["way"].items() if way != "delivery"},
    **{"*": "其他地方"},
}

#: Key -> its words.
VALUES: dict[str, dict[str, str]] = {
    "choose": {"first": "按最前的一类", "highest": "按最高的一类(就高不就低)"},
    "per": {
        **{"sitting": "每餐次", "day": "每天", "week": "每周", "month": "每月", "quarter": "每季度", "year": "每年"},
        **{"once": "只一次"},
    },
    "to": {"fen": "分", "jiao": "角", "yuan": "元"},
    "mode": {"half_up": "四舍五入", "down": "舍去", "up": "进一"},
    "pro_rata": {"none": "不按月折算", "months": "按月折算"},
    "funding_order": {"waterfall": "按顺序出资,前一方的预算用完再由后一方出", "percent": "按比例分担"},
    "when_exhausted": {"stop": "停止补助", "gap": "由站点先垫,记为缺口"},
    "budget_per": {"year": "一年", "month": "一个月"},
    "part_month": {"whole": "按整月", "days": "按天数折算"},
    "when": {"before": "补助之前", "after": "补助之后"},
    "on": {
        **{"day": "用餐当日", "month": "当月 1 日", "month_end": "当月最后一天", "year": "当年 1 月 1 日"},
        **{"year_end": "当年最后一天", "list": "标价", "net": "折后价"},
    },
    "kind": {
        **{"per_meal": "每餐定额", "percent": "按餐价的百分比", "own_price": "固定自付价", "free": "免费"},
        **{"monthly_norm": "每月标准", "care": "关爱帮扶", "per_day": "每天定额", "layers": "分级补助"},
        **{"discount": "站点折扣"},
        **SERVICES,
        **{"form": "申请表", "photos": "照片", "id_card": "身份证", "household_book": "户口簿"},
        **{"income_proof": "收入证明", "dibao_certificate": "低保证", "group_certificate": "身份证明"},
        **{"diagnosis": "诊断证明"},
    },
    "basis": {
        **{"fixed": "定额", "meals_a_day": "每天餐数", "person_days": "人次(按天)", "meals": "餐数"},
        **{"subsidised_meals": "享受补助的餐数", "service_days": "供餐天数", "persons_a_day": "每天用餐人数"},
        **{"size": "规模", "investment": "投入", "decided": "由有权的人决定", "actual": "实际", "approved": "批准"},
    },
    "needs": {"serves_meals": "供餐", "accepted": "通过验收", "in_use": "投入使用", "passed": "考核合格"},
    "premises": {"new_build": "新建", "rented": "租用", "altered": "改建", "owned": "自有"},
    "ownership": {"public": "公办", "private": "民办"},
    "size_of": {"square_metres": "平方米", "beds": "床位", "seats": "座位"},
    "tiers_count": {"whole": "全部按所到的一档", "marginal": "各段分别计算"},
    "payback": {"all": "全部", "months": "按剩余月数"},
    "credited": {"month": "每月", "quarter": "每季度一次", "half_year": "每半年一次", "year": "每年一次"},
    "expires": {
        **{"month_end": "当月有效", "quarter_end": "当季有效", "half_year_end": "半年内有效", "year_end": "当年有效"},
        **{"never": "一直结转"},
    },
    "missed_month": {"lost": "不补", "next_month": "下月补"},
    "pays_for": {"meal": "用餐", "services": "各种服务", **SERVICES},
    "not_for": dict(WARES),
    "of": {"providers": "服务方", "people": "服务对象", "orders": "服务单", "meal": "用餐", **SERVICES},
    "when_short": {"own": "由老人自付", "refuse": "不办理"},
    "age_on": {"first": "当月 1 日", "last": "当月最后一天"},
    "freeze_on": {
        **{"died": "去世", "moved": "迁出", "hospital": "住院", "institution": "入住机构"},
        **{"status_ended": "不再符合条件"},
    },
    "missed": {"lost": "不补", "next_period": "下一期补"},
    "service_per": {"month": "每月", "quarter": "每季度", "half_year": "每半年", "year": "每年"},
    "money_per": {"month": "每月", "quarter": "每季度", "half_year": "每半年", "year": "每年"},
    "advance": {"none": "不预拨", "last_actual": "按上期实际"},
    "paid_to": {"provider": "服务方", "worker": "服务人员", "site": "助餐点"},
    "what": {"record_books": "查服务记录", "satisfaction": "满意度调查", "grading": "评定等次", "call_back": "回访"},
    "applicants": {"elder": "本人", "relative": "亲属", "agent": "代理人", "staff": "工作人员"},
    "where": {"residence": "居住地", "hukou": "户籍地"},
    "level": WORDS["level"],
    "role": {"committee": "村(居)委会", "civil_affairs": "民政"},
    "counts": {"natural": "自然日", "working": "工作日"},
    "starts": {"decision": "批准之日", "next_month": "批准的次月", "application": "申请之日"},
    "batches": {"half_year": "每半年一批"},
    "written_notice": {"both": "批准与否都要", "approved": "批准时", "refused": "不批准时", "none": "不要求"},
    "who": {"elder": "老人", "provider": "服务方"},
    "measures": {"suspend": "暂停", "recover": "追回", "compensate": "赔偿", "cancel": "取消资格", "refer": "移送"},
    "barred": {"none": "没有", "decision": "由决定写明", "lifetime": "终身"},
    "same": WORDS["level"],
    "sex": WORDS["sex"],
    "permit": WORDS["permit"],
    "weekdays": {
        **{"mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日"}
    },
    "operating_model": WORDS["operating_model"],
    "ways": WORDS["way"],
    "slots": WORDS["slot"],
    "settlement": WORDS["settlement"],
    "any_status": STATUSES,
    "all_status": STATUSES,
    "ability": WORDS["ability"],
}
