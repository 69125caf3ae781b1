"""Languages: the texts in the code are Chinese; English comes from ``translations/en.po``, words of the trade have it
beside them in ``words/vocabulary``. Read on first use."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

from canteen.base.clock import day_of, wall_time
from canteen.base.words import ENGLISH, WORDS

CATALOGUE = Path(__file__).parent.parent / "translations" / "en.po"
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


@cache
def english() -> Translations:
    """The English catalogue, compiled in memory: no generated file can be older than its source."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="en")
    for chinese, words in ENGLISH.items():
        catalogue.add(chinese, words)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


class _Catalogue(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return english() if locale is not None and locale.language == "en" else NullTranslations()


def language() -> str:
    """``zh`` or ``en``: the person's choice (cookie), else the setting. A terminal says it by Accept-Language."""
    if not has_request_context():
        return str(current_app.config["CANTEEN"].language)
    found: str | None = g.get("language")
    if found is None:
        default: str = current_app.config["CANTEEN"].language
        chosen = request.cookies.get("language")
        if request.path.startswith("/api/"):
            chosen = request.accept_languages.best_match(["zh", "en"], default)
        found = g.language = chosen if chosen in LOCALES else default
    return found


def said(text: str) -> str:
    """A text of ours in the person's language. Pages ask for forty of them: Flask-Babel's own way is ten times dearer."""
    return english().ugettext(text) if language() == "en" else text


def _said_on_page(text: str, /, **given: object) -> Markup:
    """``_`` of the templates; what is given is escaped. Jinja's own goes three calls deeper for each text."""
    found = Markup(said(text))  # noqa: S704 - a text of the program
    return found % given if given else found


def _said_of_many(one: str, many: str, number: int) -> str:
    return english().ungettext(one, many, number) if language() == "en" else many


def show_day(day: date) -> str:
    """A canteen day as people read it: 2026年11月21日 周六, or Sat 21 Nov 2026."""
    if language() == "en":
        return f"{day:%a} {day.day} {day:%b %Y}"
    return f"{day.year}年{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def show_moment(instant: datetime) -> str:
    """An instant as people read it where it may be of another day: 11月21日 12:30, or 21 Nov 12:30."""
    day = day_of(instant)
    shown = f"{day.day} {day:%b}" if language() == "en" else f"{day.month}月{day.day}日"
    return f"{shown} {wall_time(instant)}"


def word(stored: str, kind: str) -> str:
    """A stored word (``dine_in``) as people read it (堂食), in the person's language."""
    return said(WORDS[kind].get(stored, stored))


def show_weekdays(numbers: str) -> str:
    """ISO numbers of days of the week as people read them: ``135`` is 周一、周三、周五."""
    if len(numbers) == 7:
        return said("每天")
    return ("、" if language() == "zh" else ", ").join(word(number, "weekday") for number in numbers)


def choices(kind: str, among: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """What a list offers: the stored words of a kind, or some of them, each with what people read."""
    return [(stored, word(stored, kind)) for stored in (WORDS[kind] if among is None else among)]


def connect(app: Flask) -> None:
    """Install Flask-Babel with our catalogue. Called once by ``create_app``."""
    babel = Babel()
    babel.domain_instance = _Catalogue()
    babel.init_app(app, locale_selector=lambda: LOCALES[language()])
    app.jinja_env.install_gettext_callables(said, _said_of_many, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=_said_on_page, language=language)
