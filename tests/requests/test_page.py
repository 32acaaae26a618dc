"""The request's page in every status, for every role, with few statements."""

import pytest

from app.models.service_request import STATUSES
from tests.support.statements import counted_statements


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("email", ["admin@abc.test", "jane@abc.test"])
def test_every_status_has_its_page(browser, cast, status, email):
    some, person = cast.request(cast.abc, status=status), browser(email)
    answer = person.get(f"/requests/{some.id}")
    assert answer.status_code == 200
    assert answer.text.count('id="job"') == 1
    is_open = status not in {"completed", "cancelled"}
    assert (f"/requests/{some.id}/assign" in answer.text) is is_open
    assert (f"/requests/{some.id}/edit" in answer.text) is is_open


def test_few_statements(app, alice, cast):
    some = cast.request(cast.abc, status="in_progress")
    alice.get(f"/requests/{some.id}")
    with counted_statements(app) as seen:
        alice.get(f"/requests/{some.id}")
    assert len(seen) <= 12, "\n\n".join(seen)
    with counted_statements(app) as seen:
        alice.get(f"/requests/{some.id}/job?seen=x", headers={"HX-Request": "true", "HX-Target": "job"})
    assert len(seen) <= 6, "\n\n".join(seen)


def test_the_person_it_is_with_is_not_offered_again(alice, cast):
    jane = cast.member(cast.abc, "Jane")
    some = cast.request(cast.abc, assignee_id=jane.id, status="assigned")
    page = alice.get(f"/requests/{some.id}").text
    assert f'<option value="{jane.id}"' not in page
    assert f'<option value="{cast.member(cast.abc, "Mike").id}"' in page


def test_what_people_wrote_is_never_markup(alice, superuser, cast):
    from sqlalchemy import text

    some = cast.request(cast.abc, status="new")
    with superuser.begin() as connection:
        connection.execute(
            text("update service_requests set note = '<script>x</script>' where id = :id"), {"id": some.id}
        )
        connection.execute(
            text("update clients set name = '<i>X</i>' where id = :id"), {"id": some.client_id}
        )
    for path in (f"/requests/{some.id}", "/requests?status=new", "/", f"/requests/{some.id}/edit"):
        page = alice.get(path).text
        assert "<script>x" not in page
        assert "<i>X" not in page
