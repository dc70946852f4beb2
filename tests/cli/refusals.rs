//! What is refused before anything is sent, and with which exit code.

use flowrun_engine::diagnostic::Code;
use insta::assert_snapshot;
use serde_json::Value;

use crate::{environment::Environment, running::INTAKE};

#[test]
fn every_problem_of_a_definition_is_told_at_once() {
    let environment = Environment::new();
    environment.write(
        "broken.yaml",
        "process: broken\nversion: 1.0.0\nnodes:\n  file:\n    activity: jira.create_isue\n    with: {}\n  read:\n    after: fil\n    activity: jira.get_issue_details\n    with:\n      issue: ${{ nodes.fille.key }}\n",
    );
    let refused = environment.run(&["run", "broken.yaml", "--sandbox"]);
    assert_snapshot!(refused, @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0206]: there is no activity `jira.create_isue`
     --> broken.yaml:5:15
      |
    5 |     activity: jira.create_isue
      |               ^^^^^^^^^^^^^^^^
      |
      = help: did you mean `jira.create_issue`?

    error[FR0301]: no such node: `fil`
     --> broken.yaml:8:12
      |
    8 |     after: fil
      |            ^^^
      |
      = help: did you mean `file`?

    error[FR0402]: no such node: `fille`
      --> broken.yaml:11:24
       |
    11 |       issue: ${{ nodes.fille.key }}
       |                        ^^^^^
       |
       = help: did you mean `file`?

    nothing was changed at Jira
    ");
    assert_eq!(environment.effects(), Vec::<Value>::new());
}

#[test]
fn inputs_are_checked_by_their_declared_types() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    environment.write("inputs.yaml", "summary: True\n");
    let run = |given: &[&str]| environment.run(&[&["run", "intake.yaml", "--sandbox"], given].concat());
    assert_snapshot!(run(&["-i", "sumary=x"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0213]: `intake` has no input `sumary`
      help: did you mean `summary`?

    nothing was changed at Jira
    ");
    assert_snapshot!(run(&["--inputs", "inputs.yaml", "-i", "summary=x"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0213]: the input `summary` cannot be read: it is given both by `-i` and in the file of `--inputs`: give it once

    nothing was changed at Jira
    ");
    assert_snapshot!(run(&["-i", "notes=@missing.txt", "-i", "summary=a", "-i", "summary=b", "-i", "no=1"]), @r"
    exit 3
    --- stdout
    --- stderr
    error[FR0213]: the input `notes` cannot be read: the file `missing.txt`: No such file or directory (os error 2) (a string that begins with `@` is written `@@…`)

    error[FR0213]: the input `summary` cannot be read: it is given 2 times, and is not an array

    error[FR0213]: `intake` has no input `no`
      help: its inputs are `summary`, `notes`

    nothing was changed at Jira
    ");
    assert_snapshot!(run(&["--inputs", "inputs.yaml"]), @r#"
    exit 3
    --- stdout
    --- stderr
    error[FR0213]: the input `summary` does not fit: expected a string, found `true`
      help: quote it: `"true"`

    nothing was changed at Jira
    "#);
    assert_eq!(environment.effects(), Vec::<Value>::new());
}

/// Each way in: nothing but the number itself may reach a run.
#[test]
fn an_integer_that_no_double_knows_is_no_number() {
    let environment = Environment::new();
    let process = |kind: &str| {
        format!(
            "process: p\nversion: v\ninputs:\n  n: {{ type: {kind} }}\nnodes:\n  file:\n    activity: jira.create_issue\n    \
             with: {{ project: OPS, issue_type: Task, summary: \"n is ${{{{ inputs.n }}}}\" }}\n"
        )
    };
    let run = |given: [&str; 2]| environment.run(&[&["run", "p.yaml", "--sandbox"], &given[..]].concat());
    let cases = [
        ("number", "9007199254740993", "is beyond 2^53"),
        ("integer", "9223372036854775808", "is beyond 2^63"),
        ("integer", "123456789012345678901", "is beyond 2^63"),
        ("[number, 'null']", "-9007199254740993", "is beyond 2^53"),
    ];
    for (kind, number, words) in cases {
        environment.write("p.yaml", &process(kind));
        environment.write("n.txt", number);
        environment.write("i.yaml", &format!("n: {number}\n"));
        environment.write("i.json", &format!("{{\"n\": {number}}}"));
        let given = format!("n={number}");
        for way in [["-i", &given], ["-i", "n=@n.txt"], ["--inputs", "i.yaml"], ["--inputs", "i.json"]] {
            let refused = run(way);
            assert_eq!(refused.code, 3, "{kind} {way:?}: {refused}");
            assert!(refused.stderr.contains("error[FR0213]: the input `n` does not fit: `"), "{refused}");
            assert!(refused.stderr.contains(words), "{kind} {way:?}: {refused}");
        }
    }
    environment.write("p.yaml", &process("integer"));
    assert_eq!(run(["-i", "n=9007199254740993"]).code, 0);
    let effects = environment.effects();
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0]["body"]["fields"]["summary"], "n is 9007199254740993");
}

#[test]
fn a_missing_scope_is_named_with_its_node() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let scopes = "--sandbox-scopes=read:jira-work";
    let arguments = ["run", "intake.yaml", "--sandbox", scopes, "-i", "summary=x"];
    assert_snapshot!(environment.run(&arguments), @r#"
    exit 5
    --- stdout
    --- stderr
    error[FR0501]: the access token lacks the scope `write:jira-work` (`file` creates the issue; `note` needs it too)
      --> intake.yaml:11:15
       |
    11 |     activity: jira.create_issue
       |               ^^^^^^^^^^^^^^^^^
       |
       = help: add "Create and manage issues" (`write:jira-work`) to the app's
               Jira API permissions in the developer console, then add the access
               token again

    nothing was changed at Jira
    "#);
    let document = environment.run(&[&arguments[..], &["-o", "json"]].concat()).json();
    assert_eq!(document["run"], Value::Null);
    let found = document["diagnostics"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|one| (one["code"].as_str().unwrap(), one["node"].as_str().unwrap())).collect();
    assert_eq!(found, [("FR0501", "file")], "`note` is told with it, and `boast` will not run");
    assert_eq!(environment.effects(), Vec::<Value>::new());
    assert_eq!(environment.run(&["runs", "list", "-o", "json"]).json()["runs"], Value::Array(Vec::new()));
}

#[test]
fn a_missing_permission_is_named_with_its_node() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let user = "--sandbox-user=robin@example.com";
    assert_snapshot!(environment.run(&["run", "intake.yaml", "--sandbox", user, "-i", "summary=x"]), @r#"
    exit 5
    --- stdout
    --- stderr
    error[FR0601]: the user `robin@example.com` may not comment on issues in project `OPS`: permission `ADD_COMMENTS` is missing (`note` adds comments to the issue)
      --> intake.yaml:19:15
       |
    19 |     activity: jira.add_comments
       |               ^^^^^^^^^^^^^^^^^
       |
       = help: ask an administrator of project `OPS` to grant "Add comments"
               (`ADD_COMMENTS`)

    nothing was changed at Jira
    "#);
    assert_eq!(environment.effects(), Vec::<Value>::new());
}

#[test]
fn without_an_access_token_nothing_runs() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    assert_snapshot!(environment.run(&["run", "intake.yaml", "-i", "summary=x"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0901]: no access token is given to run with
      help: name one with `--token NAME`, or with `access_token: NAME` in the
      definition: add it with `flowrun token add NAME`; or run against the sandbox
      with `--sandbox`

    nothing was changed at Jira
    ");
    assert_snapshot!(environment.run(&["run", "intake.yaml", "--token", "acme", "-i", "summary=x"]), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0901]: there is no access token `acme`
      help: add it with `flowrun token add acme`

    nothing was changed at Jira
    ");
    let nobody = ["run", "intake.yaml", "--sandbox", "--sandbox-user=nobody@example.com", "-i", "summary=x"];
    assert_snapshot!(environment.run(&nobody), @r"
    exit 4
    --- stdout
    --- stderr
    error[FR0902]: the sandbox has no user `nobody@example.com`
      help: it has admin@example.com, dana@example.com, robin@example.com

    nothing was changed at Jira
    ");
}

#[test]
fn a_key_is_used_once() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let run = |summary: &str| {
        environment.run(&["run", "intake.yaml", "--sandbox", "-i", &format!("summary={summary}"), "--id", "once", "-q"])
    };
    let first = run("x");
    assert_eq!(first.code, 0);
    let effects = environment.effects();
    let again = run("x");
    assert_eq!((again.code, &again.stdout), (0, &first.stdout), "it is that run, and ends as it did");
    assert_snapshot!(run("y"), @r"
    exit 2
    --- stdout
    --- stderr
    error[FR0806]: there is already a run with the key `once` (run RUN of intake, started TIME), and input `summary` is not the same
      help: look at it with `flowrun runs show once`, or give another key to run
      this
    ");
    environment.write("intake.yaml", &format!("{INTAKE}# changed\n"));
    let changed = run("y");
    assert!(changed.stderr.contains("and the definition and input `summary` are not the same"), "{changed}");
    assert_eq!(environment.effects(), effects);
}

#[test]
fn a_wrong_command_line_or_setting_ends_with_2() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    for arguments in [
        vec![],
        vec!["run"],
        vec!["run", "intake.yaml", "--sandbx"],
        vec!["run", "intake.yaml", "--sandbox=http://acme.atlassian.net"],
        vec!["run", "intake.yaml", "-i", "summary"],
        vec!["validate", "intake.yaml", "--format", "sarif"],
        vec!["validate", "intake.yaml", "-o", "jsonl"],
        vec!["runs", "show", "nothing"],
        vec!["runs", "decide", "last", "file"],
        vec!["explain", "FR9999"],
        vec!["activities", "jira.nothing"],
        vec!["sandbox", "--listen", "0.0.0.0:0"],
    ] {
        let refused = environment.run(&arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}");
        assert_ne!(refused.stderr, "", "{arguments:?}");
    }
    environment.write("flowrun.toml", "colour = \"never\"\n");
    assert_snapshot!(environment.run(&["runs", "list"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the settings file `DIR/flowrun.toml` has an error at line 1, column 1: unknown field `colour`, expected one of `state-dir`, `tokens-dir`, `min-free`, `output`, `color`, `ca-bundle`
    ");
}

#[test]
fn every_code_is_explained() {
    let environment = Environment::new();
    let pages = environment.run(&["explain", "-o", "json"]).json();
    let pages = pages["codes"].as_array().unwrap();
    assert_eq!(pages.len(), Code::PAGES.len());
    for page in pages {
        let (code, text) = (page["code"].as_str().unwrap(), page["text"].as_str().unwrap());
        assert!(text.starts_with(&format!("# {code}: {}", page["title"].as_str().unwrap())), "{code}");
        assert!(text.lines().count() > 3, "the page of {code} says nothing");
    }
    assert_eq!(environment.run(&["explain", "fr0501"]).stdout, environment.run(&["explain", "FR0501"]).stdout);
}

#[test]
fn where_no_sandbox_is_served_is_told_before_anything_is_asked() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sandbox = format!("--sandbox=http://{free}");
    let run = environment.run(&["run", "intake.yaml", &sandbox, "-i", "summary=x"]);
    assert_snapshot!(run, @r"
    exit 9
    --- stdout
    --- stderr
    error[FR0706]: no sandbox answers at `http://127.0.0.1:PORT`: Connection refused (os error 111)
      help: start one with `flowrun sandbox`
    ");
    let add = environment.run(&["token", "add", "acme", &sandbox, "--paste"]);
    assert_eq!(add.to_string(), run.to_string());
}
