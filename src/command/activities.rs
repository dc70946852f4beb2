//! `flowrun activities`: the catalogue.

use flowrun_engine::activity::{Activity, Catalogue};

use crate::{
    arguments::{Activities, OutputFormat},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::Pack,
    report::{ActivitiesDocument, activities_text, activity_text},
};

/// Prints all activities, or one.
pub(super) fn activities(
    environment: &Environment,
    pack: &dyn Pack,
    arguments: &Activities,
) -> Result<Exit, CommandError> {
    let catalogue = pack.catalogue();
    let one = arguments.name.as_deref().map(|name| find(catalogue, name)).transpose()?;
    let screen = &environment.screen;
    match (screen.format(), one) {
        (OutputFormat::Text, Some(activity)) => screen.data(&activity_text(activity.description()))?,
        (OutputFormat::Text, None) => screen.data(&activities_text(catalogue))?,
        (_, Some(activity)) => screen.document(&ActivitiesDocument::new([activity].into_iter()))?,
        (_, None) => screen.document(&ActivitiesDocument::new(catalogue.iter().map(|activity| &**activity)))?,
    }
    Ok(Exit::Success)
}

fn find<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a dyn Activity, CommandError> {
    if let Some(activity) = catalogue.get(name) {
        return Ok(&**activity);
    }
    let names = || catalogue.iter().map(|activity| activity.description().name.as_str());
    let nearest = names().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    let help = match nearest.filter(|nearest| strsim::jaro_winkler(nearest, name) > 0.85) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`flowrun activities` lists them".to_owned(),
    };
    Err(CommandError::Usage(format!("no such activity: `{name}`"), Some(help)))
}
