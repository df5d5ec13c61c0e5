"""What somebody does on a page of the tour, to bring it into the state to look at."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from accounts.tests.factories import PASSWORD


def log_in_wrongly(page: Page) -> None:
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()


def choose_files(page: Page) -> None:
    page.get_by_label("Drop documents").set_input_files(
        [
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Not a PDF at all."},
            {"name": "empty.pdf", "mimeType": "application/pdf", "buffer": b""},
        ]
    )
    page.get_by_text("This file is empty.", exact=True).wait_for()


def see_the_mark(page: Page) -> None:
    page.get_by_label("Text").fill("CONFIDENTIAL")
    page.get_by_label("Position").select_option(label="Diagonal")
    page.get_by_role("img", name="with the mark").wait_for()
    page.get_by_text("Do it by program").click()
    page.get_by_role("region", name="curl").wait_for()


def mark_wrongly(page: Page) -> None:
    page.get_by_label("Font size").fill("500")
    page.get_by_role("button", name="Mark").click()
    page.get_by_text("Enter a whole number").wait_for()


def show_who_sits_there(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()


def make_endpoint(page: Page) -> None:
    page.get_by_label("Address").fill("https://hooks.example.com/countermark")
    page.get_by_role("button", name="Add endpoint").click()
    page.get_by_role("heading", name="The signing secret").wait_for()


def make_endpoint_wrongly(page: Page) -> None:
    page.get_by_label("Address").fill("https://me@10.0.0.1/")
    page.get_by_role("button", name="Add endpoint").click()
    page.get_by_text("no user name").wait_for()


def cap_wrongly(page: Page) -> None:
    page.get_by_label("Cap a month").first.fill("-1")
    page.get_by_role("button", name="Save cap").click()
    page.get_by_text("greater than or equal to 0").wait_for()


def details_wrongly(page: Page) -> None:
    page.get_by_label("Mail address").fill("nobody")
    page.get_by_role("button", name="Save details").click()
    page.get_by_text("valid email").wait_for()


def open_an_entry(page: Page) -> None:
    page.locator("summary", has_text="Deleted a document").click()


def make_key(page: Page) -> None:
    page.get_by_label("Name").fill("Archive")
    page.get_by_role("button", name="Make key").click()
    page.get_by_role("heading", name="Your new key").wait_for()


def choose_documents(page: Page) -> None:
    page.get_by_label("Annual report 2026").check()
    page.get_by_label("Contract draft v7").check()
    page.get_by_label("Board minutes, November").check()


def go_on_without_any(page: Page) -> None:
    page.get_by_role("button", name="Go on to the mark").click()
    page.get_by_text("Choose at least one document").wait_for()


def make_the_mark_of_a_batch(page: Page) -> None:
    page.get_by_label("Board minutes, November").check()
    page.get_by_label("Contract draft v7").check()
    page.get_by_role("button", name="Go on to the mark").click()
    page.get_by_role("img", name="with the mark").wait_for()
    page.get_by_text("Costs 23 pages").wait_for()


def refer_wrongly(page: Page) -> None:
    make_the_mark_of_a_batch(page)
    page.get_by_text("Your own references").first.click()
    page.get_by_label("Your own references").fill("a\nb\nc\nd")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("4 references, but").wait_for()


def check_a_batch(page: Page) -> None:
    make_the_mark_of_a_batch(page)
    page.get_by_label("Name").fill("For the board, November")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("heading", name="Ready to start?").wait_for()


def send_no_picture(page: Page) -> None:
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"No picture at all."}
    page.get_by_label("New file").set_input_files(notes)
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    page.get_by_text("Send a picture").wait_for()


def mark_with_a_logo(page: Page) -> None:
    page.get_by_label("Made of").select_option(label="Crest")
    page.get_by_role("img", name="with the mark").wait_for()


def wait_for_pictures(page: Page) -> None:
    for each in page.locator(".cm-portrait img").all():
        expect(each).not_to_have_js_property("naturalWidth", 0)


def change_address_wrongly(page: Page) -> None:
    """Ask for another address with a wrong password."""
    page.get_by_text("Change the address").click()
    page.get_by_label("New address").fill("ada.king@acme.example")
    page.locator("#email_password").fill("not mine")
    page.get_by_role("button", name="Send the link").click()
    page.get_by_text("This is not your password.").wait_for()


def leave_wrongly(page: Page) -> None:
    """Try to delete the account with somebody else's address."""
    page.get_by_text("Delete it").click()
    page.get_by_label("Your e-mail address").fill("grace@acme.example")
    page.locator("#leaving_password").fill("not mine")
    page.get_by_role("button", name="Delete my account for good").click()
    page.get_by_text("This is not your address.").wait_for()


def tick_two(page: Page) -> None:
    for box in page.get_by_role("checkbox", name="Choose").all()[:2]:
        box.check()
    page.get_by_text("2 chosen").wait_for()


def delete_two(page: Page) -> None:
    tick_two(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Delete 2 documents?").wait_for()
