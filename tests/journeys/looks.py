"""The widths and themes in which pages are looked at: two that differ in both with every run, the others in
`make proof`."""

import pytest

WIDTHS, THEMES = (1440, 1024, 390), ("light", "dark")
ALWAYS = {(1440, "light"), (390, "dark")}

every_look = pytest.mark.parametrize(
    ("width", "theme"),
    [
        pytest.param(width, theme, marks=() if (width, theme) in ALWAYS else pytest.mark.proof)
        for width in WIDTHS
        for theme in THEMES
    ],
)
