"""Contact groups, accounts, tax rates, items, tracking, themes, currencies, history."""

from __future__ import annotations

from tests.simulator.conftest import Connected


def items(xero: Connected, plural: str, **query: str) -> list[dict[str, object]]:
    reply = xero.accounting("GET", plural, params=query)
    assert reply.ok, reply.text
    return reply.json()[plural]


def test_groups_hold_contacts(xero: Connected) -> None:
    contact_id = xero.contact_id()
    made = xero.accounting("PUT", "ContactGroups", json={"Name": "Quarterly BAS"})
    group_id = made.json()["ContactGroups"][0]["ContactGroupID"]
    again = xero.accounting("PUT", "ContactGroups", json={"Name": "quarterly bas"})
    assert again.status_code == 400
    members = f"ContactGroups/{group_id}/Contacts"
    assert xero.accounting("PUT", members, json={"Contacts": [{"ContactID": contact_id}]}).ok
    [group] = xero.accounting("GET", f"ContactGroups/{group_id}").json()["ContactGroups"]
    assert [contact["Name"] for contact in group["Contacts"]] == ["Karen Whitfield"]
    [contact] = xero.accounting("GET", f"Contacts/{contact_id}").json()["Contacts"]
    assert [one["Name"] for one in contact["ContactGroups"]] == ["Quarterly BAS"]
    assert xero.accounting("DELETE", f"{members}/{contact_id}").status_code == 204
    assert xero.accounting("DELETE", f"{members}/{contact_id}").status_code == 404
    xero.accounting("POST", "Contacts", json={"ContactID": contact_id, "ContactStatus": "ARCHIVED"})
    refused = xero.accounting("PUT", members, json={"Contacts": [{"ContactID": contact_id}]})
    assert "archived" in refused.json()["Elements"][0]["ValidationErrors"][0]["Message"]
    assert xero.accounting("POST", f"ContactGroups/{group_id}", json={"Status": "DELETED"}).ok
    assert items(xero, "ContactGroups") == []


def test_charts_differ_between_organisations(xero: Connected) -> None:
    ours = items(xero, "Accounts", where='Class=="REVENUE"', order="Code ASC")
    theirs = items(xero.simulator.connect("Smith & Co"), "Accounts", where='Class=="REVENUE"')
    assert [account["Code"] for account in ours] == ["200", "210", "220", "260"]
    assert not {account["Code"] for account in ours} & {account["Code"] for account in theirs}
    banks = items(xero, "Accounts", where='Type=="BANK"')
    assert sorted("Code" in bank for bank in banks) == [False, True]


def test_an_account_can_be_made(xero: Connected) -> None:
    made = xero.accounting("PUT", "Accounts", json={"Code": "230", "Name": "Advisory", "Type": "REVENUE"})
    assert made.json()["Accounts"][0]["Class"] == "REVENUE"
    twin = xero.accounting("PUT", "Accounts", json={"Code": "230", "Name": "Other", "Type": "REVENUE"})
    assert twin.json()["Elements"][0]["ValidationErrors"] == [{"Message": "Please enter a unique Code."}]


def test_tax_rates_say_where_they_fit(xero: Connected) -> None:
    rates = {rate["TaxType"]: rate for rate in items(xero, "TaxRates")}
    assert rates["OUTPUT"]["EffectiveRate"] == 10
    assert rates["OUTPUT"]["CanApplyToRevenue"] is True
    assert rates["INPUT"]["CanApplyToRevenue"] is False
    assert xero.accounting("GET", "TaxRates/OUTPUT").json()["TaxRates"][0]["Name"] == "GST on Income"
    assert xero.accounting("GET", "TaxRates/NOPE").status_code == 404


def test_items_by_id_and_code(xero: Connected) -> None:
    body = {"Code": "ADV", "Name": "Advice", "SalesDetails": {"UnitPrice": 220.5, "AccountCode": "200"}}
    made = xero.accounting("PUT", "Items", json=body).json()["Items"][0]
    assert made["SalesDetails"]["UnitPrice"] == 220.5
    assert xero.accounting("PUT", "Items", json=body).status_code == 400
    bad = {**body, "Code": "ADV2", "SalesDetails": {"AccountCode": "999"}}
    assert "Account code '999'" in xero.accounting("PUT", "Items", json=bad).text
    changed = xero.accounting("POST", "Items", json={"Code": "ADV", "Name": "Advice, hourly"}).json()[
        "Items"
    ][0]
    assert (changed["ItemID"], changed["Name"]) == (made["ItemID"], "Advice, hourly")
    assert xero.accounting("DELETE", f"Items/{made['ItemID']}").status_code == 204
    assert xero.accounting("GET", "Items/ADV").status_code == 404


def test_tracking_has_two_places(xero: Connected) -> None:
    assert [one["Name"] for one in items(xero, "TrackingCategories", order="Name")] == [
        "Office",
        "Service Line",
    ]
    full = xero.accounting("PUT", "TrackingCategories", json={"Name": "Partner"})
    assert "Only 2 tracking categories" in full.text
    office = items(xero, "TrackingCategories", where='Name=="Office"')[0]
    path = f"TrackingCategories/{office['TrackingCategoryID']}"
    added = xero.accounting("PUT", f"{path}/Options", json={"Options": [{"Name": "Wollongong"}]})
    option_id = added.json()["Options"][0]["TrackingOptionID"]
    assert xero.accounting("PUT", f"{path}/Options", json={"Name": "wollongong"}).status_code == 400
    xero.accounting("POST", f"{path}/Options/{option_id}", json={"Status": "ARCHIVED"})
    [shown] = xero.accounting("GET", path).json()["TrackingCategories"]
    assert [option["Name"] for option in shown["Options"]] == ["Sydney", "Newcastle"]
    [all_of_it] = xero.accounting("GET", f"{path}?includeArchived=true").json()["TrackingCategories"]
    assert [option["Name"] for option in all_of_it["Options"]] == ["Sydney", "Newcastle", "Wollongong"]
    assert (
        xero.accounting("DELETE", f"{path}/Options/{option_id}").json()["Options"][0]["Status"] == "DELETED"
    )
    xero.accounting("POST", path, json={"Status": "ARCHIVED"})
    assert [one["Name"] for one in items(xero, "TrackingCategories")] == ["Service Line"]
    assert len(items(xero, "TrackingCategories", includeArchived="true")) == 2
    smith = xero.simulator.connect("Smith & Co")
    assert smith.accounting("PUT", "TrackingCategories", json={"Name": "Partner"}).ok


def test_themes_and_currencies(xero: Connected) -> None:
    [theme] = items(xero, "BrandingThemes")
    assert xero.accounting("GET", f"BrandingThemes/{theme['BrandingThemeID']}").ok
    assert xero.accounting("PUT", "Currencies", json={"Code": "NZD"}).ok
    assert xero.accounting("PUT", "Currencies", json={"Code": "NZD"}).status_code == 400
    assert {currency["Code"] for currency in items(xero, "Currencies")} == {"AUD", "NZD"}


def test_notes_are_added_and_read_newest_first(xero: Connected) -> None:
    path = f"Contacts/{xero.contact_id()}/History"
    for text in ("First note", "Second note"):
        assert xero.accounting("PUT", path, json={"HistoryRecords": [{"Details": text}]}).ok
    notes = xero.accounting("GET", path).json()["HistoryRecords"]
    assert [note["Details"] for note in notes] == ["Second note", "First note"]
    assert notes[0]["User"] == "System Generated"
    too_long = xero.accounting("PUT", path, json={"HistoryRecords": [{"Details": "a" * 2501}]})
    assert too_long.status_code == 400
    nobody = "Contacts/11111111-1111-1111-1111-111111111111/History"
    assert xero.accounting("GET", nobody).status_code == 404
