//! JSON pointers into a definition, and what the language has at them.

/// Where nodes are.
pub(super) const SECTIONS: [&str; 2] = ["nodes", "finally"];

/// The names on the way, unescaped.
pub(super) fn names(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
}

/// The pointer one step further.
pub(super) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The node that a pointer leads to or into.
pub(super) fn node(pointer: &str) -> Option<String> {
    match names(pointer).as_slice() {
        [section, node, ..] if is_section(section) => Some(node.clone()),
        _ => None,
    }
}

/// Whether it leads to a node.
pub(super) fn is_node(pointer: &str) -> bool {
    matches!(names(pointer).as_slice(), [section, _] if is_section(section))
}

/// Whether it leads to a node's `with`, or into it.
pub(super) fn is_in_with(pointer: &str) -> bool {
    matches!(names(pointer).as_slice(), [section, _, with, ..] if is_section(section) && with == "with")
}

/// Whether it leads to a duration.
pub(super) fn is_duration(pointer: &str) -> bool {
    let names = names(pointer);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let inner = match names.as_slice() {
        [section, _, inner @ ..] if is_section(section) => inner,
        ["defaults", inner @ ..] => inner,
        _ => return false,
    };
    matches!(inner, ["timeout" | "deadline"] | ["retry", "delay" | "max_delay"])
}

fn is_section(name: &str) -> bool {
    SECTIONS.contains(&name)
}
