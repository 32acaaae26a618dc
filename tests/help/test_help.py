"""Help is there for everybody, in the frame of their own pages."""

import pytest


@pytest.mark.parametrize(
    ("email", "has", "has_not"),
    [
        ("admin@abc.test", ["Organisation", "Operation", "How we know", "<kbd>g</kbd> <kbd>s</kbd>"], []),
        ("jane@abc.test", ["Cause", "Ask your practice’s admin first"], ["<kbd>g</kbd> <kbd>s</kbd>"]),
        ("client@abc.test", ["Write a comment on your request"], ["Operation", "Xero", "/requests"]),
        (None, ["Sign in"], ["Operation", "/requests"]),
        ("super@countinghouse.test", ["Help"], ["ABC Accounting"]),
    ],
)
def test_help_by_role(browser, email, has, has_not):
    answer = browser(email).get("/help")
    assert answer.status_code == 200
    assert [words for words in has if words not in answer.text] == []
    assert [words for words in has_not if words in answer.text] == []
