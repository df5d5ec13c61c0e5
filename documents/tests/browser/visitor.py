"""Somebody in front of a browser window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from accounts.tests.cast import Person

# Chromium tells every refused request in the console; which ones a test expects, it says itself.
REFUSED = "Failed to load resource"
PATIENCE_MILLISECONDS = 30_000


@dataclass
class Visitors:
    """Opens windows on the site at ``url`` and collects what their consoles complain about."""

    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, person: Person | None = None, *, width: int = 1280, **options: Any) -> Page:
        """Return a new window, of ``person`` signed in or of a stranger to the site.

        ``options`` are Playwright's, such as ``java_script_enabled`` or ``color_scheme``.
        """
        context = self.browser.new_context(
            base_url=self.url, viewport={"width": width, "height": 844}, **options
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.contexts.append(context)
        if person is not None:
            session = person.client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.url}]
            )
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def leave(self) -> None:
        """Close all windows and fail for anything that a console has complained about."""
        for context in self.contexts:
            context.close()
        assert self.complaints == [], self.complaints

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.complaints.append(f"{message.text} ({message.location['url']})")


def until(page: Page, expression: str) -> None:
    """Return once a script's expression is true; the page's policy allows Playwright no eval."""
    for _ in range(PATIENCE_MILLISECONDS // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"It never became true: {expression}")
