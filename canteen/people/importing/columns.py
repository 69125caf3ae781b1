"""Finding the header of a roster: which row or rows, and what each column means. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import FoundSheet, Line
from canteen.people.importing.words import cell_text, read_day, vocabulary

#: Field and the headers villages use for it. Compared without spaces, brackets and marks.
_SYNONYMS = """seq: 序号 序 编号 行号 NO 号
name: 姓名 名字 老人姓名 老年人姓名 对象姓名 服务对象 服务对象姓名 助餐对象 人员姓名 本人姓名
    就餐人 就餐人姓名 用餐人 用餐人姓名 就餐老人 用餐老人
sex: 性别
id_number: 身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 公民身份证号 公民身份证号码 身份号码
    居民身份证 居民身份证号 居民身份证号码 有效证件号码
birth_day: 出生日期 出生年月 出生年月日 出生时间 生日 出生
age: 年龄 周岁 实足年龄 岁数
category: 人员类别 对象类别 类别 人员类型 对象类型 老人类别 老人类型 老年人类别 困难类型 困难类别 身份类别
    补贴类别 保障类别 服务对象类别 服务对象类型 享受类别 所属类别 助餐对象类别 人员性质
settlement: 城镇/农村 城镇农村 城乡 城乡类别 城乡类型 城镇或农村 城市/农村
    户口性质 户籍性质 户口类型 户籍类型 户籍类别
hukou: 户籍 户籍地 户籍地址 户籍所在地 户籍所在村 户籍村 户口 户口地址 户口所在地 户口所在地址
residence: 居住地 现居住地 居住地址 现居住地址 家庭住址 家庭地址 现住址 住址 地址 现住地 常住地址 常住地
    详细地址 居住详细地址 送餐地址 联系地址
township: 乡镇 镇 乡 街道 乡镇街道 乡镇/街道 所在乡镇 所属乡镇 镇街
village: 村 村名 村居 所在村 行政村 村委会 社区 村社区 村/社区 所属村 所在村居 村委会 村居委会
village_group: 组 村组 组别 小组 村小组 村民小组 自然村 所在组 组名
resident_since: 居住起始 居住起始日期 居住起始时间 居住开始日期 起始居住时间 开始居住时间 居住时间 连续居住起始日期
    入住日期 入住时间 迁入日期 迁入时间
permit: 居住证 居住证件 居住证类型 居住证件类型 证件类型 证件种类
living: 居住情况 居住状况 居住类型 居住形式 生活状况 家庭状况 居住方式
ability: 身体状况 健康状况 自理能力 自理情况 身体情况 失能情况 能力评估 失能等级 能力等级 生活自理能力
diet: 饮食禁忌 忌口 饮食 饮食要求 饮食需求 特殊饮食 饮食情况 禁忌 饮食习惯
phone: 联系电话 手机 电话 手机号 手机号码 电话号码 本人电话 老人电话 联系方式 本人联系电话
contact_name: 紧急联系人 紧急联系人姓名 联系人 联系人姓名 家属 家属姓名 监护人 监护人姓名 子女姓名
    家庭联系人 赡养人 赡养人姓名
contact_phone: 紧急联系人电话 紧急联系电话 紧急联系人联系电话 紧急联系人手机 联系人电话 联系人联系电话
    家属电话 家属联系电话 监护人电话 监护人联系电话 子女电话 赡养人电话
contact_relation: 关系 与老人关系 与本人关系 联系人关系 紧急联系人关系
card: 就餐卡号 卡号 饭卡号 餐卡号 就餐卡 助餐卡号 助餐卡 就餐证号 餐卡 用餐卡号
wants_delivery: 是否送餐 送餐 需要送餐 是否需要送餐 送餐上门 是否送餐上门 需送餐
note: 备注 说明 备注说明 其他
problem: 问题"""
#: A group header over several columns: 紧急联系人 over 姓名 and 电话.
_CONTACT_GROUPS = ("紧急联系人", "联系人", "家属", "监护人", "子女", "赡养人", "紧急联系方式")
_UNDER_CONTACT = vocabulary(
    """contact_name: 姓名 名字
contact_phone: 电话 联系电话 手机 手机号 联系方式
contact_relation: 关系 与老人关系 与本人关系"""
)
#: What makes a header that holds 身份证 something else.
_NOT_THE_ELDERS = ("联系人", "监护", "家属", "子女", "赡养", "代办", "复印", "地址")
_MARKS = re.compile(r"[\s:：*★＊、,。.\"'“”]+")
_BRACKETS = re.compile(r"[(（【\[].*?[)）】\]]")

#: Rows in which a header is looked for.
_HEADER_WITHIN = 40
_ISSUER = re.compile(r"(?:填报|上报|报送|制表|填表|编制)?单位(?:[(（]盖?章?[)）])?\s*[:：]\s*(\S.{0,60})")
_DATED = re.compile(r"(?:填报|填表|制表|上报|报送|统计|编制)?(?:日期|时间)\s*[:：]\s*(\S.{5,20})")
_FOOTER = re.compile(
    r"(?:制表|填表|填报|审核|审批|复核|经办|负责|分管|主管|领导|联系)(?:人|单位|领导)?(?:[(（].{0,6}[)）])?(?:签[字名章])?\s*[:：]"
    r"|(?:备?注|说明|填表说明)\s*[:：]|(?:合计|总计|小计|共计)(?:\s*[:：].*|\s*\d*\s*人?)$|单位(?:负责人|盖章|公章)"
)


def _key(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).upper()


FIELDS = {_key(name): field for name, field in vocabulary(_SYNONYMS).items()}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is in one sheet."""

    sheet: FoundSheet
    #: Column -> field.
    fields: dict[int, str]
    #: Column -> the header as it was written, of every column that has one.
    headers: dict[int, str]
    #: Rows above the header, the header's own rows, and the rows below.
    above: tuple[Line, ...]
    header: tuple[Line, ...]
    below: tuple[Line, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers that mean nothing here: they are shown, never silently dropped."""
        return tuple(text for column, text in self.headers.items() if column not in self.fields)


def field_of(header: str) -> str:
    """The field a header means, "" for one nobody knows."""
    whole = _key(header)
    found = FIELDS.get(whole) or FIELDS.get(_key(_BRACKETS.sub("", unicodedata.normalize("NFKC", header))))
    if found:
        return found
    group, _, below = whole.rpartition("/")
    if group and _BRACKETS.sub("", group) in _CONTACT_GROUPS:
        return _UNDER_CONTACT.get(below, "")
    if "身份证" in whole and not any(word in whole for word in _NOT_THE_ELDERS):
        return "id_number"
    return ""


def find_layout(sheets: Sequence[FoundSheet]) -> tuple[Layout, list[str]]:
    """The first sheet with a header, and the names of further sheets that look like rosters too.

    Raises ``BadInput`` when no sheet has a row with both a name and an ID number column.
    """
    found = [layout for layout in map(_layout_of, sheets) if layout is not None]
    if not found:
        raise BadInput(
            "没有找到表头:需要有「姓名」和「身份证号」两列",
            field="file",
            next_step="请检查表头,把这两列写成「姓名」「身份证号码」再上传",
        )
    return found[0], [layout.sheet.name for layout in found[1:] if layout.below]


def _layout_of(sheet: FoundSheet) -> Layout | None:
    best: Layout | None = None
    for at in range(min(len(sheet.lines), _HEADER_WITHIN)):
        for height in (1, 2):
            layout = _try(sheet, at, height)
            if layout and (best is None or _size(layout) > _size(best)):
                best = layout
    return best


def _size(layout: Layout) -> tuple[int, int]:
    """The most fields win; of equals the lower header, or a title row would be taken for a part of it."""
    return len(layout.fields), -len(layout.header)


def _try(sheet: FoundSheet, at: int, height: int) -> Layout | None:
    rows = sheet.lines[at : at + height]
    if len(rows) < height or (height == 2 and rows[1].number != rows[0].number + 1):
        return None
    headers = dict(_headers(rows))
    fields: dict[int, str] = {}
    for column, text in headers.items():
        field = field_of(text)
        if field and field not in fields.values():
            fields[column] = field
    if not {"name", "id_number"} <= set(fields.values()):
        return None
    return Layout(sheet, fields, headers, sheet.lines[:at], rows, sheet.lines[at + height :])


def _headers(rows: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Column and header; of two rows the upper (stretched over its merged columns) and the lower joined by /."""
    group = ""
    for column in range(max(len(row.cells) for row in rows)):
        upper = cell_text(rows[0].at(column)).replace(" ", "")
        group = upper or group
        lower = cell_text(rows[1].at(column)).replace(" ", "") if len(rows) == 2 else ""
        if lower:
            stacked = f"{group}/{lower}"
            yield column, lower if field_of(lower) and not field_of(stacked) and not field_of(group) else stacked
        elif upper:
            yield column, upper


def is_person(line: Line, layout: Layout) -> bool:
    """Whether a row below the header is about a person: not only a running number, not a footer or a header."""
    cells = {field: cell_text(line.at(column)) for column, field in layout.fields.items()}
    if field_of(cells["name"]) == "name" and field_of(cells["id_number"]) == "id_number":
        return False  # the header again, at the top of a printed page
    first = next(text for text in map(cell_text, line.cells) if text)
    if _FOOTER.match(first) or _FOOTER.match(cells["name"]):
        return sum(sign.isdigit() for sign in cells["id_number"]) >= 12  # somebody of that name after all
    filled = [field for field, text in cells.items() if text and field not in ("seq", "problem")]
    return bool(cells["name"] or cells["id_number"]) or len(filled) >= 2


def stated_in(lines: Sequence[Line]) -> tuple[str, date | None]:
    """Issuer (填报单位) and date (填报日期) as the rows around the table give them; "" and None when they do not."""
    issuer, day = "", None
    for text in (cell_text(cell) for line in lines for cell in line.cells if isinstance(cell, str)):
        found = _ISSUER.search(text)
        issuer = issuer or (found[1].split("填报")[0].strip() if found else "")
        dated = _DATED.search(text)
        day = day or (read_day(dated[1].strip()) if dated else None)
    return issuer, day
