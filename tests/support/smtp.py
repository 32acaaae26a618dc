"""A mail server of this machine: takes what it is told to take and keeps it."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailTaker(socketserver.ThreadingTCPServer):
    """`messages`: what was taken, in order. `answers`: what RCPT is answered instead of 250, one after the other.
    `said`: every command line that came. `certificate`: the server's side of TLS; with it, STARTTLS is offered."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.said: list[str] = []
        self.said_in_the_clear: list[str] = []
        self.certificate: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: MailTaker

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            self.server.said.append(line)
            word = line[:4].upper()
            if word == "STAR" and self.server.certificate:
                return self._go_on_encrypted(self.server.certificate)
            if not self._answer(word, line):
                return None
        return None

    def _go_on_encrypted(self, certificate: ssl.SSLContext) -> None:
        self.server.said_in_the_clear = list(self.server.said)
        self._say("220 go ahead")
        try:
            encrypted = certificate.wrap_socket(self.request, server_side=True)
        except OSError:
            return  # the other side does not trust us
        with encrypted, encrypted.makefile("rb") as self.rfile, encrypted.makefile("wb", 0) as self.wfile:
            while line := self.rfile.readline().decode().strip():
                self.server.said.append(line)
                if not self._answer(line[:4].upper(), line):
                    return

    def _answer(self, word: str, line: str) -> bool:
        """Whether the talk goes on."""
        if word == "RCPT":
            refusal = self.server.answers.pop(0) if self.server.answers else None
            if refusal is None:
                self.server.recipients.append(line[9:-1])
            self._say(refusal or "250 fine")
        elif word == "DATA":
            self._say("354 go on")
            self._take()
        elif word == "EHLO" and self.server.certificate:
            for offered in ("250-here", "250-AUTH PLAIN", "250 STARTTLS"):
                self._say(offered)
        else:
            self._say({"QUIT": "221 bye", "AUTH": "235 welcome"}.get(word, "250 fine"))
        return word != "QUIT"

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 taken")


@contextmanager
def mail_taker() -> Iterator[MailTaker]:
    with MailTaker() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
