"""The words of the trade: each is defined here once, in the order people meet it. Code and tables hold the left side,
screens and paper the right; the English side is in ``translations/en.po`` like every other text.

CHECK constraints (``db.check_one_of``), the terminals' API, form choices and buttons are made from these, so that a new
word is a line here, its English, and a migration where a CHECK stands. ``tests/architecture/test_words.py`` walks the
places and names what is stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: Household situations that a notice may also ask for as a status.
_ALONE = {"living_alone": "独居", "empty_nest": "空巢", "left_behind": "留守"}

#: Kind of word -> stored word -> what people read. "" is what an empty field says.
WORDS: dict[str, dict[str, str]] = {
    "slot": {"breakfast": "早餐", "lunch": "午餐", "dinner": "晚餐"},
    "way": {"dine_in": "堂食", "take_away": "自取", "proxy": "代领", "delivery": "送餐"},
    "pay_way": {"cash": "现金", "code": "扫码", "monthly": "月结", "purse": "自有资金"},
    # What a clerk may choose; ``mistake`` is the button beside a meal just served.
    "void_reason": {
        "wrong_person": "刷错了人",
        "not_taken": "老人没有取餐",
        "wrong_set": "套餐登记错了",
        "mistake": "误操作,当场撤销",
    },
    "guest": {"villager": "村民", "child": "儿童", "staff": "工作人员", "volunteer": "志愿者", "other": "其他散客"},
    "role": {
        "administrator": "系统管理员",
        "manager": "站点负责人",
        "clerk": "柜台",
        "volunteer": "送餐志愿者",
        "committee": "村(居)委会",
        "civil_affairs": "民政",
        "terminal": "终端",
        "print_agent": "打印代理",
    },
    # Dated, with issuer and evidence; what a condition of a scheme may name. Never printed.
    "status": {
        "dibao": "低保",
        "marginal": "低保边缘",
        "tekun": "特困",
        "sanwu": "三无",
        "wubao": "五保",
        "lost_only_child": "失独",
        "entitled_veteran": "优抚",
        "five_old": "五老",
        "model_worker": "劳动模范",
        "hardship": "经济困难",
        "disability": "残疾",
        "severe_disability": "重度残疾",
        **_ALONE,
        "lonely": "孤寡",
        "no_child_nearby": "子女不在本地",
        "institution": "机构供养",
        "low_income": "低收入",
        "veteran": "退役军人",
        "martyr_family": "烈属",
        "family_planning": "计划生育特殊家庭",
        "model_worker_city": "市级以上劳动模范",
        "special_contribution": "特殊贡献",
        "bereaved": "丧偶",
        "severe_illness": "重病",
        "dementia": "失智",
    },
    "living": {"with_family": "与子女同住", **_ALONE, "institution": "机构", "": "未登记"},
    "ability": {
        "able": "自理",
        "semi_disabled": "半失能",
        "disabled": "失能",
        "intact": "能力完好",
        "mild": "轻度失能",
        "moderate": "中度失能",
        "severe": "重度失能",
        "total": "完全失能",
        "": "未登记",
    },
    "permit": {
        "residence": "居住证",
        "registration": "居住登记",
        "talent": "人才证",
        "hmt": "港澳台居民居住证",
        "foreign": "外国人居留证",
        "none": "没有",
        "": "未登记",
    },
    "settlement": {"urban": "城镇", "rural": "农村", "": "未定"},
    "sex": {"male": "男", "female": "女", "": "未登记"},
    "life": {"paused": "暂停", "moved": "迁出", "died": "去世"},
    "operating_model": {"contracted": "社会化运营", "village_run": "村级自营", "mutual": "互助服务"},
    "applicant": {"elder": "本人", "relative": "亲属", "agent": "代理人", "staff": "工作人员代办"},
    "channel": {"counter": "柜台当面", "paper": "纸质表格"},
    "purpose": {"new": "新申请", "change": "变更或续期"},
    "application": {"open": "办理中", "approved": "已批准", "refused": "不予通过", "withdrawn": "已撤回"},
    "next_action": {
        "documents": "核对材料",
        "assessment": "登记能力评估",
        "post": "张榜公示",
        "wait": "等公示结束",
        "objection": "答复异议",
        "decide": "审核决定",
    },
    "right": {
        "in_force": "有效",
        "frozen": "冻结",
        "stopped": "停发",
        "ended": "已结束",
        "later": "未开始",
        "cancelled": "已取消",
    },
    "origin": {"application": "申请批准", "automatic": "按年龄自动认定", "import": "名册认定"},
    "halt": {"stopped": "停发", "frozen": "冻结"},
    "halt_cause": {
        "died": "去世",
        "moved": "迁出",
        "paused": "暂停",
        "facts": "情况变化",
        "sanction": "处理决定",
        "valid": "有效期到",
        "added": "补记身份",
        "ended": "补记身份停止",
    },
    "barred": {"none": "不限制", "decision": "重新认定前", "lifetime": "终身", "years": "到期前"},
    "notice_way": {
        "in_person": "当面交给本人",
        "relative": "交给亲属或代理人",
        "mail": "邮寄",
        "village": "村(社区)转交",
    },
    "level": {"province": "省", "city": "市", "county": "县(区)", "township": "乡镇(街道)", "village": "村(社区)"},
    "drop": {"planned": "待送", "handed_over": "已送达", "no_answer": "无人应答"},
    "job": {
        "queued": "等待打印",
        "held": "等待确认",
        "sending": "正在打印",
        "printed": "已打印",
        "sent": "已发送",
        "uncertain": "不确定",
        "failed": "没打出来",
        "cancelled": "已取消",
    },
    "income": {
        "gift": "捐赠",
        "operating_grant": "运营补贴",
        "collective": "村集体",
        "township": "乡镇",
        "county": "县级",
        "operator": "运营方",
        "other": "其他",
    },
    "entry": {
        "serving": "用餐",
        "reversal": "作废冲正",
        "correction": "更正",
        "service": "服务",
        "top_up": "充值",
        "refund": "退款",
        "income": "到账",
    },
    "correction": {"proposed": "待复核", "posted": "已入账", "refused": "已退回"},
    "purse_line": {
        "credit": "计入",
        "meal": "用餐",
        "service": "服务",
        "expiry": "到期收回",
        "close": "结清收回",
        "top_up": "存入",
        "refund": "退款",
        "reversal": "作废退回",
        "correction": "更正",
    },
    "service": {
        "cleaning": "助洁",
        "bathing": "助浴",
        "safety": "助安",
        "medical": "助医",
        "leisure": "助娱",
        "repairs": "助急",
        "outing": "助行",
        "shopping": "助购",
        "errands": "代办",
        "life_care": "生活照料",
        "comfort": "精神慰藉",
        "counselling": "心理咨询",
        "rehabilitation": "康复护理",
        "day_care": "日托",
        "full_care": "全托",
        "hospice": "临终关怀",
        "legal": "法律服务",
        "visit": "探视巡访",
        "family_sickbed": "家庭病床",
        "culture": "文体娱乐",
        "distance": "远程教育和医疗",
        "meal": "用餐",
    },
    "confirmed_by": {"elder": "老人本人", "relative": "亲属", "callback": "电话回访"},
    "provider_kind": {
        "institution": "养老服务机构",
        "clinic": "医疗卫生机构",
        "registered_body": "登记的社会组织",
        "business": "工商登记的企业",
        "founded": "政府兴办的机构",
    },
    "provider": {"contracted": "合同有效", "no_contract": "没有有效合同", "banned": "取消资格", "failed": "考核不合格"},
    "grade": {
        "excellent": "优良",
        "pass": "合格",
        "pass_with_rectification": "合格,限期整改",
        "fail": "不合格",
        "": "未考核",
    },
    "fence": {"gs_r": "状态问答 (GS r)", "gs_h": "打印完成应答 (GS ( H)"},
    "print_mode": {"text": "文字(快)", "raster": "整张图形(没有汉字库时)"},
    "payer": {"own": "自付", "public": "政府补助", "gap": "缺口(运营方垫付)", "site": "助餐点优惠"},
    "paper": {
        "ticket": "小票",
        "guest_ticket": "散客小票",
        "void_ticket": "作废小票",
        "test_page": "测试页",
        "kitchen_count": "厨房备餐单",
        "change_slip": "备餐变更单",
        "label": "餐盒标签",
        "route_sheet": "送餐路线单",
        "day_sheet": "手工登记单",
        "drawer": "开钱箱",
        "closing_summary": "日结单",
    },
}


def codes(kind: str, *, but: tuple[str, ...] = ("",)) -> tuple[str, ...]:
    """The stored words of a kind in order, without ``but``: as a rule without the empty one."""
    return tuple(code for code in WORDS[kind] if code not in but)


def names(kind: str, among: Iterable[str] | None = None) -> tuple[str, ...]:
    """The Chinese of a kind's words, or of some of them."""
    return tuple(WORDS[kind][code] for code in (WORDS[kind] if among is None else among))


def either(kind: str) -> dict[str, Any]:
    """The fields of a sentence that ends in ``%(most)s或%(last)s``: 早餐、午餐 and 晚餐."""
    *most, last = names(kind)
    return {"most": tuple(most), "last": last}


SLOTS = codes("slot")
WAYS = codes("way")
#: ``purse``: out of the own money an elder paid in before.
PAY_WAYS = codes("pay_way")
#: What may be paid at a door, and how own money comes in and goes back.
DOOR_PAY_WAYS = ("cash", "code", "monthly")
TOP_UP_WAYS = ("cash", "code")
GUEST_KINDS = codes("guest")
#: What a person may be here (``access`` says what each may do); the other two are tokens.
ROLES = codes("role", but=("terminal", "print_agent"))
#: Kind -> label.
STATUSES = WORDS["status"]
#: Ability as it is assessed in three steps, or in five (GB/T 42195).
ABILITIES = codes("ability")
#: Permits of people who live somewhere without a hukou there. ``none``: it is known that there is none.
PERMITS = codes("permit")
SETTLEMENTS = codes("settlement")
SEXES = codes("sex")
LIFE_KINDS = codes("life")
OPERATING_MODELS = codes("operating_model")
#: From the widest to the narrowest area.
LEVELS = codes("level")
APPLICANTS = codes("applicant")
CHANNELS = codes("channel")
PURPOSES = codes("purpose")
#: What stops a right; the other causes only bring a meal onto the list of meals to look back at.
HALT_CAUSES = ("died", "moved", "paused", "facts", "sanction")
#: Kinds of service other than meals, with the names of the notices -> label.
SERVICES = {code: name for code, name in WORDS["service"].items() if code != "meal"}
GRADES = codes("grade")
CONFIRMED_BY = codes("confirmed_by")
PROVIDER_KINDS = codes("provider_kind")
INCOME_KINDS = codes("income")
DROP_STATES = codes("drop")
JOB_STATES = codes("job")
#: States of a print job that still need somebody.
OPEN_JOBS = ("queued", "held", "sending", "uncertain")

#: Statuses that are an honour or no judgement: names may hold them.
_MAY_BE_SAID = {
    "model_worker",
    "no_child_nearby",
    "institution",
    "veteran",
    "model_worker_city",
    "special_contribution",
}
#: Words that say what somebody is. Names and codes that reach paper or a screen in public may not contain one.
LABELS = (*(label for kind, label in STATUSES.items() if kind not in _MAY_BE_SAID), "边缘户", "困难", "失能")


def label_in(text: str) -> str:
    """The first of ``LABELS`` a text holds; "" when it holds none."""
    return next((label for label in LABELS if label in text), "")
