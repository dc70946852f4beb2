//! Small definitions, a table of grants → what preflight reports.

use std::{num::NonZeroU32, sync::Mutex, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    activity::{Activity, Attempt, Description, Intent},
    definition::{Edge, ForEach, Join, Node, OnFailure, OnUnknown, Phase, Retry, Source, WaitsFor},
    expression::{Expression, Scalar, Template, ValueType},
    id::{DefinitionHash, NodeId, StepPath},
    journal::{Entry, NodeEntry, Record, RunEntry, RunStarted, StepEntry},
    requirement::{Planned, Scopes},
};

/// `test.create` makes an issue in a project, and a project where it is given a `key`; `test.comment` comments on an issue.
struct Work(Description);

impl Work {
    fn named(name: &str) -> Self {
        Self(Description {
            name: name.into(),
            summary: "Works.",
            input: json!({}).into(),
            output: json!({}).into(),
            writes: true,
            reads: true,
            timeout: Duration::from_secs(30),
            scopes: Scopes::default(),
            permissions: Vec::new(),
            endpoints: Vec::new(),
            failures: Vec::new(),
        })
    }

    fn creates(&self) -> bool {
        self.0.name.as_str() == "test.create"
    }
}

fn needs(key: &'static str, subject: Subject, reason: &'static str) -> Requirement {
    let need = Need::Permission { key: key.into(), subject };
    Requirement { need, reason: reason.into(), basis: Basis::Documented }
}

#[async_trait]
impl Activity for Work {
    fn description(&self) -> &Description {
        &self.0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let summary = input.field("summary");
        let bad = summary.as_ref().and_then(Planned::as_str).filter(|summary| summary.contains("bad"));
        let problem = |summary| Problem { field: "summary".into(), message: format!("`{summary}` is bad"), help: None };
        bad.map(problem).into_iter().collect()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let scope = |scope: &'static str| Need::Scopes(Scopes::new(&[scope], &[]));
        let subject = |name: &str, kind| input.field(name).unwrap_or(Planned::Unknown).subject(kind);
        if !self.creates() {
            let reads =
                Requirement { need: scope("read"), reason: "reads the issue".into(), basis: Basis::CommonKnowledge };
            return vec![reads, needs("COMMENT", subject("issue", "issue"), "comments on the issue")];
        }
        let writes = Requirement { need: scope("write"), reason: "creates the issue".into(), basis: Basis::Documented };
        let mut requirements =
            vec![writes.clone(), needs("CREATE", subject("project", "project"), "creates the issue"), writes];
        if input.field("assignee").is_some() {
            requirements.push(needs("ASSIGN", subject("project", "project"), "assigns the issue"));
        }
        requirements
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let (name, kind) = if self.creates() { ("project", "project") } else { ("issue", "issue") };
        (path == ["key"]).then(|| input.field(name).map(|planned| planned.subject(kind))).flatten()
    }

    fn makes(&self, input: &Planned) -> Option<Subject> {
        input.field("key").map(|key| key.subject("project"))
    }

    async fn run(&self, _: &Value, _: &Attempt) -> Result<Value, Failure> {
        Ok(json!({"key": "OPS-1"}))
    }

    async fn adopt(&self, _: &Value, _: &Intent, _: &str, _: &Attempt) -> Result<Value, Failure> {
        Ok(json!({"key": "OPS-1"}))
    }
}

/// Gives the verdict whose key is in the need's text, and keeps what it was asked.
struct Grants {
    verdicts: Vec<(&'static str, Verdict)>,
    asked: Mutex<Vec<Vec<String>>>,
}

impl Grants {
    fn without(verdicts: &[(&'static str, Verdict)]) -> Self {
        Self { verdicts: verdicts.to_vec(), asked: Mutex::default() }
    }
}

#[async_trait]
impl Authority for Grants {
    async fn check(&self, needs: &[Need]) -> Result<Vec<Verdict>, Failure> {
        let words: Vec<String> = needs.iter().map(words_of).collect();
        let verdict = |need: &String| {
            self.verdicts.iter().find(|(key, _)| need.contains(key)).map(|(_, verdict)| verdict.clone())
        };
        let verdicts = words.iter().map(|need| verdict(need).unwrap_or(Verdict::Granted)).collect();
        self.asked.lock().unwrap().push(words);
        Ok(verdicts)
    }
}

fn words_of(need: &Need) -> String {
    match need {
        Need::Scopes(scopes) => {
            format!("scope {}", scopes.classic.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join("+"))
        }
        Need::Permission { key, subject: Subject::Known { kind, key: thing } } => format!("{key} on {kind} {thing}"),
        Need::Permission { key, subject } => format!("{key} on {subject:?}"),
    }
}

fn missing(message: &str) -> Verdict {
    Verdict::Missing { message: message.into(), help: "ask an administrator".into() }
}

fn node(id: &str, activity: &str, with: &[(&str, &str)]) -> Node {
    let fields = with.iter().map(|(name, text)| ((*name).to_owned(), Scalar::parse(text).template));
    Node {
        id: id.into(),
        phase: Phase::Main,
        description: None,
        activity: activity.into(),
        with: Template::Object(fields.collect()),
        edges: Vec::new(),
        mentions: Vec::new(),
        join: Join::All,
        condition: None,
        for_each: None,
        retry: Retry::default(),
        timeout: None,
        deadline: Duration::from_secs(60),
        on_failure: OnFailure::Stop,
        on_unknown: OnUnknown::Stop,
        output_type: ValueType::default(),
        place: 10..20,
        input_places: ["summary", "project", "issue"].map(|name| (name.to_owned(), 30..40)).to_vec(),
    }
}

fn each(list: &str, node: Node) -> Node {
    let list = Expression::parse(list).expect("CEL");
    let for_each = ForEach {
        list,
        name: "item".into(),
        max_parallel: NonZeroU32::MIN,
        on_item_failure: OnFailure::Stop,
        item_type: ValueType::default(),
    };
    Node { for_each: Some(for_each), ..node }
}

fn definition(nodes: Vec<Node>) -> Definition {
    Definition {
        hash: DefinitionHash::new("hash"),
        source: Source::new("test.yaml", ""),
        process: "test".into(),
        version: "1".into(),
        description: None,
        access_token: None,
        inputs: Vec::new(),
        input_type: ValueType::default(),
        nodes,
        outputs: Vec::new(),
    }
}

fn catalogue() -> Catalogue {
    Catalogue::default().with(Work::named("test.create")).with(Work::named("test.comment"))
}

fn inputs() -> Map<String, Value> {
    let inputs = json!({"project": "OPS", "issues": ["OPS-1", "OPS-2", "OPS-1"], "go": false, "none": []});
    inputs.as_object().expect("an object").clone()
}

/// The diagnostics, a line each, and what the authority was asked.
async fn checked(nodes: Vec<Node>, verdicts: &[(&'static str, Verdict)]) -> (Vec<String>, Vec<String>) {
    let grants = Grants::without(verdicts);
    let found = preflight(&definition(nodes), &inputs(), &catalogue(), &grants).await.expect("an answer");
    let lines = found.into_iter().map(|found| {
        assert!(found.place == Some(10..20) || found.place == Some(30..40), "its activity, or an input");
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
        let told: Vec<_> = found.into_iter().map(|found| (found.place.expect("a place"), found.message)).collect();
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
        assert!(diagnostics.iter().all(|told| told.code == Code::ACTIVITY_INPUT && told.place == Some(30..40)));
        diagnostics.into_iter().map(|told| told.message).collect()
    };
    let before = problems(&definition, None, &catalogue());
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
    let node = NodeId::from("done");
    let step = StepPath::of(node.clone());
    let started = RunStarted {
        run: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        key: None,
        definition: "ab".into(),
        source_name: "t.yaml".to_owned(),
        process: "test".to_owned(),
        version: "1.0.0".to_owned(),
        inputs: Map::new(),
        context: Value::Null,
    };
    let entries = vec![
        Entry::Run(RunEntry::Started(started)),
        Entry::Node(node, NodeEntry::Started { items: None }),
        Entry::Step(step.clone(), StepEntry::Started { input: json!({}).into() }),
        Entry::Step(step, StepEntry::Completed { output: json!({}).into() }),
    ];
    let record = Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entries };
    let state = RunState::replay(definition.into(), &[record]).unwrap();
    let grants = Grants::without(&[("CREATE", missing("may not create"))]);
    let told = preflight_rest(&state, &catalogue(), &grants).await.unwrap();
    assert_eq!(told.iter().map(|told| told.node.as_deref()).collect::<Vec<_>>(), [Some("open")]);
    assert_eq!(*grants.asked.lock().unwrap(), [["scope write", "CREATE on project WEB"]]);
}
