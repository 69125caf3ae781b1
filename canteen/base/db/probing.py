"""Whether what people do now could be kept: something small is written, to the disk and by the database, for real."""

import errno
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from flask import current_app

from canteen.base.config import Settings
from canteen.base.db import database, is_sqlite, translated
from canteen.base.errors import StorageTrouble

#: Milliseconds the probe waits for another's lock, whatever people at the counter wait.
PATIENCE_MS = 1000
#: Bytes that must find room beside the database.
ROOM = 64 * 1024
#: Seconds for which a probe that went well is believed. Anybody may ask, and each takes the lock of the counter.
BELIEVED_S = 2


def storage_trouble() -> StorageTrouble | None:
    """What keeps the canteen from writing now, if anything does. Changes no row, and leaves no file."""
    settings: Settings = current_app.config["CANTEEN"]
    if time.monotonic() - current_app.extensions.get("canteen_written", float("-inf")) < BELIEVED_S:
        return None
    try:
        _write_file(settings.data_dir)
        with translated():
            if is_sqlite():
                _write_sqlite(settings)
            else:
                _write_postgresql()
    except StorageTrouble as trouble:
        return trouble
    current_app.extensions["canteen_written"] = time.monotonic()
    return None


def _write_file(directory: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(bytes(ROOM))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageTrouble(
            "full" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "read_only"
        ) from error


def _write_sqlite(settings: Settings) -> None:
    """Write the first page again, durably: ``user_version`` is a number in it that nobody uses. Not in the queue of
    this process: whoever stands first in it may be waiting for another process."""
    with current_app.extensions["canteen_write_engine"].connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            with connection.begin():
                version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
                connection.exec_driver_sql(f"PRAGMA user_version={version}")
        finally:
            driver.execute(f"PRAGMA busy_timeout={settings.busy_seconds * 1000}")


def _write_postgresql() -> None:
    """Write a message into the log that every commit waits for; no table is touched, so nobody is waited for."""
    with database.engine.connect() as connection, connection.begin():
        if connection.exec_driver_sql("show transaction_read_only").scalar_one() == "on":
            raise StorageTrouble("read_only")
        connection.exec_driver_sql("select pg_logical_emit_message(true, 'canteen', 'health')")
