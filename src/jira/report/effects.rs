//! The sandbox's effects for people.

use flowrun_jira_sandbox::Effect;

use crate::{
    report::{clip, local_time},
    screen::on_one_line,
};

/// Effects, a line each.
pub(crate) fn effects_text(effects: &[Effect]) -> String {
    if effects.is_empty() {
        return "no effects\n".to_owned();
    }
    effects.iter().map(line).collect()
}

fn line(effect: &Effect) -> String {
    let issue = effect.issue.as_deref().unwrap_or("-");
    let lost = if effect.replied { "" } else { "  (no answer was sent)" };
    let line = format!("{:>4}  {}  {:14}  {issue}{lost}", effect.seq, local_time(effect.time), effect.operation);
    clip_line(&on_one_line(&line)) + "\n"
}

fn clip_line(line: &str) -> String {
    if line.chars().count() <= 80 { line.to_owned() } else { clip(line, 80) }
}
