"""What the cells of a roster say: dates, categories, and the words for living, ability, diet and yes or no. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from canteen.base.sheets.reading import Cell
from canteen.base.text import plain_text

_DAY_PARTS = re.compile(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?(?:\s+[\d:.]+)?")
_DAY_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_PARTS = re.compile(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*月?")
#: Day 0 of Excel's calendar, which believes that 1900 was a leap year.
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
_SPLIT = re.compile(r"[、，,;；/|+＋和及\n]+")

#: (pattern, kinds) in this order; what matches is taken out, so that 低保边缘 is not also 低保.
_CATEGORIES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), kinds)
    for pattern, kinds in (
        (r"低保边缘|低保边缘户|边缘户|边缘家庭|低边", ("marginal",)),
        (r"低保|最低生活保障", ("dibao",)),
        (r"散居特困|分散供养特困|集中供养特困|分散供养|集中供养|特困(?!难)", ("tekun",)),
        (r"五保", ("wubao",)),
        (r"三无", ("sanwu",)),
        (r"失独", ("lost_only_child",)),
        (r"计划?生育?特殊家庭|计生特扶", ("lost_only_child", "family_planning")),
        (r"烈属|烈士(?:家属|遗属)", ("martyr_family",)),
        (r"退役军人|退伍军人|复员军人", ("veteran",)),
        (r"重点优抚|优抚", ("entitled_veteran",)),
        (r"劳动模范|劳模", ("model_worker",)),
        (r"重度残疾", ("severe_disability", "disability")),
        (r"残疾", ("disability",)),
        (r"孤寡", ("lonely",)),
        (r"丧偶", ("bereaved",)),
        (r"失智", ("dementia",)),
        (r"低收入", ("low_income",)),
        (r"空巢", ("empty_nest",)),
        (r"独居", ("living_alone",)),
        (r"留守", ("left_behind",)),
        (r"困难|贫困", ("hardship",)),
    )
)
#: What may stand around a category without meaning more.
_CATEGORY_REST = re.compile(
    r"老年?人?|家庭|中的?|对象|人员|军人|户|高龄|农村|城镇|城市|经济|生活|供养|的|者|[()（）\s]"
)
#: 70岁及以上: an age in front of a category is not a category.
_AGE = re.compile(r"\d{2,3}周?岁?(?:及?以上)?")


def vocabulary(text: str) -> dict[str, str]:
    """Word -> meaning, from lines of ``meaning: word word …``; a line without a meaning goes on with the last."""
    found: dict[str, str] = {}
    meaning = ""
    for line in text.splitlines():
        head, colon, words = line.partition(": ")
        meaning = head if colon else meaning
        found.update(dict.fromkeys((words if colon else line).split(), meaning))
    return found


LIVING = vocabulary(
    """with_family: 与子女同住 和子女同住 同子女居住 与子女居住 与家人同住 子女同住 与儿子同住 与女儿同住
    随子女居住 同住
living_alone: 独居 独居老人 一人居住 单独居住 独自居住 单身独居 孤寡
empty_nest: 空巢 空巢老人
left_behind: 留守 留守老人
institution: 机构 养老院 敬老院 福利院 养老机构 机构养老 集中供养"""
)
ABILITY = vocabulary(
    """able: 自理 能自理 可自理 完全自理 生活自理 生活能自理 健康 良好 正常 一般 好
semi_disabled: 半失能 半自理 部分自理 部分失能 半失能老人
disabled: 失能 不能自理 全失能 卧床 瘫痪 失能老人 生活不能自理
intact: 能力完好 完好
mild: 轻度 轻度失能 能力轻度受损 轻度受损 轻度失能老人
moderate: 中度 中度失能 能力中度受损 中度受损 中度失能老人
severe: 重度 重度失能 能力重度受损 重度受损 重度失能老人
total: 完全失能 能力完全丧失 完全丧失 完全失能老人"""
)
#: A paper that every resident has says nothing about a permit.
PERMIT = vocabulary(
    """residence: 居住证 有居住证 已办居住证 有 是
registration: 居住登记 暂住登记 暂住证 居住登记凭证 居住登记回执
talent: 人才证 人才居住证 人才卡
hmt: 港澳台居民居住证 港澳台居住证
foreign: 外国人居留证 外国人永久居留证 外国人永久居留身份证 外国人居留许可
none: 无 没有 否 无居住证 未办
: 身份证 居民身份证 二代身份证 户口簿 户口本"""
)
SETTLEMENT = vocabulary(
    """urban: 城镇 城市 城 非农 非农业 非农户口 居民 城镇户口 非农业户口 居民户口 城镇居民
rural: 农村 农 农业 农户 农业户口 农村户口 乡村 农村居民"""
)
SEX = vocabulary("male: 男 男性 M 1\nfemale: 女 女性 F 2")
_YES_NO = vocabulary(
    """yes: 是 要 需要 需 送 送餐 有 √ ✓ ✔ 1 Y YES 对
no: 否 不 不要 不需要 不需 不送 无 没有 × X 0 N NO -"""
)
_NO_CATEGORY = vocabulary(
    """none: 一般 一般老人 一般老年人 普通 普通老人 普通老年人 社会老人 健康老人 自费 自费老人 其他 其它
    无 否 没有 - — 正常 老人"""
)
_DIET = vocabulary(
    """少盐: 低盐
少油: 低油
少糖: 低糖
软食: 软烂 软饭 烂饭
忌辣: 不吃辣 不辣 怕辣
糖尿病: 糖尿 血糖高
不吃猪肉: 不吃猪 忌猪肉"""
)
_NOTHING = vocabulary("nothing: 无 没有 否 正常 - — 暂无 无忌口 无禁忌")


@dataclass(frozen=True, slots=True)
class Categories:
    """The category cell of a row."""

    #: Kinds of status, in the order they were written.
    kinds: tuple[str, ...] = ()
    #: Words nobody here knows; they become a note and a warning.
    unknown: tuple[str, ...] = ()
    #: The cell says something, be it 一般老人: what it does not name is not (any more).
    says: bool = False


def cell_text(cell: Cell) -> str:
    """A cell as plain text; numbers without decimals, days as 1951-07-15."""
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date) else plain_text(str(cell))


def read_day(cell: Cell) -> date | None:
    """A whole day in any of the usual spellings, or an Excel serial number; None when it is not one."""
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and 3_000 <= cell < 80_000:
        return (_EXCEL_EPOCH + timedelta(days=int(cell))).date()
    text = cell_text(cell)
    found = _DAY_PARTS.fullmatch(text) or _DAY_DIGITS.fullmatch(text)
    if found is None:
        return read_day(int(text)) if text.isascii() and text.isdigit() and len(text) == 5 else None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def read_month(cell: Cell) -> tuple[int, int] | None:
    """Year and month where a roster keeps no day: 1951年7月, 1951.07."""
    found = _MONTH_PARTS.fullmatch(cell_text(cell))
    return (int(found[1]), int(found[2])) if found else None


def read_since(cell: Cell) -> tuple[date | None, bool]:
    """A day since when something is so, and whether it is a whole day: of a month the last one counts."""
    day, month = read_day(cell), read_month(cell)
    if day is None and month is not None and 1890 <= month[0] <= 2100 and 1 <= month[1] <= 12:
        return date(*month, monthrange(*month)[1]), False
    return day, True


def read_categories(cell: Cell) -> Categories:
    """The kinds of status a category cell names, in the words villages use.

    失独困难老人 is lost_only_child and hardship; 经济困难空巢老人 is hardship and empty_nest; 一般老人 is none.
    """
    kinds: list[str] = []
    unknown: list[str] = []
    parts = [part.strip() for part in _SPLIT.split(_AGE.sub("", cell_text(cell))) if part.strip()]
    for part in parts:
        if part in _NO_CATEGORY:
            continue
        found, rest = _kinds_in(part)
        if part.startswith(("非", "不", "无", "已取消", "原")) or not found or _CATEGORY_REST.sub("", rest):
            unknown.append(part)
        else:
            kinds += found
    return Categories(tuple(dict.fromkeys(kinds)), tuple(unknown), bool(parts))


def _kinds_in(part: str) -> tuple[list[str], str]:
    found: list[str] = []
    for pattern, kinds in _CATEGORIES:
        rest = pattern.sub("", part)
        if rest != part:
            found += kinds
            part = rest
    return found, part


def read_yes(cell: Cell) -> bool | None:
    """Yes, no, or None for anything else."""
    meaning = _YES_NO.get(cell_text(cell).upper())
    return None if meaning is None else meaning == "yes"


def read_diet(cell: Cell) -> str:
    """Diet words joined by 、, the usual synonyms made one; anything else stays as it was written."""
    parts = [part.strip() for part in _SPLIT.split(cell_text(cell)) if part.strip()]
    return "、".join(dict.fromkeys(_DIET.get(part, part) for part in parts if part not in _NOTHING))


def read_note(cell: Cell) -> str:
    """A note; words that say nothing are nothing."""
    text = cell_text(cell)
    return "" if text in _NOTHING else text
