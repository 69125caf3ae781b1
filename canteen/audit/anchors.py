"""The end of a chain as people keep it on paper: ``7-1042-KQ7M-2XPD-9RTF`` is chain, row, and letters of its hash.

Whoever holds the database can cut off the end of a chain with all that was written with it, and the rest still holds.
What was printed before shows it: its row is missing, or has other letters.
"""

import re
from typing import Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from canteen.audit.models import Audit, AuditHead
from canteen.base.db import table_of
from canteen.base.db.prepared import Prepared
from canteen.base.errors import BadInput

_AUDIT = table_of(Audit)
_HEAD = table_of(AuditHead)
#: No letter that is taken for another or for a digit; 60 bits are told.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_COUNT = 12
_TYPED = re.compile(rf"(\d{{1,9}})-(\d{{1,9}})-([{_LETTERS}]{{{_COUNT}}})")
_END = Prepared(select(_HEAD.c.sequence, _HEAD.c.hash).where(_HEAD.c.chain == bindparam("of")))
#: holds; the row is missing: the chain was cut; the row is another one: it was written anew.
Verdict = Literal["holds", "cut", "other"]


def anchor_of(session: Session, chain: int) -> str:
    """The newest end of a chain; "" while it is empty."""
    end = _END.first(session, of=chain)
    return _shown(chain, end.sequence, end.hash) if end is not None and end.sequence else ""


def check_anchor(session: Session, typed: str) -> Verdict:
    """Whether the chain goes through what a paper says. Raises ``BadInput`` (``anchor``) for what is none."""
    text = re.sub(r"\s", "", typed).upper().replace("O", "0").replace("I", "1").replace("L", "1")
    chain, _, rest = text.partition("-")
    sequence, _, letters = rest.partition("-")
    plain = f"{chain}-{sequence}-{letters.replace('-', '')}"
    if _TYPED.fullmatch(plain) is None:
        raise BadInput("这不是账簿印记", field="anchor", next_step="请照日结单上的样子输入,例如 7-1042-KQ7M-2XPD-9RTF")
    wanted = select(_AUDIT.c.hash).where(_AUDIT.c.chain == int(chain), _AUDIT.c.sequence == int(sequence))
    found = session.scalar(wanted)
    if found is None:
        return "cut"
    return "holds" if _shown(int(chain), int(sequence), found).replace("-", "") == plain.replace("-", "") else "other"


def _shown(chain: int, sequence: int, hash_: str) -> str:
    number = int(hash_[:15], 16)
    letters = "".join(_LETTERS[number >> shift & 31] for shift in range(55, -1, -5))
    return "-".join((str(chain), str(sequence), *(letters[at : at + 4] for at in range(0, _COUNT, 4))))
