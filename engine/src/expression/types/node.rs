//! What expressions see of a node: its output, and how it ended.

use std::sync::Arc;

use super::{Field, Type};

/// What `nodes.<id>` is of a node whose activity gives `output`; with `for_each` it has items.
pub(crate) fn of_node(output: Type, has_items: bool) -> Type {
    let own = [("outcome", texts(&["completed", "failed", "skipped", "cancelled"])), ("error", error(None))];
    if has_items {
        let [outcome, error] = own.clone();
        let result = Type::object([outcome, error, ("output", output.or_null())]);
        return Type::object(own.into_iter().chain([("results", result.list_of())]));
    }
    match output {
        Type::Object(fields) => {
            let mut fields = Arc::unwrap_or_clone(fields);
            let own = own.into_iter().map(|(name, kind)| (name.to_owned(), Field { kind, always: true }));
            fields.known.extend(own);
            fields.into()
        }
        _ => Type::Any,
    }
}

/// What `error` is: null unless something failed.
pub(crate) fn error(more: Option<(&str, Type)>) -> Type {
    let fields = [
        ("code", Type::TEXT),
        ("message", Type::TEXT),
        ("status", Type::Int.or_null()),
        ("field", Type::TEXT.or_null()),
    ];
    Type::object(fields.into_iter().chain(more)).or_null()
}

pub(crate) fn texts(texts: &[&str]) -> Type {
    Type::union(texts.iter().map(|text| Type::literal(text)))
}
