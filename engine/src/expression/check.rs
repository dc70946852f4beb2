//! The static check of an expression: its type, and what is wrong with it, before anything runs.
//!
//! The crate has none, so this walks its syntax tree. What it cannot be sure of it lets pass. Of a fault it reports the
//! innermost place, once: what depends on it is of any type.

mod function;
mod operator;

use std::{collections::BTreeMap, ops::Range};

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, SelectExpr};

use super::{
    Expression, ReferencePath,
    place::Places,
    reference::{self, TYPES},
    types::{Field, Fields, Type},
};
use crate::{
    diagnostic::{Code, Severity},
    suggestion::did_you_mean,
};

/// What an expression can see, by name.
pub(crate) trait Surroundings {
    /// The root `name`; not `nodes`.
    fn root(&self, name: &str) -> Name;

    /// The node `id`.
    fn node(&self, id: &str) -> Name;

    /// Why a field of a root has no meaning here, though it has elsewhere, and what to do.
    fn field_not_here(&self, root: &str, field: &str) -> Option<(String, String)>;

    /// A root that is called much like `name`.
    fn similar_root(&self, name: &str) -> Option<String>;

    /// A node that is called much like `id`.
    fn similar_node(&self, id: &str) -> Option<String>;
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    /// A value.
    Value(Type),
    /// A node, whose output may be missing for the reason given.
    Node(Type, Option<String>),
    /// Something that has no meaning here: why, and what to do.
    NotHere(String, String),
    /// Nothing.
    Unknown,
}

/// Something wrong in an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// Which kind of problem.
    pub(crate) code: Code,
    /// An error or a warning.
    pub(crate) severity: Severity,
    /// What is wrong.
    pub(crate) message: String,
    /// Where, in bytes of the expression's text.
    pub(crate) at: Range<usize>,
    /// What to do.
    pub(crate) help: Option<String>,
}

/// What a check found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The type of the expression's value.
    pub(crate) kind: Type,
    /// What is wrong, in order of place.
    pub(crate) faults: Vec<Fault>,
    /// What is there wherever the expression is true.
    pub(crate) shows: Vec<ReferencePath>,
}

/// Checks an expression. `shown` is known to be there without a guard.
pub(crate) fn check(expression: &Expression, surroundings: &dyn Surroundings, shown: &[ReferencePath]) -> Checked {
    let tree = expression.program.expression();
    let places = Places::of(tree, expression.program.source_info());
    let mut check = Check {
        surroundings,
        places: &places,
        source: expression.source(),
        bound: BTreeMap::new(),
        shown: shown.to_vec(),
        whole: 0..expression.source().len(),
        faults: Vec::new(),
    };
    let kind = check.value(tree);
    let mut faults = check.faults;
    faults.sort_by_key(|fault| fault.at.start);
    let mut shows = Vec::new();
    reference::shown_by(tree, &places, &mut shows);
    Checked { kind, faults, shows }
}

struct Check<'a> {
    surroundings: &'a dyn Surroundings,
    places: &'a Places,
    source: &'a str,
    /// The names that loops bind, the innermost last.
    bound: BTreeMap<String, Vec<Type>>,
    /// The paths that are known to be there, in the part that is being read.
    shown: Vec<ReferencePath>,
    /// The innermost part with a place around the one that is being read.
    whole: Range<usize>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// The type of a part.
    fn value(&mut self, part: &IdedExpr) -> Type {
        let outer = self.whole.clone();
        self.whole = self.places.part(part).unwrap_or(self.whole.clone());
        let kind = match &part.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(part, select),
            Expr::Call(call) => self.call(part, call),
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Struct(_) | Expr::Unspecified => {
                self.fault(Code::UNKNOWN_NAME, "there are no types of messages here", self.whole.clone())
            }
        };
        self.whole = outer;
        kind
    }

    fn name(&mut self, name: &str) -> Type {
        if let Some(kind) = self.bound.get(name).and_then(|kinds| kinds.last()) {
            return kind.clone();
        }
        let at = self.whole.clone();
        if name == "nodes" {
            let fault = self.fault_mut(Code::UNKNOWN_NAME, "`nodes` needs the name of a node", at);
            fault.help = Some("write it out, as in `nodes.file.key`".into());
            return Type::Any;
        }
        match self.surroundings.root(name) {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(message, help) => {
                self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
                Type::Any
            }
            Name::Unknown if TYPES.contains(&name) => Type::Any,
            Name::Unknown => {
                let help = dash_before(self.source, &at)
                    .or_else(|| self.surroundings.similar_root(name))
                    .unwrap_or_else(|| ROOTS.to_owned());
                self.fault_mut(Code::UNKNOWN_NAME, format!("no such name: `{name}`"), at).help = Some(help);
                Type::Any
            }
        }
    }

    fn select(&mut self, part: &IdedExpr, select: &SelectExpr) -> Type {
        let at = self.places.field(part).unwrap_or(self.whole.clone());
        let kind = self.field(part, &select.operand, &select.field, at);
        if select.test { Type::Bool } else { kind }
    }

    /// The type of `operand.name`, or of `operand['name']`.
    fn field(&mut self, part: &IdedExpr, operand: &IdedExpr, name: &str, at: Range<usize>) -> Type {
        if self.is_nodes(operand) {
            return self.node(name, at);
        }
        let kind = self.value(operand);
        let found: Vec<Field> = kind.members().iter().filter_map(|member| field_of(member, name)).collect();
        if found.is_empty() {
            return self.no_field(&kind, name, operand, at);
        }
        let is_test = matches!(&part.expr, Expr::Select(select) if select.test);
        if !is_test {
            self.guard(part, &found, kind.members().len());
        }
        Type::union(found.into_iter().map(|field| field.kind))
    }

    fn is_nodes(&self, part: &IdedExpr) -> bool {
        matches!(&part.expr, Expr::Ident(name) if name == "nodes" && !self.bound.contains_key("nodes"))
    }

    fn node(&mut self, id: &str, at: Range<usize>) -> Type {
        match self.surroundings.node(id) {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(message, help) => {
                self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
                Type::Any
            }
            Name::Unknown => {
                let help = self.surroundings.similar_node(id);
                self.fault_mut(Code::UNKNOWN_NAME, format!("no such node: `{id}`"), at).help = help;
                Type::Any
            }
        }
    }

    fn no_field(&mut self, kind: &Type, name: &str, operand: &IdedExpr, at: Range<usize>) -> Type {
        let known: Vec<&String> =
            kind.members().iter().filter_map(fields_of).flat_map(|fields| fields.known.keys()).collect();
        if known.is_empty() && kind.members().iter().all(|member| fields_of(member).is_none()) {
            return self.fault(Code::UNKNOWN_FIELD, format!("{} has no fields", kind.name()), at);
        }
        if let Some((message, help)) = self.surroundings.field_not_here(self.text_of(operand), name) {
            self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
            return Type::Any;
        }
        let what = if self.text_of(operand) == "inputs" { "input" } else { "field" };
        let help = dash_after(self.source, &at)
            .or_else(|| did_you_mean(name, known.iter().map(|name| name.as_str())))
            .or_else(|| there_are(&known));
        self.fault_mut(Code::UNKNOWN_FIELD, format!("no such {what}: `{name}`"), at).help = help;
        Type::Any
    }

    /// Warns of a field that may not be there when it is read, unless something shows that it is.
    fn guard(&mut self, part: &IdedExpr, found: &[Field], members: usize) {
        let Some((path, _)) = reference::path(part, self.places) else { return };
        if self.bound.contains_key(&path[0]) || reference::is_shown(&path, &self.shown) {
            return;
        }
        let at = self.whole.clone();
        let written = path.join(".");
        let missing_node = match path.as_slice() {
            [nodes, id, field] if nodes == "nodes" && !matches!(field.as_str(), "outcome" | "error") => {
                match self.surroundings.node(id) {
                    Name::Node(_, why) => why,
                    _ => None,
                }
            }
            _ => None,
        };
        let optional = members == 1 && found.iter().any(|field| !field.always);
        let why = missing_node.or_else(|| optional.then(|| "the field is not always there".to_owned()));
        if let Some(why) = why {
            let fault = self.fault_mut(Code::MAY_BE_MISSING, format!("`{written}` may be missing: {why}"), at);
            fault.severity = Severity::Warning;
            fault.help = Some(format!("guard it: `has({written}) ? {written} : …`"));
        }
    }

    fn list(&mut self, list: &ListExpr) -> Type {
        Type::union(list.elements.iter().map(|element| self.value(element)).collect::<Vec<_>>()).list_of()
    }

    fn map(&mut self, map: &MapExpr) -> Type {
        let mut fields = Fields::default();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            self.value(&entry.key);
            let kind = self.value(&entry.value);
            match &entry.key.expr {
                Expr::Literal(LiteralValue::String(name)) => {
                    fields.known.insert(name.inner().to_owned(), Field { kind, always: true });
                }
                _ => fields.rest = Some(Box::new(Type::Any)),
            }
        }
        Type::Object(fields)
    }

    /// A loop. `map`, `filter`, `all`, `exists` and `exists_one` all come as a fold, and typing the fold types each of them:
    /// `[]` is a list of no type.
    fn fold(&mut self, fold: &ComprehensionExpr) -> Type {
        let range = self.value(&fold.iter_range);
        let item = self.item(&range, &fold.iter_range);
        let start = self.value(&fold.accu_init);
        self.bind(&fold.iter_var, item);
        self.bind(&fold.accu_var, start);
        let step = self.value(&fold.loop_step);
        self.bind(&fold.accu_var, step);
        let result = self.value(&fold.result);
        for name in [&fold.accu_var, &fold.accu_var, &fold.iter_var] {
            self.unbind(name);
        }
        result
    }

    /// Whether the fault reported last is `my` of `inputs.my-name`: then `name` is none of its own.
    fn is_dashed_name(&self) -> bool {
        self.faults.last().is_some_and(|fault| fault.help.as_deref() == Some(DASH))
    }

    /// What a loop over a value of this type goes through.
    fn item(&mut self, range: &Type, part: &IdedExpr) -> Type {
        let items: Vec<Type> = range
            .members()
            .iter()
            .filter_map(|member| match member {
                Type::List(item) => Some((**item).clone()),
                Type::Object(_) => Some(Type::TEXT),
                Type::Any | Type::Never => Some(Type::Any),
                _ => None,
            })
            .collect();
        if items.is_empty() {
            let at = self.places.part(part).unwrap_or(self.whole.clone());
            return self.fault(Code::TYPE_MISMATCH, format!("a list is needed, found {}", range.name()), at);
        }
        Type::union(items)
    }

    fn bind(&mut self, name: &str, kind: Type) {
        self.bound.entry(name.to_owned()).or_default().push(kind);
    }

    fn unbind(&mut self, name: &str) {
        if let Some(kinds) = self.bound.get_mut(name) {
            kinds.pop();
            if kinds.is_empty() {
                self.bound.remove(name);
            }
        }
    }

    /// Reads a part that is reached only where more is known to be there.
    fn value_where(&mut self, part: &IdedExpr, add: impl FnOnce(&Places, &mut Vec<ReferencePath>)) -> Type {
        let before = self.shown.len();
        add(self.places, &mut self.shown);
        let kind = self.value(part);
        self.shown.truncate(before);
        kind
    }

    fn text_of(&self, part: &IdedExpr) -> &str {
        self.places.part(part).map_or("", |at| &self.source[at])
    }

    fn fault(&mut self, code: Code, message: impl Into<String>, at: Range<usize>) -> Type {
        self.fault_mut(code, message, at);
        Type::Any
    }

    fn fault_mut(&mut self, code: Code, message: impl Into<String>, at: Range<usize>) -> &mut Fault {
        let fault = Fault { code, severity: Severity::Error, message: message.into(), at, help: None };
        self.faults.push(fault);
        self.faults.last_mut().expect("one was just added")
    }
}

fn of_literal(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Double(_) => Type::Float,
        LiteralValue::String(text) => Type::literal(text.inner()),
        LiteralValue::Null => Type::Null,
        LiteralValue::Bytes(_) | LiteralValue::UInt(_) => Type::Any,
    }
}

fn fields_of(kind: &Type) -> Option<&Fields> {
    match kind {
        Type::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The field `name` of a value of this type, if it can have one.
fn field_of(kind: &Type, name: &str) -> Option<Field> {
    match kind {
        Type::Object(fields) => fields
            .known
            .get(name)
            .cloned()
            .or_else(|| fields.rest.as_ref().map(|rest| Field { kind: (**rest).clone(), always: true })),
        Type::Any | Type::Never => Some(Field { kind: Type::Any, always: true }),
        _ => None,
    }
}

/// What to say of a name that is like no other.
const ROOTS: &str = "there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a text needs quotes";

/// What to say of `inputs.my-name`.
const DASH: &str = "`-` subtracts: names have no dashes";

/// The place of `my` in `my-name`.
fn dash_after(source: &str, at: &Range<usize>) -> Option<String> {
    let rest = source[at.end..].strip_prefix('-')?;
    rest.starts_with(|char: char| char.is_ascii_alphabetic()).then(|| DASH.to_owned())
}

/// The place of `name` in `my-name`.
fn dash_before(source: &str, at: &Range<usize>) -> Option<String> {
    let rest = source[..at.start].strip_suffix('-')?;
    rest.ends_with(|char: char| char.is_ascii_alphanumeric()).then(|| DASH.to_owned())
}

fn there_are(names: &[&String]) -> Option<String> {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    (!shown.is_empty()).then(|| format!("there are {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A definition with a few inputs and nodes.
    struct World;

    impl Surroundings for World {
        fn root(&self, name: &str) -> Name {
            match name {
                "inputs" => Name::Value(Type::of_output(&json!({"type": "object", "properties": {
                    "summary": {"type": "string"},
                    "severity": {"enum": ["low", "high"]},
                    "owner": {"type": ["string", "null"]},
                    "n": {"type": "integer"},
                    "ratio": {"type": "number"},
                    "logs": {"type": "array", "items": {"type": "string"}},
                    "any": {},
                    "config": {"type": "object", "properties": {"a": {"type": "string"}}},
                    "free": {"type": "object", "additionalProperties": true, "properties": {"a": {"type": "string"}}},
                }, "required": ["summary", "severity", "owner", "n", "ratio", "logs", "any", "config", "free"]}))),
                "item" => Name::NotHere("`item` is there in a `for_each` only".into(), "add `for_each`".into()),
                _ => Name::Unknown,
            }
        }

        fn node(&self, id: &str) -> Name {
            let output = json!({"type": "object", "properties": {
                "key": {"type": "string"}, "outcome": {"enum": ["completed", "failed"]},
                "issues": {"type": "array", "items": {"type": "object", "properties": {
                    "key": {"type": "string"}, "points": {"type": "integer"}}, "required": ["key", "points"]}},
            }, "required": ["key", "outcome", "issues"]});
            match id {
                "find" => Name::Node(Type::of_output(&output), None),
                "risky" => Name::Node(Type::of_output(&output), Some("`risky` may be skipped".into())),
                "later" => Name::NotHere("`later` runs later".into(), "wait for it".into()),
                _ => Name::Unknown,
            }
        }

        fn field_not_here(&self, _: &str, _: &str) -> Option<(String, String)> {
            None
        }

        fn similar_root(&self, name: &str) -> Option<String> {
            did_you_mean(name, ["inputs", "nodes", "run"])
        }

        fn similar_node(&self, id: &str) -> Option<String> {
            did_you_mean(id, ["find", "risky", "later"])
        }
    }

    fn shown(source: &str) -> String {
        let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        let checked = check(&expression, &World, &[]);
        let faults = checked.faults.iter().map(|fault| {
            let help = fault.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            let severity = if fault.severity == Severity::Warning { " warning" } else { "" };
            format!("\n    {}{severity} [{}] {}{help}", fault.code, &source[fault.at.clone()], fault.message)
        });
        format!("{source} → {}{}", checked.kind.name(), faults.collect::<String>())
    }

    #[track_caller]
    fn all_shown(sources: &[&str]) -> String {
        sources.iter().map(|source| shown(source)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn names_and_fields_are_looked_up() {
        insta::assert_snapshot!(all_shown(&[
            "inputs.summary",
            "inptus.n",
            "high",
            "inputs.sumary",
            "inputs.nothing_like_it",
            "inputs.my-name",
            "inputs.n-foo",
            "inputs.config.b",
            "inputs.free.b",
            "inputs.any.x.y",
            "inputs.summary.x",
            "nodes.find.keyy",
            "nodes.fnd.key",
            "nodes['find'].key",
            "nodes[inputs.summary].key",
            "size(nodes)",
            "nodes.later.key",
            "item.a",
            "has(inputs.ownr)",
            "inputs.logs[0].x",
            "nodes.find.issues[0].key",
            "{'k': nodes.find.issues[0].points}.k",
            "Foo{a: 1}",
            ".inputs",
            "inputs",
            "inputs['summary']",
            "inputs['sumary']",
        ]), @r#"
        inputs.summary → a text
        inptus.n → any value
            FR0402 [inptus] no such name: `inptus`; did you mean `inputs`?
        high → any value
            FR0402 [high] no such name: `high`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a text needs quotes
        inputs.sumary → any value
            FR0403 [sumary] no such input: `sumary`; did you mean `summary`?
        inputs.nothing_like_it → any value
            FR0403 [nothing_like_it] no such input: `nothing_like_it`; there are `any`, `config`, `free`, `logs`, `n`, `owner`, `ratio`, `severity`, `summary`
        inputs.my-name → any value
            FR0403 [my] no such input: `my`; `-` subtracts: names have no dashes
        inputs.n-foo → any value
            FR0402 [foo] no such name: `foo`; `-` subtracts: names have no dashes
        inputs.config.b → any value
            FR0403 [b] no such field: `b`; did you mean `a`?
        inputs.free.b → any value
        inputs.any.x.y → any value
        inputs.summary.x → any value
            FR0403 [x] a text has no fields
        nodes.find.keyy → any value
            FR0403 [keyy] no such field: `keyy`; did you mean `key`?
        nodes.fnd.key → any value
            FR0402 [fnd] no such node: `fnd`; did you mean `find`?
        nodes['find'].key → a text
        nodes[inputs.summary].key → any value
            FR0402 [nodes] `nodes` needs the name of a node; write it out, as in `nodes.file.key`
        size(nodes) → a whole number
            FR0402 [nodes] `nodes` needs the name of a node; write it out, as in `nodes.file.key`
        nodes.later.key → any value
            FR0404 [later] `later` runs later; wait for it
        item.a → any value
            FR0404 [item] `item` is there in a `for_each` only; add `for_each`
        has(inputs.ownr) → a boolean
            FR0403 [ownr] no such input: `ownr`; did you mean `owner`?
        inputs.logs[0].x → any value
            FR0403 [x] a text has no fields
        nodes.find.issues[0].key → a text
        {'k': nodes.find.issues[0].points}.k → a whole number
        Foo{a: 1} → any value
            FR0402 [Foo{a: 1}] there are no types of messages here
        .inputs → any value
            FR0402 [inputs] no such name: `.inputs`; did you mean `inputs`?
        inputs → an object
        inputs['summary'] → a text
        inputs['sumary'] → any value
            FR0403 ['sumary'] no such input: `sumary`; did you mean `summary`?
        "#);
    }

    #[test]
    fn what_may_be_missing_needs_a_guard() {
        insta::assert_snapshot!(all_shown(&[
            "inputs.config.a",
            "has(inputs.config.a) ? inputs.config.a : 'none'",
            "!has(inputs.config.a) || inputs.config.a == 'x'",
            "has(inputs.config.a) && inputs.config.a == 'x'",
            "nodes.risky.key",
            "nodes.risky.outcome",
            "has(nodes.risky.key)",
            "has(nodes.risky.key) ? nodes.risky.key : ''",
            "nodes.risky.outcome == 'completed' ? nodes.risky.key : ''",
            "nodes.risky.outcome == 'failed' ? nodes.risky.key : ''",
            "nodes.risky.issues[0].key",
        ]), @r#"
        inputs.config.a → a text
            FR0409 warning [inputs.config.a] `inputs.config.a` may be missing: the field is not always there; guard it: `has(inputs.config.a) ? inputs.config.a : …`
        has(inputs.config.a) ? inputs.config.a : 'none' → a text
        !has(inputs.config.a) || inputs.config.a == 'x' → a boolean
        has(inputs.config.a) && inputs.config.a == 'x' → a boolean
        nodes.risky.key → a text
            FR0409 warning [nodes.risky.key] `nodes.risky.key` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.key) ? nodes.risky.key : …`
        nodes.risky.outcome → a text
        has(nodes.risky.key) → a boolean
        has(nodes.risky.key) ? nodes.risky.key : '' → a text
        nodes.risky.outcome == 'completed' ? nodes.risky.key : '' → a text
        nodes.risky.outcome == 'failed' ? nodes.risky.key : '' → a text
            FR0409 warning [nodes.risky.key] `nodes.risky.key` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.key) ? nodes.risky.key : …`
        nodes.risky.issues[0].key → a text
            FR0409 warning [nodes.risky.issues] `nodes.risky.issues` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.issues) ? nodes.risky.issues : …`
        "#);
    }

    #[test]
    fn operators_take_what_they_take() {
        insta::assert_snapshot!(all_shown(&[
            "'x' + inputs.n",
            "inputs.n + 1.5",
            "inputs.ratio + 1",
            "inputs.ratio * 1.5",
            "inputs.owner + 'x'",
            "inputs.n % 2",
            "-inputs.summary",
            "-inputs.ratio",
            "inputs.logs + ['a']",
            "inputs.logs - ['a']",
            "inputs.n ? 1 : 2",
            "inputs.n && true",
            "!inputs.summary",
            "inputs.n < 1.5",
            "inputs.n < 'a'",
            "inputs.owner < 'a'",
            "inputs.logs < inputs.logs",
            "1 == 'a'",
            "inputs.n == '1'",
            "inputs.n != '1'",
            "inputs.severity == 'hihg'",
            "inputs.severity == 'high'",
            "inputs.severity != 'medium'",
            "inputs.owner == null",
            "inputs.summary == null",
            "inputs.any == 1",
            "inputs.n == 1.0",
            "nodes.find.outcome == 'complete'",
            "'a' in inputs.logs",
            "1 in inputs.logs",
            "'a' in inputs.summary",
            "inputs.severity in ['low', 'hgh']",
            "inputs.severity in ['hgh']",
            "inputs.summary[0]",
            "inputs.logs['a']",
            "inputs.logs[1]",
            "true ? 1 : 'a'",
            "inputs.n in []",
        ]), @r#"
        'x' + inputs.n → any value
            FR0405 ['x' + inputs.n] `+` does not take a text and a whole number; write `string(…)` around what is no text
        inputs.n + 1.5 → any value
            FR0405 [inputs.n + 1.5] `+` does not take a whole number and a number with a fraction; write `double(…)` around the whole number
        inputs.ratio + 1 → a whole number
        inputs.ratio * 1.5 → a number with a fraction
        inputs.owner + 'x' → a text
        inputs.n % 2 → a whole number
        -inputs.summary → any value
            FR0405 [-inputs.summary] `-` does not take a text
        -inputs.ratio → a number
        inputs.logs + ['a'] → a list
        inputs.logs - ['a'] → any value
            FR0405 [inputs.logs - ['a']] `-` does not take a list and a list
        inputs.n ? 1 : 2 → a whole number
            FR0405 [inputs.n] a boolean is needed, found a whole number
        inputs.n && true → a boolean
            FR0405 [inputs.n] a boolean is needed, found a whole number
        !inputs.summary → a boolean
            FR0405 [inputs.summary] a boolean is needed, found a text
        inputs.n < 1.5 → a boolean
        inputs.n < 'a' → a boolean
            FR0405 [inputs.n < 'a'] `<` does not take a whole number and a text
        inputs.owner < 'a' → a boolean
        inputs.logs < inputs.logs → a boolean
            FR0405 [inputs.logs < inputs.logs] `<` does not take a list and a list
        1 == 'a' → a boolean
            FR0411 [1 == 'a'] this is never true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
        inputs.n == '1' → a boolean
            FR0411 [inputs.n == '1'] this is never true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
        inputs.n != '1' → a boolean
            FR0411 warning [inputs.n != '1'] this is always true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
        inputs.severity == 'hihg' → a boolean
            FR0411 [inputs.severity == 'hihg'] this is never true: `hihg` is no possible value; did you mean `high`?
        inputs.severity == 'high' → a boolean
        inputs.severity != 'medium' → a boolean
            FR0411 warning [inputs.severity != 'medium'] this is always true: `medium` is no possible value; it is one of `high`, `low`
        inputs.owner == null → a boolean
        inputs.summary == null → a boolean
        inputs.any == 1 → a boolean
        inputs.n == 1.0 → a boolean
        nodes.find.outcome == 'complete' → a boolean
            FR0411 [nodes.find.outcome == 'complete'] this is never true: `complete` is no possible value; did you mean `completed`?
        'a' in inputs.logs → a boolean
        1 in inputs.logs → a boolean
            FR0411 [1 in inputs.logs] this is never true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
        'a' in inputs.summary → a boolean
            FR0405 [inputs.summary] `in` needs a list on its right, found a text; write `text.contains(part)`
        inputs.severity in ['low', 'hgh'] → a boolean
        inputs.severity in ['hgh'] → a boolean
            FR0411 [inputs.severity in ['hgh']] this is never true: `hgh` is no possible value; did you mean `high`?
        inputs.summary[0] → any value
            FR0405 [inputs.summary[0]] a text cannot be indexed by a whole number
        inputs.logs['a'] → any value
            FR0403 ['a'] a list has no fields
        inputs.logs[1] → a text
        true ? 1 : 'a' → a whole number or a text
        inputs.n in [] → a boolean
        "#);
    }

    #[test]
    fn functions_and_loops_are_known() {
        insta::assert_snapshot!(all_shown(&[
            "size(inputs.logs)",
            "inputs.summary.size()",
            "size(inputs.n)",
            "len(inputs.logs)",
            "inputs.summary.startswith('a')",
            "inputs.summary.toLowerCase()",
            "size()",
            "inputs.n.contains('a')",
            "inputs.summary.contains(1)",
            "string(inputs.n)",
            "string(inputs.logs)",
            "int(inputs.owner)",
            "nodes.find.issues.filter(i, i.points > inputs.n).map(i, i.key)",
            "nodes.find.issues.map(i, i.points > 1, i.points)",
            "nodes.find.issues.map(i, i.kee)",
            "nodes.find.issues.filter(i, i.key)",
            "nodes.find.issues.all(i, i.key.startsWith('A'))",
            "nodes.find.issues.exists_one(i, i.points == 1)",
            "inputs.summary.map(c, c)",
            "inputs.config.map(k, k)",
            "nodes.find.issues.mapp(i, i.key)",
            "nodes.find.issues.map(i)",
            "startsWith('a', 'b')",
            "inputs.sumary.foo()",
            "optional.of(1)",
            "duration('1s')",
            "type(inputs.n) == int",
            "inputs.logs.map(x, inputs.logs.map(y, x + y))",
            "inputs.logs.map(nodes, nodes.x)",
        ]), @r#"
        size(inputs.logs) → a whole number
        inputs.summary.size() → a whole number
        size(inputs.n) → a whole number
            FR0405 [inputs.n] `size()` does not take a whole number
        len(inputs.logs) → any value
            FR0406 [len] no such function: `len()`; did you mean `size`?
        inputs.summary.startswith('a') → any value
            FR0406 [startswith] no such method: `startswith()`; did you mean `startsWith`?
        inputs.summary.toLowerCase() → any value
            FR0406 [toLowerCase] no such method: `toLowerCase()`; there are size, contains, startsWith, endsWith, matches, map, filter, all, exists, exists_one
        size() → any value
            FR0406 [size] `size()` takes 1 argument, found 0
        inputs.n.contains('a') → a boolean
            FR0405 [inputs.n] `contains()` does not take a whole number
        inputs.summary.contains(1) → a boolean
            FR0405 [1] `contains()` does not take a whole number
        string(inputs.n) → a text
        string(inputs.logs) → a text
            FR0405 [inputs.logs] `string()` does not take a list
        int(inputs.owner) → a whole number
        nodes.find.issues.filter(i, i.points > inputs.n).map(i, i.key) → a list
        nodes.find.issues.map(i, i.points > 1, i.points) → a list
        nodes.find.issues.map(i, i.kee) → a list
            FR0403 [kee] no such field: `kee`; did you mean `key`?
        nodes.find.issues.filter(i, i.key) → a list
            FR0405 [i.key] a boolean is needed, found a text
        nodes.find.issues.all(i, i.key.startsWith('A')) → a boolean
        nodes.find.issues.exists_one(i, i.points == 1) → a boolean
        inputs.summary.map(c, c) → a list
            FR0405 [inputs.summary] a list is needed, found a text
        inputs.config.map(k, k) → a list
        nodes.find.issues.mapp(i, i.key) → any value
            FR0406 [mapp] no such method: `mapp()`; did you mean `map`?
        nodes.find.issues.map(i) → any value
            FR0406 [map] `map` is not written like this; as in `list.map(x, x.key)`
        startsWith('a', 'b') → any value
            FR0406 [startsWith] no such function: `startsWith()`; it is written `value.startsWith(…)`
        inputs.sumary.foo() → any value
            FR0403 [sumary] no such input: `sumary`; did you mean `summary`?
        optional.of(1) → any value
            FR0402 [optional] no such name: `optional`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a text needs quotes
        duration('1s') → any value
            FR0406 [duration] no such function: `duration()`; there are size, int, double, string, bool, matches, has
        type(inputs.n) == int → a boolean
        inputs.logs.map(x, inputs.logs.map(y, x + y)) → a list
        inputs.logs.map(nodes, nodes.x) → a list
            FR0403 [x] a text has no fields
        "#);
    }

    /// Values that the types of `World` allow, for the property below.
    struct Values;

    impl crate::expression::Bindings for Values {
        fn root(&self, name: &str) -> Option<serde_json::Value> {
            (name == "inputs").then(|| {
                json!({"summary": "s", "severity": "low", "owner": null, "n": 3, "ratio": 1.5, "logs": ["a", "b"], "any": 1,
                    "config": {"a": "x"}, "free": {"a": "x", "b": 1}})
            })
        }

        fn node(&self, _: &str) -> Option<serde_json::Value> {
            Some(json!({"key": "OPS-1", "outcome": "completed", "issues": [{"key": "OPS-2", "points": 1}]}))
        }
    }

    fn has_type(value: &serde_json::Value, kind: &Type) -> bool {
        let as_schema = Type::of_schema(&json!({ "const": value }));
        kind.members().iter().any(|kind| match (value, kind) {
            (serde_json::Value::Array(items), Type::List(item)) => items.iter().all(|value| has_type(value, item)),
            (serde_json::Value::Array(_), kind) => *kind == Type::Any,
            (_, Type::Int | Type::Float) => std::mem::discriminant(&as_schema) == std::mem::discriminant(kind),
            _ => as_schema.may_be(kind),
        })
    }

    /// Expressions, well typed or not, made of the names of `World`.
    fn expressions() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let leaf = prop::sample::select(vec![
            "inputs.summary",
            "inputs.severity",
            "inputs.n",
            "inputs.ratio",
            "inputs.logs",
            "inputs.config.a",
            "nodes.find.key",
            "nodes.find.issues",
            "1",
            "2.5",
            "'a'",
            "true",
            "null",
            "[]",
            "inputs.owner",
            "inputs.any",
            "{'a': 1}",
            "nodes.find.keyy",
        ])
        .prop_map(str::to_owned);
        leaf.prop_recursive(4, 24, 3, |inner| {
            let pair = (
                inner.clone(),
                prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "<", "&&", "||", "in"]),
                inner.clone(),
            );
            prop_oneof![
                pair.prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
                (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
                (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("{list}.map(x, {body})")),
                (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("{list}.filter(x, {body} == x)")),
                (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("[{list}, {body}]")),
                inner.clone().prop_map(|value| format!("size({value})")),
                inner.clone().prop_map(|value| format!("string({value})")),
                inner.clone().prop_map(|value| format!("{value}[0]")),
                inner.prop_map(|value| format!("!{value}")),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn a_value_has_the_type_that_was_told(source in expressions()) {
            let Ok(expression) = Expression::parse(&source) else { return Ok(()) };
            let checked = check(&expression, &World, &[]);
            for fault in &checked.faults {
                proptest::prop_assert!(source.get(fault.at.clone()).is_some_and(|text| !text.is_empty()), "{source}: {fault:?}");
            }
            if let Ok(value) = expression.evaluate(&Values) {
                proptest::prop_assert!(has_type(&value, &checked.kind), "{source}: {value} is no {:?}", checked.kind);
            }
        }
    }
}
