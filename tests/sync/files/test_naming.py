"""Names in Xero Files."""

import pytest

from app.sync.files.naming import filled

PATTERN = "{client}_{type}_{year}"


@pytest.mark.parametrize(
    ("pattern", "client", "doc_type", "year", "expected"),
    [
        (PATTERN, "Bright Smile", "Payslips", 2026, "Bright Smile_Payslips_2026"),
        (PATTERN, "Bright Smile", "Payslips", None, "Bright Smile_Payslips"),
        ("{year} {type}", "A", "Payslips", None, "Payslips"),
        (PATTERN, "Ærø & Sønner ApS", "Årsregnskab", 2026, "AEro and Sonner ApS_Arsregnskab_2026"),
        (PATTERN, "李明", "銀行", 2026, "ABC-C0001_Document_2026"),
        (PATTERN, "../../etc", 'a<b>:"/\\|?*', 2026, "etc_a b_2026"),
        (PATTERN, "{year}", "{client}", 2026, "year_client_2026"),
        ("{client}", "x" * 300, "Payslips", 2026, "x" * 120),
        ("///", "A", "Payslips", 2026, "A_Payslips"),
        ("Tax #{year}%", "A", "B", 2026, "Tax 2026"),
    ],
)
def test_filled(pattern: str, client: str, doc_type: str, year: int | None, expected: str):
    assert filled(pattern, client, "ABC-C0001", doc_type, year) == expected
