"""The way to the mail server. Knows nothing of pages, practices or rows."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

SECONDS = 15
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class MailError(Exception):
    """The mail was not taken. `permanent`: trying again would not help. The text is a sentence."""

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, from SMTP_URL."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    """TLS from the first byte (smtps); otherwise STARTTLS, demanded but on this machine."""

    @classmethod
    def at(cls, url: str) -> "MailServer":
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        return cls(
            parts.hostname or "",
            parts.port or (465 if tls else 587),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
        )

    @property
    def near(self) -> bool:
        return self.host in _THIS_MACHINE

    def hand_over(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Returns when the server has taken the message. Raises `MailError`."""
        try:
            with self._connected() as server:
                server.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = next(iter(refused.recipients.values()))
            raise MailError(
                f"The mail server refused the address ({code}).", permanent=500 <= code < 600
            ) from None
        except smtplib.SMTPAuthenticationError:
            raise MailError("The mail server refused our user name and password.") from None
        except smtplib.SMTPResponseException as refused:
            permanent = 500 <= refused.smtp_code < 600 and not isinstance(refused, smtplib.SMTPConnectError)
            raise MailError(
                f"The mail server refused the mail ({refused.smtp_code}).", permanent=permanent
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise MailError("The mail server cannot send to this address, or does not encrypt.") from None
        except ssl.SSLError:
            raise MailError("The mail server's certificate is not to be trusted.") from None
        except (smtplib.SMTPException, OSError) as away:
            raise MailError(f"The mail server did not answer ({type(away).__name__}).") from None

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if not self.tls and not self.near:
                # Raises when the server does not offer it: no password and no link goes out in the clear.
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server
