//! Why something failed, and what helps.

use flowrun_engine::activity::Failure;

use super::WIDTH;
use crate::{report::wrap, screen::on_one_line};

/// A failure in lines behind so many spaces, with its help.
pub(super) fn failure_text(failure: &Failure, indent: usize) -> String {
    let text = wrap(&format!("{}: {}", failure.code, on_one_line(&blaming(failure))), indent, WIDTH);
    let help = failure.help.as_ref().map(|help| wrap(&format!("help: {help}"), indent, WIDTH));
    text + &help.unwrap_or_default()
}

/// A failure's message, with the field where it does not name it.
fn blaming(failure: &Failure) -> String {
    let message = failure.to_string();
    match &failure.field {
        Some(field) if !message.contains(&format!("`{field}`")) => {
            format!("{}, field `{field}`", message.strip_suffix('.').unwrap_or(&message))
        }
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::diagnostic::Code;

    use super::*;

    #[test]
    fn a_failure_names_its_field_once() {
        let failure = |message: &str| Failure::permanent(Code::REFUSED, message).with_field("key");
        assert_eq!(blaming(&failure("the value is taken.")), "the value is taken, field `key`");
        assert_eq!(blaming(&failure("`key`: the value is taken.")), "`key`: the value is taken.");
    }
}
