"""Files that people hand in: real PDFs, and what only looks like one."""

import io
import zipfile
from collections.abc import AsyncIterator

from pypdf import PdfWriter


def pdf(pages: int = 1, mark: str = "") -> bytes:
    """A PDF of blank pages; another mark is another content."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": f"示例材料{mark}"})
    return _written(writer)


def encrypted(user: str = "secret", owner: str = "owner") -> bytes:
    """A PDF that opens with a password; with an empty one for the user it is only restricted."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.encrypt(user, owner)
    return _written(writer)


def without_pages() -> bytes:
    """Correct in every part, but there is no page."""
    return _objects(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")


def encrypted_by_aes() -> bytes:
    """Encrypted as PDF 2.0 does it, for which no cipher is installed here."""
    keys = b" ".join(
        b"/%s <%s>" % (name, b"00" * n) for name, n in ((b"O", 48), (b"U", 48), (b"OE", 32), (b"UE", 32))
    )
    filters = b"/CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF"
    cipher = b"<< /Filter /Standard /V 5 /R 6 /Length 256 %s %s /P -4 /Perms <%s> >>" % (
        filters,
        keys,
        b"00" * 16,
    )
    tree = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")
    return _objects(*tree, cipher, trailer=b"/Encrypt 3 0 R /ID [<00><00>]")


def endless(depth: int = 3_000_000) -> bytes:
    """An object so deeply nested that reading it never ends well."""
    return _objects(b"<< /Type /Catalog /Pages " + b"[" * depth, b"<< >>")


def docx() -> bytes:
    """A real ZIP with the parts of a Word document."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document>示例</document>")
    return file.getvalue()


async def in_chunks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """As it comes in over a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def _written(writer: PdfWriter) -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _objects(*bodies: bytes, trailer: bytes = b"") -> bytes:
    """Objects 1, 2, … with a table of where they are; the first is the root."""
    file, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    end = b"trailer\n<< /Root 1 0 R /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(file))
    return file + head + end
