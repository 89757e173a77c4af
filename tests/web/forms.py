"""A page as a browser without scripts has it: its forms, what they send, and sending them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from lxml import html

Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """One form with the values that it stands there with."""

    method: str
    action: str
    pairs: Pairs
    buttons: Pairs
    multipart: bool
    element: Any = field(repr=False)

    def value(self, name: str) -> str:
        """What a field holds."""
        return next(value for given, value in self.pairs if given == name)

    def filled(self, **values: str | list[str]) -> Pairs:
        """What is sent after somebody has typed; a dot is written as two underscores."""
        wanted = {name.replace("__", "."): value for name, value in values.items()}
        unknown = wanted.keys() - {name for name, _ in [*self.pairs, *self.buttons]} - self._empty_choices()
        assert not unknown, f"the form has no {unknown}"
        kept = [pair for pair in self.pairs if pair[0] not in wanted]
        for name, value in wanted.items():
            kept += [(name, one) for one in (value if isinstance(value, list) else [value])]
        return kept

    def _empty_choices(self) -> set[str]:
        return {str(one.get("name")) for one in self.element.iter("select", "input") if one.get("name")}


def tree(answer: httpx2.Response) -> Any:
    """The page's elements."""
    assert answer.headers["content-type"].startswith("text/html"), answer.text[:300]
    return html.document_fromstring(answer.text)


def forms(answer: httpx2.Response) -> list[Form]:
    """Every form of a page."""
    return [_form(answer, one) for one in tree(answer).iter("form")]


def form_to(answer: httpx2.Response, end: str, **holds: str) -> Form:
    """The first form whose address ends so and that holds these values, in its fields or else on its buttons."""
    wanted = {(name.replace("__", "."), value) for name, value in holds.items()}
    found = [one for one in forms(answer) if one.element.get("action") and urlsplit(one.action).path.endswith(end)]
    for one in found:
        if wanted <= {*one.pairs}:
            return one
    for one in found:
        if wanted <= {*one.pairs, *one.buttons}:
            return one
    raise AssertionError(f"no form to {end} with {holds} on {answer.url}")


def submit(browser: httpx2.Client, form: Form, **values: str | list[str]) -> httpx2.Response:
    """Send it as a browser does: with an Origin; the answer is not followed."""
    pairs = form.filled(**values)
    if form.method == "get":
        return browser.get(form.action, params=pairs)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(form.action))
    return browser.post(form.action, data=fields, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})


def follow(browser: httpx2.Client, answer: httpx2.Response) -> httpx2.Response:
    """Go where a form's answer leads; it must be 303 and end on a page."""
    assert answer.status_code == 303, answer.text[:2000]
    page = browser.get(answer.headers["location"].partition("#")[0])
    assert page.status_code == 200
    return page


def _form(answer: httpx2.Response, element: Any) -> Form:
    pairs: Pairs = []
    buttons: Pairs = []
    for control in element.iter("input", "textarea", "select", "button"):
        name = control.get("name")
        if not name or control.get("disabled") is not None:
            continue
        if control.tag == "button":
            buttons.append((name, control.get("value", "")))
        elif control.tag == "select":
            pairs += [(name, value) for value in _chosen(control)]
        elif control.tag == "textarea":
            pairs.append((name, control.text or ""))
        elif control.get("type") in ("checkbox", "radio"):
            pairs += [(name, control.get("value", "on"))] if control.get("checked") is not None else []
        elif control.get("type") != "file":
            pairs.append((name, control.get("value", "")))
    return Form(
        element.get("method", "get").lower(), urljoin(str(answer.url), element.get("action", "")), pairs, buttons,
        element.get("enctype") == "multipart/form-data", element,
    )  # fmt: skip


def _chosen(select: Any) -> list[str]:
    options = [(one.get("value", one.text or ""), one.get("selected") is not None) for one in select.iter("option")]
    chosen = [value for value, selected in options if selected]
    if select.get("multiple") is not None:
        return chosen
    return chosen[-1:] or [value for value, _ in options[:1]]
