"""The cast at their machines: somebody's browser, somebody's JSON API client, and who is who."""

import io
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from app.auth.sessions import PAGE_SESSION
from app.extensions import db
from app.models import Client, Membership, Service, ServiceRequest, User, UserSession, now
from app.tenancy import company_scope
from tests.support.html import check_page


class Cast:
    """Ids of the demonstration's companies and people, and readers of one company's rows."""

    def __init__(self, app: Flask, companies: dict[str, UUID]) -> None:
        self.app = app
        self.abc = companies["ABC Accounting"]
        self.smith = companies["Smith Tax Co."]
        self.xyz = companies["XYZ Partners"]

    def read(self, company_id: UUID, statement: Any) -> Any:
        """All rows of a statement of one entity or column in the scope of a company, detached."""
        with self.app.app_context(), company_scope(company_id):
            return list(db.session.scalars(statement).unique())

    def request(self, company_id: UUID, **like: Any) -> ServiceRequest:
        """The company's first request with these column values (status="new", …), oldest first."""
        statement = (
            select(ServiceRequest).filter_by(**like).order_by(ServiceRequest.created_at, ServiceRequest.id)
        )
        return self.read(company_id, statement.limit(1))[0]

    def member(self, company_id: UUID, first_name: str) -> Membership:
        statement = select(Membership).join(User).where(User.name.like(f"{first_name} %"))
        return self.read(company_id, statement)[0]

    def client(self, company_id: UUID, name: str | None = None) -> Client:
        statement = select(Client).order_by(Client.number)
        return self.read(company_id, statement.where(Client.name == name) if name else statement)[0]

    def service(self, company_id: UUID, name: str) -> Service:
        return self.read(company_id, select(Service).where(Service.name == name))[0]


def sign_in(
    app: Flask, email: str, kind: str, inside: UUID | None = None
) -> tuple[UUID, UUID, UUID | None, bool]:
    """A session row for this person: (user, session, company if they have one place, super admin). `inside`: the
    company that they are in instead."""
    with app.app_context():
        user = db.session.scalars(select(User).where(func.lower(User.email) == email)).one()
        places = db.session.execute(
            text("select company_id from lookup_places_of(:user_id)"), {"user_id": user.id}
        ).all()
        company_id = inside or (places[0][0] if places else None)
        row = UserSession(
            id=uuid4(),
            user_id=user.id,
            kind=kind,
            company_id=company_id,
            refresh_id=uuid4() if kind == "api" else None,
            expires_at=now() + PAGE_SESSION,
        )
        db.session.add(row)
        found = (user.id, row.id, company_id, user.super_admin)
        db.session.commit()
        return found


class Browser:
    """A signed-in person's browser without JavaScript; every page it fetches is checked against the house rules."""

    def __init__(self, app: Flask, email: str | None, inside: UUID | None = None) -> None:
        self._client: FlaskClient = app.test_client()
        if email:
            _, session_id, company_id, _ = sign_in(app, email, "page", inside)
            with self._client.session_transaction() as cookie:
                cookie["sid"] = str(session_id)
                if company_id:
                    cookie["cid"] = str(company_id)

    @property
    def raw(self) -> FlaskClient:
        """The bare test client, for what a well-behaved browser would not send."""
        return self._client

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._checked(path, self._client.get(path, **more))

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form with the CSRF token its page would have held."""
        return self._checked(
            path, self._client.post(path, data={**(data or {}), "csrf_token": self._token()}, **more)
        )

    def _token(self) -> str:
        # Any page of this sign-in carries the same secret; signing a token from it needs no page.
        from flask_wtf.csrf import generate_csrf

        with self._client.application.test_request_context(), self._client.session_transaction() as cookie:
            from flask import g, session

            session.update(cookie)
            token: str = generate_csrf()
            cookie["csrf_token"] = session["csrf_token"]
            g.pop("csrf_token", None)
            return token

    def _checked(self, path: str, response: TestResponse) -> TestResponse:
        whole = response.mimetype == "text/html" and b"<html" in response.data[:400]
        if whole:
            check_page(response.get_data(as_text=True), f"{path} ({response.status_code})")
        return response


class Api:
    """A signed-in program: JSON with a bearer token."""

    def __init__(self, app: Flask, email: str | None, inside: UUID | None = None) -> None:
        self._client = app.test_client()
        self.headers: dict[str, str] = {}
        if email:
            user_id, session_id, company_id, super_admin = sign_in(app, email, "api", inside)
            claims = {
                "sid": str(session_id),
                "cid": str(company_id) if company_id else None,
                "super": super_admin,
            }
            with app.app_context():
                token = create_access_token(str(user_id), additional_claims=claims)
            self.headers["Authorization"] = f"Bearer {token}"

    def _open(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        if isinstance(body, dict) and "file" in body:
            # A form, because a file is among it: its text, under a name.
            file = (io.BytesIO(str(body["file"]).encode()), "statement.txt")
            more["data"] = {name: str(value) for name, value in body.items()} | {"file": file}
        elif body is not None:
            more["json"] = body
        response = self._client.open(
            path, method=method, headers={**self.headers, **more.pop("headers", {})}, **more
        )
        assert "Set-Cookie" not in response.headers, f"{path}: the JSON API sets a cookie"
        return response

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._open("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self._open("POST", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self._open("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self._open("DELETE", path, **more)
