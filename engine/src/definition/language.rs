//! The language as one catalogue has it: the schemas that definitions and inputs are checked against, compiled, and the
//! types that expressions see. Everything is made once, when it is first needed, and kept as long as the catalogue.

use std::{collections::BTreeMap, sync::OnceLock};

use jsonschema::{PatternOptions, ValidationError, ValidationOptions, Validator};
use serde_json::Value;

use super::{expressions::of_node, glance, schema};
use crate::{
    activity::{Activity, Description},
    expression::{ValueType, types::Type},
    id::ActivityName,
    text::{Shape, TextKinds},
};

/// What is compiled of a catalogue.
#[derive(Debug)]
pub(crate) struct Language {
    document: OnceLock<Form>,
    activities: BTreeMap<ActivityName, ActivityForms>,
}

/// A schema, and its validator once a value needs more than a glance.
#[derive(Debug)]
pub(crate) struct Form {
    /// The schema.
    pub(crate) schema: Value,
    compiled: OnceLock<Result<Validator, String>>,
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

    /// The form of a definition, all but what is inside `with`.
    pub(super) fn document(&self) -> &Form {
        self.document.get_or_init(|| Form::of(schema::of_document(self.activities.keys())))
    }

    /// The form of `with`: what the activity takes, with an expression for any value in it.
    pub(super) fn with(&self, activity: &dyn Activity) -> &Form {
        let description = activity.description();
        self.of_activity(description).with.get_or_init(|| Form::of(schema::of_with(description)))
    }

    /// The strict form of the activity's inputs.
    pub(crate) fn input(&self, activity: &dyn Activity) -> &Form {
        let description = activity.description();
        self.of_activity(description).input.get_or_init(|| Form::of((*description.input).clone()))
    }

    /// The type of what the activity takes.
    pub(super) fn arguments(&self, activity: &dyn Activity) -> &Type {
        let description = activity.description();
        self.of_activity(description).arguments.get_or_init(|| Type::of_schema(&description.input))
    }

    /// The type of what the activity gives.
    pub(super) fn output(&self, activity: &dyn Activity) -> ValueType {
        let description = activity.description();
        let made = || ValueType::of_output(&description.output);
        self.of_activity(description).output.get_or_init(made).clone()
    }

    /// Where texts of a kind are in what the activity takes, and in what it gives.
    pub(super) fn shapes(&self, activity: &dyn Activity, kinds: &TextKinds) -> &(Shape, Shape) {
        let description = activity.description();
        let made = || (Shape::of(&description.input, kinds), Shape::of(&description.output, kinds));
        self.of_activity(description).shapes.get_or_init(made)
    }

    /// What `nodes.<id>` is of a node with this activity, with or without `for_each`.
    pub(super) fn node(&self, activity: &dyn Activity, has_items: bool) -> &Type {
        let description = activity.description();
        let made = || of_node(self.output(activity).get().clone(), has_items);
        self.of_activity(description).nodes[usize::from(has_items)].get_or_init(made)
    }

    fn of_activity(&self, description: &Description) -> &ActivityForms {
        self.activities.get(&description.name).expect("the catalogue has the activity under its own name")
    }
}

impl Form {
    fn of(schema: Value) -> Self {
        Self { schema, compiled: OnceLock::new() }
    }

    /// Whether a value has this form.
    ///
    /// # Errors
    /// Why the schema is no JSON Schema, where that is needed.
    pub(crate) fn takes(&self, value: &Value) -> Result<bool, &str> {
        if self.compiled.get().is_none() && glance::takes(&self.schema, value) == Some(true) {
            return Ok(true);
        }
        self.validator().map(|validator| validator.is_valid(value))
    }

    /// What tells how a value fails the form. Its patterns take linear time, and it reads nothing from outside.
    ///
    /// # Errors
    /// Why the schema is no JSON Schema.
    pub(crate) fn validator(&self) -> Result<&Validator, &str> {
        let compile = || options().build(&self.schema).map_err(|error| error.to_string());
        self.compiled.get_or_init(compile).as_ref().map_err(String::as_str)
    }
}

/// What tells whether the value of an input fits. `format` is no mere remark there.
pub(super) fn input_validator(schema: &Value) -> Result<Validator, Box<ValidationError<'static>>> {
    options().should_validate_formats(true).build(schema).map_err(Box::new)
}

fn options() -> ValidationOptions<'static> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
    options.with_pattern_options(PatternOptions::regex())
}
