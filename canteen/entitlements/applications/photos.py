"""Pictures of documents: checked by their content, made small, and kept sealed outside the database.

Every picture is decoded and written again as JPEG, so that what is kept is a picture and nothing else: no place or
camera in it, no script behind it. The file is named by chance, written and synced before the row that names it.
"""

import base64
import errno
import os
import secrets
from pathlib import Path

from flask import current_app

from canteen.base.apart import read_apart
from canteen.base.errors import NotFound, StorageTrouble
from canteen.base.private_files import as_private, private_folder
from canteen.base.vault import the_vault
from canteen.entitlements.applications.pictures import as_jpeg


def folder_of_photos() -> Path:
    """Where the pictures lie, one file each."""
    folder: Path = current_app.config["CANTEEN"].data_dir / "uploads" / "documents"
    return folder


def photo_place(name: str) -> str:
    """The place a picture is sealed for."""
    return f"photo:{name}"


def keep(content: bytes) -> str:
    """Check, shrink, seal and keep a picture; the name it is found by. Raises ``BadInput`` and ``StorageTrouble``."""
    picture = base64.b64encode(read_apart(as_jpeg, content)).decode()
    name = secrets.token_hex(16)
    sealed = the_vault().seal(picture, photo_place(name))
    try:
        private_folder(folder_of_photos())
        with open(folder_of_photos() / name, "xb", opener=as_private) as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageTrouble("full" if error.errno == errno.ENOSPC else "read_only") from error
    return name


def kept(name: str) -> bytes:
    """The JPEG of a name. Raises ``NotFound`` when the file is gone."""
    try:
        sealed = (folder_of_photos() / name).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("照片文件不在了", next_step="请联系管理员检查备份,或重新拍照上传") from error
    return base64.b64decode(the_vault().open(sealed, photo_place(name)))


def forget(name: str) -> None:
    """Remove a picture whose row was not written."""
    (folder_of_photos() / name).unlink(missing_ok=True)
