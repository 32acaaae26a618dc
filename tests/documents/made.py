"""Files made for tests: good ones of each type, and the parts of bad ones."""

import io
import struct
import zipfile
import zlib

PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x11" * 200 + b"\xff\xd9"
GIF = b"GIF89a\x02\x00\x02\x00\x80\x00\x00" + b"\x22" * 60 + b"\x3b"
BMP = b"BM" + struct.pack("<IHHIIiiHH", 90, 0, 0, 54, 40, 4, 4, 1, 24) + b"\x00" * 60
TIFF = b"II*\x00\x08\x00\x00\x00" + b"\x01" * 60
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x07" * 100
RTF = rb"{\rtf1\ansi A letter.}"
MAIL = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Statement\r\nMIME-Version: 1.0\r\n\r\nHello.\r\n"
CSV = b"Date,Amount\n2026-07-01,-12.50\n"
EXE = b"MZ\x90\x00" + b"\x00" * 200
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(width: int = 4, height: int = 4) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + b"IHDR"
        + header
        + b"crc!"
        + struct.pack(">I", 0)
        + b"IEND\xaeB`\x82"
    )


def pdf_with(body: bytes) -> bytes:
    return PDF.replace(b"trailer", b"3 0 obj" + body + b"endobj\ntrailer")


def packed_pdf(objects: bytes, dictionary: bytes = b"/Filter/FlateDecode") -> bytes:
    """A PDF with objects packed in a stream, where a plain search does not see them."""
    content = zlib.compress(objects)
    head = b"<</Type/ObjStm/N 1/First 4/Length %d%s>>" % (len(content), dictionary)
    return pdf_with(head + b"stream\r\n" + content + b"\nendstream ")


def archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in entries.items():
            # Not writestr(name): it would make the name harmless.
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, method
            made.writestr(info, content)
    return out.getvalue()


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        info = zipfile.ZipInfo("link.pdf")
        info.external_attr = 0o120777 << 16
        made.writestr(info, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    """A ZIP whose entry says that it is protected: the flag stands in both of its headers."""
    made = bytearray(archive({"a.pdf": PDF}))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def lying() -> bytes:
    """A ZIP that says its 11 MB are 100 bytes."""
    made = archive({"a.txt": b"a" * 11_000_000})
    return made.replace(struct.pack("<I", 11_000_000), struct.pack("<I", 100))


def open_xml(main: str = "wordprocessingml.document.main+xml", more: dict[str, bytes] | None = None) -> bytes:
    types = f'<Types><Override PartName="/main.xml" ContentType="application/vnd.x.{main}"/></Types>'.encode()
    return archive({"[Content_Types].xml": types, "main.xml": b"<x/>", **(more or {})})


def open_document(more: dict[str, bytes] | None = None, kind: str = "text") -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return archive({"mimetype": mimetype, "content.xml": b"<x/>", **(more or {})}, zipfile.ZIP_STORED)


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE file of these streams, each in sectors of its own ([MS-CFB])."""
    content, entries, fat = b"", [("Root Entry", 5, 0xFFFFFFFE, 0)], []
    for name, data in streams.items():
        data = data.ljust(4096, b"\0")
        count, first = -(-len(data) // 512), len(fat)
        entries.append((name, 2, first, len(data)))
        fat += [*range(first + 1, first + count), 0xFFFFFFFE]
        content += data.ljust(count * 512, b"\0")
    directory = b""
    for name, kind, start, length in entries:
        written = name.encode("utf-16-le")
        directory += written.ljust(64, b"\0") + struct.pack("<HB", len(written) + 2, kind)
        directory += b"\0" * 49 + struct.pack("<III", start, length, 0)
    directory = directory.ljust(-(-len(directory) // 512) * 512, b"\0")
    first_directory, count = len(fat), len(directory) // 512
    fat += [*range(first_directory + 1, first_directory + count), 0xFFFFFFFE]
    first_fat = len(fat)
    fat.append(0xFFFFFFFD)
    assert len(fat) <= 128, "one sector of the table is enough for tests"
    table = struct.pack("<128I", *fat, *[0xFFFFFFFF] * (128 - len(fat)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6)
    free = 0xFFFFFFFE
    header += b"\0" * 6 + struct.pack("<9I", 0, 1, first_directory, 0, 4096, free, 0, free, 0)
    header += struct.pack("<109I", first_fat, *[0xFFFFFFFF] * 108)
    return header + content + directory + table


def workbook(*records: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in (*records, (0x0A, b"")))


def sheet(kind: int) -> tuple[int, bytes]:
    return (0x85, struct.pack("<IBB", 0, 0, kind) + b"\x01\x00S")
