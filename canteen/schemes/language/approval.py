"""How an entitlement is approved, as data: the ``[approval]`` of a scheme. Explained in ``docs/approvals.md``."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.months import months_after, months_on
from canteen.schemes.language.reader import Table
from canteen.schemes.workdays import MOST_WORKING_DAYS, WorkCalendar, deadline

LEVELS = ("village", "township", "county", "city", "province")
#: Who may act at a step; the role of the account and the level of its area decide.
ROLES = ("committee", "civil_affairs")
APPLICANTS = ("elder", "relative", "agent", "staff")
STARTS = ("decision", "next_month", "application")
NOTICES = ("both", "approved", "refused", "none")
MEASURES = ("suspend", "recover", "compensate", "cancel", "refer")
#: Written in ``not_same_as`` for the person who took the application.
RECORDER = "recorder"
_MOST_YEARS = 100
#: A day of every year, ``MM-DD``; 29 February is none.
_BATCH_DAY = re.compile(
    r"(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])", re.ASCII
)
_NUMBER = re.compile(r"\{number(:[1-9])?\}")


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that must be shown with an application."""

    #: Stable key, ``id_card``.
    kind: str
    #: What people call it.
    words: str
    #: Class codes it is asked of; () everybody.
    only_for: tuple[str, ...]
    optional: bool

    def asked_of(self, class_code: str) -> bool:
        """Is it asked of somebody of this class ("" while the class is open)?"""
        return not self.only_for or class_code in self.only_for


@dataclass(frozen=True, slots=True)
class Publicity:
    """A posted list at one step; the step can only be passed when its days are over."""

    days: int
    #: ``natural`` or ``working`` days.
    counts: str
    #: Inside the step's limit, or apart from it (the limit is longer by the days posted).
    is_inside: bool

    def last_day(self, posted: date, calendar: WorkCalendar) -> date:
        """The last day on which the list must hang; the day of posting is not counted."""
        if self.counts == "working":
            return deadline(posted, self.days, calendar)
        return posted + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Step:
    """One decision on the way, by one person."""

    name: str
    level: str
    role: str
    #: Working days after the step began; None: the notice states none.
    limit: int | None
    #: Names of earlier steps, and ``recorder``, whose person may not decide this one.
    not_same_as: tuple[str, ...]
    publicity: Publicity | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Ability must have been assessed before the last step."""

    only_for: tuple[str, ...]
    #: An older one does not count; None: any.
    valid_months: int | None


@dataclass(frozen=True, slots=True)
class Sanction:
    """What follows a fraud."""

    who: str
    #: The words of the notice.
    words: str
    measures: tuple[str, ...]
    #: ``none``, ``decision`` (until a new one), ``lifetime`` or ``years``.
    barred: str
    years: int

    def barred_until(self, decided_on: date) -> date | None:
        """The first day on which the person or provider may come back; None: never, or only by a new decision.

        Counted from the decision to the same day some years on, or the last day of that month when it has none.
        ``date.min`` when nobody is barred. Source: AMB-27; Civil Code art. 202.
        """
        if self.barred == "none":
            return date.min
        if self.barred != "years":
            return None
        return months_after(decided_on, 12 * self.years)


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """How an entitlement of one scheme comes about and ends."""

    steps: tuple[Step, ...]
    documents: tuple[Document, ...]
    applicants: tuple[str, ...]
    #: ``residence`` or ``hukou``: whose village and township act.
    where: str
    assessment: Assessment | None
    #: No application: whoever is eligible by age and register is entitled from that day.
    automatic_by_age: bool
    #: Month and day on which entitlements begin; () any day.
    batches: tuple[tuple[int, int], ...]
    #: From when an approved entitlement holds, without batches.
    starts: str
    #: An entitlement ends after so many months; None: it lasts.
    valid_months: int | None
    refusal_needs_reason: bool
    written_notice: str
    #: ``{year}`` and ``{number}`` are filled in; "" numbers by year and a counter.
    form_number: str
    sanctions: tuple[Sanction, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What can be written and will hardly work, one Chinese sentence each."""
        return tuple(filter(None, (_cannot_fit(step) for step in self.steps)))

    def starts_on(self, *, decided: date, applied: date) -> date:
        """The first day of an entitlement approved on one day and applied for on another."""
        if self.batches:
            days = sorted(date(year, *day) for year in (decided.year, decided.year + 1) for day in self.batches)
            return next(day for day in days if day >= decided)
        if self.starts == "next_month":
            return months_on(decided, 1)
        return applied if self.starts == "application" else decided

    def ends_on(self, starts: date) -> date | None:
        """The last day of an entitlement; None while it lasts."""
        if self.valid_months is None:
            return None
        return months_after(starts, self.valid_months) - timedelta(days=1)

    def number(self, *, year: int, count: int) -> str:
        """The number of a form: the pattern with year and counter filled in."""
        pattern = self.form_number or "{year}-{number:4}"

        def fill(found: re.Match[str]) -> str:
            return str(count).zfill(int(found[1][1:])) if found[1] else str(count)

        return _NUMBER.sub(fill, pattern.replace("{year}", str(year)))


def _cannot_fit(step: Step) -> str:
    """A warning when publicity inside a limit leaves no day to decide, even without holidays."""
    if step.publicity is None or step.limit is None or not step.publicity.is_inside:
        return ""
    weeks, rest = divmod(step.limit, 5)
    span = step.limit if step.publicity.counts == "working" else weeks * 7 + rest
    if step.publicity.days < span:
        return ""
    kind = "个工作日" if step.publicity.counts == "working" else "天(自然日)"
    return (
        f"approval.steps「{step.name}」:公示 {step.publicity.days} {kind}放不进 {step.limit} 个工作日的时限"
        f"(至少还要留一天作决定),请改短公示、放宽时限,或写 inside_limit = false"
    )


def read_approval(table: Table, classes: Collection[str] = ()) -> ApprovalTerms:
    """Read ``[approval]``; what is wrong is noted on the table. ``classes`` are the codes of the scheme's classes, which
    ``only_for`` may name; () lets any name pass."""
    automatic = table.flag("automatic_by_age")
    steps = _read_steps(table, automatic=automatic)
    batches = _read_batches(table)
    if batches and table.has("starts"):
        table.notes.problems.append(f"{table.path('starts')}:写了 batches(分批)就不能再写 starts")
    terms = ApprovalTerms(
        steps=steps,
        documents=_read_documents(table, classes),
        applicants=table.choices("applicants", APPLICANTS) or APPLICANTS,
        where=table.choice("where", ("residence", "hukou"), default="residence"),
        assessment=table.part("assessment", lambda one: _read_assessment(one, classes)),
        automatic_by_age=automatic,
        batches=batches,
        starts=table.choice("starts", STARTS, default="decision"),
        valid_months=table.whole("valid_months", 1, 12 * _MOST_YEARS) if table.has("valid_months") else None,
        refusal_needs_reason=table.flag("refusal_needs_reason", default=True),
        written_notice=table.choice("written_notice", NOTICES, default="both"),
        form_number=_read_form_number(table),
        sanctions=table.parts("sanctions", _read_sanction),
    )
    table.done_with_source()
    return terms


def _read_steps(table: Table, *, automatic: bool) -> tuple[Step, ...]:
    steps: list[Step] = []
    for one in table.tables("steps"):
        name = one.text("name", longest=20)
        earlier = [step.name for step in steps]
        if name and (name in earlier or name == RECORDER):
            one.notes.problems.append(f"{one.path('name')}:「{name}」写了两次或是保留字,每一步的名称不能相同")
        level = one.choice("level", LEVELS)
        role = one.choice("role", ROLES, default="committee" if level == "village" else "civil_affairs")
        limit = one.whole("limit_working_days", 1, MOST_WORKING_DAYS) if one.has("limit_working_days") else None
        others = one.choices("not_same_as", (RECORDER, *earlier), least=0)
        if not one.has("not_same_as"):
            others = (RECORDER, *earlier)
        publicity = one.part("publicity", _read_publicity)
        one.done_with_source()
        steps.append(Step(name, level, role, limit, tuple(dict.fromkeys((RECORDER, *others))), publicity))
    if not steps and not automatic:
        table.notes.lacks(
            table.path("steps"),
            "列表 [...],每一步写 name(名称)和 level(哪一级);按年龄自动认定的写 automatic_by_age = true",
        )
    return tuple(steps)


def _read_publicity(table: Table) -> Publicity:
    """``{ days = 7, counts = "natural" }``, inside the step's limit unless it says ``inside_limit = false``."""
    return Publicity(
        table.whole("days", 1, MOST_WORKING_DAYS),
        table.choice("counts", ("natural", "working")),
        table.flag("inside_limit", default=True),
    )


def _read_documents(table: Table, classes: Collection[str]) -> tuple[Document, ...]:
    documents: list[Document] = []
    for one in table.tables("documents"):
        kind = one.match("kind", r"[a-z][a-z0-9_]{0,39}", "小写英文代号,例如 id_card")
        one.once("kind", kind, [earlier.kind for earlier in documents], "")
        documents.append(Document(kind, one.text("words"), _read_only_for(one, classes), one.flag("optional")))
        one.done_with_source()
    return tuple(documents)


def _read_assessment(table: Table, classes: Collection[str]) -> Assessment:
    """``{}`` (everybody), or with ``only_for`` classes and ``valid_months``."""
    months = table.whole("valid_months", 1, 12 * _MOST_YEARS) if table.has("valid_months") else None
    return Assessment(_read_only_for(table, classes), months)


def _read_only_for(table: Table, classes: Collection[str]) -> tuple[str, ...]:
    return table.choices("only_for", classes) if classes else table.names("only_for")


def _read_batches(table: Table) -> tuple[tuple[int, int], ...]:
    """``"half_year"``, or a list of days ``["01-01", "07-01"]`` on which new entitlements begin."""
    if not table.has("batches"):
        return ()
    found = table.take("batches")
    days = ["01-01", "07-01"] if found == "half_year" else found
    right = isinstance(days, list) and 0 < len(days) <= 12
    if not right or not all(isinstance(day, str) and _BATCH_DAY.fullmatch(day) for day in days):
        table.notes.wrong(
            table.path("batches"), found, '"half_year"(1月1日和7月1日),或日期的列表,例如 ["01-01", "07-01"]'
        )
        return ()
    return tuple(sorted((int(day[:2]), int(day[3:])) for day in set(days)))


def _read_form_number(table: Table) -> str:
    pattern = table.text("form_number", default="")
    rest = _NUMBER.sub("", pattern, count=1).replace("{year}", "")
    if pattern and (not _NUMBER.search(pattern) or "{" in rest or "}" in rest):
        table.notes.wrong(
            table.path("form_number"), pattern, "编号的写法,{number} 是流水号({number:4} 补足四位),{year} 是年份"
        )
    return pattern


def _read_sanction(table: Table) -> Sanction:
    years = table.whole("barred_years", 1, _MOST_YEARS) if table.has("barred_years") else 0
    barred = table.choice("barred", ("none", "decision", "lifetime"), default="years" if years else "none")
    if years and table.has("barred"):
        table.notes.problems.append(f"{table.where}:barred 和 barred_years 只写一个")
    return Sanction(
        table.choice("who", ("elder", "provider")),
        table.text("words", longest=200),
        table.choices("measures", MEASURES),
        barred,
        years,
    )
