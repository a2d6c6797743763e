"""A real Chromium for tests. The page's server runs in the test's event loop, so every step is made in a thread."""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

T = TypeVar("T")

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
    "--window-size=1280,860",
)
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 15.0
_SEEN = """return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).map(e => e.innerText)"""


class Browser:
    """Tabs of one Chromium."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver, self._lock, self._first = driver, threading.Lock(), True

    async def open(self, url: str) -> "Tab":
        """A new tab on a page."""

        def act() -> str:
            if not self._first:
                self._driver.switch_to.new_window("tab")
            self._first = False
            self._driver.get(url)
            return self._driver.current_window_handle

        return Tab(self, await self.run(None, lambda _: act()))

    async def run(self, handle: str | None, act: Callable[[webdriver.Chrome], T]) -> T:
        """Do something in a tab; WebDriver has one current tab, so one step at a time."""

        def switched() -> T:
            with self._lock:
                if handle is not None:
                    self._driver.switch_to.window(handle)
                return act(self._driver)

        return await asyncio.to_thread(switched)


class Tab:
    """What a person does and sees in one tab. Steps wait until they are possible."""

    def __init__(self, browser: Browser, handle: str) -> None:
        self._browser, self._handle = browser, handle

    async def run(self, act: Callable[[webdriver.Chrome], T]) -> T:
        """Anything that WebDriver can do, in this tab."""
        return await self._browser.run(self._handle, act)

    async def texts(self, css: str) -> list[str]:
        """What stands in the elements that match and can be seen."""
        found = await self.script(_SEEN, css)
        assert isinstance(found, list)
        return found

    async def see(self, text: str, css: str = "body", seconds: float = _SECONDS) -> None:
        """Wait until a text is on the page; fail with what is there instead."""
        shown: list[str] = []

        async def is_there() -> bool:
            shown[:] = await self.texts(css)
            return any(text in one for one in shown)

        await self._until(is_there, lambda: f"{text!r} is not in {shown}", seconds)

    async def write(self, text: str, css: str = ".jb-entry textarea") -> None:
        """Type a text and press Enter."""
        await self._on(
            lambda d: d.find_element(By.CSS_SELECTOR, css), lambda e: e.send_keys(text, Keys.ENTER), css
        )

    async def tap(self, label: str) -> None:
        """Tap the newest button of that label, or the newest one whose label begins with it."""
        await self._on(lambda d: _button(d, label), lambda e: e.click(), label)

    async def script(self, code: str, *args: object) -> object:
        """The result of some JavaScript."""
        result: object = await self.run(lambda d: d.execute_script(code, *args))
        return result

    async def resize(self, width: int, height: int) -> None:
        """Show the page in a viewport of exactly that size, as on a phone."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.run(lambda d: d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size))

    async def picture(self, file: Path) -> None:
        """Save what is seen."""
        assert await self.run(lambda d: d.save_screenshot(str(file)))

    async def errors(self) -> list[str]:
        """What the page has complained about in the console."""
        entries = await self.run(lambda d: d.get_log("browser"))  # type: ignore[no-untyped-call]
        return [e["message"] for e in entries if e["level"] == "SEVERE"]

    async def close(self) -> None:
        """Close the tab."""
        await self.run(lambda d: d.close())

    async def _on(
        self, find: Callable[[webdriver.Chrome], WebElement], act: Callable[[WebElement], None], what: str
    ) -> None:
        last: list[str] = []

        async def done() -> bool:
            try:
                await self.run(lambda d: act(find(d)))
            except WebDriverException as e:  # not there yet, or drawn anew while we reached for it
                last[:] = [e.msg or ""]
                return False
            return True

        await self._until(done, lambda: f"no way to use {what!r}: {last}", _SECONDS)

    async def _until(
        self,
        ready: Callable[[], Awaitable[bool]],
        complaint: Callable[[], str],
        seconds: float,
    ) -> None:
        deadline = time.monotonic() + seconds
        while not await ready():
            if time.monotonic() > deadline:
                raise AssertionError(complaint())
            await asyncio.sleep(0.05)


def _button(driver: webdriver.Chrome, label: str) -> WebElement:
    found = [e for e in driver.find_elements(By.CSS_SELECTOR, "button") if e.text.startswith(label)]
    exact = [e for e in found if e.text == label]
    if not found:
        raise WebDriverException(f"no button {label}")
    return (exact or found)[-1]


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A Chromium with an empty profile. Without one the test fails: a page that nobody has seen is not tested."""
    chromium = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.fail("没有 Chromium：请运行 make setup-browser", pytrace=False)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(prefix="jb-chromium-", ignore_cleanup_errors=True) as profile:
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        # With the driver's path given, Selenium looks for no download.
        driver = webdriver.Chrome(options, webdriver.ChromeService(chromedriver))
        try:
            yield Browser(driver)
        finally:
            driver.quit()
