//! Small definitions, a table of grants → what preflight reports.

mod samples;
mod service;

use samples::{catalogue, definition, each, inputs, node};
use service::Grants;

use super::*;
use crate::{
    definition::{Edge, Node, Phase, WaitsFor},
    expression::Expression,
};

fn missing(message: &str) -> Verdict {
    Verdict::Missing { message: message.into(), help: "ask an administrator".into() }
}

/// The diagnostics, a line each, and what the authority was asked.
async fn checked(nodes: Vec<Node>, verdicts: &[(&'static str, Verdict)]) -> (Vec<String>, Vec<String>) {
    let grants = Grants::without(verdicts);
    let found = preflight(&definition(nodes), &inputs(), &catalogue(), &grants).await.expect("an answer");
    let lines = found.into_iter().map(|found| {
        assert!(found.span == Some(10..20) || found.span == Some(30..40), "its activity, or an input");
        let severity = if found.is_error() { "" } else { " warning" };
        format!("{}{severity} {}: {}", found.code, found.node.unwrap_or_default(), found.message)
    });
    let asked = grants.asked.into_inner().unwrap();
    assert!(asked.len() <= 1, "the authority is asked once");
    (lines.collect(), asked.concat())
}

#[tokio::test]
async fn every_known_need_is_asked_for_once() {
    let nodes = vec![
        node("file", "test.create", &[("project", "${{ inputs.project }}")]),
        node("again", "test.create", &[("project", "O${{ 'PS' }}"), ("assignee", "me")]),
        node("note", "test.comment", &[("issue", "${{ nodes.file.key }}")]),
        node("second_note", "test.comment", &[("issue", "${{ nodes.note.key }}")]),
        node("late", "test.comment", &[("issue", "${{ nodes.file.key + '' }}")]),
        each("inputs.issues", node("all", "test.comment", &[("issue", "${{ item }}")])),
        each("inputs.none", node("nobody", "test.comment", &[("issue", "${{ item }}-${{ index }}")])),
    ];
    let (found, asked) = checked(nodes, &[]).await;
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(
        asked,
        [
            "scope read",
            "scope write",
            "ASSIGN on project OPS",
            "COMMENT on issue OPS-1",
            "COMMENT on issue OPS-2",
            "COMMENT on project OPS",
            "CREATE on project OPS",
        ]
    );
}

#[tokio::test]
async fn each_missing_grant_is_reported_once_with_its_nodes() {
    let nodes = || {
        vec![
            node("file", "test.create", &[("project", "OPS"), ("assignee", "me")]),
            node("note", "test.comment", &[("issue", "${{ nodes.file.key }}")]),
        ]
    };
    let not_visible = Verdict::NotVisible { message: "there is no project `OPS`".into(), help: "check the key".into() };
    type Case<'a> = (&'a [(&'static str, Verdict)], &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        (
            &[("scope write", missing("no scope `write`"))],
            &["FR0501 file: no scope `write` (`file` creates the issue)"],
        ),
        (
            &[("scope read", missing("no scope `read`"))],
            &["FR0502 warning note: no scope `read` (`note` reads the issue)"],
        ),
        (
            &[("CREATE", missing("no CREATE")), ("COMMENT", missing("no COMMENT"))],
            &[
                "FR0601 file: no CREATE (`file` creates the issue)",
                "FR0601 note: no COMMENT (`note` comments on the issue)",
            ],
        ),
        (
            &[("OPS", not_visible)],
            &["FR0602 file: there is no project `OPS` (`file` creates the issue; `note` needs it too)"],
        ),
        (
            &[("COMMENT", Verdict::Absent { message: "no issue `OPS-1`".into(), help: "check the key".into() })],
            &["FR0602 warning note: no issue `OPS-1` (`note` comments on the issue)"],
        ),
        (
            &[
                ("scope write", missing("no scope `write`")),
                ("OPS", Verdict::Unknown("permissions cannot be read".into())),
            ],
            &[
                "FR0501 file: no scope `write` (`file` creates the issue)",
                "FR0603 warning note: permissions cannot be read (`note` comments on the issue)",
            ],
        ),
    ];
    for (verdicts, expected) in cases {
        assert_eq!(checked(nodes(), verdicts).await.0, expected, "{verdicts:?}");
    }
}

#[test]
fn what_helps_one_node_only_is_not_told_to_all() {
    let cases: [(&[&str], &str); 4] = [
        (&["grant it"], "grant it"),
        (&["grant it; a does too", "grant it; b does too"], "grant it"),
        (&["grant it; then go on; a", "grant it; then go on; b"], "grant it; then go on"),
        (&["do a", "do b"], "do a; or do b"),
    ];
    for (helps, all) in cases {
        assert_eq!(shared(&helps.iter().copied().collect()), all, "{helps:?}");
    }
}

#[tokio::test]
async fn what_many_nodes_lack_is_told_once_at_the_value() {
    let files = |count: usize| -> Vec<_> {
        (0..count).map(|number| node(&format!("n{number:02}"), "test.create", &[("project", "OPS")])).collect()
    };
    let grants = Grants::without(&[("CREATE", missing("no CREATE")), ("scope write", missing("no scope `write`"))]);
    let cases = [
        (1, ""),
        (2, "; `n01` needs it too"),
        (3, "; `n01` and `n02` need it too"),
        (12, "; `n01`, `n02`, `n03`, `n04`, `n05`, `n06`, `n07`, `n08`, `n09`, `n10` and 1 more need it too"),
    ];
    for (count, others) in cases {
        let found = preflight(&definition(files(count)), &inputs(), &catalogue(), &grants).await.expect("an answer");
        let told: Vec<_> = found.into_iter().map(|found| (found.span.expect("a place"), found.message)).collect();
        let expected = [
            (10..20, format!("no scope `write` (`n00` creates the issue{others})")),
            (30..40, format!("no CREATE (`n00` creates the issue{others})")),
        ];
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_node_that_will_not_run_needs_nothing() {
    let mut skipped = node("file", "test.create", &[("project", "OPS")]);
    skipped.condition = Some(Expression::parse("inputs.go").expect("CEL"));
    let (found, asked) = checked(vec![skipped.clone()], &[("scope", missing("no scope"))]).await;
    assert!(found.is_empty() && asked.is_empty(), "{found:?} {asked:?}");
    let offline = requirements(&definition(vec![skipped]), None, &catalogue());
    assert_eq!(offline.len(), 2, "without inputs it may run");
}

#[tokio::test]
async fn what_an_earlier_node_makes_is_not_there_yet() {
    let makes = || node("make", "test.create", &[("project", "OLD"), ("key", "NEW")]);
    let works = |id: &str| node(id, "test.create", &[("project", "NEW")]);
    let edge = |from: &str| Edge { from: from.into(), waits_for: vec![WaitsFor::Completed] };
    let nodes = vec![
        makes(),
        Node { edges: vec![edge("make")], ..works("next") },
        Node { mentions: vec!["next".into()], ..works("later") },
        node("note", "test.comment", &[("issue", "${{ nodes.later.key }}")]),
        Node { phase: Phase::Finally, ..works("end") },
    ];
    let nodes = nodes.into_iter().map(|node| match node.id.as_str() {
        "note" => Node { mentions: vec!["later".into()], ..node },
        _ => node,
    });
    let (_, asked) = checked(nodes.collect(), &[]).await;
    assert_eq!(asked, ["scope read", "scope write", "CREATE on project OLD"]);
    let (_, asked) = checked(vec![makes(), works("beside")], &[]).await;
    assert_eq!(asked, ["scope write", "CREATE on project NEW", "CREATE on project OLD"], "it may run first");
}

#[test]
fn an_output_that_leads_in_a_circle_is_known_at_run_time_only() {
    let nodes = vec![
        node("a", "test.comment", &[("issue", "${{ nodes.b.key }}")]),
        node("b", "test.comment", &[("issue", "${{ nodes.a.key }}")]),
    ];
    let required = requirements(&definition(nodes), None, &catalogue());
    assert!(required.iter().all(|required| match &required.requirement.need {
        Need::Permission { subject, .. } => *subject == Subject::AtRunTime,
        Need::Scopes(_) => true,
    }));
}

#[tokio::test]
async fn an_input_that_an_activity_cannot_work_with_is_told_before_any_grant() {
    let nodes = vec![
        node("file", "test.create", &[("project", "OPS"), ("summary", "${{ inputs.project }} is bad")]),
        each("inputs.issues", node("each", "test.create", &[("project", "OPS"), ("summary", "bad ${{ item }}")])),
        Node {
            condition: Some(Expression::parse("inputs.go").expect("CEL")),
            ..node("off", "test.create", &[("summary", "bad")])
        },
    ];
    let definition = definition(nodes);
    let told = |diagnostics: Vec<Diagnostic>| -> Vec<String> {
        assert!(diagnostics.iter().all(|told| told.code == Code::ACTIVITY_INPUT && told.span == Some(30..40)));
        diagnostics.into_iter().map(|told| told.message).collect()
    };
    let before = Plan::new(&definition, None, &catalogue()).problems();
    assert_eq!(told(before), ["`summary`: `bad` is bad"], "only what is written is known, and `if` is not");
    let authority = Grants::without(&[]);
    let found = preflight(&definition, &inputs(), &catalogue(), &authority).await.expect("nothing is asked");
    let expected = ["`OPS is bad` is bad", "`bad OPS-1` is bad (item 0)", "`bad OPS-2` is bad (item 1)"];
    assert_eq!(told(found), expected.map(|message| format!("`summary`: {message}")));
}

#[tokio::test]
async fn what_is_left_of_a_run_is_checked_without_what_has_settled() {
    let definition = definition(vec![
        node("done", "test.create", &[("project", "OPS")]),
        node("open", "test.create", &[("project", "WEB"), ("summary", "bad")]),
    ]);
    let grants = Grants::without(&[("CREATE", missing("may not create"))]);
    let is_left = |node: &NodeId| node.as_str() != "done";
    let told = preflight_rest(&definition, &Map::new(), is_left, &catalogue(), &grants).await.unwrap();
    assert_eq!(told.iter().map(|told| told.node.as_deref()).collect::<Vec<_>>(), [Some("open")]);
    assert_eq!(*grants.asked.lock().unwrap(), [["scope write", "CREATE on project WEB"]]);
}
