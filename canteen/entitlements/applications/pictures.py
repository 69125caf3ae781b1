"""A picture of a stranger decoded and written again, in a process of its own (``base/apart``). Pure."""

from io import BytesIO

from canteen.base.errors import BadInput

#: Largest picture taken in, bytes; phones make 3 to 6 MB.
MOST_BYTES = 8 * 1024 * 1024
#: Longest side kept, pixels: small print of a certificate stays readable.
LONGEST_SIDE = 2000
#: More pixels than any camera people hold; a small file can say it has more and eat the memory.
MOST_PIXELS = 60_000_000
#: What other formats than JPEG, which is decoded at reduced size, may have.
MOST_PIXELS_WHOLE = 16_000_000


def as_jpeg(content: bytes) -> bytes:
    """The picture, upright and small, as JPEG. Raises ``BadInput``."""
    from PIL import Image, ImageOps

    if len(content) > MOST_BYTES:
        raise BadInput("照片太大,最多 %(most)s MB", field="photo", most=MOST_BYTES // 1024 // 1024)
    unreadable = BadInput("这个文件不是能读的照片", field="photo", next_step="请用 JPEG、PNG 或 WebP 格式的照片")
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            image: Image.Image = opened
            most = MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_WHOLE
            if image.width * image.height > most:
                raise BadInput("照片的尺寸太大", field="photo", next_step="请把照片缩小后再上传")
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            if image.mode == "P":  # colours of a table cannot be mixed
                image = image.convert("RGB")
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            small = BytesIO()
            upright.save(small, "JPEG", quality=80)
            return small.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise unreadable from error
