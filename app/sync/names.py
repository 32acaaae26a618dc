"""Names: what a job is called in Xero, and when two names mean the same client."""

import re
import unicodedata

JOB_NAME_LENGTH = 150
_SUFFIXES = {
    "pty",
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "plc",
    "co",
    "company",
    "corp",
    "corporation",
    "proprietary",
}
_TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof"}


def job_name(pattern: str, service: str, client: str, reference: str) -> str:
    """The job's name by the practice's pattern, at most 150 characters; a long client name is cut, never the
    reference, by which the job is found again."""
    whole = _filled(pattern, service, client, reference)
    if len(whole) <= JOB_NAME_LENGTH:
        return whole
    kept = max(len(client) - (len(whole) - JOB_NAME_LENGTH) - 1, 1)
    shorter = _filled(pattern, service, client[:kept].rstrip() + "…", reference)
    if len(shorter) <= JOB_NAME_LENGTH:
        return shorter
    return f"{shorter[: JOB_NAME_LENGTH - len(reference) - 4].rstrip()}… ({reference})"


def _filled(pattern: str, service: str, client: str, reference: str) -> str:
    # Not str.format: a client may be called anything, braces included.
    values = {"service": service, "client": client, "reference": reference}
    text = re.sub(r"\{(service|client|reference)\}", lambda found: values[found.group(1)], pattern)
    return " ".join(text.split())


_UNMARKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "&": " and ", "'": ""}
    | dict.fromkeys("’ʼ`´", "")
)
"""Letters that Unicode does not take apart, and signs that stand for a word or for none."""
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_SLASHED = re.compile(r"\bp\s?/\s?l\b")


def normal_name(name: str) -> str:
    """A name for comparing: case, accents, punctuation, order of words, titles and company suffixes do not count.

    "Müller, Anna" and "anna mueller" stay two names; "Bright Smile Dental Pty. Ltd." and "Bright Smile Dental P/L"
    equal "bright smile dental". A name of nothing else than titles and suffixes keeps them.
    """
    words = re.findall(r"[^\W_]+", _SLASHED.sub("pty ltd", _DOTTED.sub(_undotted, _plain(name))))
    kept = [word for word in words if word not in _SUFFIXES and word not in _TITLES]
    return " ".join(sorted(kept or words))


def _plain(name: str) -> str:
    """Small letters without marks. Taken apart twice: some signs hide a capital, some small letters a mark."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(letter for letter in apart.translate(_UNMARKED) if not unicodedata.combining(letter))


def _undotted(found: re.Match[str]) -> str:
    """ "l.l.c." is "llc"; other initials, such as "j.r.", stay apart."""
    joined = found.group().replace(".", "")
    return f"{joined} " if joined in _SUFFIXES else found.group()


def is_company_name(name: str) -> bool:
    """Whether the name ends as only a registered company's may, such as "Hillside Bakery Pty Ltd"."""
    words = set(re.findall(r"[^\W_]+", _SLASHED.sub("pty ltd", _DOTTED.sub(_undotted, _plain(name)))))
    return bool(words & (_SUFFIXES - {"co", "company"}))


def telling_word(name: str) -> str:
    """The longest word that is neither a title nor a company suffix: what to search for."""
    words: list[str] = re.findall(r"[^\W_]+", name)
    kept = [word for word in words if word.casefold() not in _SUFFIXES | _TITLES]
    return max(kept or words or [name], key=len)
