//! Checking grants before a run starts or resumes: what the connection's authority says, told at its places in the definition.

mod patience;

use flowrun_engine::{
    activity::Failure,
    clock::SystemClock,
    definition::{Definition, Source},
    diagnostic::{Code, Diagnostic},
    id::NodeId,
    preflight,
    run::RunState,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use self::patience::patiently;
use crate::{
    error::CommandError,
    pack::Connection,
    report::{Reported, local_time},
    screen::Screen,
};

/// Checks all grants of a new run; gives the warnings.
pub(crate) async fn check(
    connection: &dyn Connection,
    source: &Source,
    (definition, inputs): (&Definition, &Map<String, Value>),
    screen: &Screen,
) -> Result<Vec<Reported>, CommandError> {
    let (catalogue, authority) = (connection.catalogue(), connection.authority());
    let check = async || preflight::preflight(definition, inputs, catalogue, &*authority).await;
    passed(source, patiently(&SystemClock, |until| tell_limit(screen, until), check).await)
}

/// Checks the grants of what is left of a run; gives the warnings.
pub(crate) async fn check_rest(
    connection: &dyn Connection,
    source: &Source,
    state: &RunState,
    screen: &Screen,
) -> Result<Vec<Reported>, CommandError> {
    let (catalogue, authority) = (connection.catalogue(), connection.authority());
    let (definition, inputs) = (state.definition(), state.inputs());
    let check = async || preflight::preflight_rest(definition, inputs, is_left(state), catalogue, &*authority).await;
    passed(source, patiently(&SystemClock, |until| tell_limit(screen, until), check).await)
}

/// What is wrong with the inputs of the nodes that are left of a run, as far as their activities see it without asking.
pub(crate) fn check_inputs_of_rest(
    connection: &dyn Connection,
    source: &Source,
    state: &RunState,
) -> Result<(), CommandError> {
    let (definition, inputs) = (state.definition(), state.inputs());
    let problems = preflight::problems_of_rest(definition, inputs, is_left(state), connection.catalogue());
    if problems.is_empty() { Ok(()) } else { Err(CommandError::Reported(Reported::all(source, problems))) }
}

/// Whether something of a node is left to do.
fn is_left(state: &RunState) -> impl Fn(&NodeId) -> bool {
    |node| state.node_status(node.as_str()).is_some_and(|status| !status.is_ended())
}

/// The warnings of a preflight that nothing was missing in.
fn passed(source: &Source, checked: Result<Vec<Diagnostic>, Failure>) -> Result<Vec<Reported>, CommandError> {
    let reported = Reported::all(source, checked.map_err(|failure| unasked(&failure))?);
    match reported.iter().any(|reported| reported.diagnostic.is_error()) {
        true => Err(CommandError::Reported(reported)),
        false => Ok(reported),
    }
}

fn tell_limit(screen: &Screen, until: Timestamp) {
    screen.note(&format!("checking grants: waiting for the site's rate limit until {}\n", local_time(until)));
}

/// Why the grants could not be asked for.
fn unasked(failure: &Failure) -> CommandError {
    let code = if failure.status == Some(401) { Code::TOKEN_NOT_RECOGNISED } else { failure.code };
    let diagnostic = Diagnostic::error(code, None, format!("the grants cannot be checked: {failure}"));
    diagnostic.with_help_if_any(failure.help.clone()).into()
}
