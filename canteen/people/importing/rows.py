"""One row of a roster becomes a person, or a list of problems; either may come with warnings. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from canteen.base.errors import BadInput
from canteen.base.months import full_years
from canteen.base.sheets.reading import Cell, Line
from canteen.people.facts import Contact
from canteen.people.importing.areas import Gazetteer, PlacedAddress, group_name
from canteen.people.importing.columns import Layout
from canteen.people.importing.roster import RosterRow, RowRemark
from canteen.people.importing.words import (
    ABILITY,
    LIVING,
    PERMIT,
    SETTLEMENT,
    SEX,
    Categories,
    cell_text,
    read_categories,
    read_day,
    read_diet,
    read_month,
    read_note,
    read_since,
    read_yes,
)
from canteen.people.rules import IdNumber, card_number, check_id_number, id_digits, person_name, phone_or_nothing

Value = TypeVar("Value")
_PHONES = re.compile(r"[、，,;；/\n]+|(?<=\d{7})\s+(?=\d{7})")
_GONE = re.compile("去世|死亡|已故|病故|身故|注销")
_LONGEST_NAME = 40
_LONGEST_CARD = 40
#: Schemes for elders start here; younger people may be on a roster, but somebody should look.
_ELDER_FROM = 60


@dataclass(slots=True)
class Reader:
    """Reads the rows of one roster in order; remembers ID numbers and cards to find what stands there twice."""

    layout: Layout
    gazetteer: Gazetteer
    #: Today: nobody on a roster is born after it.
    day: date
    problems: list[RowRemark] = field(default_factory=list)
    warnings: list[RowRemark] = field(default_factory=list)
    #: ID number and card number -> the row that has it. Rows with problems do not count.
    _ids: dict[str, int] = field(default_factory=dict)
    _cards: dict[str, int] = field(default_factory=dict)

    def read(self, line: Line) -> RosterRow | None:
        """The person of a row; None after its problems were added to the list."""
        before = len(self.warnings)
        one = _Row(line.number, {name: line.at(column) for column, name in self.layout.fields.items()}, self)
        name = one.checked(lambda: _name(one.cells["name"]))
        number = one.checked(lambda: _id_number(one.cells["id_number"], self.day))
        if number and number.number in self._ids:
            one.problem("身份证号与第%(other)s行相同", other=self._ids[number.number])
        card = one.checked(one.card)
        if card and card_number(card) in self._cards:
            one.problem("就餐卡号与第%(other)s行相同", other=self._cards[card_number(card)])
        hukou, hukou_text = one.hukou()
        residence = one.checked(lambda: one.residence(hukou))
        if one.is_bad or name is None or number is None or card is None or residence is None:
            del self.warnings[before:]
            return None
        self._ids[number.number] = line.number
        if card:
            self._cards[card_number(card)] = line.number
        return RosterRow(
            row=line.number,
            name=name,
            id=number,
            card=card,
            hukou=hukou,
            hukou_text=hukou_text,
            residence=residence.path,
            is_residence_guessed=not one.names_residence,
            village_group=group_name(one.text("village_group")) or residence.group,
            other_birth_day=one.other_birth_day(number),
            categories=one.categories(),
            contact=one.contact(),
            settlement=one.known("settlement", SETTLEMENT),
            living=one.known("living", LIVING),
            resident_since=one.resident_since(number.birth_day),
            permit=one.known("permit", PERMIT),
            ability=one.known("ability", ABILITY),
            diet=read_diet(one.cells.get("diet")),
            phone=one.phone(),
            address=one.text("residence"),
            wants_delivery=one.wants_delivery(),
            note=one.note(),
        )

    def header(self, name: str) -> str:
        """The header of a field as it was written."""
        return next(self.layout.headers[column] for column, found in self.layout.fields.items() if found == name)


@dataclass(slots=True)
class _Row:
    """One row while it is read. What cannot be understood is collected for the note, so ``note`` comes last."""

    number: int
    cells: dict[str, Cell]
    reader: Reader
    is_bad: bool = False
    notes: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return cell_text(self.cells.get(name))

    def problem(self, text: str, **fields: Any) -> None:
        self.is_bad = True
        self.reader.problems.append(RowRemark(self.number, text, fields))

    def warn(self, text: str, **fields: Any) -> None:
        self.reader.warnings.append(RowRemark(self.number, text, fields))

    def checked(self, read: Callable[[], Value]) -> Value | None:
        """What ``read`` finds, or None after its complaint was added to the problems."""
        try:
            return read()
        except BadInput as error:
            self.problem(error.text, **error.fields)
            return None

    def card(self) -> str:
        text = read_note(self.cells.get("card"))
        if len(text) > _LONGEST_CARD:
            raise BadInput("就餐卡号太长")
        return text if card_number(text) else ""

    def hukou(self) -> tuple[str, str]:
        """The path of the hukou and "", or "" and the text when it is in no area that is kept here."""
        text = self.text("hukou")
        if text in SETTLEMENT:
            self.cells.setdefault("settlement", text)
            return "", ""
        if not text:
            return "", ""
        try:
            return self.reader.gazetteer.place(text).path, ""
        except BadInput:
            self.warn("户籍地不在本县已有的乡镇,按外地户籍登记")
            return "", text

    @property
    def names_residence(self) -> bool:
        return any(self.text(name) for name in ("residence", "village", "township"))

    def residence(self, hukou: str) -> PlacedAddress:
        gazetteer, address = self.reader.gazetteer, self.text("residence")
        named = self.text("township") + self.text("village")
        near = gazetteer.place(named, near=hukou).path if named else hukou or gazetteer.home
        if not address:
            if not named:
                self.warn("没有现居住地,按户籍地登记" if hukou else "没有现居住地,按助餐点所在的村登记")
            return PlacedAddress(near)
        try:
            return gazetteer.place(address, near=near)
        except BadInput:
            if not named:
                raise
            return PlacedAddress(near)

    def other_birth_day(self, number: IdNumber) -> date | None:
        """The paper's birth date when it is another; the sex and the age are looked at beside it."""
        sex = SEX.get(self.text("sex").upper(), number.sex)
        if sex != number.sex:
            self.warn("性别与身份证号不同,按身份证号登记")
        age = full_years(number.birth_day, self.reader.day)
        if age < _ELDER_FROM:
            self.warn("不满60周岁(%(age)s岁)", age=age)
        cell = self.cells.get("birth_day")
        day, month = read_day(cell), read_month(cell)
        if cell is None or day == number.birth_day or month == (number.birth_day.year, number.birth_day.month):
            return None
        if day is None and month is None:
            self.warn("出生日期看不懂,按身份证号登记")
        else:
            self.warn("出生日期与身份证号不同,按身份证号登记,表上的日期另存备查")
        return day

    def categories(self) -> Categories:
        found = read_categories(self.cells.get("category"))
        if found.unknown:
            self.set_aside("category", "、".join(found.unknown), "%(column)s里有不认识的词,没有登记身份,已记入备注")
        return found

    def known(self, name: str, words: Mapping[str, str]) -> str:
        """The stored word for a cell; what nobody knows goes to the note."""
        text = self.text(name)
        found = words.get(text, words.get(text.replace(" ", "")))
        if text and found is None:
            self.set_aside(name, text, "%(column)s看不懂,已记入备注")
        return found or ""

    def resident_since(self, born: date) -> date | None:
        cell = self.cells.get("resident_since")
        since, is_whole = read_since(cell)
        if since is None or not born <= since <= self.reader.day:
            if text := read_note(cell):
                self.set_aside("resident_since", text, "%(column)s看不懂,已记入备注")
            return None
        if not is_whole:
            self.warn("%(column)s只有月份,按那个月的最后一天登记", column=self.reader.header("resident_since"))
        return since

    def set_aside(self, name: str, text: str, warning: str) -> None:
        column = self.reader.header(name)
        self.warn(warning, column=column)
        self.notes.append(f"{column}:{text}")

    def phone(self) -> str:
        """The first phone of the cell; others, and what is none, go to the note."""
        good, rest = _phones(self.text("phone"))
        if rest or len(good) > 1:
            self.set_aside("phone", "、".join(good[1:] + rest), "%(column)s里有第二个号码或不是号码的内容,已记入备注")
        return good[0] if good else ""

    def contact(self) -> Contact | None:
        name, relation = self.text("contact_name"), self.text("contact_relation")
        good, rest = _phones(self.text("contact_phone"))
        if not (name or good or rest):
            return None
        if rest:
            self.warn("%(column)s不是电话号码,照原样登记", column=self.reader.header("contact_phone"))
        return Contact(name, "、".join(good + rest), relation)

    def wants_delivery(self) -> bool | None:
        cell = self.cells.get("wants_delivery")
        found = read_yes(cell)
        if cell is not None and found is None:
            self.warn("%(column)s看不懂,没有登记送餐", column=self.reader.header("wants_delivery"))
        return found

    def note(self) -> str:
        text = read_note(self.cells.get("note"))
        if _GONE.search(text):
            self.warn("备注里写着去世或注销,请核对后在老人页面登记")
        return ";".join(part for part in (text, *self.notes) if part)


def _name(cell: Cell) -> str:
    name = person_name(cell_text(cell))
    if not name:
        raise BadInput("没有姓名")
    if not any(sign.isalpha() for sign in name) or len(name) > _LONGEST_NAME:
        raise BadInput("姓名看不懂")
    return name


def _id_number(cell: Cell, day: date) -> IdNumber:
    text = cell_text(cell).strip("='\"")
    try:
        return check_id_number(text, day=day)
    except BadInput:
        if isinstance(cell, int | float) and len(id_digits(text)) > 15:
            raise BadInput("身份证号被表格改成了数字,后几位已丢失,请把这一列设为文本重新填写") from None
        raise


def _phones(text: str) -> tuple[list[str], list[str]]:
    """The phone numbers of a text, and its parts that are none."""
    good: list[str] = []
    rest: list[str] = []
    for part in [text] if phone_or_nothing(text) else _PHONES.split(text):
        if phone := phone_or_nothing(part):
            good.append(phone)
        elif read_note(part):
            rest.append(part.strip())
    return good, rest
