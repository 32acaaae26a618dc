"""Headers that every answer carries."""

from functools import cache

from flask import Flask, Response, request

from app.extensions import settings

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {xero}"
)


@cache
def _always(xero_login_url: str, secure: bool) -> tuple[tuple[str, str], ...]:
    always = (
        # The connect button posts to us and we redirect to Xero's consent page: browsers apply form-action to that too.
        ("Content-Security-Policy", _POLICY.format(xero=xero_login_url)),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )
    return (
        (*always, ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")) if secure else always
    )


# Pages hold clients' data: neither a shared cache nor the browser's disk keeps them.
_UNKEPT = ("Cache-Control", "no-store")


def _protect(response: Response) -> Response:
    """What an answer says itself stays as it is."""
    now, said = settings(), {name.lower() for name, _ in response.headers}
    file = request.path.startswith(("/static/", "/assets/"))
    for name, value in (*_always(now.xero_login_url, now.secure), *(() if file else (_UNKEPT,))):
        if name.lower() not in said:
            response.headers.add(name, value)
    return response


def init_headers(app: Flask) -> None:
    app.after_request(_protect)
