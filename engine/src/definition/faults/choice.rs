//! Errors of the schema, those of `anyOf` and `oneOf` narrowed down to the choice that was most likely meant.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

/// Where an error was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within<'a> {
    /// The JSON pointer of the value that was checked.
    pub(super) at: &'a str,
    /// The schema that it was checked against.
    pub(super) schema: &'a Value,
}

/// What one error comes down to.
#[derive(Debug)]
pub(super) struct Finding<'a, 'i> {
    /// The error, or the one that the choices are in.
    pub(super) error: &'a ValidationError<'i>,
    pub(super) within: Within<'a>,
    pub(super) what: What<'a>,
}

/// One error, or what several choices have in common.
#[derive(Debug)]
pub(super) enum What<'a> {
    /// The error as it is.
    Error,
    /// Each choice misses other keys.
    OneIsMissing(Vec<&'a str>),
    /// The value has the type of no choice.
    NoType(Vec<&'static str>),
}

impl<'a, 'i> Finding<'a, 'i> {
    /// The error, unless it is what several choices have in common.
    pub(super) fn error(&self) -> Option<&'a ValidationError<'i>> {
        matches!(self.what, What::Error).then_some(self.error)
    }

    /// Its kind.
    pub(super) fn error_kind(&self) -> Option<&'a ValidationErrorKind> {
        self.error().map(ValidationError::kind)
    }

    /// The JSON pointer of the value.
    pub(super) fn pointer(&self) -> String {
        format!("{}{}", self.within.at, self.error.instance_path().as_str())
    }

    /// The value.
    pub(super) fn instance(&self) -> &'a Value {
        self.error.instance().as_ref()
    }

    /// The keyword of the schema that refuses the value.
    pub(super) fn keyword(&self) -> &str {
        self.error.kind().keyword()
    }

    /// The part of the schema that this keyword is in.
    pub(super) fn owner(&self) -> Option<&'a Value> {
        let (owner, _) = self.error.schema_path().as_str().rsplit_once('/')?;
        self.within.schema.pointer(owner)
    }

    /// The keys that the object has in the schema whose `additionalProperties` was passed over.
    pub(super) fn known_keys(&self) -> impl Iterator<Item = String> + use<'a> {
        let properties = self.owner().and_then(|object| object.get("properties")?.as_object());
        properties.into_iter().flat_map(|properties| properties.keys().cloned())
    }

    /// Whether it says what type the value should have.
    pub(super) fn is_type(&self) -> bool {
        matches!(self.what, What::NoType(_)) || matches!(self.error.kind(), ValidationErrorKind::Type { .. })
    }

    /// Whether it says that the key `name` is missing.
    pub(super) fn misses(&self, name: &str) -> bool {
        matches!(self.error.kind(), ValidationErrorKind::Required { property } if property == name)
    }
}

/// What an error comes down to.
pub(super) fn findings<'a, 'i>(error: &'a ValidationError<'i>, within: Within<'a>) -> Vec<Finding<'a, 'i>>
where
    'static: 'i,
{
    let finding = |what| vec![Finding { error, within, what }];
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) = error.kind() else {
        return finding(What::Error);
    };
    let missing: Option<Vec<&str>> = context.iter().map(|branch| only_missing(branch)).collect();
    if let Some(names) = missing {
        return finding(What::OneIsMissing(names));
    }
    let here = error.instance_path().as_str();
    let fits = |branch: &&Vec<ValidationError<'static>>| {
        let is_other = |error: &ValidationError<'_>| error.instance_path().as_str() == here && is_another_choice(error);
        !branch.iter().any(is_other)
    };
    match context.iter().filter(fits).min_by_key(|branch| branch.len()) {
        Some(branch) => branch.iter().flat_map(|error| nested(error, within)).collect(),
        None => finding(What::NoType(context.iter().flatten().flat_map(types).collect())),
    }
}

/// The errors of a choice live as long as the error that they are in.
fn nested<'a, 'i>(error: &'a ValidationError<'static>, within: Within<'a>) -> Vec<Finding<'a, 'i>> {
    findings(error, within)
}

/// The one key that a choice misses, where that is all that is wrong with it.
fn only_missing<'a>(branch: &'a [ValidationError<'static>]) -> Option<&'a str> {
    match branch {
        [only] => match only.kind() {
            ValidationErrorKind::Required { property } => property.as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an error at the value itself says that this is not the choice that was meant.
fn is_another_choice(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. })
}

/// The types that an error asks for.
pub(super) fn types(error: &ValidationError<'_>) -> Vec<&'static str> {
    match error.kind() {
        ValidationErrorKind::Type { kind: TypeKind::Single(wanted) } => vec![wanted.as_str()],
        ValidationErrorKind::Type { kind: TypeKind::Multiple(wanted) } => {
            wanted.iter().map(|kind| kind.as_str()).collect()
        }
        _ => Vec::new(),
    }
}
