//! Files to attach: from the definition's folder or from `--files`, and found again when a run goes on.

use std::fs;

use insta::assert_snapshot;

use crate::{
    environment::Environment,
    proxy::{Fate, Proxy},
};

/// Files a bug and attaches a log to it.
const REPORT: &str = r#"
process: report
version: 1.0.0

inputs:
  log: { type: string }

nodes:
  file:
    activity: jira.create_issue
    with: { project: OPS, issue_type: Bug, summary: It broke }
  attach:
    activity: jira.add_attachment
    with:
      issue: ${{ nodes.file.key }}
      file: ${{ inputs.log }}

outputs:
  size: ${{ nodes.attach.attachments[0].size }}
"#;

/// A definition with a log beside it, another log elsewhere, and something that is nobody's business.
fn environment() -> Environment {
    let environment = Environment::new();
    for folder in ["work", "elsewhere"] {
        fs::create_dir(environment.path(folder)).unwrap();
    }
    environment.write("work/report.yaml", REPORT);
    environment.write("work/log.txt", "beside");
    environment.write("elsewhere/log.txt", "elsewhere");
    environment.write("secret.txt", "s3cr3t");
    environment
}

#[test]
fn files_are_taken_from_the_definitions_folder_or_from_the_one_that_is_named() {
    let environment = environment();
    let size = |more: &[&str]| {
        let arguments = [&["run", "work/report.yaml", "--sandbox", "-o", "json"], more].concat();
        let output = environment.run(&arguments);
        assert_eq!(output.code, 0, "{output}");
        output.json()["run"]["outputs"]["size"].clone()
    };
    let absolute = format!("log={}", environment.path("work/log.txt").display());
    assert_eq!(size(&["-i", "log=log.txt"]), "beside".len());
    assert_eq!(size(&["-i", &absolute]), "beside".len());
    assert_eq!(size(&["-i", "log=log.txt", "--files", "elsewhere"]), "elsewhere".len());
}

#[test]
fn what_cannot_be_attached_is_told_before_anything_is_sent() {
    let environment = environment();
    let told = |more: &[&str]| {
        let arguments = [&["run", "work/report.yaml", "--sandbox"], more].concat();
        environment.run(&arguments).to_string()
    };
    assert_snapshot!(told(&["-i", "log=gone.txt"]), @"
    exit 3
    --- stdout
    --- stderr
    error[FR0214]: `file`: there is no file `gone.txt` in `DIR/work`
      --> work/report.yaml:16:13
       |
    16 |       file: ${{ inputs.log }}
       |             ^^^^^^^^^^^^^^^^^

    nothing was changed at Jira
    ");
    assert_snapshot!(told(&["-i", "log=../secret.txt"]), @"
    exit 3
    --- stdout
    --- stderr
    error[FR0214]: `file`: `../secret.txt` leads out of `DIR/work`, where files are taken from; `--files DIR` names another directory
      --> work/report.yaml:16:13
       |
    16 |       file: ${{ inputs.log }}
       |             ^^^^^^^^^^^^^^^^^

    nothing was changed at Jira
    ");
    assert_snapshot!(told(&["-i", "log=log.txt", "--files", "nowhere"]), @"
    exit 2
    --- stdout
    --- stderr
    error: `--files`: the directory `nowhere` cannot be used: No such file or directory (os error 2)
    ");
    assert_eq!(environment.effects(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_run_that_goes_on_finds_its_files_from_anywhere() {
    let environment = environment();
    let sandbox = environment.serve_untagged_sandbox();
    let proxy = Proxy::stopping(sandbox.url(), "POST /rest/api/3/issue");
    let url = format!("--sandbox={}", proxy.url);
    let running = environment.start(&["run", "work/report.yaml", &url, "-i", "log=log.txt", "--files", "elsewhere"]);
    proxy.wait();
    proxy.release(Fate::IsLost);
    assert_eq!(running.finish().code, 7);
    let decide = ["runs", "decide", "last", "file", "--happened", "OPS-6", "-o", "json"];
    let output = environment.command(&decide).current_dir(environment.path("home")).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["run"]["outputs"]["size"], "elsewhere".len(), "{document:#}");
}

#[test]
fn a_run_goes_on_without_the_files_that_it_attached_before() {
    let environment = environment();
    let definition = r"
process: report
version: 1.0.0
nodes:
  attach:
    activity: jira.add_attachment
    with: { issue: OPS-1, file: log.txt }
  file:
    after: attach
    activity: jira.create_issue
    with: { project: OPS, issue_type: Bug, summary: It broke }
";
    environment.write("work/attach.yaml", definition);
    let sandbox = environment.serve_untagged_sandbox();
    let proxy = Proxy::stopping(sandbox.url(), "POST /rest/api/3/issue");
    let url = format!("--sandbox={}", proxy.url);
    let running = environment.start(&["run", "work/attach.yaml", &url]);
    proxy.wait();
    proxy.release(Fate::IsLost);
    assert_eq!(running.finish().code, 7);
    fs::remove_file(environment.path("work/log.txt")).unwrap();
    let output = environment.run(&["runs", "decide", "last", "file", "--happened", "OPS-6"]);
    assert_eq!(output.code, 0, "{output}");
}
