//! Keys that other tools for processes have, and what they are called here: people who come from there write them first.

/// The key of this language that stands for one of another.
pub(super) fn key(name: &str) -> Option<&'static str> {
    let plain: String = name.chars().filter(|char| char.is_ascii_alphanumeric()).collect::<String>().to_lowercase();
    KEYS.iter().find(|(other, _)| *other == plain).map(|(_, key)| *key)
}

/// What expressions of other tools read from, and what stands for it here.
pub(super) fn root(name: &str) -> Option<&'static str> {
    ROOTS.iter().find(|(other, _)| *other == name).map(|(_, root)| *root)
}

const ROOTS: [(&str, &str); 10] = [
    ("steps", "nodes"),
    ("jobs", "nodes"),
    ("tasks", "nodes"),
    ("needs", "nodes"),
    ("outputs", "nodes"),
    ("params", "inputs"),
    ("parameters", "inputs"),
    ("variables", "inputs"),
    ("vars", "inputs"),
    ("execution", "run"),
];

/// Without `_`, `-` and capitals.
const KEYS: [(&str, &str); 46] = [
    ("dependson", "after"),
    ("depends", "after"),
    ("dependencies", "after"),
    ("needs", "after"),
    ("requires", "after"),
    ("waitfor", "after"),
    ("runafter", "after"),
    ("upstream", "after"),
    ("previous", "after"),
    ("uses", "activity"),
    ("action", "activity"),
    ("run", "activity"),
    ("type", "activity"),
    ("task", "activity"),
    ("call", "activity"),
    ("args", "with"),
    ("arguments", "with"),
    ("params", "with"),
    ("parameters", "with"),
    ("inputs", "with"),
    ("input", "with"),
    ("properties", "with"),
    ("when", "if"),
    ("condition", "if"),
    ("loop", "for_each"),
    ("withitems", "for_each"),
    ("matrix", "for_each"),
    ("items", "for_each"),
    ("concurrency", "max_parallel"),
    ("parallelism", "max_parallel"),
    ("continueonerror", "on_failure"),
    ("ignoreerrors", "on_failure"),
    ("allowfailure", "on_failure"),
    ("onerror", "on_failure"),
    ("retries", "retry"),
    ("maxattempts", "retry"),
    ("steps", "nodes"),
    ("jobs", "nodes"),
    ("tasks", "nodes"),
    ("always", "finally"),
    ("name", "process"),
    ("id", "process"),
    ("stages", "nodes"),
    ("timeoutminutes", "timeout"),
    ("vars", "inputs"),
    ("token", "access_token"),
];
