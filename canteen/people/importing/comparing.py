"""Comparing a roster with what is known: who is new, what changes, what stays, and what cannot be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from canteen.people.facts import Contact, with_evidence
from canteen.people.importing.on_file import ElderOnFile, OnFile
from canteen.people.importing.roster import RosterRow, RowRemark
from canteen.people.registry import ElderDraft, StatusDraft, changes
from canteen.people.rules import card_number


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterSetting:
    """What holds for every row of one roster."""

    site_id: int
    #: The day the statuses of the roster count from.
    dated: date
    issuer: str
    filename: str
    #: Path -> id of every area a row names; villages that do not exist yet have negative ids.
    area_ids: Mapping[str, int]
    #: Path -> ``urban``, ``rural`` or "".
    settlements: Mapping[str, str]

    def evidence(self, row: int) -> str:
        """The paper a status rests on."""
        return f"名册「{self.filename}」第{row}行"


@dataclass(frozen=True, slots=True)
class ElderChange:
    """What one row changes about an elder who is known."""

    elder_id: int
    row: int
    draft: ElderDraft
    #: Names of the facts that change, also ``statuses`` and ``card``.
    facts: tuple[str, ...]
    starts: tuple[StatusDraft, ...]
    #: (status, last day in force)
    ends: tuple[tuple[int, date], ...]
    #: A further card, as printed; "" for none.
    card: str


@dataclass(slots=True)
class RosterPlan:
    """What importing a roster would do."""

    new: list[ElderDraft] = field(default_factory=list)
    changes: list[ElderChange] = field(default_factory=list)
    unchanged: int = 0
    problems: list[RowRemark] = field(default_factory=list)
    warnings: list[RowRemark] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.new and not self.changes

    @property
    def area_ids(self) -> set[int | None]:
        """Every area the plan writes people into."""
        drafts = [*self.new, *(change.draft for change in self.changes)]
        return {area for draft in drafts for area in (draft.residence_area_id, draft.hukou_area_id)}


def make_plan(rows: Mapping[str, RosterRow], known: OnFile, setting: RosterSetting) -> RosterPlan:
    """Plan a roster. ``rows`` are its good rows by the hash of their ID number, in the order of the sheet."""
    plan = RosterPlan()
    for hash_, row in rows.items():
        elder = known.elders.get(hash_)
        holder = known.basis.holders.get(card_number(row.card)) if row.card else None
        if holder is not None and (elder is None or holder != elder.id):
            plan.problems.append(RowRemark(row.row, "就餐卡号已经是别人的"))
        elif elder is None:
            if (row.name, row.id.birth_day) in known.unnumbered:
                plan.warnings.append(RowRemark(row.row, "系统里有同名同生日而没有身份证号的人,请核对是否同一人"))
            plan.new.append(_new(row, setting))
        elif not elder.is_reachable:
            plan.problems.append(RowRemark(row.row, "这个身份证号已登记在您管理范围之外的助餐点"))
        elif _letters(elder.draft.name) != _letters(row.name):
            plan.problems.append(RowRemark(row.row, "这个身份证号已登记为另一个姓名,请核对;确需改名请在老人页面修改"))
        else:
            _compare(row, elder, setting, plan)
    return plan


def _letters(name: str) -> str:
    return name.replace("·", "").replace(" ", "")


def _new(row: RosterRow, setting: RosterSetting) -> ElderDraft:
    """What the row says, laid over nothing but where the person lives."""
    blank = ElderDraft(
        name=row.name,
        birth_day=row.id.birth_day,
        residence_area_id=setting.area_ids[row.residence],
        settlement=setting.settlements[row.residence],
    )
    statuses = tuple(_status(kind, row, setting) for kind in row.categories.kinds)
    return replace(_merged(row, blank, setting), statuses=statuses, card=row.card)


def _status(kind: str, row: RosterRow, setting: RosterSetting) -> StatusDraft:
    return StatusDraft(
        kind=kind, from_day=setting.dated, issuer=setting.issuer, evidence=setting.evidence(row.row), origin="roster"
    )


def _compare(row: RosterRow, elder: ElderOnFile, setting: RosterSetting, plan: RosterPlan) -> None:
    draft = _merged(row, elder.draft, setting)
    changed = [*changes(elder.draft, draft)]
    starts = tuple(_status(kind, row, setting) for kind in row.categories.kinds if not _lasts(elder, kind, setting))
    ends = _ends(row, elder, setting, plan)
    card = _further_card(row, elder, plan)
    if elder.state in ("died", "moved"):
        plan.warnings.append(
            RowRemark(row.row, "系统里此人已登记去世" if elder.state == "died" else "系统里此人已登记迁出")
        )
    if elder.draft.home_site_id not in (None, setting.site_id):
        plan.warnings.append(RowRemark(row.row, "此人常去另一个助餐点,没有改动"))
    if starts or ends:
        changed.append("statuses")
    if card:
        changed.append("card")
    if changed:
        plan.changes.append(ElderChange(elder.id, row.row, draft, tuple(changed), starts, ends, card))
    else:
        plan.unchanged += 1


#: Facts that are what the row says, if it says anything.
_SAID = ("ability", "resident_since", "permit", "living", "diet", "phone", "address")


def _merged(row: RosterRow, was: ElderDraft, setting: RosterSetting) -> ElderDraft:
    """What is on file with what the row says laid over it; blank cells say nothing and take nothing away."""
    known = was.personal
    hukou = setting.area_ids.get(row.hukou) if row.hukou or row.hukou_text else was.hukou_area_id
    said = {name: getattr(row, name) or getattr(known, name) for name in _SAID}
    return replace(
        was,
        birth_day=row.id.birth_day,
        sex=row.id.sex,
        hukou_area_id=hukou,
        residence_area_id=was.residence_area_id if row.is_residence_guessed else setting.area_ids[row.residence],
        settlement=row.settlement or was.settlement,
        village_group=row.village_group or was.village_group,
        home_site_id=was.home_site_id or setting.site_id,
        wants_delivery=was.wants_delivery if row.wants_delivery is None else row.wants_delivery,
        personal=replace(
            known,
            **said,
            id_number=row.id.number,
            ability_day=setting.dated if row.ability not in ("", known.ability) else known.ability_day,
            hukou_text="" if row.hukou else row.hukou_text or known.hukou_text,
            contacts=_contacts(known.contacts, row.contact),
            note=_note(known.note, row.note),
            birth_evidence=with_evidence(known.birth_evidence, row.other_birth_day, setting.evidence(row.row)),
        ),
    )


def _contacts(known: tuple[Contact, ...], given: Contact | None) -> tuple[Contact, ...]:
    """The contact of the paper first; another entry of the same name gives way to it."""
    if given is None or given in known:
        return known
    return given, *(one for one in known if one.name != given.name)


def _note(known: str, given: str) -> str:
    return known if given in known else ";".join(part for part in (known, given) if part)


def _lasts(elder: ElderOnFile, kind: str, setting: RosterSetting) -> bool:
    """Whether the elder has a status of this kind on the roster's day or later."""
    return any(one.facts.kind == kind and (one.to_day is None or one.to_day >= setting.dated) for one in elder.statuses)


def _ends(row: RosterRow, elder: ElderOnFile, setting: RosterSetting, plan: RosterPlan) -> tuple[tuple[int, date], ...]:
    """Statuses the row no longer names end the day before the roster's day.

    Only a cell that says something and is wholly understood ends anything, only what a roster began, and only what
    began before: what a person recorded, and what a newer roster says, stays with a warning.
    """
    if not row.categories.says or row.categories.unknown:
        return ()
    ends: list[tuple[int, date]] = []
    for one in elder.statuses:
        if one.to_day is not None or one.facts.kind in row.categories.kinds:
            continue
        if one.facts.origin != "roster":
            plan.warnings.append(RowRemark(row.row, "系统里有人工登记的身份,表上没有,没有改动"))
        elif one.from_day > setting.dated:
            plan.warnings.append(RowRemark(row.row, "系统里的身份比这份名册新,没有改动"))
        else:
            ends.append((one.id, max(one.from_day, setting.dated - timedelta(days=1))))
    return tuple(ends)


def _further_card(row: RosterRow, elder: ElderOnFile, plan: RosterPlan) -> str:
    number = card_number(row.card) if row.card else ""
    if not number or elder.cards.get(number):
        return ""
    if number in elder.cards:
        plan.warnings.append(RowRemark(row.row, "表上的就餐卡已经停用,没有重新启用"))
        return ""
    if any(elder.cards.values()):
        plan.warnings.append(RowRemark(row.row, "此人已有一张卡,又登记了表上的卡;旧卡作废请在老人页面办理"))
    return row.card
