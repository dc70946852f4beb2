//! Errors of the schema, those of `anyOf` and `oneOf` narrowed down to the choice that was most likely meant.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

/// One error, or what several choices have in common.
#[derive(Debug)]
pub(super) enum Finding<'a, 'i> {
    /// An error as it is.
    Error(&'a ValidationError<'i>),
    /// Each choice misses other keys.
    OneIsMissing { error: &'a ValidationError<'i>, names: Vec<&'a str> },
    /// The value has the type of no choice.
    NoType { error: &'a ValidationError<'i>, types: Vec<&'static str> },
}

impl<'a, 'i> Finding<'a, 'i> {
    /// The error, or the one that the choices are in.
    fn error(&self) -> &'a ValidationError<'i> {
        match self {
            Self::Error(error) | Self::OneIsMissing { error, .. } | Self::NoType { error, .. } => error,
        }
    }

    /// The JSON pointer of the value.
    pub(super) fn pointer(&self) -> String {
        self.error().instance_path().as_str().to_owned()
    }

    /// The value.
    pub(super) fn instance(&self) -> &'a Value {
        self.error().instance().as_ref()
    }

    /// The keyword of the schema that refuses the value.
    pub(super) fn keyword(&self) -> &str {
        self.error().kind().keyword()
    }

    /// Whether it says what type the value should have.
    pub(super) fn is_type(&self) -> bool {
        matches!(self, Self::NoType { .. }) || matches!(self.error().kind(), ValidationErrorKind::Type { .. })
    }

    /// Whether it says that the key `name` is missing.
    pub(super) fn misses(&self, name: &str) -> bool {
        matches!(self.error().kind(), ValidationErrorKind::Required { property } if property == name)
    }
}

/// What an error comes down to.
pub(super) fn findings<'a, 'i>(error: &'a ValidationError<'i>) -> Vec<Finding<'a, 'i>>
where
    'static: 'i,
{
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) = error.kind() else {
        return vec![Finding::Error(error)];
    };
    let missing: Option<Vec<&str>> = context.iter().map(|branch| only_missing(branch)).collect();
    if let Some(names) = missing {
        return vec![Finding::OneIsMissing { error, names }];
    }
    let here = error.instance_path().as_str();
    let fits = |branch: &&Vec<ValidationError<'static>>| {
        let is_other = |error: &ValidationError<'_>| error.instance_path().as_str() == here && is_another_choice(error);
        !branch.iter().any(is_other)
    };
    match context.iter().filter(fits).min_by_key(|branch| branch.len()) {
        Some(branch) => branch.iter().flat_map(nested).collect(),
        None => vec![Finding::NoType { error, types: context.iter().flatten().flat_map(types).collect() }],
    }
}

/// The errors of a choice live as long as the error that they are in.
fn nested<'a, 'i>(error: &'a ValidationError<'static>) -> Vec<Finding<'a, 'i>> {
    findings(error)
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
