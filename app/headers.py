"""Headers that every answer carries."""

from flask import Flask, Response, request

from app.extensions import settings

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {xero}"
)


def _protect(response: Response) -> Response:
    now = settings()
    headers = response.headers
    # The connect button posts to us and we redirect to Xero's consent page: browsers apply form-action to that too.
    headers.setdefault("Content-Security-Policy", _POLICY.format(xero=now.xero_login_url))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if now.secure:
        headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if not request.path.startswith(("/static/", "/assets/")):
        # Pages hold clients' data: neither a shared cache nor the browser's disk keeps them.
        headers.setdefault("Cache-Control", "no-store")
    return response


def init_headers(app: Flask) -> None:
    app.after_request(_protect)
