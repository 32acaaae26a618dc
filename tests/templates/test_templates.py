"""Every template compiles, asks only for macros that exist, and has no script or style of its own."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

TEMPLATES = Path(__file__).parents[2] / "app" / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file())
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE),
    "a script in the page": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "something from elsewhere": re.compile(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE),
}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def parsed(gallery: Flask, name: str) -> nodes.Template:
    return gallery.jinja_env.parse(source(name), name)


def macros(gallery: Flask, name: str) -> set[str]:
    return {macro.name for macro in parsed(gallery, name).find_all(nodes.Macro)}


def offered(gallery: Flask, name: str) -> set[str]:
    """What a file gives to those who import it: its macros and the tables it sets."""
    tables = (one.target for one in parsed(gallery, name).body if isinstance(one, nodes.Assign))
    return macros(gallery, name) | {table.name for table in tables if isinstance(table, nodes.Name)}


def imports(template: nodes.Template) -> dict[str, str]:
    """The names a template gives to what it imports whole, each with the file."""
    return {
        found.target: found.template.value
        for found in template.find_all(nodes.Import)
        if isinstance(found.template, nodes.Const)
    }


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(gallery: Flask, name: str) -> None:
    gallery.jinja_env.get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_nothing_inline(name: str) -> None:
    markup = COMMENT.sub("", source(name))
    found = [what for what, pattern in INLINE.items() if pattern.search(markup)]
    assert not found


@pytest.mark.parametrize("name", NAMES)
def test_its_macros_exist_and_its_imports_are_used(gallery: Flask, name: str) -> None:
    template = parsed(gallery, name)
    asked: dict[str, set[str]] = {}
    for node in template.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name):
            asked.setdefault(node.node.name, set()).add(node.attr)
    for target, file in imports(template).items():
        assert target in asked, f"{file} is imported as {target} and never used"
        unknown = asked[target] - offered(gallery, file)
        assert not unknown, f"{file} has no {sorted(unknown)}"
    for found in template.find_all(nodes.FromImport):
        assert isinstance(found.template, nodes.Const)
        wanted = {one if isinstance(one, str) else one[0] for one in found.names}
        assert wanted <= offered(gallery, found.template.value)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("components/")])
def test_a_component_says_what_it_takes(gallery: Flask, name: str) -> None:
    told = " ".join(COMMENT.findall(source(name)))
    for macro in macros(gallery, name):
        assert macro.startswith("_") or f"{macro}(" in told, f"{name}: {macro} is not explained"


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ('<p class="a" style="color: red">', "a style attribute"),
        ("<a onclick='go()'>", "an event handler"),
        ('<a hx-on:click="go()">', "an event handler"),
        ("<script>go()</script>", "a script in the page"),
        ('<script src="https://cdn.example/x.js"></script>', "something from elsewhere"),
    ],
)
def test_the_check_itself_catches(markup: str, what: str) -> None:
    assert INLINE[what].search(markup)
