"""An edited report that is handed in must be a DOCX by its content: no macros, nothing fetched from elsewhere, nothing
left to be written. Its name and its declared type are never trusted."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from docx import Document

from domain.errors import Refused
from domain.policy.province_reports import (
    MAX_BYTES,
    MAX_UNPACKED_BYTES,
    REPORT_FILE,
    TO_BE_WRITTEN,
)
from domain.policy.source import on

_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES, _MOST_PARTS = "[Content_Types].xml", 2000
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # OLE2: .doc, or a DOCX with a password
_ACTIVE = re.compile(r"macro|vba|activex|oleobject", re.IGNORECASE)
_LINKS = ("hyperlink",)
"""Relations that lead out of the paper only when somebody clicks."""


def check_report(content: bytes, day: date) -> None:
    """Raises Refused for what is too large, no DOCX, locked, active, reaches out, broken, or not finished."""
    if len(content) > (most := on(MAX_BYTES, day).value):
        raise Refused("report.too_large", REPORT_FILE, limit=most // 2**20)
    if content.startswith(_OLD_OR_LOCKED):
        raise Refused("report.locked", REPORT_FILE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_parts(parts, day)
        text = "\n".join(_texts(content))
    except Refused:
        raise
    except (zipfile.BadZipFile, ParseError, DefusedXmlException):
        raise Refused("report.not_docx", REPORT_FILE) from None
    except Exception:  # what reads the paper raises errors of every kind on broken ones
        raise Refused("report.broken", REPORT_FILE) from None
    if TO_BE_WRITTEN in text:
        raise Refused("report.unfinished", REPORT_FILE, mark=TO_BE_WRITTEN)


def _check_parts(parts: zipfile.ZipFile, day: date) -> None:
    """Before anything is unpacked: how much it is, and what it says that it holds."""
    most = on(MAX_UNPACKED_BYTES, day).value
    infos = parts.infolist()
    if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > most:
        raise Refused("report.too_large", REPORT_FILE, limit=most // 2**20)
    if _TYPES not in parts.namelist():
        raise Refused("report.not_docx", REPORT_FILE)
    types = [one.get("ContentType", "") for one in fromstring(parts.read(_TYPES))]
    if any(_ACTIVE.search(name) for name in (*types, *parts.namelist())):
        raise Refused("report.active", REPORT_FILE)
    if _MAIN_TYPE not in types:
        raise Refused("report.not_docx", REPORT_FILE)
    for name in parts.namelist():
        if name.endswith(".rels"):
            _check_relations(parts.read(name))


def _check_relations(relations: bytes) -> None:
    """A template, picture or frame from elsewhere is fetched as soon as the paper is opened."""
    for one in fromstring(relations):
        outside = one.get("TargetMode") == "External"
        if outside and not one.get("Type", "").endswith(_LINKS):
            raise Refused("report.reaches_out", REPORT_FILE)


def _texts(content: bytes) -> Iterator[str]:
    paper = Document(io.BytesIO(content))
    for paragraph in paper.paragraphs:
        yield paragraph.text
    for table in paper.tables:
        for row in table.rows:
            for cell in row.cells:
                yield cell.text
