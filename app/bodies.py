"""Bodies of requests as they come over a line that may break: what did not arrive whole is said to be so.

Werkzeug takes a form that was cut off for an empty one, and the server's reader has errors of its own for a body in
chunks that ends early. Both are here the one error that the rest of the app knows: `ClientDisconnected` (400).
"""

from typing import IO, Any

import flask
from werkzeug.exceptions import ClientDisconnected
from werkzeug.formparser import FormDataParser
from werkzeug.wsgi import get_content_length


class _Line:
    """The server's stream. Whatever goes wrong with it is an `OSError`, an end before its time included."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._stream = environ["wsgi.input"]
        self._left = get_content_length(environ)

    def read(self, size: int = -1) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except OSError:
            raise
        except Exception as broken:
            raise OSError("The body did not end as it should.") from broken
        if self._left is not None:
            self._left -= len(data)
            if size and not data and self._left > 0:
                raise OSError(f"{self._left} bytes of the body did not come.")
        return data


class _WholeForms(FormDataParser):
    """Takes a form whole or not at all. Raises `ClientDisconnected`."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        self.silent = False
        files: list[IO[bytes]] = []
        make = self.stream_factory

        def noting(*about: Any, **more: Any) -> IO[bytes]:
            files.append(make(*about, **more))
            return files[-1]

        self.stream_factory = noting
        try:
            return super().parse(*args, **kwargs)
        except Exception as broken:
            # What has come of the files goes at once, and not when somebody tidies up.
            for file in files:
                file.close()
            if isinstance(broken, ValueError):
                raise ClientDisconnected from None
            raise


class Request(flask.Request):
    """Flask's, with bodies that are whole."""

    form_data_parser_class = _WholeForms

    def __init__(self, environ: Any, *args: Any, **kwargs: Any) -> None:
        environ["wsgi.input"] = _Line(environ)
        super().__init__(environ, *args, **kwargs)
