//! Loading of definitions: what is accepted, and that every fault is reported once, at its place.

#[path = "load/catalogue.rs"]
mod catalogue;
#[path = "load/concurrency.rs"]
mod concurrency;
#[path = "load/faults.rs"]
mod faults;
#[path = "load/kept.rs"]
mod kept;
#[path = "load/newcomers.rs"]
mod newcomers;
#[path = "load/numbers.rs"]
mod numbers;
#[path = "load/samples.rs"]
mod samples;
#[path = "load/spelling.rs"]
mod spelling;
#[path = "load/texts.rs"]
mod texts;
#[path = "load/yaml.rs"]
mod yaml;

use flowrun_engine::{
    definition::{Loaded, Source, load},
    diagnostic::{Diagnostic, Severity},
};

/// Loads a text with the test catalogue.
fn loaded(text: &str) -> Loaded {
    load(&Source::new("process.yaml", text), &catalogue::catalogue())
}

/// What is wrong with a text: a line for each problem, `LINE:COLUMN CODE [what is marked] message; help`.
fn check(text: &str) -> String {
    let loaded = loaded(text);
    assert_eq!(loaded.definition.is_some(), !loaded.diagnostics.iter().any(Diagnostic::is_error));
    loaded.diagnostics.iter().map(|diagnostic| line(diagnostic, &loaded.source)).collect::<Vec<_>>().join("\n")
}

fn line(diagnostic: &Diagnostic, source: &Source) -> String {
    let at = diagnostic.span.as_ref().map_or("-".to_owned(), |span| {
        let position = source.position(span.start);
        format!("{}:{}", position.line, position.column)
    });
    let marked = diagnostic.span.clone().map(|span| source.text()[span].lines().next().unwrap_or_default().to_owned());
    let severity = if diagnostic.severity == Severity::Error { "" } else { " warning" };
    let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
    format!("{at} {}{severity} [{}] {}{help}", diagnostic.code, marked.unwrap_or_default(), diagnostic.message)
}
