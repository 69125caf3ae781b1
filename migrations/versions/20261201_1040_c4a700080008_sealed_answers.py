"""sealed answers

Why: class codes, reasons and decisions lay in the open beside names, and the text of the schemes beside them says which
class is which status. They are sealed now, and a keyed hash takes the place of the class where meals are counted by it.
Rows are sealed in the order of their ids, some at a time, with the keys of the database.

Revision ID: c4a700080008
Revises: c4a7000a0002
Created: 2026-12-01 10:40:00+00:00
"""

import base64
import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from canteen.base.keys import the_keys

revision = 'c4a700080008'
down_revision = 'c4a7000a0002'
branch_labels = None
depends_on = None

#: Rows read, sealed and written at a time.
BATCH = 500
#: Papers that were sealed before, each beside a line for lists.
SEALED_BEFORE = ('kitchen_count', 'change_slip', 'label', 'route_sheet', 'day_sheet')
USE = ('scheme', 'period', 'settled_fen', 'public_fen', 'meals')
LEFT = ('scheme', 'period', 'counts', 'limit_fen', 'left_fen')
VERDICT = ('scheme', 'name', 'version', 'code', 'fields', 'reason')

INT, TEXT, DAY, JSON, BYTES = sa.Integer(), sa.String(), sa.Date(), sa.JSON(), sa.LargeBinary()


def table(name, **columns):
    return sa.table(name, *(sa.column(one, kind) for one, kind in columns.items()))


SERVING = table(
    'serving', id=INT, key=TEXT, site_id=INT, day=DAY, class_code=TEXT, decision=JSON, class_mark=TEXT, sealed=BYTES
)
CARE = table('care_service', id=INT, key=TEXT, class_code=TEXT, decision=JSON, sealed=BYTES)
REASON = {'position': INT, 'reason_code': TEXT, 'reason_fields': JSON, 'reason': TEXT}
SHARE = table('serving_share', serving_id=INT, **REASON)
CARE_SHARE = table('care_share', care_id=INT, **REASON)
LINE = table(
    'purse_line', id=INT, elder_id=INT, scheme=TEXT, kind=TEXT, day=DAY, class_code=TEXT, reason=JSON, sealed=BYTES
)
JOB = table('print_job', id=INT, key=TEXT, kind=TEXT, facts=TEXT, sealed=BYTES)
APPLICATION = table('application', id=INT, elder_id=INT, class_code=TEXT, sealed=BYTES)
ENTITLEMENT = table('entitlement', id=INT, elder_id=INT, class_code=TEXT, sealed=BYTES)
#: Sealed already, the class beside it: table, what its place begins with.
BESIDE = ((APPLICATION, 'application'), (ENTITLEMENT, 'elder'))
#: Table, its shares, the column of theirs that names it.
ANSWERED = ((SERVING, SHARE, SHARE.c.serving_id), (CARE, CARE_SHARE, CARE_SHARE.c.care_id))

#: What gives way to what is sealed.
OPEN = {
    'serving': (('class_code', TEXT), ('decision', JSON)),
    'care_service': (('class_code', TEXT), ('decision', JSON)),
    'serving_share': (('reason_code', TEXT), ('reason_fields', JSON), ('reason', TEXT)),
    'care_share': (('reason_code', TEXT), ('reason_fields', JSON), ('reason', TEXT)),
    'purse_line': (('class_code', TEXT), ('reason', JSON)),
    'application': (('class_code', TEXT),),
    'entitlement': (('class_code', TEXT),),
    'print_job': (('facts', sa.Text()),),
}
SEALED = {
    'serving': (('class_mark', TEXT), ('sealed', BYTES)),
    'care_service': (('sealed', BYTES),),
    'purse_line': (('sealed', BYTES),),
    'print_job': (('sealed', BYTES),),
}
NULLABLE = {('purse_line', 'sealed')}


def add(columns):
    for name, some in columns.items():
        with op.batch_alter_table(name) as batch:
            for column, kind in some:
                batch.add_column(sa.Column(column, kind, nullable=True))


def settle(gone, kept):
    """Drop the columns that gave way, and demand the others."""
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('pragma secure_delete = on')  # what was readable must not stay behind in the free pages of the file
    for name in gone:
        with op.batch_alter_table(name) as batch:
            for column, kind in kept.get(name, ()):
                if (name, column) not in NULLABLE:
                    batch.alter_column(column, existing_type=kind, nullable=False)
            for column, _ in gone[name]:
                batch.drop_column(column)


def batches(of, *conditions):
    """The rows of a table by id, some at a time."""
    last, connection = 0, op.get_bind()
    while rows := connection.execute(
        sa.select(of).where(of.c.id > last, *conditions).order_by(of.c.id).limit(BATCH)
    ).all():
        yield rows
        last = rows[-1].id


def write(of, changes, *key):
    """Set the named columns of some rows; ``key`` are those that find a row."""
    if not changes:
        return
    found = [of.c[name] == sa.bindparam(f'of_{name}') for name in key]
    values = {name: sa.bindparam(name, type_=of.c[name].type) for name in changes[0] if name not in key}
    rows = [{f'of_{name}' if name in key else name: value for name, value in row.items()} for row in changes]
    op.get_bind().execute(sa.update(of).where(*found).values(values), rows)


def the_vault():
    """Asked for only where there is something to seal: a new database has no keys yet."""
    return the_keys().vault_for(op.get_bind())


def upgrade() -> None:
    add(SEALED)
    for answered, share, of in ANSWERED:
        for rows in batches(answered):
            seal_answers(answered, rows, shares_of(rows, share, of))
    for rows in batches(LINE):
        seal_lines(rows)
    for rows in batches(JOB):
        vault = the_vault()
        write(JOB, [{'id': row.id, 'sealed': seal_facts(vault, row)} for row in rows], 'id')
    for beside, place in BESIDE:
        for rows in batches(beside):
            vault, changes = the_vault(), []
            for row in rows:
                at = f'{place}:{row.elder_id}'
                kept = vault.open(row.sealed, at) | {'class_code': row.class_code}
                changes.append({'id': row.id, 'sealed': vault.seal(kept, at)})
            write(beside, changes, 'id')
    settle(OPEN, SEALED)


def shares_of(rows, share, of):
    found = defaultdict(list)
    for row in op.get_bind().execute(
        sa.select(share).where(of.between(rows[0].id, rows[-1].id)).order_by(of, share.c.position)
    ):
        found[row[0]].append([row.reason_code, row.reason_fields, row.reason])
    return found


def seal_answers(answered, rows, shares):
    vault, changes = the_vault(), []
    for row in rows:
        sealed = vault.seal(frozen(row, shares[row.id]), f'{answered.name}:{row.key}')
        change = {'id': row.id, 'sealed': sealed}
        if answered is SERVING:
            change['class_mark'] = vault.index('class', f'{row.site_id}/{row.day:%Y-%m}/{row.class_code}')[:16]
        changes.append(change)
    write(answered, changes, 'id')


def frozen(row, shares):
    reasons = []

    def kept(reason):
        if reason not in reasons:
            reasons.append(reason)
        return reasons.index(reason)

    said = row.decision
    return {
        'class': row.class_code,
        'groups': said.get('groups', []),
        'uses': [[use[name] for name in USE] for use in said.get('uses', [])],
        'left': [[left[name] for name in LEFT] for left in said.get('left', [])],
        'times': said.get('times', []),
        'shares': [kept(reason) for reason in shares],
        'verdicts': [
            [one['scheme'], one['name'], one['version'], kept([one['code'], one['fields'], one['reason']])]
            for one in said.get('verdicts', [])
        ],
        'reasons': reasons,
    }


def seal_lines(rows):
    vault, changes = the_vault(), []
    for row in rows:
        reason = row.reason | ({'class_code': row.class_code} if row.kind == 'credit' else {})
        if reason:
            changes.append({'id': row.id, 'sealed': vault.seal(reason, place_of(row))})
    write(LINE, changes, 'id')


def place_of(line):
    return f'purse_line:{line.elder_id}:{line.scheme}:{line.kind}:{line.day}'


def seal_facts(vault, job):
    facts = json.loads(job.facts)
    if job.kind in SEALED_BEFORE:
        return base64.b64decode(facts['sealed'])
    return vault.seal(facts, f'print_job:{job.key}')


def downgrade() -> None:
    add(OPEN)
    for answered, share, of in ANSWERED:
        for rows in batches(answered):
            open_answers(answered, rows, share, of)
    for rows in batches(LINE):
        open_lines(rows)
    for rows in batches(JOB):
        vault = the_vault()
        write(JOB, [{'id': row.id, 'facts': open_facts(vault, row)} for row in rows], 'id')
    for beside, place in BESIDE:
        for rows in batches(beside):
            vault, changes = the_vault(), []
            for row in rows:
                at = f'{place}:{row.elder_id}'
                kept = vault.open(row.sealed, at)
                changes.append({'id': row.id, 'class_code': kept.pop('class_code'), 'sealed': vault.seal(kept, at)})
            write(beside, changes, 'id')
    settle({name: SEALED.get(name, ()) for name in OPEN}, OPEN)


def open_answers(answered, rows, share, of):
    vault, changes, reasons = the_vault(), [], []
    for row in rows:
        kept = vault.open(row.sealed, f'{answered.name}:{row.key}')
        said = {'verdicts': [dict(zip(VERDICT, (*one, *kept['reasons'][at]))) for *one, at in kept['verdicts']]}
        said |= {name: [dict(zip(of_, one)) for one in kept[name]] for name, of_ in (('uses', USE), ('left', LEFT))}
        said |= {'groups': kept['groups'], 'times': kept['times']}
        changes.append({'id': row.id, 'class_code': kept['class'], 'decision': said})
        for position, at in enumerate(kept['shares']):
            words = dict(zip(('reason_code', 'reason_fields', 'reason'), kept['reasons'][at]))
            reasons.append({of.name: row.id, 'position': position, **words})
    write(answered, changes, 'id')
    write(share, reasons, of.name, 'position')


def open_lines(rows):
    vault, changes = the_vault(), []
    for row in rows:
        reason = vault.open(row.sealed, place_of(row)) if row.sealed else {}
        changes.append({'id': row.id, 'class_code': reason.pop('class_code', ''), 'reason': reason})
    write(LINE, changes, 'id')


def open_facts(vault, job):
    """Papers that were sealed before lose the line for lists."""
    if job.kind in SEALED_BEFORE:
        facts = {'subject': '', 'sealed': base64.b64encode(job.sealed).decode('ascii')}
    else:
        facts = vault.open(job.sealed, f'print_job:{job.key}')
    return json.dumps(facts, ensure_ascii=False, separators=(',', ':'))
