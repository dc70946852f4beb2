//! `flowrun validate`: checks definitions, offline.

use std::{
    num::NonZeroUsize,
    panic,
    thread::{self, ScopedJoinHandle},
};

use flowrun_engine::{activity::Catalogue, definition};

use crate::{
    arguments::{OutputFormat, Validate, ValidateFormat},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::Pack,
    report::{Reported, ValidateDocument, github_line, render},
    source::{self, File, definitions_in},
};

/// Checks all files, tells every problem, and ends by the worst.
pub(super) fn validate(environment: &Environment, pack: &dyn Pack, arguments: &Validate) -> Result<Exit, CommandError> {
    let files: Vec<File> = arguments.paths.iter().flat_map(|path| definitions_in(path)).collect();
    let reported = problems(&files, pack.catalogue());
    let screen = &environment.screen;
    match arguments.format.unwrap_or(match screen.format() {
        OutputFormat::Text => ValidateFormat::Text,
        OutputFormat::Json | OutputFormat::Jsonl => ValidateFormat::Json,
    }) {
        ValidateFormat::Text => screen.data(&(render(&reported) + &summary(files.len(), &reported)))?,
        ValidateFormat::Json => screen.document(&ValidateDocument::new(&reported))?,
        ValidateFormat::Github => screen.annotations(&reported.iter().map(github_line).collect::<String>())?,
    }
    Ok(Exit::of(reported.iter().map(|reported| &reported.diagnostic)))
}

/// The files that are worth a thread.
const FILES_A_THREAD: usize = 16;

/// What is wrong with the files, in their order. Many are shared among threads, as far as there are any to be had.
fn problems(files: &[File], catalogue: &Catalogue) -> Vec<Reported> {
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = if files.len() < 2 * FILES_A_THREAD { 1 } else { processors().min(files.len() / FILES_A_THREAD) };
    let share = files.len().div_ceil(threads).max(1);
    let (own, others) = files.split_at(share.min(files.len()));
    thread::scope(|scope| {
        let begin = |files| thread::Builder::new().spawn_scoped(scope, move || problems_of(files, catalogue));
        let begun: Vec<_> = others.chunks(share).map(|files| (files, begin(files))).collect();
        let mut found = problems_of(own, catalogue);
        for (files, thread) in begun {
            found.extend(match thread.map(ScopedJoinHandle::join) {
                Ok(Ok(problems)) => problems,
                Ok(Err(panic)) => panic::resume_unwind(panic),
                Err(_) => problems_of(files, catalogue),
            });
        }
        found
    })
}

fn problems_of(files: &[File], catalogue: &Catalogue) -> Vec<Reported> {
    let problems = files.iter().map(|file| match file.clone().and_then(|path| source::read(&path)) {
        Ok(source) => Reported::all(&source, definition::load(&source, catalogue).diagnostics),
        Err(problem) => vec![*problem],
    });
    problems.flatten().collect()
}

fn summary(files: usize, reported: &[Reported]) -> String {
    let errors = reported.iter().filter(|reported| reported.diagnostic.is_error()).count();
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let found = match (errors, reported.len() - errors) {
        (0, 0) => "no problems".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    format!("{}: {found}\n", count(files, "file"))
}
