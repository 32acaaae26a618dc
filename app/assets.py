"""Style sheets, scripts and pictures, served from our own origin under `/assets/`.

Only what is in the table built by `Assets` can be asked for, so a path can never climb out of it.
`css/app.css` and `js/app.js` are lists of imports in the languages' own syntax; they are joined in memory
when first asked for, so that a page needs one style sheet and two scripts and there is still nothing to
build. A URL carries a hash of the content and may then be kept for a year; without the right hash the
browser asks again each time.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

STATIC = Path(__file__).parent / "static"
NODE_MODULES = Path(__file__).parent.parent / "node_modules"

VENDOR = {
    "bootstrap": ("vendor/bootstrap.css", NODE_MODULES / "bootstrap/dist/css/bootstrap.min.css"),
    "htmx": ("vendor/htmx.js", NODE_MODULES / "htmx.org/dist/htmx.min.js"),
}
MIME_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
YEAR = 365 * 24 * 3600

_CSS_IMPORT = re.compile(r'^@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[\w.]+)\);\n', re.MULTILINE)
_JS_IMPORT = re.compile(r'^import "\./(?P<path>[\w./-]+)";\n', re.MULTILINE)
_CSS_NOISE = re.compile(r'^@charset "UTF-8";|/\*# sourceMappingURL=.*?\*/', re.IGNORECASE)

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


class MissingAssetError(LookupError):
    """A template names a file that is not there, or the front-end packages were never installed."""


@dataclass(frozen=True)
class Asset:
    body: bytes
    mime_type: str

    @cached_property
    def version(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]

    @cached_property
    def compressed(self) -> bytes:
        # mtime=0 keeps the bytes the same in every web process.
        return gzip.compress(self.body, compresslevel=9, mtime=0)


class Assets:
    """The table of everything that may be served: path under `/assets/` → file."""

    def __init__(self) -> None:
        self._paths = {
            str(path.relative_to(STATIC)): path for path in STATIC.rglob("*") if path.suffix in MIME_TYPES
        }
        self._paths |= dict(VENDOR.values())
        self._loaded: dict[str, Asset] = {}

    def get(self, path: str) -> Asset:
        """The file with its imports joined in. Raises `MissingAssetError`."""
        if path not in self._loaded:
            body = self._joined(path).encode() if path.endswith((".css", ".js")) else self._read(path)
            self._loaded[path] = Asset(body, MIME_TYPES[Path(path).suffix])
        return self._loaded[path]

    def forget(self) -> None:
        """Read every file again at the next request; what a developer's server does."""
        self._loaded.clear()

    def _read(self, path: str) -> bytes:
        try:
            return self._paths[path].read_bytes()
        except KeyError:
            raise MissingAssetError(f"there is no asset called {path!r}") from None
        except FileNotFoundError:
            raise MissingAssetError(
                f"{self._paths[path]} is missing: install the front-end packages (npm ci --ignore-scripts)"
            ) from None

    def _joined(self, path: str) -> str:
        text = self._read(path).decode()
        folder = str(Path(path).parent)

        def css(match: re.Match[str]) -> str:
            target = match["path"].removeprefix("/assets/")
            if target == match["path"]:
                target = f"{folder}/{target}"
            body = _CSS_NOISE.sub("", self._read(target).decode())
            return f"@layer {match['layer']} {{\n{body}\n}}\n"

        def script(match: re.Match[str]) -> str:
            # Each behaviour in a function of its own, as it would be as a module.
            body = self._read(f"{folder}/{match['path']}").decode()
            return f"(() => {{\n{body}}})();\n"

        return _CSS_IMPORT.sub(css, text) if path.endswith(".css") else _JS_IMPORT.sub(script, text)


def assets() -> Assets:
    table: Assets = current_app.extensions["assets"]
    return table


def asset_url(path: str) -> str:
    """`/assets/<path>?v=<hash>` for a file under `app/static/`. Raises `MissingAssetError`."""
    if current_app.debug:
        assets().forget()
    return url_for("assets.file", path=path, v=assets().get(path).version)


def vendor_url(name: str) -> str:
    """The same for a front-end package: `bootstrap` or `htmx`."""
    return asset_url(VENDOR[name][0])


@blueprint.get("/<path:path>")
def file(path: str) -> Response:
    try:
        asset = assets().get(path)
    except MissingAssetError:
        abort(404)
    zipped = request.accept_encodings["gzip"] > 0 and not path.endswith(".png")
    response = Response(asset.compressed if zipped else asset.body, content_type=asset.mime_type)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if request.args.get("v") == asset.version:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(asset.version + ("-gzip" if zipped else ""))
    response.make_conditional(request)
    return response


def init_assets(app: Flask) -> None:
    app.extensions["assets"] = Assets()
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset_url=asset_url, vendor_url=vendor_url)
