"""Services, people and offices by programs."""


def test_services_say_what_their_jobs_get_in_xero(api):
    services = {one["name"]: one for one in api("jane@abc.test").get("/api/services").json["items"]}
    assert services["BAS"]["base_price"] == "275.00"
    assert services["BAS"]["mapped"] is True
    assert services["BAS"]["job_template"]["name"] == "BAS"
    for service in services.values():
        assert api("jane@abc.test").get(f"/api/services/{service['id']}").json == service


def test_an_admin_adds_changes_and_switches_off_a_service(api):
    alice = api("admin@abc.test")
    made = alice.post("/api/services", {"name": "Payslip Check", "base_price": 95})
    assert made.status_code == 201
    service = made.json
    assert (service["base_price"], service["default_due_days"], service["mapped"]) == ("95.00", 28, False)
    path = f"/api/services/{service['id']}"
    changed = alice.patch(path, {"base_price": "99.90", "account_code": "200", "active": False}).json
    assert (changed["base_price"], changed["account_code"], changed["active"]) == ("99.90", "200", False)
    assert alice.get("/api/services?q=payslip&active=true").json["items"] == []
    assert alice.get("/api/services?q=payslip&active=false").json["items"] == [changed]
    assert alice.patch(path, {"active": True}).json["active"] is True
    assert alice.patch(path, {"active": True}).status_code == 200


def test_an_accountant_reads_services_and_changes_none(api, cast):
    jane, bas = api("jane@abc.test"), cast.service(cast.abc, "BAS").id
    for answer in (
        jane.post("/api/services", {"name": "Mine", "base_price": "1.00"}),
        jane.patch(f"/api/services/{bas}", {"base_price": "1.00"}),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_allowed")
    assert jane.get(f"/api/services/{bas}").json["base_price"] == "275.00"


WRONG = [
    ({"name": "BAS", "base_price": "1.00"}, "name"),
    ({"name": "X"}, "base_price"),
    ({"name": "X", "base_price": "-1"}, "base_price"),
    ({"name": "X", "base_price": -1}, "base_price"),
    ({"name": "X", "base_price": "12.345"}, "base_price"),
    ({"name": "X", "base_price": 12.345}, "base_price"),
    ({"name": "X", "base_price": "1e3"}, "base_price"),
    ({"name": "X", "base_price": 10000000}, "base_price"),
    ({"name": "X", "base_price": True}, "base_price"),
    ({"name": "X", "base_price": "1.00", "default_due_days": 731}, "default_due_days"),
    ({"name": "X", "base_price": "1.00", "default_due_days": "28"}, "default_due_days"),
    ({"name": "X", "base_price": "1.00", "default_due_days": 2.5}, "default_due_days"),
    ({"name": "X", "base_price": "1.00", "account_code": "x" * 11}, "account_code"),
]


def test_bad_values_name_their_field(api):
    alice = api("admin@abc.test")
    for body, field in WRONG:
        answer = alice.post("/api/services", body)
        assert answer.status_code == 422, body
        assert list(answer.json["error"]["fields"]) == [field]
        assert answer.json["error"]["fields"][field][0].endswith(".")


def test_people_with_their_open_requests_and_their_person_in_xero(api, cast):
    jane = api("jane@abc.test")
    people = {one["name"]: one for one in jane.get("/api/staff").json["items"]}
    assert set(people) == {"Alice Carter", "Jane Doe", "Mike Brown", "Sarah Lee"}
    mine = jane.get(f"/api/requests?status=open&limit=200&assignee_id={people['Jane Doe']['id']}").json
    assert people["Jane Doe"]["open_requests"] == len(mine["items"]) > 0
    assert people["Jane Doe"]["xero"]["state"] == "mapped"
    assert people["Jane Doe"]["xero"]["user_id"]
    assert (people["Alice Carter"]["role"], people["Jane Doe"]["role"]) == ("admin", "accountant")


def test_people_of_a_practice_without_xero_are_not_mapped(api):
    people = api("admin@xyz.test").get("/api/staff").json["items"]
    assert {one["xero"]["state"] for one in people} == {"not_connected"}


def test_staff_and_offices_come_in_pages(api):
    jane = api("jane@abc.test")
    for path in ("/api/staff", "/api/offices"):
        whole = jane.get(path).json["items"]
        first = jane.get(f"{path}?limit=1").json
        second = jane.get(f"{path}?limit=200&cursor={first['next_cursor']}").json
        assert first["items"] + second["items"] == whole
        assert second["next_cursor"] is None
