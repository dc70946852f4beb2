//! A person who looks at Jira to say what became of an effect whose answer was lost.

use flowrun_engine::{
    activity::Intent,
    id::{EffectId, StepPath},
    journal::Decision,
    run::{EffectView, RunState},
};
use serde_json::{Value, json};

use crate::site::Site;

/// What became of the effect of `step` that is in doubt.
pub(crate) async fn became(site: &Site, state: &RunState, step: &StepPath) -> Decision {
    let node = state.node_view(step.node().as_str()).unwrap();
    let steps = node.steps.into_iter().filter(|view| view.step == *step);
    let mut effects = steps.flat_map(|step| step.attempts).flat_map(|attempt| attempt.effects);
    let is_open = |effect: &EffectView<'_>| effect.settlement.is_none() && effect.decision.is_none();
    let EffectView { id, intent, .. } = effects.find(is_open).unwrap();
    match found(site, id, intent).await {
        Ok(Some(key)) => Decision::Happened { key },
        Ok(None) => Decision::DidNotHappen,
        // Jira does not answer this person either.
        Err(_) => Decision::Abort,
    }
}

/// What was found, or that Jira did not answer.
type Found = reqwest::Result<Option<String>>;

/// The key or id of what the effect made or changed; `None` if there is no such thing.
async fn found(site: &Site, id: &EffectId, intent: &Intent) -> Found {
    let (kind, thing) = intent.target.split_once(' ').unwrap();
    let effects = site.sandbox.effects().into_iter();
    let mut tagged = effects.filter(|effect| is_tagged(&effect.body, id));
    Ok(match intent.summary.split(' ').next().unwrap() {
        "create" if kind == "project" && intent.summary.starts_with("create the project") => {
            site.get(&format!("project/{thing}")).await?.map(|_| thing.to_owned())
        }
        "create" => tagged.next().and_then(|effect| effect.issue),
        "delete" => site.get(&format!("issue/{thing}")).await?.is_none().then(|| thing.to_owned()),
        "attach" => attachment(site, thing, intent).await?,
        "assign" | "unassign" => {
            let mut effects = site.sandbox.effects().into_iter();
            let is_this = |issue: &Option<String>| issue.as_deref() == Some(thing);
            effects.any(|effect| effect.operation == "assignIssue" && is_this(&effect.issue)).then(|| thing.to_owned())
        }
        _ => match tagged.next() {
            Some(effect) if effect.operation == "addComment" => comment(site, thing, id).await?,
            tagged => tagged.map(|_| thing.to_owned()),
        },
    })
}

/// Whether a body has the tag of this effect.
fn is_tagged(body: &Value, effect: &EffectId) -> bool {
    let properties = body["properties"].as_array().into_iter().flatten();
    let mut tags = properties.filter(|property| property["key"] == "flowrun").map(|property| &property["value"]);
    tags.any(|tag| is_of(tag, effect))
}

fn is_of(tag: &Value, effect: &EffectId) -> bool {
    let wanted = [json!(effect.step.to_string()), json!(effect.name), json!(effect.attempt)];
    ["step", "effect", "attempt"].map(|name| tag.get(name).cloned().unwrap_or_default()) == wanted
}

/// The id of the comment that has the tag of this effect.
async fn comment(site: &Site, issue: &str, effect: &EffectId) -> Found {
    let listed = site.get(&format!("issue/{issue}/comment?maxResults=1000")).await?.unwrap();
    for comment in listed["comments"].as_array().unwrap() {
        let id = comment["id"].as_str().unwrap();
        let tag = site.get(&format!("comment/{id}/properties/flowrun")).await?;
        if tag.is_some_and(|tag| is_of(&tag["value"], effect)) {
            return Ok(Some(id.to_owned()));
        }
    }
    Ok(None)
}

/// The id of an attachment of the intended name that was not there before.
async fn attachment(site: &Site, issue: &str, intent: &Intent) -> Found {
    let found = site.get(&format!("issue/{issue}?fields=attachment")).await?.unwrap();
    let before = intent.baseline["attachments"].as_array().unwrap();
    let named =
        |file: &&Value| file["filename"] == intent.baseline["file"]["filename"] && !before.contains(&file["id"]);
    let mut files = found["fields"]["attachment"].as_array().unwrap().iter().filter(named);
    Ok(files.next().map(|file| file["id"].as_str().unwrap().to_owned()))
}
