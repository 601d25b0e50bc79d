"""How the tests of the page in a browser see it: on a phone and on a desk."""

from playwright.async_api import expect

CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # a busy machine is not a broken page
PHONE, DESK = (390, 844), (1280, 900)
