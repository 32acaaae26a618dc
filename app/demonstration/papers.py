"""Small documents made here: a PDF of a page of text, and a PNG of a receipt."""

import struct
import zlib
from collections.abc import Sequence


def pdf(lines: Sequence[str]) -> bytes:
    """A page with these lines of plain letters (PDF 1.4, Helvetica, which every viewer has)."""
    said = " ".join(f"({line.translate(_ESCAPED)}) Tj T*" for line in lines)
    text = f"BT /F1 12 Tf 64 770 Td 20 TL {said} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            " /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<< /Size {count} /Root 1 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode("ascii")


_ESCAPED = str.maketrans({"(": r"\(", ")": r"\)", "\\": r"\\"})


def png(title: str, width: int = 360, height: int = 520) -> bytes:
    """A receipt as a camera might see it: grey lines of writing on white paper. `title`: stands inside the file."""
    seed = len(title)
    rows = []
    for y in range(height):
        row = bytearray([238 if 20 < y < height - 20 else 120]) * width
        if y % 26 in range(9, 16) and 40 < y < height - 60:
            line = y // 26
            end = 60 + (seed * 37 + line * 53) % (width - 150)
            row[40:end] = bytes([92]) * (end - 40)
            row[width - 90 : width - 40] = bytes([70]) * 50
        rows.append(b"\0" + bytes(row))
    header = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    said = b"Title\0" + title.encode("latin-1", "replace")
    parts = ((b"IHDR", header), (b"tEXt", said), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
