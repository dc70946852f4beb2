//! The three ways to say what is to be attached, and the files made ready to be sent.

use std::ops::Range;

use flowrun_engine::{
    activity::{Done, Failure, Problem},
    requirement::Planned,
};
use serde_json::Value;

use super::Input;
use crate::{
    client::Upload,
    files::{FileError, Files, OpenedFile},
    input::{Check, refused},
};

/// What is to be attached.
pub(super) enum AttachmentSource {
    /// Files by their paths, and the input that names each.
    Files(Vec<(String, String)>),
    /// A file made of a text.
    Text { name: String, text: String },
}

/// A file that is there, and not read yet.
pub(super) struct Found {
    /// Its place among all, from 0.
    pub(super) number: u32,
    /// The input that names it.
    pub(super) field: String,
    /// Its name at Jira.
    pub(super) name: String,
    /// Its length in bytes.
    pub(super) size: u64,
    content: Content,
}

enum Content {
    Text(String),
    File(OpenedFile),
}

/// A file that can be sent.
pub(super) struct Ready {
    /// Its place among all, from 0.
    pub(super) number: u32,
    /// The input that names it.
    pub(super) field: String,
    pub(super) upload: Upload,
}

impl AttachmentSource {
    /// Exactly one of the three forms.
    pub(super) fn new(input: &Input) -> Result<Self, Failure> {
        let Input { file, files, name, content, issue: _ } = input;
        let numbered = |(number, path): (usize, &String)| (format!("files[{number}]"), path.clone());
        match (file, files, name, content) {
            (Some(path), None, None, None) => Ok(Self::Files(vec![("file".to_owned(), path.clone())])),
            (None, Some(paths), None, None) if !paths.is_empty() => {
                Ok(Self::Files(paths.iter().enumerate().map(numbered).collect()))
            }
            (None, None, Some(name), Some(text)) => Ok(Self::Text { name: name.clone(), text: text.clone() }),
            _ => Err(refused("give exactly one: `file`, at least one of `files`, or `name` and `content`")),
        }
    }

    /// How many files there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Files(paths) => paths.len(),
            Self::Text { .. } => 1,
        }
    }

    /// The numbers of the files.
    pub(super) fn numbers(&self) -> Range<u32> {
        0..u32::try_from(self.count()).unwrap_or(u32::MAX)
    }

    /// Opens all files but those that an earlier attempt attached: they need no longer be there. Nothing is read of them.
    pub(super) fn find(&self, files: &Files, done: &Done) -> Result<Vec<Found>, Failure> {
        let paths = match self {
            Self::Text { name, text } => return Ok(vec![Found::text(name.clone(), text.clone())]),
            Self::Files(paths) => paths,
        };
        let mut found = Vec::new();
        for ((field, path), number) in paths.iter().zip(0..) {
            if !done.has(super::effect_name(number).as_str()) {
                let file = files.open(path).map_err(|error| blamed(&error, field))?;
                found.push(Found::file(number, field.clone(), file));
            }
        }
        Ok(found)
    }
}

impl Found {
    fn text(name: String, text: String) -> Self {
        Self { number: 0, field: "content".to_owned(), name, size: text.len() as u64, content: Content::Text(text) }
    }

    fn file(number: u32, field: String, file: OpenedFile) -> Self {
        Self { number, field, name: file.name().to_owned(), size: file.size(), content: Content::File(file) }
    }

    /// Reads it once, for what it must be when it is sent.
    pub(super) async fn read(self) -> Result<Ready, Failure> {
        let Self { number, field, name, content, .. } = self;
        let upload = match content {
            Content::Text(text) => Upload::text(name, text),
            Content::File(file) => {
                let sha256 = file.sha256().await.map_err(|error| blamed(&error, &field))?;
                Upload::file(file, sha256)
            }
        };
        Ok(Ready { number, field, upload })
    }
}

fn blamed(error: &FileError, field: &str) -> Failure {
    refused(error.to_string()).with_field(field)
}

/// What is wrong with the form of the inputs.
pub(super) fn malformed(input: &Planned) -> Vec<Problem> {
    let source = |name: &str| input.field(name).is_some();
    let a_file = source("file") || source("files");
    let name = input.field("name").and_then(|name| name.as_str().map(|name| name.trim().to_owned()));
    let no_name = name.filter(|name| ["", ".", ".."].contains(&name.as_str()));
    let stated =
        format!("`{}` is not the name of a file, such as `report.txt`", no_name.as_deref().unwrap_or_default());
    Check::of(input)
        .issue("issue")
        .problem_if(source("content") && !source("name"), "content", "it needs `name`")
        .problem_if(source("name") && a_file, "name", "a file keeps its own name: this goes with `content`")
        .problem_if(source("name") && !a_file && !source("content"), "name", "it needs `content`")
        .problem_if(no_name.is_some(), "name", &stated)
        .found()
}

/// The files that cannot be attached, as far as they are known.
pub(super) fn unusable(input: &Planned, files: &Files) -> Vec<Problem> {
    let wrong = |(field, path): (String, String)| {
        let message = files.check(&path).err()?.to_string();
        Some(Problem { field, message, help: None })
    };
    paths(input).into_iter().filter_map(wrong).collect()
}

/// The paths that are known, and the input that names each.
fn paths(input: &Planned) -> Vec<(String, String)> {
    let one = input.field("file").and_then(|file| file.as_str().map(|path| ("file".to_owned(), path.to_owned())));
    let several = match input.field("files") {
        Some(Planned::List(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(Planned::Known(Value::Array(items))) => {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let several = several.into_iter().enumerate();
    let several = several.filter_map(|(number, path)| Some((format!("files[{number}]"), path?)));
    one.into_iter().chain(several).collect()
}
