//! A flowrun with another pack than Jira's: this program is both the tests and, where the variable says so, that flowrun.

mod wait_and_count;

use std::{
    env,
    path::Path,
    process::{Command, ExitCode, Output},
};

use serde_json::Value;

use wait_and_count::{LOST, WaitAndCount};

/// Makes this program the command line with the pack.
const IS_FLOWRUN: &str = "WAIT_AND_COUNT_IS_FLOWRUN";

const DEFINITION: &str = r#"
process: tally
version: 1.0.0
inputs:
  things: { type: array, items: { type: string } }
nodes:
  pause:
    activity: example.wait
    with: { milliseconds: 1 }
  count:
    after: pause
    activity: example.count
    with: { things: "${{ inputs.things }}" }
outputs:
  number: ${{ nodes.count.number }}
"#;

fn main() -> ExitCode {
    if env::var_os(IS_FLOWRUN).is_some() {
        return flowrun::main(&WaitAndCount);
    }
    type Test = fn(&Path);
    let tests: [(&str, Test); 5] = [
        ("a_definition_is_validated_by_the_packs_activities", a_definition_is_validated_by_the_packs_activities),
        ("the_packs_activities_run_and_are_told_in_their_words", the_packs_activities_run_and_are_told_in_their_words),
        ("what_the_packs_authority_does_not_grant_is_not_run", what_the_packs_authority_does_not_grant_is_not_run),
        ("a_parked_run_is_shown_and_resumed", a_parked_run_is_shown_and_resumed),
        ("nothing_of_jira_is_there", nothing_of_jira_is_there),
    ];
    for (name, test) in tests {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("tally.yaml"), DEFINITION).expect("a file");
        test(folder.path());
        eprintln_test(name);
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "it is its own test runner")]
fn eprintln_test(name: &str) {
    eprintln!("test {name} ... ok");
}

/// flowrun with the pack, in a folder of its own.
fn flowrun(folder: &Path, arguments: &[&str], has_lost: bool) -> (Option<i32>, String, String) {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args(arguments).current_dir(folder).env_clear().env(IS_FLOWRUN, "1").env("HOME", folder).env("TZ", "UTC");
    if has_lost {
        command.env(LOST, "1");
    }
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    (status.code(), text(stdout), text(stderr))
}

fn a_definition_is_validated_by_the_packs_activities(folder: &Path) {
    let (code, stdout, _) = flowrun(folder, &["validate", "tally.yaml"], false);
    assert_eq!((code, stdout.as_str()), (Some(0), "1 file: no problems\n"));
    let wrong =
        DEFINITION.replace("milliseconds: 1", "milliseconds: 1000").replace("example.count", "jira.create_issue");
    std::fs::write(folder.join("wrong.yaml"), wrong).expect("a file");
    let (code, stdout, _) = flowrun(folder, &["validate", "wrong.yaml"], false);
    assert_eq!(code, Some(3), "{stdout}");
    assert!(stdout.contains("jira.create_issue") && stdout.contains("milliseconds"), "{stdout}");
}

fn the_packs_activities_run_and_are_told_in_their_words(folder: &Path) {
    let run = ["run", "tally.yaml", "-i", "things=a", "-i", "things=b", "--counter", "bo"];
    let (code, stdout, stderr) = flowrun(folder, &run, false);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("on the counter of bo") && stdout.contains("counted 2"), "{stdout}");
    assert!(stderr.contains("count: completed, counted 2"), "{stderr}");
    let (_, shown, _) = flowrun(folder, &["runs", "show", "last", "--entries"], false);
    assert!(shown.contains("count: completed, counted 2") && shown.contains("number: 2"), "{shown}");
}

fn what_the_packs_authority_does_not_grant_is_not_run(folder: &Path) {
    let run = ["run", "tally.yaml", "-i", "things=a", "--counter", "nobody"];
    let (code, stdout, stderr) = flowrun(folder, &run, false);
    assert_eq!((code, stdout.as_str()), (Some(5), ""), "{stderr}");
    assert!(stderr.contains("nobody may count") && stderr.contains("nothing was changed at the counter"), "{stderr}");
}

fn a_parked_run_is_shown_and_resumed(folder: &Path) {
    let (code, stdout, _) = flowrun(folder, &["run", "tally.yaml", "-i", "things=a", "--id", "one"], true);
    assert_eq!(code, Some(7), "{stdout}");
    let (code, shown, _) = flowrun(folder, &["-o", "json", "runs", "show", "one"], false);
    let shown: Value = serde_json::from_str(&shown).expect("a document");
    assert_eq!((code, &shown["run"]["status"]), (Some(0), &Value::from("needs_grant")), "{shown}");
    let (code, stdout, stderr) = flowrun(folder, &["runs", "resume", "one"], false);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("on the counter of ann") && stdout.contains("number: 1"), "{stdout}");
}

fn nothing_of_jira_is_there(folder: &Path) {
    let (_, help, _) = flowrun(folder, &["--help"], false);
    let (_, run_help, _) = flowrun(folder, &["run", "--help"], false);
    let (_, activities, _) = flowrun(folder, &["activities"], false);
    let (_, doctor, _) = flowrun(folder, &["doctor"], false);
    for told in [&help, &run_help, &activities, &doctor] {
        assert!(!told.to_lowercase().contains("jira") && !told.contains("sandbox"), "{told}");
    }
    assert!(run_help.contains("--counter"), "{run_help}");
    assert_eq!(activities, "example.count  Counts things.\nexample.wait   Waits.\n");
}
