//! The property that says which effect of which run made or changed a thing. Never user data.

use flowrun_engine::id::{EffectId, OperationId};
use serde_json::{Value, json};

/// The property's key.
pub(crate) const TAG: &str = "flowrun";

/// The property's value.
pub(crate) fn tag(operation: &OperationId) -> Value {
    let EffectId { step, name, attempt } = &operation.effect;
    json!({ "run": operation.run, "step": step.to_string(), "effect": name, "attempt": attempt })
}

#[cfg(test)]
mod tests {
    use flowrun_engine::id::{RunId, StepPath};

    use super::*;

    #[test]
    fn a_tag_says_which_effect_it_was() {
        let run: RunId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        for step in [StepPath::of("note".into()), StepPath::of_item("note".into(), 4)] {
            let effect = EffectId { step: step.clone(), name: "comment/2".into(), attempt: 3 };
            let expected =
                json!({ "run": run.to_string(), "step": step.to_string(), "effect": "comment/2", "attempt": 3 });
            assert_eq!(tag(&OperationId { run, effect }), expected);
        }
    }
}
