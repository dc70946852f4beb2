//! `jira.add_attachment` against the sandbox.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use flowrun_engine::{activity::Reconciled, requirement::Planned};
use flowrun_jira::{Client, Files, catalogue};
use flowrun_jira_sandbox::{Fault, FaultError, FaultRule, Faults, Options, Seed};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    said::declared,
    site::{ADMIN, REPORTER, Site},
};

/// A directory with files to attach.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = TempDir::new().expect("a directory");
        fs::create_dir_all(folder.path().join("files/logs")).expect("directories");
        fs::write(folder.path().join("secret.txt"), "s3cr3t").expect("a file");
        let folder = Self(folder);
        folder.write("logs/a.txt", "first");
        folder.write("b.json", "{}");
        folder
    }

    fn files(&self) -> PathBuf {
        self.0.path().join("files")
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.files().join(name), content).expect("a file");
    }

    /// A text without the folder's own address.
    fn without_address(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "W")
    }
}

/// What every attachment is called, how large it is and of which type.
fn shown(output: &Value) -> Vec<Value> {
    let attachments = output["attachments"].as_array().expect("attachments");
    attachments.iter().map(|one| json!([one["filename"], one["size"], one["mime_type"]])).collect()
}

#[tokio::test]
async fn files_are_attached_in_order() {
    let (site, folder) = (Site::start().await, Folder::new());
    let step = site.step_with(ADMIN, &folder.files());
    let input = json!({ "issue": "10002", "files": ["logs/a.txt", "b.json"] });
    let attached = step.run("jira.add_attachment", input).await.expect("attachments");
    assert_eq!(attached["key"], "OPS-2");
    assert_eq!(shown(&attached), [json!(["a.txt", 5, "text/plain"]), json!(["b.json", 2, "application/json"])]);
    for one in attached["attachments"].as_array().expect("attachments") {
        let id = one["id"].as_str().expect("an id");
        assert!(one["url"].as_str().expect("an address").ends_with(&format!("/attachment/content/{id}")), "{one}");
    }
    let effects = site.sandbox.effects();
    let sent: Vec<_> = effects.iter().map(|effect| (effect.operation.as_str(), effect.issue.as_deref())).collect();
    assert_eq!(sent, [("addAttachment", Some("OPS-2")); 2]);
    let first = &step.effects.intents()[0].1;
    assert_eq!(first.summary, "attach `a.txt` (5 bytes) to issue OPS-2");
    assert_eq!(first.baseline["file"]["filename"], "a.txt");
    site.end();
}

#[tokio::test]
async fn a_text_becomes_a_file() {
    let (site, folder) = (Site::start().await, Folder::new());
    let input = json!({ "issue": "OPS-1", "name": "تقرير \"ü\".md", "content": "# Größe\n" });
    let attached = site.step_with(ADMIN, &folder.files()).run("jira.add_attachment", input).await.expect("a file");
    assert_eq!(shown(&attached), [json!(["تقرير \"ü\".md", 10, "text/markdown"])]);
    let without = json!({ "issue": "OPS-1", "name": "empty.txt", "content": "" });
    let attached = site.step(ADMIN).run("jira.add_attachment", without).await.expect("no directory is needed");
    assert_eq!(shown(&attached), [json!(["empty.txt", 0, "text/plain"])]);
    site.end();
}

#[tokio::test]
async fn names_arrive_as_they_are() {
    let (site, folder) = (Site::start().await, Folder::new());
    let names =
        ["تقرير.txt", "a \"b\".txt", "back\\slash.txt", "semi; filename=x.txt", "empty.bin", "😀 ü.txt", "%41.txt"];
    for name in names {
        folder.write(name, if name == "empty.bin" { "" } else { "x" });
        let input = json!({ "issue": "OPS-1", "file": name });
        let attached = site.step_with(ADMIN, &folder.files()).run("jira.add_attachment", input).await.expect(name);
        assert_eq!(attached["attachments"][0]["filename"], name);
    }
    let evil = "a\r\nContent-Type: text-html\r\n\r\n<b>\n.txt";
    folder.write(evil, "x");
    let input = json!({ "issue": "OPS-1", "file": evil });
    let attached = site.step_with(ADMIN, &folder.files()).run("jira.add_attachment", input).await.expect("a file");
    let name = "a%0D%0AContent-Type: text-html%0D%0A%0D%0A<b>%0A.txt";
    assert_eq!(shown(&attached), [json!([name, 1, "text/plain"])]);
    site.end();
}

#[tokio::test]
async fn what_cannot_be_attached_is_told_before_anything_is_sent() {
    let (site, folder) = (Site::start().await, Folder::new());
    let root = folder.files();
    symlink("../secret.txt", root.join("link.txt")).expect("a link");
    let made = Command::new("mkfifo").arg(root.join("pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    let secret = folder.0.path().join("secret.txt").display().to_string();
    let wrong = [
        json!({ "issue": "OPS-1", "file": "nothing.txt" }),
        json!({ "issue": "OPS-1", "file": "../secret.txt" }),
        json!({ "issue": "OPS-1", "file": secret }),
        json!({ "issue": "OPS-1", "file": "link.txt" }),
        json!({ "issue": "OPS-1", "file": "logs" }),
        json!({ "issue": "OPS-1", "file": "pipe" }),
        json!({ "issue": "OPS-1", "file": "logs/a.txt/b" }),
        json!({ "issue": "OPS-1", "files": ["logs/a.txt", "b.txt"] }),
        json!({ "issue": "OPS-1", "content": "x" }),
        json!({ "issue": "OPS-1", "file": "b.json", "name": "c.json" }),
        json!({ "issue": "OPS-99", "files": ["logs/a.txt", "b.json"] }),
    ];
    let mut told = Vec::new();
    for input in wrong {
        let failure = site.step_with(ADMIN, &root).fail("jira.add_attachment", input).await;
        told.push(folder.without_address(&failure));
    }
    told.push(site.step(ADMIN).fail("jira.add_attachment", json!({ "issue": "OPS-1", "file": "b.json" })).await);
    let forbidden = json!({ "issue": "OPS-1", "files": ["logs/a.txt", "b.json"] });
    told.push(site.step_with(REPORTER, &root).fail("jira.add_attachment", forbidden).await);
    let wrong_key = json!({ "issue": "OPS 1", "name": "a.txt", "content": "x" });
    told.push(site.step(ADMIN).refuse("jira.add_attachment", wrong_key).await);
    // What this file contains is more than its length says.
    let growing = site.step_with(ADMIN, Path::new("/proc/self"));
    told.push(growing.fail("jira.add_attachment", json!({ "issue": "OPS-1", "file": "status" })).await);
    assert_eq!(site.effects(), 0);
    site.end();
    told.extend(beyond_limits(&root).await);
    assert_snapshot!(told.join("\n\n"), @"
    FR0701 `file` NoEffect
    there is no file `nothing.txt` in `W/files`

    FR0701 `file` NoEffect
    `../secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory

    FR0701 `file` NoEffect
    `W/secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory

    FR0701 `file` NoEffect
    `link.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory

    FR0701 `file` NoEffect
    `logs` in `W/files` is a directory, not a file

    FR0701 `file` NoEffect
    `pipe` in `W/files` is a named pipe, not a file

    FR0701 `file` NoEffect
    `logs/a.txt/b` cannot be read: Not a directory (os error 20)

    FR0701 `files[1]` NoEffect
    there is no file `b.txt` in `W/files`

    FR0701 `content` NoEffect
    `content`: it needs `name`

    FR0701 `name` NoEffect
    `name`: a file keeps its own name: this goes with `content`

    FR0705 404 NoEffect
    issue `OPS-99` does not exist, or is not visible to the user (404): Issue does not exist or you do not have permission to see it.
    help: check the key; Jira gives the same answer for a missing thing and for one that the user may not see

    FR0701 `file` NoEffect
    `b.json` cannot be read: no directory of files is known; `--files DIR` names one

    FR0704 403 NoEffect
    file 1 of 2 (added before: none): Jira forbids this (issue `OPS-1`) (403): You do not have permission to create attachments for this issue.
    help: it needs `BROWSE_PROJECTS` and `CREATE_ATTACHMENTS`; ask an administrator of the project

    FR0701 `issue` NoEffect
    `issue`: `OPS 1` is neither an issue's key, such as `OPS-7`, nor its id

    FR0701 `file` NoEffect
    `status` changed while it was being read

    FR0701 `files[1]` NoEffect
    `a.txt` has 5 bytes, and the site takes at most 4

    FR0701 NoEffect
    attachments are switched off on this site
    help: a Jira administrator can switch them on
    ");
    declared("jira.add_attachment", &told);
}

/// What is told of a file that is too large for its site, and by a site that takes none.
async fn beyond_limits(root: &Path) -> Vec<String> {
    let mut told = Vec::new();
    for settings in ["upload_limit: 4", "enabled: false"] {
        let seed = Seed::parse(&format!("attachments: {{ {settings} }}")).expect("a seed");
        let site = Site::with(Options { seed: Some(seed), ..Options::default() }).await;
        let input = json!({ "issue": "OPS-1", "files": ["b.json", "logs/a.txt"] });
        told.push(site.step_with(ADMIN, root).fail("jira.add_attachment", input).await);
        assert_eq!(site.effects(), 0);
        site.end();
    }
    told
}

/// Its length says enough: reading it, only to hash it, would take an hour.
#[tokio::test]
async fn a_file_above_the_sites_limit_is_told_before_it_is_read() {
    let (site, folder) = (Site::start().await, Folder::new());
    let huge = fs::File::create(folder.files().join("huge.bin")).expect("a file");
    huge.set_len(1 << 40).expect("a sparse file");
    let input = json!({ "issue": "OPS-1", "files": ["logs/a.txt", "huge.bin"] });
    let told = site.step_with(ADMIN, &folder.files()).fail("jira.add_attachment", input).await;
    assert!(told.contains("`huge.bin` has 1099511627776 bytes, and the site takes at most 1073741824"), "{told}");
    assert_eq!(site.effects(), 0);
    site.end();
}

/// Jira refuses before it has read the file: the refusal must be heard all the same.
#[tokio::test]
async fn a_refusal_is_heard_while_a_large_file_is_being_sent() {
    let (site, folder) = (Site::start().await, Folder::new());
    let large = fs::File::create(folder.files().join("large.bin")).expect("a file");
    large.set_len(64 * 1024 * 1024).expect("a sparse file");
    let input = json!({ "issue": "OPS-1", "file": "large.bin" });
    for _ in 0..5 {
        let told = site.step_with(REPORTER, &folder.files()).fail("jira.add_attachment", input.clone()).await;
        assert!(told.starts_with("FR0704 403 NoEffect"), "{told}");
    }
    site.end();
}

#[tokio::test]
async fn files_that_were_attached_need_not_be_there_again() {
    let (site, folder) = (Site::start().await, Folder::new());
    let step = site.step_with(ADMIN, &folder.files());
    let input = json!({ "issue": "OPS-1", "files": ["logs/a.txt", "b.json"] });
    let first = step.run("jira.add_attachment", input.clone()).await.expect("attachments");
    fs::remove_file(folder.files().join("b.json")).expect("it is there");
    let second = step.run("jira.add_attachment", input).await.expect("the same");
    assert_eq!((first, site.effects()), (second, 2));
    site.end();
}

#[tokio::test]
async fn a_person_can_say_which_attachment_it_was() {
    let (site, folder) = (Site::start().await, Folder::new());
    let step = site.step_with(ADMIN, &folder.files());
    let before = json!({ "issue": "OPS-1", "name": "before.txt", "content": "first" });
    let before = site.step(ADMIN).run("jira.add_attachment", before).await.expect("a file");
    let input = json!({ "issue": "OPS-1", "file": "logs/a.txt" });
    let attached = step.run("jira.add_attachment", input.clone()).await.expect("a file");
    let other = json!({ "issue": "OPS-1", "name": "after.txt", "content": "longer" });
    let other = site.step(ADMIN).run("jira.add_attachment", other).await.expect("a file");
    let id = |output: &Value| output["attachments"][0]["id"].as_str().expect("an id").to_owned();
    let adopted = step.adopt("jira.add_attachment", input.clone(), &id(&attached)).await.expect("the attachment");
    assert_eq!(adopted, attached["attachments"][0]);
    let mut told = Vec::new();
    for (wrong, name) in [(&*id(&before), "BEFORE"), (&*id(&other), "OTHER"), ("9", "9"), ("a.txt", "a.txt")] {
        let refused = step.adopt("jira.add_attachment", input.clone(), wrong).await.expect_err("another one");
        told.push(refused.message.replace(wrong, name));
    }
    assert_snapshot!(told.join("\n"), @r#"
    attachment `BEFORE` (`before.txt`) was there before
    attachment `OTHER` is `after.txt` with 6 bytes, and "a.txt" with 5 bytes was sent
    issue `OPS-1` has no attachment with the id `9`
    issue `OPS-1` has no attachment with the id `a.txt`
    "#);
    site.end();
}

/// By this user, new, of one name and of one size: ours is the one with its content, and of two the older.
#[tokio::test]
async fn what_is_alike_is_told_apart_by_its_content() {
    let unavailable = FaultError { status: 503, body: None, retry_after: None };
    let rule = FaultRule {
        operation: Some("addAttachment".into()),
        issue: None,
        skip: 0,
        times: Some(1),
        fault: Fault::ErrorBefore(unavailable),
    };
    let site = Site::with(Options { faults: Faults { rules: vec![rule] }, ..Options::default() }).await;
    let file = |content: &str| json!({ "issue": "OPS-1", "name": "a.txt", "content": content });
    let lost = site.step(ADMIN);
    lost.run("jira.add_attachment", file("first")).await.expect_err("it did not arrive");
    let step = site.step(ADMIN);
    let ours = step.run("jira.add_attachment", file("ours!")).await.expect("a file");
    let Reconciled::NotYet { why, .. } = lost.look("jira.add_attachment", file("first")).await else { panic!() };
    assert_eq!(
        why,
        "issue `OPS-1` has no new attachment \"a.txt\" of this content, but a late request could still land"
    );
    for content in ["other", "ours!"] {
        site.step(ADMIN).run("jira.add_attachment", file(content)).await.expect("a file");
    }
    let found = step.look("jira.add_attachment", file("ours!")).await;
    let Reconciled::Happened { result, evidence } = found else { panic!("{found:?}") };
    assert_eq!(result, ours["attachments"][0]);
    let id = result["id"].as_str().expect("an id");
    assert_eq!(
        evidence.replace(id, "ID"),
        "attachment `ID` has its name and content, is new, and is this user's; 1 later of the same content: the request arrived more than once"
    );
    site.end();
}

#[test]
fn problems_are_seen_before_a_run() {
    let folder = Folder::new();
    let problems = |files: &Files, input: Value| {
        let catalogue = catalogue(&Arc::new(Client::offline()), files);
        let activity = catalogue.get("jira.add_attachment").expect("the activity");
        let found = activity.problems(&Planned::Known(input)).into_iter();
        found
            .map(|problem| folder.without_address(&format!("{}: {}", problem.field, problem.message)))
            .collect::<Vec<_>>()
    };
    let known = Files::in_directory(folder.files());
    let files = json!({ "issue": "OPS-1", "files": ["logs/a.txt", "c.txt", "../secret.txt"] });
    let text = json!({ "issue": "OPS-1", "content": "x" });
    let dots = json!({ "issue": "OPS-1", "name": "..", "content": "x" });
    let told = [
        problems(&known, files.clone()),
        problems(&Files::none(), files),
        problems(&known, text),
        problems(&known, dots),
    ];
    let told = told.concat();
    assert_snapshot!(told.join("\n"), @"
    files[1]: there is no file `c.txt` in `W/files`
    files[2]: `../secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    files[2]: `../secret.txt` leads out of the directory that files are taken from, the definition's own or that of `--files DIR`
    content: it needs `name`
    name: `..` is not the name of a file, such as `report.txt`
    ");
}
