//! `flowrun explain`: the page of a diagnostic's code.

use flowrun_engine::diagnostic::{Code, Page};

use crate::{
    arguments::{Explain, OutputFormat},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    report::ExplainDocument,
};

/// Prints a code's page, or the list of all codes.
pub(super) fn explain(environment: &Environment, arguments: &Explain) -> Result<Exit, CommandError> {
    let screen = &environment.screen;
    let pages = match &arguments.code {
        Some(code) => vec![page(code)?],
        None => Code::PAGES.iter().collect(),
    };
    match (screen.format(), pages.as_slice()) {
        (OutputFormat::Json | OutputFormat::Jsonl, pages) => {
            screen.document(&ExplainDocument::new(pages.iter().copied()))?
        }
        (OutputFormat::Text, [page]) if arguments.code.is_some() => {
            screen.data(&format!("{}\n", page.text.trim_end()))?
        }
        (OutputFormat::Text, pages) => {
            let lines: String = pages.iter().map(|page| format!("{}  {}\n", page.code, page.title)).collect();
            screen.data(&lines)?;
        }
    }
    Ok(Exit::Success)
}

fn page(text: &str) -> Result<&'static Page, CommandError> {
    text.parse::<Code>().map(Code::page).map_err(|error| {
        let nearest =
            Code::PAGES.iter().min_by_key(|page| strsim::levenshtein(&page.code.to_string(), &text.to_uppercase()));
        let suggestion = nearest.filter(|page| strsim::levenshtein(&page.code.to_string(), &text.to_uppercase()) <= 2);
        let help = match suggestion {
            Some(page) => format!("did you mean `{}`? `flowrun explain` lists all codes", page.code),
            None => "`flowrun explain` lists all codes".to_owned(),
        };
        CommandError::Usage(error.to_string(), Some(help))
    })
}
