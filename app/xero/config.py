"""Which Xero application we are, and which three hosts we talk to."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


@dataclass(frozen=True)
class XeroApp:
    """One registered Xero application.

    The hosts are settings so that a demonstration can point them at the simulator; nothing else about the
    client changes (facts 1.1). Every request goes to one of exactly these three origins.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    login_url: str = "https://login.xero.com"
    identity_url: str = "https://identity.xero.com"
    api_url: str = "https://api.xero.com"

    def __post_init__(self) -> None:
        for name in ("login_url", "identity_url", "api_url"):
            url = getattr(self, name)
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                raise ValueError(f"{name} must be an http or https address, not {url!r}")
            object.__setattr__(self, name, url.rstrip("/"))

    @property
    def authorize_endpoint(self) -> str:
        return f"{self.login_url}/identity/connect/authorize"

    @property
    def token_endpoint(self) -> str:
        return f"{self.identity_url}/connect/token"

    @property
    def revocation_endpoint(self) -> str:
        return f"{self.identity_url}/connect/revocation"

    def allows(self, url: str) -> bool:
        """Whether an address belongs to one of the three configured hosts (scheme and port included)."""
        return _origin(url) in {_origin(self.login_url), _origin(self.identity_url), _origin(self.api_url)}
