//! The parts of documents that show a run and a problem.

use flowrun_engine::{
    activity::{Failure, Intent},
    concurrency::Admission,
    definition::Source,
    diagnostic::{Diagnostic, Severity},
    journal::SkipReason,
    run::{self, Ahead, RetriedRun, RunState, RunStatus},
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::report::{Reported, doubt::Doubt, failure_place::FailurePlace, retry::retry_command};

/// A run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunView {
    /// Its id.
    id: String,
    /// The key that it was started with.
    key: Option<String>,
    /// The definition's name.
    process: String,
    /// The definition's version.
    version: String,
    /// `running`, `waiting`, `needs_decision`, `needs_grant`, `paused`, `interrupted`, `completed`, `failed` or `cancelled`.
    status: &'static str,
    /// What it asked for before it may go on, of a definition with `concurrency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<ConcurrencyView>,
    /// The inputs that hold now, defaults filled in.
    inputs: Map<String, Value>,
    /// What it gave; null unless it completed.
    outputs: Option<Map<String, Value>>,
    /// The first failure that nothing handled.
    error: Option<ErrorView>,
    /// The effects of which a person has to say whether they happened, while it is `needs_decision`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<DoubtView>,
    /// Its nodes by name, in the order of the definition.
    nodes: IndexMap<String, NodeView>,
    /// When it began.
    started_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// The command that goes on with what was not done, of a run that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<String>,
    /// How it had ended each time before it was retried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retries: Vec<RetryView>,
}

/// What a run asked for before it may go on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ConcurrencyView {
    /// The key. So many runs of the process with the same key go on at a time as the limit says.
    key: String,
    /// The limit.
    limit: u32,
    /// When it asked.
    asked_at: String,
    /// Whether it was admitted: it goes on then, or did.
    admitted: bool,
    /// What it waits for; null where it was admitted, or it is its turn.
    waits_for: Option<AheadView>,
}

/// What a run waits for that is not admitted.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AheadView {
    /// The id of the first run that is ahead.
    run: String,
    /// How far that is.
    status: &'static str,
    /// How many more are ahead; no more than some dozens are counted.
    others: usize,
}

/// An end that was not the last: the run was retried.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RetryView {
    /// How it had ended: `failed` or `cancelled`.
    status: &'static str,
    /// When it had ended.
    ended_at: String,
    /// When it was retried.
    at: String,
    /// The nodes that went again.
    nodes: Vec<String>,
    /// The inputs from then on; null where they stayed.
    inputs: Option<Map<String, Value>>,
    /// The corrected definition that it went on with, by hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<String>,
}

/// An effect of which it is unknown whether it happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DoubtView {
    /// Its step: the node, with the number of the item where it has items.
    step: String,
    /// What was asked for, in words.
    effect: String,
    /// When.
    asked_at: String,
    /// Why it cannot be shown whether it happened.
    why: Option<String>,
    /// Where a person sees it, as an address for a browser.
    link: Option<String>,
    /// A search that finds it, in the service's own language.
    query: Option<String>,
    /// What it is recognised by there.
    signs: Option<String>,
    /// What `--happened` takes: its name, or what stands for it.
    name: String,
    /// What `name` stands for; null where it is the name itself.
    name_is: Option<String>,
    /// The commands that say that it happened, that it did not, and that the step is given up.
    commands: [String; 3],
}

/// A node of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NodeView {
    /// `pending`, `running`, `waiting`, `needs_decision`, `completed`, `failed`, `skipped`, `cancelled` or `undone`.
    status: &'static str,
    /// Why it was skipped: `condition`, `upstream` or `run_failed`.
    reason: Option<&'static str>,
    /// How many attempts there were, of all its steps.
    attempts: usize,
    /// What it gave.
    output: Option<Value>,
    /// Why it failed; or, where it waits for a grant, what is missing.
    error: Option<ErrorView>,
    /// The next look for an effect of which it cannot be shown yet whether it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_look: Option<NextLookView>,
    /// When grants are asked for again, where it waits for one: whoever drives the run does so.
    #[serde(skip_serializing_if = "Option::is_none")]
    grants_asked_again_at: Option<String>,
    /// With `for_each`: what became of each item.
    results: Option<Vec<Value>>,
}

/// A look that is still to come.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NextLookView {
    /// The step: the node, with the number of the item where it has items.
    step: String,
    /// When the effect is looked for again.
    at: String,
    /// Why the last look could not show whether it happened.
    why: String,
}

/// A failure.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ErrorView {
    /// Its diagnostic code.
    code: String,
    /// What went wrong.
    message: String,
    /// The HTTP status, where there was an answer.
    status: Option<u16>,
    /// The input that is to blame.
    field: Option<String>,
    /// What to do.
    help: Option<String>,
    /// The step that failed, or the first of several: the node, with the number of the item where it has items.
    step: String,
    /// The file that the definition was read from.
    file: String,
    /// Where the value that is to blame, or the node, is written: the line, from 1.
    line: Option<usize>,
    /// The column, from 1, in characters.
    column: Option<usize>,
}

/// A diagnostic.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DiagnosticView {
    /// `FR` and four digits, of which `flowrun explain` has a page; null where the command line or the machine is to blame.
    code: Option<String>,
    /// `error`, `warning` or `note`.
    severity: &'static str,
    /// What is wrong.
    message: String,
    /// The file.
    file: Option<String>,
    /// Where it begins: the line, from 1.
    line: Option<usize>,
    /// Where it begins: the column, from 1, in characters.
    column: Option<usize>,
    /// Where it ends: the line.
    end_line: Option<usize>,
    /// Where it ends: the first column behind it.
    end_column: Option<usize>,
    /// The node.
    node: Option<String>,
    /// What to do.
    help: Option<String>,
}

impl RunView {
    /// A run as its journal tells it.
    pub(crate) fn new(state: &RunState) -> Self {
        let started = state.started();
        let in_doubt = if state.status() == RunStatus::NeedsDecision { Doubt::all(state) } else { Vec::new() };
        let doubts = in_doubt.iter().map(|doubt| DoubtView::new(state, doubt)).collect();
        Self {
            id: started.run.to_string(),
            key: started.key.as_ref().map(ToString::to_string),
            process: started.process.clone(),
            version: state.version().to_owned(),
            status: state.status().as_str(),
            concurrency: state.admission().map(ConcurrencyView::new),
            inputs: state.inputs().clone(),
            outputs: state.outputs().cloned(),
            error: state.error().map(|error| ErrorView::new(state, error.place(), &error.failure)),
            doubts,
            nodes: state.nodes().map(|node| (node.id.to_string(), NodeView::new(state, &node))).collect(),
            started_at: state.started_at().to_string(),
            ended_at: state.ended_at().map(|at| at.to_string()),
            retry: (state.status() == RunStatus::Failed).then(|| retry_command(&started.run.to_string())),
            retries: state.retries().iter().map(RetryView::new).collect(),
        }
    }
}

impl RunView {
    /// The same, with what the run waits for.
    pub(crate) fn waiting_for(self, ahead: Option<&Ahead>) -> Self {
        let waits_for = ahead.map(AheadView::new);
        Self { concurrency: self.concurrency.map(|asked| ConcurrencyView { waits_for, ..asked }), ..self }
    }
}

impl ConcurrencyView {
    fn new(Admission { key, limit, asked_at, is_admitted }: Admission) -> Self {
        Self { key, limit: limit.get(), asked_at: asked_at.to_string(), admitted: is_admitted, waits_for: None }
    }
}

impl AheadView {
    pub(super) fn new(ahead: &Ahead) -> Self {
        let first = &ahead.first;
        Self { run: first.run.to_string(), status: first.status.as_str(), others: ahead.others }
    }
}

impl RetryView {
    fn new(retry: &RetriedRun) -> Self {
        Self {
            status: retry.outcome.as_str(),
            ended_at: retry.ended_at.to_string(),
            at: retry.at.to_string(),
            nodes: retry.nodes.iter().map(ToString::to_string).collect(),
            inputs: retry.inputs.clone(),
            definition: retry.correction.as_ref().map(|correction| correction.definition.to_string()),
        }
    }
}

impl DoubtView {
    pub(super) fn new(state: &RunState, doubt: &Doubt<'_>) -> Self {
        let Intent { summary, whereabouts, .. } = doubt.effect.intent;
        let (name, name_is) = doubt.named();
        Self {
            step: doubt.step.to_string(),
            effect: summary.clone(),
            asked_at: doubt.effect.intended_at.to_string(),
            why: doubt.effect.doubt.map(ToString::to_string),
            link: whereabouts.as_ref().and_then(|place| place.link.clone()),
            query: whereabouts.as_ref().and_then(|place| place.query.clone()),
            signs: whereabouts.as_ref().map(|place| place.signs.clone()),
            name: name.to_owned(),
            name_is: name_is.map(str::to_owned),
            commands: doubt.commands(&state.run().to_string()),
        }
    }
}

impl NodeView {
    fn new(state: &RunState, node: &run::NodeView<'_>) -> Self {
        Self {
            status: node.status.as_str(),
            reason: node.reason.map(SkipReason::as_str),
            attempts: node.attempts,
            output: node.output.cloned(),
            error: node.error.map(|failure| ErrorView::new(state, node.id.as_str(), failure)),
            grants_asked_again_at: node.next_ask.map(|at| at.to_string()),
            next_look: node.next_look().map(|(step, look)| NextLookView {
                step: step.to_string(),
                at: look.at.to_string(),
                why: look.why.to_owned(),
            }),
            results: node.results.map(|results| results.values().collect()),
        }
    }
}

impl ErrorView {
    pub(super) fn new(state: &RunState, node: &str, failure: &Failure) -> Self {
        let FailurePlace { step, file, position, .. } = FailurePlace::new(state, node, failure);
        Self {
            step,
            file,
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            code: failure.code.to_string(),
            message: failure.message.clone(),
            status: failure.status,
            field: failure.field.clone(),
            help: failure.help.clone(),
        }
    }
}

impl DiagnosticView {
    /// Several problems.
    pub(crate) fn all(reported: &[Reported]) -> Vec<Self> {
        reported.iter().map(Self::new).collect()
    }

    /// An error that no page explains.
    pub(crate) fn without_code(message: &str, help: Option<&str>) -> Self {
        Self {
            code: None,
            severity: severity_word(Severity::Error),
            message: message.to_owned(),
            file: None,
            line: None,
            column: None,
            end_line: None,
            end_column: None,
            node: None,
            help: help.map(str::to_owned),
        }
    }

    /// A problem, with its place in lines and columns.
    pub(crate) fn new(reported: &Reported) -> Self {
        let Reported { source, diagnostic } = reported;
        let start = position(source.as_ref(), diagnostic, |place| place.start);
        let end = position(source.as_ref(), diagnostic, |place| place.end);
        Self {
            code: Some(diagnostic.code.to_string()),
            severity: severity_word(diagnostic.severity),
            message: diagnostic.message.clone(),
            file: source.as_ref().map(|source| source.name().to_owned()),
            line: start.map(|start| start.0),
            column: start.map(|start| start.1),
            end_line: end.map(|end| end.0),
            end_column: end.map(|end| end.1),
            node: diagnostic.node.clone(),
            help: diagnostic.help.clone(),
        }
    }
}

/// The word for a severity.
pub(super) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The line and column of one end of a diagnostic's place.
fn position(
    source: Option<&Source>,
    diagnostic: &Diagnostic,
    end: fn(&std::ops::Range<usize>) -> usize,
) -> Option<(usize, usize)> {
    let position = source?.position(end(diagnostic.span.as_ref()?));
    Some((position.line, position.column))
}
