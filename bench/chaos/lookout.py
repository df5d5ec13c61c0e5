"""A browser window that tells on whatever a name made happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Dialog, Error, Page

from accounts.tests.factories import make_user, signed_in
from bench.chaos.hostile_names import NAMES, RESULT
from bench.chaos.victim import Victim
from documents.tests.browser.tour import Stop
from documents.tests.browser.visitor import Visitors

REFUSALS = """
addEventListener("securitypolicyviolation",
    (event) => canary(`policy ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
PAUSE_MILLISECONDS = 50
# Elements and attributes that none of our pages has.
LOOK = """(result) => {
    const strange = "x-canary, [data-canary], iframe, object, embed, base, animate, math, "
        + "script:not([src]):not([type='application/json']), meta[http-equiv], [srcdoc], "
        + "[href^='javascript:' i], [src^='javascript:' i], [action^='javascript:' i], "
        + "[href^='data:' i], [href*='evil.invalid/']:not([href^='/']), [src*='evil.invalid']";
    const found = [...document.querySelectorAll(strange)].map((each) => each.outerHTML);
    for (const each of document.querySelectorAll("*"))
        for (const attribute of each.attributes)
            if (/^on/i.test(attribute.name)) found.push(each.outerHTML);
    if (document.documentElement.outerHTML.includes(result)) found.push("a template computed");
    return found.map((each) => each.slice(0, 200));
}"""


@dataclass
class Lookout:
    """Visits pages as ``victim``, staff or nobody, one window each; ``found`` is what is bad."""

    visitors: Visitors
    victim: Victim
    visits: int = 0
    seen: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    _windows: dict[str, Page] = field(default_factory=dict)
    _where: str = ""

    def prove(self) -> int:
        """Return how many names are noticed on a page that trusts them: somebody is looking."""
        page, caught = self._window("control"), 0
        for name in NAMES:
            known = len(self.found)
            self._where = f"control {name}"
            try:
                page.set_content(f"<a title=\"{name}\" data-x='{name}'>{name}</a>")
                page.wait_for_timeout(PAUSE_MILLISECONDS)
                for one in page.evaluate(LOOK, RESULT):
                    self._tell(one)
            except Error as error:
                self._tell(str(error))
            caught += len(self.found) > known
        self._windows.pop("control").context.close()
        self.found.clear()
        self.visitors.complaints.clear()
        return caught

    def visit(self, stop: Stop, number: int, *, is_staff: bool = False) -> None:
        """Open a page under the name of that number and look at what is there."""
        self.victim.rename(NAMES[number])
        self._where = f"{stop.name} {stop.address[:80]} under {NAMES[number]!r}"
        page = self._window("staff" if is_staff else "victim" if stop.is_signed_in else "nobody")
        try:
            page.goto(stop.address)
            stop.act(page)
            for one in page.evaluate(LOOK, RESULT):
                self._tell(one)
        except Error as error:
            self._tell(str(error))
        self.visits += 1
        self.seen.add(stop.name)

    def leave(self) -> None:
        """Close the windows; what their consoles have complained about counts, too."""
        for page in self._windows.values():
            page.context.close()
        self.found |= {f"console: {one}" for one in self.visitors.complaints}

    def _window(self, who: str) -> Page:
        if who not in self._windows:
            page = self._windows[who] = self.visitors.open(
                self.victim.person if who == "victim" else None
            )
            if who == "staff":
                staff = make_user("staff@example.org", is_staff=True, is_superuser=True)
                _sign_in(page, signed_in(staff).cookies, self.visitors.url)
            page.context.expose_binding("canary", lambda _, told: self._tell(f"ran: {told}"))
            page.context.add_init_script(REFUSALS)
            page.on("dialog", self._answer)
            page.context.on("page", lambda other: self._tell(f"opened {other.url}"))
            page.on("request", lambda sent: self._ask(sent.url))
        return self._windows[who]

    def _answer(self, dialog: Dialog) -> None:
        self._tell(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _ask(self, url: str) -> None:
        if not url.startswith((f"{self.visitors.url}/", "data:", "blob:")):
            self._tell(f"asked for {url}")

    def _tell(self, what: str) -> None:
        self.found.add(f"{self._where}: {what}")


def _sign_in(page: Page, cookies: Any, url: str) -> None:
    page.context.add_cookies(
        [{"name": name, "value": each.value, "url": url} for name, each in cookies.items()]
    )
