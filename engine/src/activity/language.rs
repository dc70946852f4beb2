//! The language as one catalogue has it: the schemas that definitions and inputs are checked against, compiled, and the
//! types that expressions see. Everything is made once, when it is first needed, and kept as long as the catalogue.
//!
//! What the form of a whole definition is, `definition` says.

mod authoring;

use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::Value;

pub(crate) use self::authoring::{needs_with, of_with};
use super::{Activity, Description};
use crate::{
    expression::{
        ValueType,
        types::{Type, of_node},
    },
    form::Form,
    id::ActivityName,
    text::{Shape, TextKinds},
};

/// What is compiled of a catalogue.
#[derive(Debug)]
pub(crate) struct Language {
    document: OnceLock<Form>,
    activities: BTreeMap<ActivityName, ActivityForms>,
}

/// What is compiled of one activity.
#[derive(Debug, Default)]
struct ActivityForms {
    with: OnceLock<Form>,
    input: OnceLock<Form>,
    arguments: OnceLock<Type>,
    output: OnceLock<ValueType>,
    /// Of what it takes; of what it gives.
    shapes: OnceLock<(Shape, Shape)>,
    /// Of a node; of a node with `for_each`.
    nodes: [OnceLock<Type>; 2],
}

impl Language {
    /// The language with these activities; nothing is compiled yet.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a ActivityName>) -> Self {
        let activities = names.map(|name| (name.clone(), ActivityForms::default())).collect();
        Self { document: OnceLock::new(), activities }
    }

    /// The form of a definition in which these activities may be used, which `make` gives when it is first needed.
    pub(crate) fn document(&self, make: impl FnOnce(&[&ActivityName]) -> Value) -> &Form {
        self.document.get_or_init(|| Form::of(make(&self.activities.keys().collect::<Vec<_>>())))
    }

    /// The form of `with`: what the activity takes, with an expression for any value in it.
    pub(crate) fn with(&self, activity: &dyn Activity) -> &Form {
        let description = activity.description();
        self.of_activity(description).with.get_or_init(|| Form::of(of_with(description)))
    }

    /// The strict form of the activity's inputs.
    pub(crate) fn input(&self, activity: &dyn Activity) -> &Form {
        let description = activity.description();
        self.of_activity(description).input.get_or_init(|| Form::of((*description.input).clone()))
    }

    /// The type of what the activity takes.
    pub(crate) fn arguments(&self, activity: &dyn Activity) -> &Type {
        let description = activity.description();
        self.of_activity(description).arguments.get_or_init(|| Type::of_schema(&description.input))
    }

    /// The type of what the activity gives.
    pub(crate) fn output(&self, activity: &dyn Activity) -> ValueType {
        let description = activity.description();
        let made = || ValueType::of_output(&description.output);
        self.of_activity(description).output.get_or_init(made).clone()
    }

    /// Where texts of a kind are in what the activity takes, and in what it gives.
    pub(crate) fn shapes(&self, activity: &dyn Activity, kinds: &TextKinds) -> &(Shape, Shape) {
        let description = activity.description();
        let made = || (Shape::of(&description.input, kinds), Shape::of(&description.output, kinds));
        self.of_activity(description).shapes.get_or_init(made)
    }

    /// What `nodes.<id>` is of a node with this activity, with or without `for_each`.
    pub(crate) fn node(&self, activity: &dyn Activity, has_items: bool) -> &Type {
        let description = activity.description();
        let made = || of_node(self.output(activity).get().clone(), has_items);
        self.of_activity(description).nodes[usize::from(has_items)].get_or_init(made)
    }

    fn of_activity(&self, description: &Description) -> &ActivityForms {
        self.activities.get(&description.name).expect("the catalogue has the activity under its own name")
    }
}
