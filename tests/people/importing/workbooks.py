"""Workbooks that no program writes: a few bytes that stand for millions of rows, cells, texts or styles."""

from __future__ import annotations

import io
import zipfile

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def hostile(
    sheet: str = "<sheetData/>",
    strings: str = "",
    styles: str = "",
    sheets: int = 1,
    name: str = "sheet1.xml",
    packing: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A workbook from its parts; all of ``sheets`` are the same part, called ``name``."""
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/{name}"/>' for n in range(sheets)
    )
    names = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="rId{n}"/>' for n in range(sheets))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        f"xl/worksheets/{name}": f"<worksheet {MAIN}>{sheet}</worksheet>",
    }
    if styles:
        parts["xl/styles.xml"] = f"<styleSheet {MAIN}>{styles}</styleSheet>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return out.getvalue()


def rows(count: int, cells: str) -> str:
    """The data of a sheet with the same cells in each row."""
    return f"<sheetData>{f'<row>{cells}</row>' * count}</sheetData>"
