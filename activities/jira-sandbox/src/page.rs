//! The frame of the pages that people see. Plain HTML without a script; nothing is loaded from elsewhere.

use crate::answer::{Answer, Content};

const STYLE: &str = "
:root { color-scheme: light dark; --edge: #8886; --accent: #0c66e4 }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 2rem 1rem }
main { max-width: 34rem; margin: auto; border: 1px solid var(--edge); border-radius: 10px; padding: 1.5rem 2rem }
h1 { font-size: 1.35rem; line-height: 1.3; margin: .2rem 0 1rem }
.mark { font-size: .85rem; opacity: .75; margin: 0 }
fieldset { border: 0; padding: 0; margin: 0 0 1.1rem }
legend { font-weight: 600; padding: 0; margin-bottom: .3rem }
label { display: flex; gap: .6rem; align-items: baseline; padding: .15rem 0 }
.about { opacity: .75 }
ul { padding-left: 1.2rem; margin: .3rem 0 1.1rem }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere }
.buttons { display: flex; flex-wrap: wrap; gap: .8rem }
input:not([type]) { display: block; width: 100%; box-sizing: border-box; padding: .4rem; font: inherit }
button { font: inherit; padding: .5rem 1.4rem; border-radius: 6px; border: 1px solid var(--edge); cursor: pointer }
button[value=accept] { background: var(--accent); border-color: var(--accent); color: #fff }
";

/// A page; `form_target` is where its form may lead, beside the sandbox itself.
pub(crate) fn page(status: u16, title: &str, body: &str, form_target: &str) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {form_target}; base-uri 'none'; frame-ancestors 'none'"
    );
    Answer::new(status, Content::Text("text/html; charset=utf-8", html))
        .with_header("content-security-policy", policy)
        .with_header("cache-control", "no-store")
        .with_header("referrer-policy", "no-referrer")
}

/// A text for HTML, also within quotes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
