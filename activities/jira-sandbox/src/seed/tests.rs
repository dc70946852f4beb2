//! Seeds that are read, and seeds that are refused.

use super::*;

#[test]
fn the_built_in_seed_is_one() {
    let world = build::world(parse::seed(BUILT_IN).expect("a seed")).expect("a world");
    assert_eq!(world.issue("OPS-5").map(|issue| issue.id), Some(10005));
    assert_eq!((world.next_issue, world.next_comment), (10006, 10001));
}

#[cfg(feature = "contract")]
#[test]
fn the_schema_takes_the_built_in_seed_and_no_other_keys() {
    let schema = serde_json::to_value(seed_schema()).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let seed: serde_json::Value = parse::yaml(BUILT_IN).expect("YAML");
    assert_eq!(validator.iter_errors(&seed).map(|error| error.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    assert!(!validator.is_valid(&serde_json::json!({ "projcts": [] })));
}

#[test]
fn a_seed_that_says_nothing_is_the_built_in_one() {
    assert_eq!(Seed::parse("").expect("a seed").world, Seed::built_in().world);
}

#[test]
fn projects_of_a_seed_begin_without_issues() {
    let project = "{ id: 1, key: A, name: A, lead: dana@example.com, permission_scheme: Default, workflow: Simple, issue_types: [Bug] }";
    let seed = Seed::parse(&format!("projects: [{project}]")).expect("a seed");
    assert_eq!((seed.world.projects.len(), seed.world.issues.len()), (1, 0));
}

#[test]
fn faults_say_what_and_where() {
    let project = |more: &str| {
        format!(
            "projects: [{{ id: 1, key: A, name: A, permission_scheme: Default, workflow: Simple, issue_types: [Bug], lead: {more} }}]"
        )
    };
    for (seed, line, said) in [
        ("users: [", Some(2), "did not find expected"),
        ("projcts: []".to_owned().as_str(), Some(1), "unknown field `projcts`"),
        ("search_lag_seconds: soon", Some(1), "search_lag_seconds"),
        (&project("nobody@example.com"), None, "projects, A: there is no user `nobody@example.com`"),
        (&project("dana@example.com, url: [1]"), Some(1), "url"),
        (
            "workflows: [{ name: W, initial: To Do, transitions: [{ id: '1', name: Go, to: Gone }] }]",
            None,
            "workflows, W, transition `1`: there is no status `Gone`; there are `To Do`",
        ),
        (
            "issues: [{ key: OPS-1, type: Bug, summary: s, fields: { labels: [a b] } }]",
            None,
            "issues, OPS-1, field `labels`: The label 'a b' contains spaces",
        ),
        ("issues: [{ key: OPS, type: Bug, summary: s }]", None, "a key is a project's key"),
        ("issues: [{ key: OPS-01, type: Bug, summary: s }]", None, "a key is a project's key"),
        ("issues: [{ key: OPS-18446744073709551615, type: Bug, summary: s }]", None, "is not from 1 to 92"),
        (
            "issues: [{ key: OPS-1, id: 18446744073709551615, type: Bug, summary: s }]",
            None,
            "issues, OPS-1, id: `18446744073709551615` is not from 1 to 9223372036854775807",
        ),
        (
            "issues: [{ key: OPS-1, type: Bug, summary: s }, { key: OPS-1, type: Bug, summary: s }]",
            None,
            "issues, OPS-1: the key or the id",
        ),
        ("priorities: [{ id: '1', name: A }]", None, "exactly one has `default: true`"),
        ("custom_fields: [{ id: customfield_1, name: A, type: select }]", None, "has no `options`"),
        (
            "global_permissions: [{ permissions: [EDIT_ISSUES], to: { related: [anyone] } }]",
            None,
            "there is no such permission as `EDIT_ISSUES`; there are `ADMINISTER`",
        ),
        ("groups: []", None, "there is no group `jira-administrators`; there is none"),
    ] {
        let error = Seed::parse(seed).expect_err(seed);
        assert!(error.message.contains(said), "{seed}: {error}");
        assert_eq!(error.line, line, "{seed}: {error}");
    }
}
