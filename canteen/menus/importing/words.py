"""What people write in the headers and cells of a menu file."""

import re
import unicodedata
from collections.abc import Mapping

from canteen.base.words import WORDS

#: Column of a list -> the headers it is known by, without spaces and brackets.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "day": ("日期", "用餐日期", "供餐日期", "就餐日期", "日子", "时间", "date", "day"),
    "slot": ("餐次", "餐别", "餐段", "用餐时段", "时段", "slot", "meal"),
    "name": ("套餐", "套餐名称", "套餐名", "餐名", "名称", "品名", "set"),
    "price": ("价格", "单价", "售价", "价钱", "金额", "餐费", "餐标", "收费标准", "price"),
    "dishes": ("菜品", "菜名", "菜式", "菜单", "菜谱", "食谱", "菜肴", "内容", "dishes"),
    "tags": ("标签", "饮食标签", "特点", "口味", "适合", "说明", "tags"),
    "kind": ("类别", "类型", "分类", "种类", "菜类", "菜品类别", "kind"),
    "ingredients": ("配料", "原料", "食材", "主料", "用料", "主要原料", "ingredients"),
    "allergens": ("过敏原", "致敏物", "过敏物", "致敏原", "过敏源", "allergens"),
}
TITLES = {"day": "日期", "slot": "餐次", "name": "套餐", "price": "价格(元)", "dishes": "菜品", "tags": "标签"}
#: What a slot is called besides its name and its word.
_ALSO_CALLED = {
    "breakfast": ("早饭", "早", "早上", "早点"),
    "lunch": ("中餐", "午饭", "中饭", "午", "中", "中午"),
    "dinner": ("晚饭", "晚", "晚上"),
}
SLOT_WORDS = {slot: (name, *_ALSO_CALLED.get(slot, ()), slot) for slot, name in WORDS["slot"].items()}
#: What a kind of dish is called in a column or a row of its own, besides its word.
_KIND_ALSO = {
    "staple": ("饭", "米面", "面点", "主粮"),
    "main_meat": ("荤菜", "荤", "主荤", "全荤", "大荤菜", "主菜"),
    "small_meat": ("半荤", "半荤菜", "半荤素", "小荤菜", "花荤", "小炒", "副荤"),
    "vegetable": ("素", "素食", "时蔬", "蔬菜", "青菜类", "全素"),
    "soup": ("汤品", "汤类", "例汤", "汤羹", "粥汤", "汤粥"),
    "other": ("凉菜", "冷菜", "小菜", "点心", "水果", "副食", "加餐", "饮品", "牛奶", "咸菜"),
}
KIND_WORDS = {kind: (name, *_KIND_ALSO.get(kind, ())) for kind, name in WORDS["dish_kind"].items()}
#: A cell that says: nobody eats here then.
NO_MEAL = ("", "-", "—", "--", "/", "\\", "无", "休", "休息", "停餐", "放假", "不供餐", "不供应", "停供")
#: Headers and first words of rows that are no dishes.
NOTES = (
    "备注",
    "说明",
    "制表",
    "审核",
    "负责人",
    "温馨提示",
    "注",
    "提示",
    "联系",
    "电话",
    "订餐",
    "厨师",
    "盖章",
    "合计",
    "序号",
)
_NUMBERS = "零一二三四五六七八九十"

BRACKETS = re.compile(r"[(\[【].*?[)\]】]|\s")
#: The day of the week of a label: its number, from 1.
WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天1-7])")
WEEK_NUMBER = re.compile(r"第\s*([一二三四五六七八九十]{1,2}|\d{1,2})\s*周")
#: What stands in brackets or behind a set: what it costs.
PRICE = re.compile(r"[(\[]?\s*[¥￥]?\s*(\d{1,4}(?:\.\d{1,2})?)\s*元(?:\s*/\s*[份人客位]|每份|一份)?\s*[)\]]?")
_PER_PORTION = re.compile(r"(?:元\s*/\s*[份人客位]|元每[份人客位]|元一[份人客位])$")
#: A name of a set without dishes around it.
SET_NAME = re.compile(
    r"[A-Za-z甲乙丙丁]\s*(?:号|款|类)?\s*(?:套餐|餐|套)?|[一二三四五六1-9]\s*(?:号|款)?\s*(?:套餐|餐)|.{1,8}(?:套餐|餐)"
)
NUMBERED_SET = re.compile(r"\d\s*号\s*(?:套餐|餐)")
#: A letter that stands for a set: A, B款.
LETTER = re.compile(r"([A-Za-z甲乙丙丁])\s*(?:款|类)?")
NOT_A_SET = ("套餐", "餐", "订餐", "供餐", "用餐", "加餐", "配餐", "副餐")


def slot_of(text: str) -> str | None:
    """The slot a whole word names."""
    lowered = text.lower()
    return next((slot for slot, names in SLOT_WORDS.items() if lowered in names), None)


def kind_of(text: str) -> str | None:
    """The kind of dish a whole word names; 素菜1, 素菜二 and 素2 are 素菜 as well."""
    bare = re.sub(r"[一二三四五1-9①②③④]$", "", text) or text
    return next((kind for kind, names in KIND_WORDS.items() if text in names or bare in names), None)


def column_of(cell: object, longest: int = 200) -> str | None:
    """The column of a list a title names; None: none of them."""
    title = BRACKETS.sub("", unicodedata.normalize("NFKC", str(cell or "")[:longest])).lower()
    return next((name for name, titles in HEADERS.items() if title in titles), None)


def weekday_number(sign: str) -> int:
    """ISO number of a day of the week: 一 is 1, 日 and 天 are 7."""
    return int(sign) if sign.isdigit() else min("一二三四五六日天".index(sign) + 1, 7)


def week_number(text: str) -> int:
    """第三周, 第12周 and 第十一周 as numbers; nobody writes 第二十周 into a rotation."""
    if text.isdigit():
        return int(text)
    return sum(map(_NUMBERS.index, text))


def without_portion(text: str) -> str:
    """A price as it is written by the portion: 12元/份 is 12元."""
    return _PER_PORTION.sub("元", text)


def is_note(text: str) -> bool:
    """Whether a label says that what stands beside it is no dish."""
    return text.startswith(NOTES)
