//! Makes `contract/jira.json` of Jira's OpenAPI document: `cargo run -p flowrun-jira-sandbox --example contract -- FILE`.

use std::{error::Error, io::Write};

use flowrun_jira_sandbox::contract::extract;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("the OpenAPI document is missing: give its file")?;
    let openapi = serde_json::from_slice(&std::fs::read(file)?)?;
    Ok(std::io::stdout().write_all(extract(&openapi).to_string().as_bytes())?)
}
