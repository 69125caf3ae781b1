"""The details of a row of the trail in words: amounts in yuan, stored words as people read them. What has no words here
(ids, codes, lists of values) stands in the signed file and not on the screen.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from canteen.base.clock import SHANGHAI
from canteen.base.i18n import said, word
from canteen.base.money import yen_sign
from canteen.base.words import WORDS

#: Name of a fact -> what people call it. Of a name that ends in ``_fen`` the amount is shown in yuan.
LABELS = {
    "price_fen": "餐费",
    "own_fen": "自付",
    "cash_fen": "现金",
    "amount_fen": "金额",
    "fen": "金额",
    "number": "单号",
    "day": "日期",
    "first": "第一天",
    "last": "最后一天",
    "last_day": "最后一天",
    "from_day": "从",
    "to_day": "到",
    "moved_to": "改到",
    "decided_on": "决定日期",
    "until": "到",
    "week": "从这一周",
    "month": "月份",
    "year": "年份",
    "slot": "餐次",
    "way": "用餐方式",
    "pay_way": "付款方式",
    "role": "角色",
    "moves_by": "出行方式",
    "reason": "原因",
    "why": "原因",
    "name": "名称",
    "printer": "打印机",
    "place": "位置",
    "area": "区域",
    "meals": "份数",
    "labels": "标签数",
    "doors": "户数",
    "dishes": "菜品数",
    "elders": "人数",
    "credited": "人数",
    "sites": "助餐点数",
    "sittings": "餐次数",
    "rows": "行数",
    "imported": "导入人数",
    "unchanged": "没有变化",
    "rejected": "没有收下",
    "copy": "第几份",
    "boxes": "餐箱数",
    "added": "新增",
    "is_late": "过了截止时间",
    "closed": "停餐",
    "whole": "全部重印",
    "before": "以前",
}
#: Reasons the program gives itself: why addresses were opened or papers printed.
_REASONS = {"deliver": "送餐", "visit": "探访"}
#: A word of the program and of nobody else.
_CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*(:.*)?")


def told(detail: Mapping[str, Any]) -> Iterator[str]:
    """Each fact as ``餐费 ¥10.00``, in their order; what has no words is left out."""
    for name, value in detail.items():
        if name in LABELS and (shown := _shown(name, value)):
            yield f"{said(LABELS[name])} {shown}"


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return said("是" if value else "否")
    if isinstance(value, int):
        return yen_sign(value) if name.endswith("fen") else str(value)
    if not isinstance(value, str):
        return ""
    if value in WORDS.get(name, ()):
        return word(value, name)
    if name == "reason":
        if value in _REASONS:
            return said(_REASONS[value])
        if value in WORDS["void_reason"]:
            return word(value, "void_reason")
    if _CODE.fullmatch(value):
        return ""
    return _moment(value)


def _moment(text: str) -> str:
    """An instant as the wall clock shows it; every other text as it is."""
    if "T" in text and text[:4].isdigit():
        try:
            return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        except ValueError:
            return text
    return text
