//! A run that was stopped, killed, or left in doubt goes on without losing an effect or doing one twice.

use insta::assert_snapshot;

use crate::{
    environment::Environment,
    proxy::{Fate, Proxy},
    running::INTAKE,
};

pub(crate) const CREATE: &str = "POST /rest/api/3/issue";
const ALL: [&str; 3] = ["createIssue", "addComment", "addComment"];

/// Starts the intake behind a proxy that stops the answer to the create.
macro_rules! start {
    ($environment:ident, $sandbox:ident, $proxy:ident, $running:ident) => {
        start!($environment, $sandbox, $proxy, $running, serve_sandbox);
    };
    ($environment:ident, $sandbox:ident, $proxy:ident, $running:ident, $serve:ident) => {
        let $environment = $crate::environment::Environment::new();
        $environment.write("intake.yaml", $crate::running::INTAKE);
        let $sandbox = $environment.$serve();
        let $proxy = $crate::proxy::Proxy::stopping($sandbox.url(), $crate::resuming::CREATE);
        let url = format!("--sandbox={}", $proxy.url);
        let mut $running = $environment.start(&["run", "intake.yaml", &url, "-i", "summary=x"]);
        $proxy.wait();
    };
}

pub(crate) use start;

#[test]
fn an_effect_whose_answer_was_lost_is_found_and_the_run_goes_on() {
    start!(environment, _sandbox, proxy, running);
    running.wait_for("file: running");
    proxy.release(Fate::IsLost);
    assert_snapshot!(running.finish(), @r#"
    exit 0
    --- stdout
    intake 1.0.0: completed in LENGTH
    run RUN
    started TIME, in the sandbox

      completed       file   OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      completed       note   2 of 2 items
      skipped         boast  condition (if: inputs.summary == "perfect")

    outputs
      issue: OPS-6
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: intake 1.0.0
    file: running
    file: the effect happened, issue `OPS-6` has its tag
    file: attempt 1 interrupted
    file: attempt 2
    file: completed, OPS-6 http://127.0.0.1:PORT/browse/OPS-6
    note[0]: running
    boast: skipped, condition (if: inputs.summary == "perfect")
    note[0]: completed, OPS-6
    note[1]: running
    note[1]: completed, OPS-6
    run completed
    "#);
    assert_eq!(environment.operations(), ALL);
}

#[test]
fn an_effect_whose_answer_was_lost_needs_a_decision() {
    start!(environment, _sandbox, proxy, running, serve_untagged_sandbox);
    running.wait_for("file: running");
    proxy.release(Fate::IsLost);
    assert_snapshot!(running.finish(), @r#"
    exit 7
    --- stdout
    intake 1.0.0: needs decision
    run RUN
    started TIME, in the sandbox

      needs decision  file
      pending         note
      pending         boast

    it is unknown whether `file` had its effect
      asked for at TIME: create a Bug in project OPS: x
      FR0710: it is unknown whether it happened: the connection to Jira broke before
      its answer was complete (a new issue in project `OPS`): connection closed
      before message completed; issue `OPS-6` may be it, and has no tag
    look at Jira for what this run's user did at about that time:
      an issue with this summary
      http://127.0.0.1:PORT/browse/OPS
      project = "OPS" AND summary ~ "x" ORDER BY created DESC
    then say what became of it:
      flowrun runs decide RUN file --happened KEY
        KEY is the key of the issue that was made
      flowrun runs decide RUN file --did-not
      flowrun runs decide RUN file --abort
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: intake 1.0.0
    file: running
    file: unknown whether the effect happened, FR0710: it is unknown whether it happened: the connection to Jira broke before its answer was complete (a new issue in project `OPS`): connection closed before message completed; issue `OPS-6` may be it, and has no tag
    run interrupted
    "#);
    let why = environment.run(&["runs", "why", "last"]);
    assert!(why.stdout.lines().count() <= 10, "{why}");
    assert_snapshot!(why, @r"
    exit 0
    --- stdout
    intake 1.0.0: needs a decision at file, intake.yaml:11:15
      run RUN, began LENGTH ago; 1 attempt, at TIME
      it is unknown whether this happened: create a Bug in project OPS: x
      why: FR0710: it is unknown whether it happened: the connection to Jira broke …
      look at Jira for: an issue with this summary
      http://127.0.0.1:PORT/browse/OPS
      flowrun runs decide RUN file --happened KEY
      flowrun runs decide RUN file --did-not
      flowrun runs decide RUN file --abort
    --- stderr
    ");
    assert_eq!(environment.operations(), ALL[..1]);

    let again = environment.run(&["runs", "resume", "last", "-q"]);
    assert_eq!(again.code, 7, "nothing is guessed: {again}");
    let key = environment.effects()[0]["issue"].as_str().unwrap().to_owned();
    let decided = environment.run(&["runs", "decide", "last", "file", "--happened", &key, "-o", "json"]);
    assert_eq!(decided.code, 0, "{decided}");
    assert_eq!(decided.json()["run"]["outputs"]["issue"], key.as_str());
    assert_eq!(environment.operations(), ALL);
}

#[test]
fn after_a_kill_a_write_on_the_wire_is_found_and_not_repeated() {
    start!(environment, _sandbox, proxy, running);
    running.wait_for("file: running");
    running.signal("KILL");
    assert_eq!(running.finish().code, -1);
    proxy.release(Fate::IsLost);

    let resumed = environment.run(&["runs", "resume", "last", "-o", "json"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(environment.operations(), ALL);
}

#[test]
fn after_a_kill_a_write_that_cannot_be_shown_is_never_repeated() {
    start!(environment, _sandbox, proxy, running, serve_untagged_sandbox);
    running.wait_for("file: running");
    running.signal("KILL");
    assert_eq!(running.finish().code, -1);
    proxy.release(Fate::IsLost);

    let list = environment.run(&["runs", "list", "-o", "json"]).json();
    assert_eq!(list["runs"][0]["status"], "interrupted");
    let resumed = environment.run(&["runs", "resume", "last", "-o", "json"]);
    assert_eq!(resumed.code, 7, "{resumed}");
    assert_eq!(resumed.json()["run"]["nodes"]["file"]["status"], "needs_decision");
    assert_eq!(environment.operations(), ALL[..1]);

    let given_up = environment.run(&["runs", "decide", "last", "file", "--abort", "-o", "json"]);
    assert_eq!(given_up.code, 6, "{given_up}");
    assert_eq!(given_up.json()["run"]["error"]["code"], "FR0711");
    assert_eq!(environment.operations(), ALL[..1]);
}

#[test]
fn an_interrupt_records_what_is_on_the_wire() {
    start!(environment, _sandbox, proxy, running);
    running.signal("INT");
    running.wait_for("finishing");
    proxy.release(Fate::Arrives);
    assert_snapshot!(running.finish(), @r"
    exit 130
    --- stdout
    intake 1.0.0: interrupted
    run RUN
    started TIME, in the sandbox

      completed       file   OPS-6 http://127.0.0.1:PORT/browse/OPS-6
      pending         note
      pending         boast

    to continue:
      flowrun runs resume RUN
    --- stderr
    This is the sandbox, an embedded Jira: nothing here is in your own Jira.
    run RUN started: intake 1.0.0
    file: running
    finishing in-flight requests; press Ctrl-C again to exit at once
    file: completed, OPS-6 http://127.0.0.1:PORT/browse/OPS-6
    run interrupted
    ");
    assert_snapshot!(environment.run(&["runs", "why", "last"]), @r"
    exit 0
    --- stdout
    intake 1.0.0: interrupted: no process drives it
      run RUN, began LENGTH ago
      done by then: create a Bug in project OPS: x (done: OPS-6)
      flowrun runs resume RUN
    --- stderr
    ");
    assert_eq!(environment.operations(), ALL[..1]);

    let resumed = environment.run(&["runs", "resume", "last", "-q"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(environment.operations(), ALL);
}

/// Conditions that take many seconds: whoever presses Ctrl-C meanwhile is heard before the next of them.
#[test]
fn an_interrupt_is_heard_while_expressions_are_evaluated() {
    let environment = Environment::new();
    let node = |number: usize| {
        format!(
            "  n{number}:\n    if: inputs.l.exists(x, inputs.l.exists(y, nodes.first.key == string(x * y)))\n    \
             on_failure: continue\n    activity: jira.get_issue_details\n    with: {{ issue: OPS-2 }}\n"
        )
    };
    let list = (0..200).map(|item| item.to_string()).collect::<Vec<_>>().join(", ");
    let nodes: String = (0..200).map(node).collect();
    let text = format!(
        "process: long\nversion: 1.0.0\ninputs:\n  l: {{ type: array, items: {{ type: integer }}, default: [{list}] }}\nnodes:\n  \
         first:\n    activity: jira.get_issue_details\n    with: {{ issue: OPS-1 }}\n{nodes}"
    );
    environment.write("long.yaml", &text);
    let mut running = environment.start(&["run", "long.yaml", "--sandbox"]);
    running.wait_for("n0: ");
    running.signal("INT");
    assert_eq!(running.finish().code, 130);
    let shown = environment.run(&["runs", "show", "last", "-o", "json"]).json();
    let status = |node: &str| shown["run"]["nodes"][node]["status"].as_str().unwrap().to_owned();
    assert_eq!(status("n199"), "pending");
}

#[test]
fn a_second_interrupt_ends_at_once() {
    start!(environment, _sandbox, proxy, running);
    running.signal("INT");
    running.wait_for("finishing");
    running.signal("INT");
    assert_eq!(running.finish().code, 130);
    proxy.release(Fate::IsLost);
    assert_eq!(environment.run(&["runs", "resume", "last", "-q"]).code, 0, "the write was on the wire, and is found");
    assert_eq!(environment.operations(), ALL);
}

#[test]
fn a_cancelled_run_ends() {
    start!(environment, _sandbox, proxy, running);
    running.signal("TERM");
    running.wait_for("finishing");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 143);
    let cancelled = environment.run(&["runs", "cancel", "last", "-o", "json"]);
    assert_eq!(cancelled.code, 0, "{cancelled}");
    assert_eq!(cancelled.json()["run"]["status"], "cancelled");
    assert_eq!(environment.run(&["runs", "resume", "last"]).code, 6);
    assert_eq!(environment.run(&["runs", "cancel", "last"]).code, 2, "it has ended");
    assert_eq!(environment.operations(), ALL[..1]);
}

/// Before anything is sent: the run is unchanged, and goes on once the grant is back.
#[test]
fn a_run_goes_on_only_with_all_grants_for_the_rest_of_it() {
    start!(environment, sandbox, proxy, running);
    running.signal("INT");
    running.wait_for("finishing");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 130);
    let change = |what: &str, permission: &str| {
        let user = ["--user", "admin@example.com", "--permission", permission, "--url", sandbox.url()];
        assert_eq!(environment.run(&[&["sandbox", what], &user[..]].concat()).code, 0);
    };
    change("revoke", "ADD_COMMENTS");
    // What has been done needs no grant any more.
    change("revoke", "CREATE_ISSUES");
    assert_snapshot!(environment.run(&["runs", "resume", "last"]), @r#"
    exit 5
    --- stdout
    --- stderr
    error[FR0601]: the user `admin@example.com` may not comment on issues in project `OPS`: permission `ADD_COMMENTS` is missing (`note` adds comments to the issue)
      --> intake.yaml:19:15
       |
    19 |     activity: jira.add_comments
       |               ^^^^^^^^^^^^^^^^^
       |
       = help: ask an administrator of project `OPS` to grant "Add comments"
               (`ADD_COMMENTS`); then resume with
               `flowrun runs resume RUN`

    the run is unchanged
    "#);
    let list = environment.run(&["runs", "list", "-o", "json"]).json();
    assert_eq!(list["runs"][0]["status"], "interrupted");
    assert_eq!(environment.operations(), ALL[..1]);

    change("grant", "ADD_COMMENTS");
    assert_eq!(environment.run(&["runs", "resume", "last", "-q"]).code, 0);
    assert_eq!(environment.operations(), ALL);
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBbjCCARWgAwIBAgIUc4eFnZs8krNUuGkQPDHO1xoEVegwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBdDAgFw0yNjExMjMyMjQ0MTdaGA8yMTI2MTAzMDIyNDQxN1ow
DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFP2LbHkPoiD
NKxDLZyAe2r6P3+669icuZzadLCUyGSBLyFl7RmZ+2ZGgDf0YN0a52AyHzsAPTxj
u7/BO7IpzmWjUzBRMB0GA1UdDgQWBBRQ//56cETyc44ydDe6YsB7AmjKiDAfBgNV
HSMEGDAWgBRQ//56cETyc44ydDe6YsB7AmjKiDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCIE//eODQfMcbN8L3+UKanRRGDy9dFn6t99FiwjHjVn4T
AiAf3zcORgdJFmBMAGeene4BhHfnf1i/6WfswXSNLtigbA==
-----END CERTIFICATE-----
";

/// Whoever goes on with a run need not know how it was reached, and can say it anew.
#[test]
fn a_run_remembers_its_ca_bundle() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    environment.write("ours.pem", CERTIFICATE);
    let sandbox = environment.serve_sandbox();
    let proxy = Proxy::stopping(sandbox.url(), CREATE);
    let url = format!("--sandbox={}", proxy.url);
    let mut running = environment.start(&["run", "intake.yaml", &url, "-i", "summary=x", "--ca-bundle", "ours.pem"]);
    proxy.wait();
    running.signal("INT");
    running.wait_for("finishing");
    proxy.release(Fate::Arrives);
    assert_eq!(running.finish().code, 130);
    std::fs::rename(environment.path("ours.pem"), environment.path("moved.pem")).unwrap();
    assert_snapshot!(environment.run(&["runs", "resume", "last"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the CA bundle `DIR/ours.pem` cannot be read: No such file or directory (os error 2)
      help: name one that can be with `--ca-bundle FILE`
    ");
    assert_eq!(environment.run(&["runs", "resume", "last", "-q", "--ca-bundle", "moved.pem"]).code, 0);
    assert_eq!(environment.operations(), ALL);
}

/// By its key, or by the beginning of its id, which stays its own; in JSON by the whole.
#[test]
fn the_commands_that_decide_name_a_run_shortly() {
    let environment = Environment::new();
    environment.write("lost.yaml", "process: lost\nversion: 1.0.0\nnodes:\n  it: { activity: jira.add_comments, with: { issue: OPS-2, comment: one } }\n");
    let lost = "  - operation: addComment\n    times: always\n    drop_reply: {}\n";
    let refused = "  - operation: getComments\n    times: always\n    error_before: { status: 400 }\n";
    environment.write("faults.yaml", &format!("faults:\n{lost}{refused}"));
    let sandbox = environment.serve_sandbox_with(&["--faults", "faults.yaml"]);
    let url = format!("--sandbox={}", sandbox.url());
    let invited = |text: &str| text.lines().find(|line| line.ends_with(" --did-not")).map(str::to_owned).unwrap();

    let first = environment.run(&["run", "lost.yaml", &url, "-q"]);
    let document = environment.run(&["runs", "show", "last", "-o", "json"]).json();
    let (id, doubt) = (document["run"]["id"].as_str().unwrap(), &document["run"]["doubts"][0]);
    assert_eq!((first.code, invited(&first.stdout)), (7, format!("  flowrun runs decide {} it --did-not", &id[..13])));
    assert_eq!(doubt["commands"][2], format!("flowrun runs decide {id} it --abort"));
    assert_eq!(doubt["effect"], "add a comment of 3 characters to issue OPS-2");
    assert!(doubt["link"].as_str().unwrap().ends_with("/browse/OPS-2"), "{doubt}");

    let second = environment.run(&["run", "lost.yaml", &url, "-q", "--id", "note-1"]);
    assert_eq!((second.code, &*invited(&second.stdout)), (7, "  flowrun runs decide note-1 it --did-not"));
    let shown = invited(&environment.run(&["runs", "show", id]).stdout);
    let name = &id[..13];
    assert_eq!(shown, format!("  flowrun runs decide {name} it --did-not"));
    assert_eq!(environment.run(&["runs", "decide", name, "it", "--abort"]).code, 6);
    assert_eq!(environment.run(&["runs", "decide", "note-1", "it", "--abort"]).code, 6);
}

/// What is wanted is said, and what cannot be right is refused before it is recorded.
#[test]
fn a_wrong_thing_that_is_said_to_have_happened_is_refused_at_once() {
    let node = |activity: &str| format!("process: lost\nversion: 1.0.0\nnodes:\n  it: {{ {activity} }}\n");
    let cases = [
        (
            "activity: jira.add_comments, with: { issue: OPS-2, comment: one }",
            ["addComment", "getComments"],
            "--happened ID\n    ID is the comment's id: the number after `focusedCommentId=` in its link\n",
            ["OPS-2", "99999"],
        ),
        (
            "activity: jira.create_issue, with: { project: OPS, issue_type: Task, summary: x }",
            ["createIssue", "bulkFetchIssues"],
            "--happened KEY\n    KEY is the key of the issue that was made\n",
            ["10001x", "WEB-1"],
        ),
        (
            "activity: jira.add_assignee, with: { issue: OPS-2, assignee: me }",
            ["assignIssue", "getIssue"],
            "--happened OPS-2\n  flowrun",
            ["OPS-1", "2"],
        ),
    ];
    for (activity, [operation, look], invited, wrong) in cases {
        let environment = Environment::new();
        environment.write("lost.yaml", &node(activity));
        // The answer is lost, and the look for the effect is refused; what a person says is looked at again.
        let skip = u8::from(look == "getIssue");
        let refused =
            format!("  - operation: {look}\n    skip: {skip}\n    times: 1\n    error_before: {{ status: 400 }}\n");
        let lost = format!("  - operation: {operation}\n    drop_reply: {{}}\n");
        environment.write("faults.yaml", &format!("faults:\n{lost}{refused}"));
        let sandbox = environment.serve_sandbox_with(&["--faults", "faults.yaml"]);
        let run = environment.run(&["run", "lost.yaml", &format!("--sandbox={}", sandbox.url()), "-q"]);
        assert!(run.code == 7 && run.stdout.contains(invited), "{run}");
        for wrong in wrong {
            let refused = environment.run(&["runs", "decide", "last", "it", "--happened", wrong]);
            assert!(refused.code == 2 && refused.stderr.contains("nothing was recorded of `it`"), "{refused}");
            assert!(refused.stderr.contains("the run is unchanged"), "{refused}");
        }
        let journal = environment.run(&["runs", "show", "last", "--entries"]).stdout;
        assert!(!journal.contains("decided, it happened"), "{journal}");
    }
}
