#!/usr/bin/env python3
"""The whole procedure of an access token as a new user meets it: a terminal, a real browser, the sandbox's consent page.

    cargo build && tests/browser/run.py target/debug/flowrun [folder for pictures]

It needs Python 3.11 and Debian's `chromium` and `chromium-driver`, and reaches nothing but loopback. Each case says what it
found; the pictures are for a person to look at.
"""

import pathlib
import sys
import tempfile

from browser import Browser
from world import World, free_port

SCOPES = ["read:jira-work", "read:jira-user", "write:jira-work", "manage:jira-configuration"]
ADDRESS = r"(http://127\.0\.0\.1:\d+/authorize\?\S+)"


def give_app(terminal, world, secret=None):
    """Types the app's key and secret."""
    terminal.wait_for(r"Consumer Key \(Client ID\)")
    terminal.type(world.key)
    terminal.wait_for(r"Consumer Secret")
    terminal.type_secret(secret or world.secret)


def consent(browser, address, user="admin@example.com", site=1, decision="accept"):
    """Decides on the consent page, as a person who clicks."""
    browser.open(address)
    browser.click(f'input[name=user][value="{user}"]')
    browser.click(f"label:nth-of-type({site}) > input[name=site]")
    browser.click(f"button[value={decision}]")


def run_with_it(world):
    """Runs a process with the access token; gives the exit code."""
    sample = "workflows/samples/bug-intake.json"
    code, _, _ = world.run("run", "workflows/bug-intake.yaml", "--token", "acme", "--inputs", sample)
    return code


def an_app_is_made_in_the_console(world, browser):
    browser.open(f"{world.url}/_sandbox/console")
    browser.picture("console")
    browser.type("input[name=name]", "flowrun")
    browser.type("input[name=callback_url]", world.callback)
    for scope in SCOPES:
        browser.click(f'input[name=scope][value="{scope}"]')
    browser.click("button")
    browser.wait_for("is created")
    browser.picture("app")
    world.key, world.secret, callback = browser.texts("code")
    assert callback == world.callback


def a_new_user_gets_an_access_token_and_runs_with_it(world, browser):
    terminal = world.add()
    give_app(terminal, world)
    address = terminal.wait_for(ADDRESS).group(1)
    browser.open(address)
    browser.picture("consent")
    consent(browser, address)
    browser.wait_for("/callback")
    browser.picture("callback")
    assert terminal.exit_code() == 0, terminal.printed
    assert world.secret not in terminal.printed, terminal.printed
    for word in ("admin@example.com", world.url, "read:jira-work"):
        assert word in terminal.printed, f"{word} is not told:\n{terminal.printed}"
    code, shown, _ = world.run("token", "show", "acme")
    assert code == 0 and "write:jira-work" in shown, shown
    code, tested, errors = world.run("token", "test", "acme", "--project", "OPS")
    assert code == 0 and "jira.create_issue" in tested, tested + errors
    assert run_with_it(world) == 0


def a_second_consent_needs_no_typing(world, browser):
    terminal = world.add()
    consent(browser, terminal.wait_for(ADDRESS).group(1))
    assert terminal.exit_code() == 0, terminal.printed


def cancel_is_told(world, browser):
    refused(world, browser, "FR0905", "the consent was refused", decision="cancel")


def another_site_is_told(world, browser):
    refused(world, browser, "FR0906", "does not open", user="robin@example.com", site=2)


def refused(world, browser, code, words, **choice):
    """A consent that comes to nothing: it is said why, and what was kept stays as it was."""
    before = world.document("token", "show", "acme")
    terminal = world.add()
    consent(browser, terminal.wait_for(ADDRESS).group(1), **choice)
    assert terminal.exit_code() == 4, terminal.printed
    assert code in terminal.printed and words in terminal.printed, terminal.printed
    assert world.document("token", "show", "acme") == before


def a_wrong_secret_is_told(world, browser):
    terminal = world.add(name="other")
    give_app(terminal, world, secret="not-the-secret")
    consent(browser, terminal.wait_for(ADDRESS).group(1))
    assert terminal.exit_code() == 4, terminal.printed
    assert "does not take the consumer key and secret" in terminal.printed, terminal.printed
    assert world.run("token", "show", "other")[0] == 4


def a_wrong_callback_is_told_by_the_page_and_by_the_command(world, browser):
    wrong = f"http://localhost:{free_port()}/callback"
    terminal = world.add("--wait", "5s", name="other", callback=wrong)
    give_app(terminal, world)
    browser.open(terminal.wait_for(ADDRESS).group(1))
    browser.wait_for("Callback URL mismatch")
    browser.picture("mismatch")
    assert terminal.exit_code() == 4, terminal.printed
    assert "not given in time" in terminal.printed and wrong in terminal.printed, terminal.printed


def an_address_is_pasted(world, browser):
    terminal = world.add("--paste", name="pasted")
    give_app(terminal, world)
    consent(browser, terminal.wait_for(ADDRESS).group(1), user="dana@example.com")
    browser.wait_for("code=")
    terminal.wait_for(r"Address: ")
    terminal.type(browser.address())
    assert terminal.exit_code() == 0 and "dana@example.com" in terminal.printed, terminal.printed


def a_code_that_is_too_old_is_told(world, browser):
    terminal = world.add("--paste", name="late")
    give_app(terminal, world)
    consent(browser, terminal.wait_for(ADDRESS).group(1))
    browser.wait_for("code=")
    world.pass_time(15 * 60)
    terminal.wait_for(r"Address: ")
    terminal.type(browser.address())
    assert terminal.exit_code() == 4, terminal.printed
    assert "does not take the code" in terminal.printed, terminal.printed


def ctrl_c_keeps_nothing(world, browser):
    terminal = world.add(name="stopped")
    give_app(terminal, world)
    terminal.wait_for(ADDRESS)
    terminal.interrupt()
    assert terminal.exit_code() == 130, terminal.printed
    assert world.run("token", "show", "stopped")[0] == 4


def a_bearer_that_expired_is_renewed(world, browser):
    world.pass_time(2 * 3600)
    assert run_with_it(world) == 0


def a_consent_that_nobody_used_is_given_anew(world, browser):
    world.pass_time(91 * 24 * 3600)
    code, tested, errors = world.run("token", "test", "acme")
    assert code == 4 and "FR0903" in tested + errors and "flowrun token add acme" in tested + errors, tested + errors
    assert run_with_it(world) == 4
    a_second_consent_needs_no_typing(world, browser)
    assert run_with_it(world) == 0


CASES = [
    an_app_is_made_in_the_console,
    a_new_user_gets_an_access_token_and_runs_with_it,
    a_second_consent_needs_no_typing,
    cancel_is_told,
    another_site_is_told,
    a_wrong_secret_is_told,
    a_wrong_callback_is_told_by_the_page_and_by_the_command,
    an_address_is_pasted,
    a_code_that_is_too_old_is_told,
    ctrl_c_keeps_nothing,
    a_bearer_that_expired_is_renewed,
    a_consent_that_nobody_used_is_given_anew,
]


def main(program, pictures):
    pathlib.Path(pictures).mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(str(pathlib.Path(program).resolve()), folder)
        browser = Browser(free_port(), f"{folder}/profile", pictures)
        try:
            for case in CASES:
                try:
                    case(world, browser)
                    print(f"ok    {case.__name__}")
                except AssertionError as problem:
                    failed += 1
                    print(f"FAILS {case.__name__}\n{problem}")
        finally:
            browser.close()
            world.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "target/browser"))
