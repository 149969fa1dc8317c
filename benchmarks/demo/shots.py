"""Pictures of every page of the reviewers' desk, by Debian's Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from rich.console import Console

from tests.browsers import chromium

SIZE = {"width": 1440, "height": 900}
LOOKS = (("light", "en"), ("dark", "en"), ("light", "zh"))
#: Pages that are shown in every look; of the others the first look is enough for the documentation.
_IN_EVERY_LOOK = ("queue", "clip", "decision")


def take(page: str, password: str, folder: Path, console: Console, every: bool = False) -> None:
    """``NAME-LOOK-LANGUAGE.png`` in the folder; the desk at ``page`` holds the demo's clips.

    ``every``: all pages in all looks, to be looked at; else those that the documentation shows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for look, language in LOOKS:
            context = _context(browser, page, look, language)
            tab = context.new_page()
            tab.goto(f"{page}/sign-in")
            if every or (look, language) == LOOKS[0]:
                _shoot(tab, folder, f"sign-in-{look}-{language}", console)
            sign_in(tab, "lena", password)
            for name, path in _paths(tab, page, every):
                if not every and (look, language) != LOOKS[0] and name not in _IN_EVERY_LOOK:
                    continue
                tab.goto(page + path)
                _settle(tab, name)
                whole = name.startswith(("clip", "queue", "anchor"))
                _shoot(tab, folder, f"{name}-{look}-{language}", console, whole)
            context.close()
        context = _context(browser, page, "light", "en", {"width": 683, "height": 384})  # a laptop at 200 %
        tab = context.new_page()
        tab.goto(f"{page}/sign-in")
        sign_in(tab, "lena", password)
        for name, path in _paths(tab, page, every):
            if name in ("queue", "clip"):
                tab.goto(page + path)
                _settle(tab, name)
                _shoot(tab, folder, f"{name}-narrow-en", console, whole=True)


def _context(
    browser: Browser, page: str, look: str, language: str, size: dict[str, Any] | None = None
) -> BrowserContext:
    context = browser.new_context(
        viewport=size or SIZE,  # type: ignore[arg-type]
        color_scheme=look,  # type: ignore[arg-type]
        locale={"en": "en-GB", "zh": "zh-CN"}[language],
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    _ = page
    return context


def sign_in(tab: Page, account: str, password: str) -> None:
    tab.fill("input[name=account]", account)
    tab.fill("input[name=password]", password)
    tab.press("input[name=password]", "Enter")
    tab.wait_for_selector("nav[aria-label]")


def _paths(tab: Page, page: str, every: bool = False) -> list[tuple[str, str]]:
    tab.goto(f"{page}/queue?state=all&order=newest_first")
    ids = tab.eval_on_selector_all(".clip", "rows => rows.map(row => row.dataset.id)")
    tab.goto(f"{page}/anchors")
    links = tab.eval_on_selector_all("table.list a", "links => links.map(link => link.getAttribute('href'))")
    anchor = next(link for link in links if "demo" in link)
    tab.goto(f"{page}/models")
    links = tab.eval_on_selector_all(
        "main a[href^='/models/']", "links => links.map(link => link.getAttribute('href'))"
    )
    model = next(link for link in links if "visual" in link)
    clips = [(f"clip-{number}" if number else "clip", f"/clips/{one}?state=all") for number, one in enumerate(ids)]
    return [
        ("queue", "/queue?state=all&order=newest_first"),
        *(clips[:4] if every else clips[:1]),
        ("decision", clips[0][1]),
        ("where", clips[-1][1]),
        ("shortcuts", clips[0][1]),
        ("anchors", "/anchors"),
        ("anchor", anchor),
        ("anchor-new", "/anchors/new"),
        ("upload", "/upload"),
        ("models", "/models"),
        ("model", model),
        ("audit", "/audit"),
        ("account", "/account"),
    ]


def _settle(tab: Page, name: str) -> None:
    tab.wait_for_load_state("networkidle")
    if tab.locator("#video").count():
        tab.wait_for_function("() => document.getElementById('video').readyState >= 2", timeout=90_000)
        tab.keyboard.press("l")
        tab.wait_for_timeout(600)
    if tab.locator("#where").count():  # its pictures are loaded when they come into sight
        tab.locator("#where").scroll_into_view_if_needed()
        tab.wait_for_function("() => [...document.querySelectorAll('.look img')].every((one) => one.naturalWidth)")
        tab.evaluate("window.scrollTo(0, 0)")
    if name == "where":  # over the picture, and the strip of faces below
        tab.locator(".look").last.click()
        tab.locator("#where").scroll_into_view_if_needed()
    if name == "decision":
        tab.keyboard.press("1")
    if name == "shortcuts":
        tab.keyboard.press("?")
    tab.wait_for_timeout(400)


def _shoot(tab: Page, folder: Path, name: str, console: Console, whole: bool = False) -> None:
    path = folder / f"{name}.png"
    tab.screenshot(path=path, full_page=whole)
    with Image.open(path) as picture:  # 256 colours: a third of the bytes
        picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT).save(path, optimize=True)
    console.print(f"{name}.png")
