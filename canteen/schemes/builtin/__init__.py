"""The schemes that come with the program, as TOML files: ``jinxi.toml`` is the core one. A site's own are stored
in the database."""

from importlib.resources import files


def builtin_schemes() -> dict[str, str]:
    """TOML text by scheme id (the name of the file)."""
    found = sorted(files(__name__).iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file.read_text("utf-8") for file in found if file.name.endswith(".toml")}
