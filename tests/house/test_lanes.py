"""An upload that computes holds up other uploads, and no page."""

import threading
from typing import Any
from uuid import uuid4

from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.lanes import LARGE, Lanes


def test_pages_overtake_uploads():
    under_way, go_on, most = [0], threading.Event(), []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] != "/page":
            under_way[0] += 1
            most.append(under_way[0])
            assert go_on.wait(10)
            under_way[0] -= 1
        start_response("200 OK", [])
        return [b""]

    lanes = Lanes(app)

    def ask(path: str, size: int) -> str:
        environ = EnvironBuilder(path=path, method="POST", data=b"a" * size).get_environ()
        return run_wsgi_app(lanes, environ)[1]

    whole, pieces = ("/upload", LARGE), (f"/portal/uploads/{uuid4()}/finish", 0)
    uploads = [threading.Thread(target=ask, args=sent) for sent in (whole, pieces, whole)]
    for upload in uploads:
        upload.start()
    while not most:
        pass
    assert ask("/page", LARGE - 1) == "200 OK"
    go_on.set()
    for upload in uploads:
        upload.join(10)
    assert most == [1, 1, 1]
