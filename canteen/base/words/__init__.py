"""The words of the trade: ``vocabulary`` defines each once, here are the lists that code asks for.

CHECK constraints (``db.check_one_of``), the terminals' API, form choices (``i18n.choices``) and buttons are made from these;
``tests/architecture/test_words.py`` walks the places and names what is stale.
"""

from collections.abc import Iterable
from typing import Any

from canteen.base.words.office import THE_OFFICE
from canteen.base.words.vocabulary import THE_DAY

VOCABULARY = THE_DAY | THE_OFFICE

#: Kind of word -> stored word -> what people read.
WORDS = {kind: {code: chinese for code, (chinese, _) in words.items()} for kind, words in VOCABULARY.items()}
#: Chinese -> English, for ``i18n``.
ENGLISH = {chinese: english for words in VOCABULARY.values() for chinese, english in words.values() if chinese}


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
DISH_KINDS = codes("dish_kind")
WAYS = codes("way")
PAY_WAYS = codes("pay_way")
#: What may be paid at a door, and how own money comes in and goes back.
DOOR_PAY_WAYS = ("cash", "code", "monthly")
TOP_UP_WAYS = ("cash", "code")
GUEST_KINDS = codes("guest")
#: Guests of whom the list has a price; the others pay nothing.
PRICED_GUESTS = codes("guest", but=("free",))
#: What a token may be: a card or face terminal, or the print agent of a site.
TOKEN_ROLES = ("terminal", "print_agent")
#: What a person may be here (``access`` says what each may do).
ROLES = codes("role", but=TOKEN_ROLES)
#: Kind -> label.
STATUSES = WORDS["status"]
ABILITIES = codes("ability")
PERMITS = codes("permit")
SETTLEMENTS = codes("settlement")
SEXES = codes("sex")
LIFE_KINDS = codes("life")
OPERATING_MODELS = codes("operating_model")
LEVELS = codes("level")
APPLICANTS = codes("applicant")
CHANNELS = codes("channel")
PURPOSES = codes("purpose")
CHECK_CAUSES = codes("check_cause")
CHECK_STEPS = codes("check_step")
STEP_RESULTS = codes("step_result")
CHECK_ENDS = codes("check_end")
VISIT_RESULTS = codes("visit_result")
SIGNS = codes("sign")
#: What stops a right.
HALT_CAUSES = ("died", "moved", "paused", "facts", "sanction")
#: Kinds of service other than meals, with the names of the notices -> label.
SERVICES = {code: name for code, name in WORDS["service"].items() if code != "meal"}
#: What somebody may say at a door, and what of it is a meal somebody has.
OUTCOMES = codes("drop", but=("planned",))
DELIVERED = ("handed_over", "neighbour")
GRADES = codes("grade")
CONFIRMED_BY = codes("confirmed_by")
PROVIDER_KINDS = codes("provider_kind")
INCOME_KINDS = codes("income")
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
