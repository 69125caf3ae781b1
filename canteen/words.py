"""Stored words as people read them. Code and tables hold the left side, screens and paper the right.

The English side is in ``translations/en.po`` like every other text.
"""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "slot": {"breakfast": "早餐", "lunch": "午餐", "dinner": "晚餐"},
    "way": {"dine_in": "堂食", "take_away": "自取", "proxy": "代领", "delivery": "送餐"},
    "pay_way": {"cash": "现金", "code": "扫码", "monthly": "月结"},
    "guest": {"villager": "村民", "child": "儿童", "staff": "工作人员", "volunteer": "志愿者", "other": "其他散客"},
    "role": {
        "administrator": "系统管理员",
        "manager": "站点负责人",
        "clerk": "柜台",
        "volunteer": "送餐志愿者",
        "committee": "村(居)委会",
        "civil_affairs": "民政",
        "terminal": "终端",
    },
    "status": {
        "dibao": "低保",
        "tekun": "特困",
        "sanwu": "三无",
        "wubao": "五保",
        "lost_only_child": "失独",
        "entitled_veteran": "优抚",
        "hardship": "经济困难",
        "marginal": "低保边缘",
        "disability": "残疾",
        "model_worker": "劳动模范",
        "five_old": "五老",
        "severe_disability": "重度残疾",
        "lonely": "孤寡",
        "no_child_nearby": "子女不在本地",
    },
    "living": {
        "with_family": "与子女同住",
        "living_alone": "独居",
        "empty_nest": "空巢",
        "left_behind": "留守",
        "institution": "机构",
        "": "未登记",
    },
    "ability": {"able": "自理", "semi_disabled": "半失能", "disabled": "失能", "": "未登记"},
    "settlement": {"urban": "城镇", "rural": "农村", "": "未定"},
    "sex": {"male": "男", "female": "女", "": "未登记"},
    "life": {"paused": "暂停", "moved": "迁出", "died": "去世"},
    "operating_model": {"contracted": "社会化运营", "village_run": "村级自营", "mutual": "互助服务"},
    "level": {"province": "省", "city": "市", "county": "县(区)", "township": "乡镇(街道)", "village": "村(社区)"},
    "drop": {"planned": "待送", "handed_over": "已送达", "no_answer": "无人应答"},
    "job": {
        "queued": "等待打印",
        "sending": "正在打印",
        "printed": "已打印",
        "sent": "已发送",
        "uncertain": "不确定",
        "failed": "没打出来",
        "cancelled": "已取消",
    },
    "payer": {"own": "自付", "public": "政府补助"},
    "paper": {"ticket": "小票", "guest_ticket": "散客小票", "void_ticket": "作废小票", "test_page": "测试页"},
}
