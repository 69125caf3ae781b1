"""Pictures of documents: checked by their content, made small, and kept sealed outside the database.

Every picture is decoded and written again as JPEG, so that what is kept is a picture and nothing else: no place or
camera in it, no script behind it. The file is named by chance, written and synced before the row that names it.
"""

import base64
import errno
import os
import secrets
from io import BytesIO
from pathlib import Path

from flask import current_app

from canteen.base.errors import BadInput, NotFound, StorageTrouble
from canteen.base.private_files import as_private, private_folder
from canteen.base.vault import the_vault

#: Largest picture taken in, bytes; phones make 3 to 6 MB.
MOST_BYTES = 8 * 1024 * 1024
#: Longest side kept, pixels: small print of a certificate stays readable.
LONGEST_SIDE = 2000
#: More pixels than any camera people hold; a small file can say it has more and eat the memory.
MOST_PIXELS = 60_000_000
#: What other formats than JPEG, which is decoded at reduced size, may have.
MOST_PIXELS_WHOLE = 16_000_000


def _folder() -> Path:
    folder: Path = current_app.config["CANTEEN"].data_dir / "uploads" / "documents"
    return folder


def keep(content: bytes) -> str:
    """Check, shrink, seal and keep a picture; the name it is found by. Raises ``BadInput`` and ``StorageTrouble``."""
    picture = base64.b64encode(_as_jpeg(content)).decode()
    name = secrets.token_hex(16)
    sealed = the_vault().seal(picture, f"photo:{name}")
    try:
        private_folder(_folder())
        with open(_folder() / name, "xb", opener=as_private) as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageTrouble("full" if error.errno == errno.ENOSPC else "read_only") from error
    return name


def kept(name: str) -> bytes:
    """The JPEG of a name. Raises ``NotFound`` when the file is gone."""
    try:
        sealed = (_folder() / name).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("照片文件不在了", next_step="请联系管理员检查备份,或重新拍照上传") from error
    return base64.b64decode(the_vault().open(sealed, f"photo:{name}"))


def forget(name: str) -> None:
    """Remove a picture whose row was not written."""
    (_folder() / name).unlink(missing_ok=True)


def _as_jpeg(content: bytes) -> bytes:
    from PIL import Image, ImageOps

    if len(content) > MOST_BYTES:
        raise BadInput("照片太大,最多 %(most)s MB", field="photo", most=MOST_BYTES // 1024 // 1024)
    unreadable = BadInput("这个文件不是能读的照片", field="photo", next_step="请用 JPEG、PNG 或 WebP 格式的照片")
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            most = MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_WHOLE
            if image.width * image.height > most:
                raise BadInput("照片的尺寸太大", field="photo", next_step="请把照片缩小后再上传")
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            small = BytesIO()
            upright.save(small, "JPEG", quality=80)
            return small.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise unreadable from error
