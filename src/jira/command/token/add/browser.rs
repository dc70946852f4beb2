//! The browser of the person at this machine, where there is one.

use std::env;

use crate::jira::arguments::Browser;

/// Opens `url` if a browser of this machine would show it to whoever typed the command; says whether one was opened.
pub(super) fn open(url: &str, arguments: &Browser, no_input: bool) -> bool {
    let wanted = !arguments.no_browser && !arguments.paste && !no_input;
    wanted && is_here() && webbrowser::open(url).is_ok()
}

/// Whether the person sits at this machine: over SSH a browser would open elsewhere, or in the terminal.
fn is_here() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let far = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].into_iter().any(is_set);
    let shows = cfg!(not(target_os = "linux")) || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].into_iter().any(is_set);
    shows && !far
}
