//! The documents: every link leads somewhere, every decision is listed, the commands that the guide shows can be typed, and `explain`
//! has something to say of every code.

mod activities;
mod commands;

use std::{
    fs,
    path::{Path, PathBuf},
};

use flowrun_engine::diagnostic::Code;

#[test]
fn links_between_documents_lead_somewhere() {
    let mut dead = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a text");
        let folder = document.parent().expect("a file is in a folder");
        dead.extend(
            links(&text).filter(|link| !folder.join(link).exists()).map(|link| format!("{link} in {document:?}")),
        );
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn decisions_are_listed() {
    let list = fs::read_to_string(root().join("docs/decisions/README.md")).expect("a text");
    let decisions = markdown_in(&root().join("docs/decisions"));
    let names = decisions.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    let missing: Vec<_> = names.filter(|name| name != "README.md" && !list.contains(&format!("({name})"))).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_code_is_explained() {
    let short = Code::PAGES.iter().filter(|page| {
        let heading = format!("# {}: {}", page.code, page.title);
        page.text.lines().next() != Some(&heading) || page.text.lines().count() < 5
    });
    assert_eq!(short.map(|page| page.code.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
}

fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/decisions"].map(|folder| markdown_in(&root().join(folder)));
    let documents = folders.concat();
    assert!(documents.len() > 5, "the documents have moved");
    documents
}

fn markdown_in(folder: &Path) -> Vec<PathBuf> {
    let paths =
        fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("a readable folder").path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// The targets of `[text](target)` that are files, without what follows a `#`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let files = targets.map(|target| target.split('#').next().unwrap_or(target));
    let elsewhere = ["mailto:", "accountid:"];
    files.filter(move |target| {
        !target.is_empty() && !target.contains("://") && !elsewhere.iter().any(|scheme| target.starts_with(scheme))
    })
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
