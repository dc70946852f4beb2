//! The scopes of an access token that does not tell them, found out by asking: a read that the gateway refuses for its scope
//! proves that it is missing. A write cannot be tried without writing.

use std::collections::{BTreeMap, BTreeSet};

use flowrun_engine::{
    activity::Failure,
    requirement::{Need, Scopes, Verdict},
};

use futures_util::FutureExt;

use super::{abreast::ask_all, words};
use crate::{
    activity::operations,
    client::{Call, ErrorKind, Reader, endpoint::Operation},
};

/// The verdicts on these scopes, each asked for once.
pub(super) async fn verdicts<'a>(
    reader: &Reader,
    needs: impl Iterator<Item = &'a Need>,
) -> Result<BTreeMap<&'a Scopes, Verdict>, Failure> {
    let scopes = needs.filter_map(|need| match need {
        Need::Scopes(scopes) => Some(scopes),
        Need::Permission { .. } => None,
    });
    let scopes: Vec<_> = scopes.collect::<BTreeSet<_>>().into_iter().collect();
    let verdicts = ask_all(&scopes, |scopes| verdict(reader, scopes).boxed()).await?;
    Ok(scopes.into_iter().zip(verdicts).collect())
}

async fn verdict(reader: &Reader, scopes: &Scopes) -> Result<Verdict, Failure> {
    let Some(operation) = read_with(scopes) else { return Ok(words::untold(scopes)) };
    let Err(error) = reader.send(&Call::probe(operation)).await else { return Ok(Verdict::Granted) };
    match error.kind {
        // The gateway looks at scopes before Jira looks at the request.
        ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::Refused => Ok(Verdict::Granted),
        ErrorKind::ScopeMissing => Ok(words::probed_missing(scopes)),
        _ => Err(error.into()),
    }
}

/// A read that needs exactly these scopes. What it names need not be there.
fn read_with(scopes: &Scopes) -> Option<&'static Operation> {
    let fits = |operation: &&Operation| {
        let is_get = operation.method_and_template().0 == "GET";
        is_get && !operation.effect && operation.scopes.scopes() == *scopes
    };
    operations().find(fits)
}
