"""What people call a file: made harmless to show and to offer for download. It never becomes a path of ours."""

import re
import unicodedata

from app.documents.verdict import Refused

LONGEST = 150
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Letters that turn the direction of writing: "gpj.exe" is shown as "exe.jpg" after one."""
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200d\u2028\u2029\u2060\ufeff]")
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
PROGRAMS = frozenset(
    re.findall(
        r"\S+",
        """
        exe com scr pif bat cmd msi msp msix appx cpl dll sys hta jar js jse mjs vb vbe vbs ws wsf wsh ps1 psm1 sh bash
        py pl rb php phtml asp aspx jsp lnk url scf inf reg gadget application apk app dmg pkg deb rpm iso img vhd vhdx
        chm docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm xll wll library-ms settingcontent-ms
        """,
    )
)
"""Endings of what a computer runs when it is opened."""
WEB_PAGES = frozenset(
    ["htm", "html", "xhtml", "shtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl", "xslt", "swf"]
)


def clean(name: str) -> str:
    """The name without what is no part of one: folders, unseen letters, what Windows does not allow.

    Raises `Refused` for letters that turn the direction of writing.
    """
    if _TURNING.search(name):
        raise Refused(
            "name_turned",
            "The file’s name has hidden letters that turn the direction of writing, so it shows another ending than it"
            " has. Rename the file and send it again.",
        )
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = " ".join(_NOT_IN_NAMES.sub("_", _UNSEEN.sub("", plain)).split()).strip(" ")
    plain = plain.rstrip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    stem = stem.strip(". ") or "document"
    if _RESERVED.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    kept = stem[: LONGEST - len(ending) - 1].rstrip(". ")
    return f"{kept}.{ending}" if ending else kept


def ending_of(name: str) -> str:
    """The ending of a cleaned name: lower case, without the dot; "" when there is none."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


def check_hidden_ending(name: str) -> None:
    """Raise `Refused` for a second ending that a program has, as in "invoice.exe.pdf"."""
    inner = [part.strip().lower() for part in name.split(".")[1:-1]]
    # An address on the web ends so too: "statement of bank.com.pdf" deceives nobody.
    if any(part in PROGRAMS - {"com", "app"} for part in inner):
        raise Refused(
            "two_endings",
            f"“{name}” has two endings, and one of them is a program’s. Rename the file so that it has one, and send it"
            " again.",
        )
