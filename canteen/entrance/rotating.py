"""Changing the keys of a canteen: everything sealed is opened with the old and sealed with the new, every keyed hash made
anew, in one transaction; ``base.keys.changing`` says what lies where meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.adopting import adopt_anew
from canteen.audit.chain_key import sealed_secret
from canteen.base.access import Actor
from canteen.base.db import reading, table_of, transaction
from canteen.base.db.sealed import SealedColumn, place_of, sealed_columns
from canteen.base.errors import Refusal
from canteen.base.keys import KeyRing, changing, mark_of, the_keys
from canteen.base.keys.models import KeyMark
from canteen.base.vault import Vault
from canteen.books.meals import class_mark
from canteen.books.models.servings import Serving
from canteen.entitlements.applications.photos import folder_of_photos, photo_place
from canteen.families.models import FamilyLink
from canteen.people.personal import open_personal
from canteen.people.queries import ELDER, KEY
from canteen.people.registry import phone_keys
from canteen.staff.models import LoginAttempt

_SERVING = table_of(Serving)
_MARK = table_of(KeyMark)
#: Rows of one statement.
_ROWS = 1_000


@dataclass(slots=True)
class Rotated:
    """How much was sealed anew."""

    values: int = 0
    files: int = 0


def rotate(*, actor: Actor, now: datetime, show: Callable[[str], None] = lambda _: None) -> Rotated:
    """Change both keys. Cut at any moment, the database holds all of the old or all of the new; run it again.

    Raises ``KeyTrouble``, or ``Refusal``: keys_in_use, old_keys_there, nothing_sealed.
    """
    ring = the_keys()
    ring.let_go()
    with changing.alone(ring.place) if ring.place.is_dir() else nullcontext(True) as is_alone:
        if not is_alone:
            raise Refusal("keys_in_use", "还有程序在使用密钥,没有更换", next_step="请先停止服务和打印程序,再运行一次")
        with reading() as session:
            old = ring.prove(session.connection())
        if old is None:
            raise Refusal("nothing_sealed", "这个数据库还没有密钥", next_step="不用更换;先做初始设置")
        if changing.beside(ring.place, changing.OLD):
            raise Refusal(
                "old_keys_there", "上一次更换的旧密钥还在旁边", next_step="请把 .old 文件移到当时的备份旁边,再运行一次"
            )
        return _change(ring, old, actor=actor, now=now, show=show)


def _change(ring: KeyRing, old: Vault, *, actor: Actor, now: datetime, show: Callable[[str], None]) -> Rotated:
    new, done = changing.prepare(ring.place, ring.files), Rotated()
    for photo in sorted(folder_of_photos().glob("*")):
        place = photo_place(photo.name)
        changing.write_renewed(photo, new.seal(old.open(photo.read_bytes(), place), place))
        done.files += 1
    with transaction() as session:
        sealed_secret(session, old)  # the trail goes on with its secret, whatever keys it is sealed with
        for column in sealed_columns():
            if column.table is not _MARK:
                done.values += _seal_anew(session, column, old, new)
                show(f"{column.table.name}.{column.name}")
        _hash_elders(session, new)
        _mark_classes(session, new)
        session.execute(delete(table_of(LoginAttempt)))
        _end_links(session, now)
        session.execute(update(_MARK).values(mark_of(new)))
        if sealed_secret(session, new):
            adopt_anew(session, actor, now)
        trail.record(session, actor, "rotate_keys", "keys", now, values=done.values, files=done.files)
    changing.take_over(ring.place, ring.files)
    return done


def _seal_anew(session: Session, column: SealedColumn, old: Vault, new: Vault) -> int:
    table, count = column.table, 0
    change = _change_of(table, [column.name])
    for rows in _in_parts(session, column.values(), table):
        values = []
        for row in rows:
            place = column.place(row)
            keys = {f"of_{key.name}": getattr(row, f"key_{key.name}") for key in table.primary_key}
            values.append(keys | {f"new_{column.name}": new.seal(old.open(row.sealed, place), place)})
        session.connection().execute(change, values)
        count += len(values)
    return count


def _change_of(table: Table, names: Sequence[str]) -> Any:
    same = [key == bindparam(f"of_{key.name}") for key in table.primary_key]
    return update(table).where(*same).values({name: bindparam(f"new_{name}") for name in names})


def _in_parts(session: Session, statement: Any, table: Table) -> Iterator[Sequence[Any]]:
    """Rows of a statement in the order of the table's primary key, which it holds as ``key_…``."""
    keys = list(table.primary_key)
    ordered = statement.order_by(*keys).limit(_ROWS)
    rows = session.execute(ordered).all()
    while rows:
        yield rows
        last = tuple_(*(getattr(rows[-1], f"key_{key.name}") for key in keys))
        rows = session.execute(ordered.where(tuple_(*keys) > last)).all()


def _hash_elders(session: Session, new: Vault) -> None:
    """Hashes of ID numbers and phones."""
    hashed = KEY.c.kind.in_(("phone", "phone_tail"))
    session.execute(delete(KEY).where(hashed))
    change = _change_of(ELDER, ["id_hash"])
    everybody = select(ELDER.c.id.label("key_id"), ELDER.c.sealed)
    for rows in _in_parts(session, everybody, ELDER):
        found, keys = [], []
        for row in rows:
            personal = open_personal(row.sealed, row.key_id, new)
            number = personal.id_number
            found.append({"of_id": row.key_id, "new_id_hash": new.index("id_number", number) if number else None})
            keys += [
                {"elder_id": row.key_id, "kind": kind, "key": key} for kind, key in phone_keys(personal.phone, new)
            ]
        session.connection().execute(change, found)
        if keys:
            session.execute(insert(KEY), keys)


def _end_links(session: Session, now: datetime) -> None:
    """Of a family's link only a hash with the old key is there: it is taken back in words rather than dead."""
    links = table_of(FamilyLink)
    session.execute(update(links).where(links.c.revoked_at.is_(None)).values(revoked_at=now))


def _mark_classes(session: Session, new: Vault) -> None:
    change = _change_of(_SERVING, ["class_mark"])
    meals = select(_SERVING.c.id.label("key_id"), *_SERVING.c["site_id", "day", "key", "sealed"])
    for rows in _in_parts(session, meals, _SERVING):
        session.connection().execute(
            change,
            [
                {
                    "of_id": row.key_id,
                    "new_class_mark": class_mark(
                        new,
                        site_id=row.site_id,
                        day=row.day,
                        class_code=new.open(row.sealed, place_of(_SERVING.c.sealed, key=row.key))["class"],
                    ),
                }
                for row in rows
            ],
        )
