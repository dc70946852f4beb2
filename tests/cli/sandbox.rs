//! `flowrun sandbox`: seeds, faults, and grants that change while it is served.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    environment::{Environment, Output},
    running::INTAKE,
};

/// The seed of the examples, with another project.
fn seed(key: &str) -> String {
    include_str!("../../examples/sandbox/seed.yaml").replace("LAB", key)
}

#[test]
fn a_world_is_made_from_a_seed_and_keeps_it() {
    let environment = Environment::new();
    environment.write("seed.yaml", &seed("LAB"));
    environment.write("intake.yaml", &INTAKE.replace("OPS", "LAB"));
    drop(environment.serve_sandbox_with(&["--seed", "seed.yaml"]));
    let run = environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-q"]);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(environment.effects()[0]["issue"], "LAB-2");

    environment.write("other.yaml", &seed("ART"));
    assert_snapshot!(environment.run(&["sandbox", "--listen", "127.0.0.1:0", "--seed", "other.yaml"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the sandbox world in `DIR/home/.local/state/flowrun/sandbox` was made from another seed
      help: `flowrun sandbox reset` starts over; without `--seed` the one that it
      was made from is used
    ");
    assert_eq!(environment.run(&["sandbox", "reset", "--forget-seed"]).code, 0);
    let run = environment.run(&["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-q"]);
    assert_eq!(run.code, 5, "LAB is no longer there: {run}");
}

#[test]
fn faults_are_met_where_the_file_says() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    environment.write("faults.yaml", include_str!("../../examples/sandbox/faults.yaml"));
    let sandbox = environment.serve_sandbox_with(&["--faults", "faults.yaml"]);
    let url = format!("--sandbox={}", sandbox.url());
    let run = environment.run(&["run", "intake.yaml", &url, "-i", "summary=x", "-o", "json"]);
    assert_eq!((run.code, &run.json()["run"]["status"]), (0, &json!("completed")));
    let effects = environment.effects();
    let comment = effects.iter().find(|effect| effect["operation"] == "addComment").unwrap();
    assert_eq!(comment["replied"], false);
}

#[test]
fn files_for_the_sandbox_are_checked() {
    let environment = Environment::new();
    environment.write("seed.yaml", &seed("LAB").replace("lead:", "led:"));
    assert_snapshot!(environment.run(&["sandbox", "--seed", "seed.yaml"]).stderr, @r"
    error[FR0215]: projects[0]: unknown field `led`, expected one of `id`, `key`, `name`, `description`, `url`, `lead`, `type`, `template`, `assignee_type`, `archived`, `private`, `permission_scheme`, `workflow`, `workflows`, `issue_types`, `components`, `versions`, `roles`, `security_levels`
      --> seed.yaml:10:5
       |
    10 |     led: dana@example.com
       |     ^
    ");
    environment.write("seed.yaml", &seed("LAB").replace("lead: dana", "lead: nobody"));
    assert_snapshot!(environment.run(&["sandbox", "--seed", "seed.yaml"]).stderr, @"error[FR0215]: seed.yaml: projects, LAB: there is no user `nobody@example.com`; there are `admin@example.com`, `dana@example.com`, `robin@example.com`");
    environment.write("faults.yaml", "faults:\n  - operation: addComments\n    reset: {}\n");
    let told = environment.run(&["sandbox", "--faults", "faults.yaml"]).stderr;
    let expected =
        "error[FR0215]: faults.yaml: faults[0]: the sandbox serves no operation `addComments`; write `any` or one of ";
    assert!(told.starts_with(expected) && told.contains("`addComment`"), "{told}");
}

#[test]
fn grants_change_while_the_sandbox_is_served_and_stay_changed() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let intake = |more: &[&str]| {
        let arguments = [&["run", "intake.yaml", "-i", "summary=x", "-o", "json"], more].concat();
        environment.run(&arguments)
    };
    let change = |arguments: &[&str]| {
        let changed = environment.run(&[&["sandbox"], arguments].concat());
        assert_eq!(changed.code, 0, "{changed}");
    };
    let sandbox = environment.serve_sandbox();
    let url = format!("--sandbox={}", sandbox.url());
    let dana = ["--sandbox-user", "dana@example.com"];
    change(&["revoke", "--user", "dana@example.com", "--permission", "ADD_COMMENTS", "--project", "OPS"]);
    let refused = intake(&[&url, dana[0], dana[1]]);
    assert_eq!((refused.code, &refused.json()["diagnostics"][0]["code"]), (5, &json!("FR0601")));
    assert_eq!(intake(&[&url]).code, 0, "only Dana lost it");
    drop(sandbox);

    assert_eq!(intake(&["--sandbox", dana[0], dana[1]]).code, 5, "it is kept");
    change(&["grant", "--user", "dana@example.com", "--permission", "ADD_COMMENTS"]);
    change(&["revoke", "--user", "dana@example.com", "--scope", "write:jira-work"]);
    let refused = intake(&["--sandbox", dana[0], dana[1]]);
    assert_eq!((refused.code, &refused.json()["diagnostics"][0]["code"]), (5, &json!("FR0501")));
    change(&["grant", "--user", "dana@example.com", "--scope", "write:jira-work"]);
    assert_eq!(intake(&["--sandbox", dana[0], dana[1]]).code, 0);
}

#[test]
fn what_cannot_be_granted_is_named() {
    let environment = Environment::new();
    let told = |arguments: &[&str]| {
        let output = environment.run(&[&["sandbox", "grant", "--user"], arguments].concat());
        assert_eq!(output.code, 2, "{output}");
        output.stderr
    };
    assert_snapshot!(told(&["nobody@example.com", "--scope", "x"]), @"error: the sandbox has no user `nobody@example.com`; it has `admin@example.com`, `dana@example.com`, `robin@example.com`");
    assert_snapshot!(told(&["dana@example.com", "--permission", "FLY"]), @"error: Jira has no permission `FLY`");
    assert_snapshot!(told(&["dana@example.com", "--permission", "ADMINISTER", "--project", "OPS"]), @"error: `ADMINISTER` is a global permission: it is not held in a project");
    assert_snapshot!(told(&["dana@example.com", "--permission", "ADD_COMMENTS", "--project", "X"]), @"error: the sandbox has no project `X`; it has `OPS`, `WEB`, `HR`, `OLD`");
}

/// Certificates are for TLS: a machine without any can still try out a process, and hears of it where TLS is spoken.
#[test]
fn a_sandbox_needs_no_certificates() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let run = |arguments: &[&str]| {
        let mut command = environment.command(arguments);
        let site = json!({ "site": "https://acme.atlassian.net", "email": "ann@example.com", "api_token": "x" });
        command.env("SSL_CERT_FILE", environment.path("none.pem")).env("FLOWRUN_TOKEN_ACME", site.to_string());
        Output::of(&mut command)
    };
    let sandboxed = run(&["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-q"]);
    assert_eq!(sandboxed.code, 0, "{sandboxed}");
    assert_snapshot!(run(&["run", "intake.yaml", "--token", "acme", "-i", "summary=x", "-q"]), @r"
    exit 1
    --- stdout
    --- stderr
    error: the connection cannot be made: this machine has no root certificates: unexpected error: No CA certificates were loaded from the system
    ");
}
