//! What may be null.

use super::all_shown;

#[test]
fn what_may_be_null_needs_a_guard() {
    insta::assert_snapshot!(all_shown(&[
        "inputs.owner + 'x'",
        "inputs.owner == null ? 'nobody' : inputs.owner + 'x'",
        "inputs.owner != null ? inputs.owner + 'x' : 'nobody'",
        "inputs.owner != null && inputs.owner.startsWith('a')",
        "inputs.owner == null || inputs.owner.startsWith('a')",
        "inputs.owner == 'ada' ? inputs.owner.size() : 0",
        "!(inputs.owner == null) && inputs.owner < 'm'",
        "inputs.owner.startsWith('a')",
        "inputs.owner in inputs.logs",
        "[inputs.owner].map(o, o + 'x')",
        "[inputs.owner].filter(o, o != null).map(o, o == null ? '' : o + 'x')",
        "inputs.person.name.first",
        "inputs.person.?name.first.orValue('')",
        "has(inputs.person.name.first) ? inputs.person.name.first : ''",
        "string(inputs.owner)",
        "inputs.people.filter(p, p.name != null).map(p, p.name + '!')",
        "inputs.people.filter(p, p.name != '').map(p, p.name + '!')",
        "nodes.find.results.filter(r, r.outcome == 'completed').map(r, r.output.key)",
        "nodes.find.results.filter(r, r.outcome == 'failed').map(r, r.error.message)",
        "nodes.find.results.map(r, r.output.key)",
        "inputs.person.name != null ? inputs.person : inputs.person",
        "type(inputs.owner) == string",
    ]), @r#"
    inputs.owner + 'x' → a string
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.owner == null ? 'nobody' : inputs.owner + 'x' → a string
    inputs.owner != null ? inputs.owner + 'x' : 'nobody' → a string
    inputs.owner != null && inputs.owner.startsWith('a') → a boolean
    inputs.owner == null || inputs.owner.startsWith('a') → a boolean
    inputs.owner == 'ada' ? inputs.owner.size() : 0 → an integer
    !(inputs.owner == null) && inputs.owner < 'm' → a boolean
    inputs.owner.startsWith('a') → a boolean
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.owner in inputs.logs → a boolean
    [inputs.owner].map(o, o + 'x') → a list
        FR0409 warning [o] `o` may be null; guard it: `o != null ? … : …`; a field of it can be read safely, as `.?field`
    [inputs.owner].filter(o, o != null).map(o, o == null ? '' : o + 'x') → a list
    inputs.person.name.first → a string
        FR0409 warning [inputs.person.name] `inputs.person.name` may be null; guard it: `inputs.person.name != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.person.?name.first.orValue('') → a string
    has(inputs.person.name.first) ? inputs.person.name.first : '' → a string
    string(inputs.owner) → a string
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.people.filter(p, p.name != null).map(p, p.name + '!') → a list
    inputs.people.filter(p, p.name != '').map(p, p.name + '!') → a list
        FR0409 warning [p.name] `p.name` may be null; guard it: `p.name != null ? … : …`; a field of it can be read safely, as `.?field`
    nodes.find.results.filter(r, r.outcome == 'completed').map(r, r.output.key) → a list
    nodes.find.results.filter(r, r.outcome == 'failed').map(r, r.error.message) → a list
    nodes.find.results.map(r, r.output.key) → a list
        FR0409 warning [r.output] `r.output` may be null; guard it: `r.output != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.person.name != null ? inputs.person : inputs.person → a map
    type(inputs.owner) == string → a boolean
    "#);
}
