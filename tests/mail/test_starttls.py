"""Mail to another machine: encrypted after STARTTLS, to the server that the certificate names, or not at all."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.mail.smtp import MailError, MailServer
from tests.support.smtp import MailTaker

HOST = "mail.practice.example"


@pytest.fixture
def certificate(taker: MailTaker, tmp_path: Path) -> Path:
    """A throw-away certificate for HOST; the mail server has it, and offers STARTTLS."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    taker.certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    taker.certificate.load_cert_chain(file)
    return file


@pytest.fixture(autouse=True)
def everywhere_is_here(taker: MailTaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to the mail server of the test."""
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", taker.server_address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: here)


def hand_over(taker: MailTaker, host: str) -> None:
    message = EmailMessage()
    message["Subject"] = "A link"
    message.set_content("worth a password")
    server = MailServer.at(f"smtp://user:word@{host}:{taker.server_address[1]}")
    server.hand_over(message, "a@b.example", "c@d.example")


def test_encrypted_before_anything_is_said(taker, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    hand_over(taker, HOST)
    assert taker.messages[0].get_content().strip() == "worth a password"
    assert [line[:4] for line in taker.said_in_the_clear] == ["ehlo", "STAR"]
    assert any(line.startswith("AUTH PLAIN") for line in taker.said)


@pytest.mark.parametrize(
    ("host", "trusted"),
    [(HOST, False), ("other.practice.example", True)],
    ids=["nobody vouches for it", "it is another's"],
)
def test_a_certificate_that_does_not_fit_gets_nothing(taker, certificate, monkeypatch, host, trusted):
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(MailError, match="certificate is not to be trusted") as refused:
        hand_over(taker, host)
    assert not refused.value.permanent, "tried again when it is mended"
    assert [line[:4] for line in taker.said] == ["ehlo", "STAR"]
    assert taker.messages == []
