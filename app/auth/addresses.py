"""Where to go after a form: addresses of our own only."""

from urllib.parse import urlsplit


def own_path(address: str | None) -> str | None:
    """The address when it is a path on this site, else None: a link from outside must not send people
    elsewhere.

    Refused beside whole addresses: `//host` and `/\\host`, which browsers read as another site, and control
    characters, which they drop before they look.
    """
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(ord(letter) < 32 or letter in "\\\x7f" for letter in address):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address
