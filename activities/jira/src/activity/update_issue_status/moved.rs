//! Whether an issue was moved by a transition whose answer was lost: its tag shows it, or else what the issue's history says.

use flowrun_engine::activity::{Failure, OpenEffect};
use serde_json::Value;

use crate::{
    activity::{
        evidence::{Evidence, bears, changed_issue, changes},
        text,
    },
    client::Reader,
    resolve::own_account,
};

/// What Jira shows of it.
pub(super) async fn evidence(reader: &Reader, open: &OpenEffect, tag: &Value) -> Result<Evidence, Failure> {
    let found = changed_issue(reader, open, "status").await?;
    // Without a name there is nobody whose move it could be shown to be.
    let me = own_account(reader).await;
    let key = text(&open.intent.baseline, "key", &open.intent.target)?;
    Ok(judged(&found, open, tag, &key, me.as_deref()))
}

fn judged(found: &Value, open: &OpenEffect, tag: &Value, key: &str, me: Option<&str>) -> Evidence {
    let baseline = &open.intent.baseline;
    let (from, to, result) = (&baseline["status"], &baseline["wanted"], &baseline["moved"]);
    if bears(found, tag) {
        return Evidence::took(result.clone(), format!("issue `{key}` has its tag"));
    }
    let moves = changes(found, "status", open);
    let alike: Vec<_> = moves.iter().filter(|change| change.from == from && change.to == to).collect();
    if let Some(me) = me
        && alike.iter().any(|change| *change.by == me)
    {
        return Evidence::took(result.clone(), format!("the history of issue `{key}` has this user's move"));
    }
    if from == to {
        let why = format!("a transition of issue `{key}` from its status to the same one leaves no trace except a tag");
        return Evidence::Unclear(why);
    }
    if alike.is_empty() && found["fields"]["status"]["id"] == *from {
        return Evidence::Absent(format!("issue `{key}` has the status from before"));
    }
    Evidence::Unclear(format!("issue `{key}` was moved since, and nothing shows whether this effect did"))
}

#[cfg(test)]
mod tests {
    use flowrun_engine::{
        activity::Effect,
        id::{EffectId, StepPath},
    };
    use serde_json::json;

    use super::*;
    use crate::client::TAG;

    fn open(from: &str, to: &str) -> OpenEffect {
        let baseline =
            json!({ "key": "OPS-1", "id": "10001", "status": from, "wanted": to, "moved": "moved", "history": 0 });
        let effect = Effect::new("transition", "issue OPS-1", "move it", Value::Null).with_baseline(baseline);
        let id = EffectId { step: StepPath::of("n".into()), name: effect.name.clone(), attempt: 1 };
        OpenEffect { id, intent: effect.intent, intended_at: "2026-01-31T09:30:00Z".parse().unwrap() }
    }

    /// Status; tag; who moved it from 1 to 2, if anybody; what is judged of a move from 1 to 2.
    #[test]
    fn a_move_is_shown_by_its_tag_or_by_its_history() {
        let table = [
            ("2", "ours", None, "took"),
            ("3", "ours", None, "took"),
            ("2", "none", Some("me"), "took"),
            ("1", "none", Some("me"), "took"),
            ("1", "none", None, "absent"),
            ("2", "none", None, "unclear"),
            ("2", "other", Some("you"), "unclear"),
            ("1", "none", Some("you"), "unclear"),
            ("3", "none", None, "unclear"),
        ];
        let tag = json!({ "effect": "ours" });
        for (status, effect, mover, expected) in table {
            let histories: Vec<_> = mover
                .into_iter()
                .map(|mover| {
                    json!({
                        "id": "1", "author": { "accountId": mover },
                        "items": [{ "field": "status", "fieldId": "status", "from": "1", "to": "2" }],
                    })
                })
                .collect();
            let found = json!({
                "fields": { "status": { "id": status } }, "properties": { TAG: { "effect": effect } },
                "changelog": { "histories": histories },
            });
            let judged = match judged(&found, &open("1", "2"), &tag, "OPS-1", Some("me")) {
                Evidence::Took { .. } => "took",
                Evidence::Absent(_) => "absent",
                Evidence::Unclear(_) => "unclear",
            };
            assert_eq!(judged, expected, "{status} {effect} {mover:?}");
        }
    }

    #[test]
    fn of_a_move_to_the_same_status_only_a_tag_tells() {
        let found =
            json!({ "fields": { "status": { "id": "1" } }, "properties": {}, "changelog": { "histories": [] } });
        let judged = judged(&found, &open("1", "1"), &json!({}), "OPS-1", Some("me"));
        assert!(matches!(judged, Evidence::Unclear(_)), "{judged:?}");
    }
}
