//! A person with a browser: reads the consent page of a sandbox, and presses a button of its form.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
};

use flowrun_jira::on_this_machine;
use reqwest::{
    Client, Url,
    header::{CONTENT_TYPE, LOCATION},
};
use serde_json::{Value, json};

use crate::environment::{Environment, Output, ServedSandbox};

/// What the person does on the consent page.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    /// `accept` or `cancel`.
    pub(crate) decision: &'a str,
    /// As whom.
    pub(crate) user: &'a str,
    /// For how long the person hesitates after the decision, by the sandbox's clock.
    pub(crate) hesitates_seconds: u32,
}

impl Default for Person<'_> {
    fn default() -> Self {
        Self { decision: "accept", user: "admin@example.com", hesitates_seconds: 0 }
    }
}

impl Person<'_> {
    /// Opens the address of the consent page; gives the address that its button leads to.
    pub(crate) fn visit(self, address: &str) -> String {
        block_on(async {
            let browser = browser();
            let page = browser.get(address).send().await.unwrap().text().await.unwrap();
            let hidden = value_after(&page, "name=\"consent\" value=\"");
            let site = value_after(&page, "name=\"site\" value=\"");
            let form = [("consent", hidden), ("decision", self.decision), ("user", self.user), ("site", site)];
            let target = Url::parse(address).unwrap().join("/authorize").unwrap();
            let body = Url::parse_with_params("http://form/", form).unwrap().query().unwrap().to_owned();
            let form_type = "application/x-www-form-urlencoded";
            let answer = browser.post(target).header(CONTENT_TYPE, form_type).body(body).send().await.unwrap();
            answer.headers()[LOCATION].to_str().unwrap().to_owned()
        })
    }
}

fn browser() -> Client {
    on_this_machine().build().unwrap()
}

/// Opens an address as a browser does; gives the page.
pub(crate) fn open(address: &str) -> String {
    block_on(async { browser().get(address).send().await.unwrap().text().await.unwrap() })
}

/// Asks a sandbox's own interface for something.
pub(crate) fn control(sandbox: &ServedSandbox, path: &str, body: &Value) -> Value {
    block_on(async {
        let answer = browser().post(format!("{}/_sandbox/{path}", sandbox.url())).body(body.to_string());
        let text = answer.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    })
}

/// `token add` with the sandbox's own app, by `--paste`. What the person's button leads to is pasted.
pub(crate) fn add(environment: &Environment, sandbox: &ServedSandbox, more: &[&str], person: Person<'_>) -> Output {
    let command = add_command(environment, sandbox, &[&["--paste"], more].concat());
    paste(command, |address| {
        let led_to = person.visit(address);
        if person.hesitates_seconds > 0 {
            control(sandbox, "clock", &json!({ "advance_seconds": person.hesitates_seconds }));
        }
        led_to
    })
}

/// `token add acme` with the sandbox's own app, not yet started.
pub(crate) fn add_command(environment: &Environment, sandbox: &ServedSandbox, more: &[&str]) -> Command {
    let app = &sandbox.description["app"];
    let url = format!("--sandbox={}", sandbox.url());
    let arguments = ["token", "add", "acme", &url, "--consumer-key", app["client_id"].as_str().unwrap()];
    let mut command = environment.command(&[&arguments, more].concat());
    command.env("FLOWRUN_CONSUMER_SECRET", app["client_secret"].as_str().unwrap());
    command
}

/// Runs `token add --paste`, and pastes what `browse` makes of the address that it prints.
pub(crate) fn paste(mut command: Command, browse: impl FnOnce(&str) -> String) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (told, address) = read_address(&mut stderr);
    if let Some(address) = address {
        let pasted = browse(&address) + "\n";
        // What is too long is not read to its end.
        let _ = child.stdin.take().unwrap().write_all(pasted.as_bytes());
    }
    let mut rest = told;
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    Output { code: output.status.code().unwrap_or(-1), stdout: String::from_utf8(output.stdout).unwrap(), stderr: rest }
}

/// What a command told up to the address of a consent page, and that address; no address where it ended before.
pub(crate) fn read_address(told: &mut impl BufRead) -> (String, Option<String>) {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if told.read_line(&mut line).unwrap() == 0 {
            return (text, None);
        }
        text += &line;
        if line.contains("/authorize?") {
            return (text, Some(line.trim().to_owned()));
        }
    }
}

fn value_after<'a>(page: &'a str, before: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {page}")).1;
    rest.split('"').next().unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
