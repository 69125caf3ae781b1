"""What a preview and an import answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from canteen.people.importing.badrows import BadRows
from canteen.people.importing.roster import RowRemark

#: Facts of an elder that an import may change, as people read them.
FACT_WORDS = {
    "birth_day": "出生日期",
    "sex": "性别",
    "hukou_area_id": "户籍",
    "residence_area_id": "现居住地",
    "settlement": "城镇或农村",
    "village_group": "组",
    "home_site_id": "常去的助餐点",
    "wants_delivery": "送餐",
    "id_number": "身份证号",
    "ability": "自理能力",
    "ability_day": "评估日期",
    "living": "居住情况",
    "diet": "饮食",
    "phone": "电话",
    "address": "门牌",
    "hukou_text": "户籍",
    "contacts": "紧急联系人",
    "note": "备注",
    "birth_evidence": "另一个出生日期",
    "resident_since": "居住起始日期",
    "permit": "居住证件",
    "statuses": "身份",
    "card": "就餐卡",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A person of the roster as the preview shows them."""

    row: int
    name: str
    masked_id: str
    age: int
    residence: str
    village_group: str
    card: str


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    """A known person whom the roster changes, and the names of the facts that change."""

    row: int
    name: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did, or would do."""

    rows: int
    unchanged: int
    problems: tuple[RowRemark, ...]
    warnings: tuple[RowRemark, ...]
    new_areas: tuple[str, ...]

    @property
    def rejected(self) -> list[tuple[int, str]]:
        """(row, reason in Chinese) of every row that is not taken."""
        return by_row(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(ImportOutcome):
    """What importing a file would do. Nothing is written."""

    filename: str
    site_name: str
    issuer: str
    #: The day the statuses count from, and whether the paper says so (else it is today).
    dated: date
    is_dated_by_paper: bool
    #: (header, field) of every column that is understood, and the headers that are not.
    columns: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    other_sheets: tuple[str, ...]
    new: int
    changes: tuple[ChangedPerson, ...]
    sample: tuple[SampleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult(ImportOutcome):
    """What an import did. ``rows`` is ``imported + updated + unchanged + len(rejected)``."""

    imported: int
    updated: int
    bad_rows: BadRows


def by_row(remarks: Iterable[RowRemark]) -> list[tuple[int, str]]:
    """One line a row, in the order of the sheet; several remarks about a row are joined."""
    found: dict[int, list[str]] = {}
    for remark in remarks:
        found.setdefault(remark.row, []).append(str(remark))
    return [(row, ";".join(texts)) for row, texts in sorted(found.items())]
