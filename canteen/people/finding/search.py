"""Finding people by what is typed or scanned. On the counter's path: statements made once, on the caller's session."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, or_, select, true
from sqlalchemy.orm import Session

from canteen.base.db.prepared import Prepared, batches, one_of
from canteen.base.months import full_years
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.people.finding.keys import TypedText, typed_text
from canteen.people.queries import AREA, ELDER, KEY, find_elder_ids_by_card, live_cards, lives_or_eats_in, states_of

_RESIDENCE = AREA.alias("residence")
#: Keys a prefix is followed for: who types one letter in a county of many thousands types another.
_MOST_KEYS = 1_000
#: The same where those of the own site are looked for apart, and ten are shown.
_MOST_KEYS_NEAR = 100
#: Above every key that starts with a prefix.
_TOP = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One elder a search found: enough to tell two of one name apart."""

    id: int
    name: str
    #: Full years on the day of the search.
    age: int
    village_group: str
    #: The village they live in.
    residence_name: str
    home_site_id: int | None
    #: As printed; "" without a live card.
    card: str
    state: str


def only_a_card(text: str) -> str:
    """The normalised number of a card, when a text can be nothing else (four digits may be the end of a phone); else ""."""
    typed = typed_text(text)
    return typed.card if typed == TypedText(card=typed.card) else ""


class Search:
    """Finding people among those a condition on ``elder`` lets through; its statements are made once, when first asked."""

    def __init__(self, inside: ColumnElement[bool], *, holds_near: bool = False) -> None:
        """``holds_near``: everybody of the own site is inside, so that none of them needs to be looked up for it."""
        self._most_keys = _MOST_KEYS_NEAR if holds_near else _MOST_KEYS
        near = ELDER.c.home_site_id == bindparam("near")
        reach = (KEY.c.key >= bindparam("low")) & (KEY.c.key < bindparam("high"))
        kinds = KEY.c.kind.in_([bindparam("kind1"), bindparam("kind2")])
        most = bindparam("most", type_=Integer)
        first = select(KEY).where(reach, kinds).order_by(KEY.c.key).limit(self._most_keys).subquery("first")
        self._of_id_number = Prepared(select(ELDER.c.id).where(ELDER.c.id_hash == bindparam("key"), inside))
        self._of_phone = Prepared(
            select(KEY.c.elder_id)
            .join(ELDER, ELDER.c.id == KEY.c.elder_id)
            .where(KEY.c.key == bindparam("key"), KEY.c.kind == bindparam("kind"), inside)
            .limit(most)
        )
        # From the site's few hundred people to their keys, however many keys the prefix has in the county.
        self._near = Prepared(
            select(KEY.c.elder_id)
            .join(ELDER, ELDER.c.id == KEY.c.elder_id)
            .where(reach, kinds, near, true() if holds_near else inside)
            .order_by(KEY.c.key)
            .limit(most)
        )
        self._anywhere = Prepared(
            select(first.c.elder_id, ELDER.c.home_site_id, inside.label("is_inside"))
            .join(ELDER, ELDER.c.id == first.c.elder_id)
            .order_by(first.c.key)
        )
        self._people = Prepared(
            select(
                *ELDER.c["id", "name", "birth_day", "village_group", "home_site_id"],
                _RESIDENCE.c.name.label("residence_name"),
            )
            .join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
            .where(one_of(ELDER.c.id), inside)
        )

    def find(
        self, session: Session, text: str, *, day: date, limit: int, home_site_id: int | None, **inside: Any
    ) -> list[Found]:
        """At most ``limit`` elders a text may mean, those of ``home_site_id`` first; ``inside`` fills the condition."""
        typed = typed_text(text)
        found = dict.fromkeys(find_elder_ids_by_card(session, typed.card) if typed.card else [])
        found |= dict.fromkeys(self._by_number(session, typed, inside | {"most": limit}))
        matching = _matching(typed)
        if matching is not None:
            keys = self._anywhere.all(session, **matching, **inside)
            if home_site_id is not None and len(keys) == self._most_keys:  # otherwise those of the site are among them
                near = self._near.all(session, near=home_site_id, most=limit * 4, **matching)
                found |= dict.fromkeys(row.elder_id for row in near)
            if home_site_id is not None:
                keys.sort(key=lambda row: row.home_site_id != home_site_id)
            found |= dict.fromkeys(row.elder_id for row in keys if row.is_inside)
        return self._facts(session, list(found)[:limit], day=day, home_site_id=home_site_id, inside=inside)

    def _by_number(self, session: Session, typed: TypedText, given: Mapping[str, Any]) -> Iterator[int]:
        vault = the_vault()
        if typed.id_number:
            yield from (
                row[0]
                for row in self._of_id_number.all(session, key=vault.index("id_number", typed.id_number), **given)
            )
        for kind, value in (("phone", typed.phone), ("phone_tail", typed.phone_tail)):
            if value:
                yield from (
                    row[0] for row in self._of_phone.all(session, key=vault.index(kind, value), kind=kind, **given)
                )

    def _facts(
        self, session: Session, ids: list[int], *, day: date, home_site_id: int | None, inside: Mapping[str, Any]
    ) -> list[Found]:
        rows = {row.id: row for some in batches(ids) for row in self._people.all(session, **some, **inside)}
        states, cards = states_of(session, rows, day=day), live_cards(session, rows)
        near = [id_ for id_ in ids if id_ in rows]
        if home_site_id is not None:
            near.sort(key=lambda id_: rows[id_].home_site_id != home_site_id)
        return [
            as_record(
                Found, row, age=full_years(row.birth_day, day), card=cards.get(row.id, ""), state=states[row.id].kind
            )
            for row in (rows[id_] for id_ in near)
        ]


def search(
    session: Session, text: str, *, day: date, limit: int = 20, home_site_id: int | None = None, area_prefix: str = ""
) -> list[Found]:
    """Elders a scanned or typed text may mean: by card, ID number, phone, its tail, name, pinyin or initials.

    Those of ``home_site_id`` come first; ``area_prefix`` keeps to people who live, or whose canteen is, inside that
    area ("" is everywhere). A text with nothing to find gives an empty list.
    """
    return _in_area().find(
        session, text, day=day, limit=limit, home_site_id=home_site_id, area=area_prefix, below=_below(area_prefix)
    )


@cache
def _in_area() -> Search:
    areas = select(AREA.c.id).where(
        or_(AREA.c.path == bindparam("area"), AREA.c.path.like(bindparam("below"), escape="\\"))
    )
    return Search(lives_or_eats_in(areas), holds_near=True)


def _below(path: str) -> str:
    """A pattern for every path inside an area; "" is everywhere."""
    return re.sub(r"([%_\\])", r"\\\1", path + "/") + "%" if path else "%"


def _matching(typed: TypedText) -> dict[str, str] | None:
    for prefix, kinds in ((typed.name, ("name", "name")), (typed.letters, ("pinyin", "initials"))):
        if prefix:
            return {"low": prefix, "high": prefix + _TOP, "kind1": kinds[0], "kind2": kinds[1]}
    return None
