//! Calls of functions and methods: which form of one it is, and the type of what it gives. The table is the evaluator's.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::Check;
use crate::{
    diagnostic::Code,
    expression::{
        evaluate::pattern::compile,
        function::{self, Function, all, forms},
        types::Type,
        value::ValueKind,
    },
    suggestion::similar,
};

/// What the parser makes something else of, unless it is written wrongly: and how it is written rightly.
const MACROS: [(&str, &str); 6] = [
    ("has", "has(nodes.find.key)"),
    ("map", "list.map(x, x.key)"),
    ("filter", "list.filter(x, x.size > 0)"),
    ("all", "list.all(x, x.size > 0)"),
    ("exists", "list.exists(x, x.size > 0)"),
    ("exists_one", "list.exists_one(x, x.size > 0)"),
];

/// What people write for what is called otherwise.
const OTHERWISE: [(&str, &str); 8] = [
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("str", "string"),
    ("float", "double"),
    ("includes", "contains"),
    ("any", "exists"),
    ("some", "exists"),
];

impl Check<'_> {
    /// The type of what a function gives.
    pub(super) fn function(&mut self, part: &IdedExpr, call: &CallExpr) -> Type {
        let namespace = call.target.as_deref().and_then(function::namespace);
        let namespace = namespace.filter(|name| !self.bound.contains_key(*name));
        let (target, name) = match namespace {
            Some(namespace) => (None, format!("{namespace}.{}", call.func_name)),
            None => (call.target.as_deref(), call.func_name.clone()),
        };
        let forms: Vec<&Function> =
            forms(&name).iter().copied().filter(|form| form.is_method == target.is_some()).collect();
        if forms.is_empty() {
            return self.unknown(part, call);
        }
        let arguments: Vec<&IdedExpr> = target.into_iter().chain(&call.args).collect();
        let of_arity: Vec<&Function> =
            forms.iter().copied().filter(|form| form.takes.len() == arguments.len()).collect();
        if of_arity.is_empty() {
            let message = format!("`{name}()` takes {}, found {}", counted(&forms), call.args.len());
            let at = self.name_of(part, &call.func_name);
            return self.fault(Code::UNKNOWN_FUNCTION, message, at);
        }
        let kinds: Vec<Type> = arguments.iter().map(|argument| self.value(argument)).collect();
        self.chosen(&name, &of_arity, &arguments, &kinds)
    }

    /// The type of what the forms give that take arguments of these types.
    fn chosen(&mut self, name: &str, forms: &[&Function], arguments: &[&IdedExpr], kinds: &[Type]) -> Type {
        let takes = |form: &&&Function| form.takes.iter().zip(kinds).all(|(takes, kind)| kind.may_be_kind(*takes));
        let fitting: Vec<&Function> = forms.iter().filter(takes).copied().collect();
        if !fitting.is_empty() {
            for (number, argument) in arguments.iter().enumerate() {
                if fitting.iter().all(|form| !matches!(form.takes[number], ValueKind::Any | ValueKind::Null)) {
                    self.not_null(argument, kinds[number].clone());
                }
            }
            self.pattern(name, arguments);
            let given = Type::union(fitting.iter().map(|form| Type::of_kind(form.gives)));
            return refined(name, kinds).unwrap_or(given);
        }
        let is_taken = |number: usize| forms.iter().any(|form| kinds[number].may_be_kind(form.takes[number]));
        let message = match (0..kinds.len()).find(|number| !is_taken(*number)) {
            Some(number) => {
                let at = self.spans.part(arguments[number]).unwrap_or(self.whole.clone());
                let message = format!("`{name}()` does not take {}", kinds[number].name());
                return self.fault(Code::TYPE_MISMATCH, message, at);
            }
            None => {
                let found: Vec<String> = kinds.iter().map(Type::name).collect();
                format!("`{name}()` takes {}, found ({})", function::signatures(name), found.join(", "))
            }
        };
        self.fault(Code::TYPE_MISMATCH, message, self.whole.clone())
    }

    /// Refuses a written pattern that cannot be one.
    fn pattern(&mut self, name: &str, arguments: &[&IdedExpr]) {
        let Some(IdedExpr { expr: Expr::Literal(LiteralValue::String(pattern)), .. }) = arguments.get(1) else {
            return;
        };
        if matches!(name, "matches" | "find")
            && let Err(cause) = compile(pattern.inner())
        {
            let at = self.spans.part(arguments[1]).unwrap_or(self.whole.clone());
            self.fault(Code::TYPE_MISMATCH, cause.to_string(), at);
        }
    }

    /// A function that there is not. Its arguments are not looked at: they may be names for a macro.
    fn unknown(&mut self, part: &IdedExpr, call: &CallExpr) -> Type {
        let name = call.func_name.as_str();
        let before = self.faults.len();
        if let Some(target) = &call.target {
            self.value(target);
        }
        if self.faults.len() > before {
            return Type::Any;
        }
        let at = self.name_of(part, name);
        let help = help_for(name, call.target.is_some());
        let kind = if call.target.is_some() { "method" } else { "function" };
        let message = match MACROS.iter().any(|(known, _)| *known == name) {
            true => format!("`{name}` is not written like this"),
            false => format!("no such {kind}: `{name}()`"),
        };
        self.fault_mut(Code::UNKNOWN_FUNCTION, message, at).help = help;
        Type::Any
    }

    /// Where the name of a called function is.
    fn name_of(&self, part: &IdedExpr, name: &str) -> std::ops::Range<usize> {
        let whole = self.whole.clone();
        let bracket = self.spans.bracket(part).unwrap_or(whole.end);
        let end = self.source[..bracket].trim_end().len();
        if self.source[..end].ends_with(name) { end - name.len()..end } else { whole }
    }
}

/// What a function gives, where that follows from what it is given.
fn refined(name: &str, kinds: &[Type]) -> Option<Type> {
    let first = kinds.first().cloned().unwrap_or(Type::Never);
    let element = first.element();
    let is_list = matches!(first, Type::List(_));
    match name {
        "sort" | "distinct" | "reverse" | "slice" if is_list => Some(first),
        "first" | "last" if is_list => Some(element.optional()),
        "min" | "max" | "math.least" | "math.greatest" if is_list => Some(element),
        "sum" if is_list => Some(if element == Type::Never { Type::Int } else { element }),
        "flatten" if is_list && kinds.len() == 1 => {
            let flat = element.members().iter().map(|member| match member {
                Type::List(inner) => (**inner).clone(),
                other => other.clone(),
            });
            Some(Type::union(flat).list_of())
        }
        "split" | "find" => Some(Type::TEXT.list_of()),
        "optional.of" | "optional.ofNonZeroValue" => Some(first.optional()),
        "optional.none" => Some(Type::Never.optional()),
        "value" => Some(first.held()),
        "or" => Some(Type::union([first.held(), kinds.get(1)?.held()]).optional()),
        "orValue" => Some(Type::union([first.held(), kinds.get(1)?.clone()])),
        _ => None,
    }
}

impl Type {
    /// The type of values of a kind.
    fn of_kind(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Any => Self::Any,
            ValueKind::Null => Self::Null,
            ValueKind::Bool => Self::Bool,
            ValueKind::Int => Self::Int,
            ValueKind::UInt => Self::UInt,
            ValueKind::Double => Self::Float,
            ValueKind::String => Self::TEXT,
            ValueKind::Bytes => Self::Bytes,
            ValueKind::List => Self::Any.list_of(),
            ValueKind::Map => Self::any_object(),
            ValueKind::Timestamp => Self::Timestamp,
            ValueKind::Duration => Self::Duration,
            ValueKind::Optional => Self::Any.optional(),
            ValueKind::Type => Self::Kind,
        }
    }

    /// Whether some value of it is of a kind; a whole number is not a double.
    fn may_be_kind(&self, kind: ValueKind) -> bool {
        let wanted = Self::of_kind(kind);
        self.members().iter().any(|member| match (member, &wanted) {
            (Self::Any | Self::Never, _) | (_, Self::Any) => true,
            (Self::Map { .. }, Self::Object(_)) => true,
            (member, wanted) => std::mem::discriminant(member) == std::mem::discriminant(wanted),
        })
    }

    /// What is in it, as an optional.
    fn held(&self) -> Self {
        Self::union(self.members().iter().map(|member| match member {
            Self::Optional(held) => (**held).clone(),
            other => other.clone(),
        }))
    }
}

fn help_for(name: &str, is_method: bool) -> Option<String> {
    if let Some((_, example)) = MACROS.iter().find(|(known, _)| *known == name) {
        return Some(format!("as in `{example}`"));
    }
    let otherwise = OTHERWISE.iter().find(|(other, _)| *other == name).map(|(_, known)| *known);
    let names = all().filter(|known| known.is_method == is_method).map(|known| known.name);
    let macros = MACROS.iter().map(|(known, _)| *known);
    if let Some(near) = otherwise.or_else(|| similar(name, names.chain(macros))) {
        return Some(format!("did you mean `{near}`?"));
    }
    if let Some(known) = forms(name).first() {
        let written = if known.is_method { format!("value.{name}(…)") } else { format!("{name}(…)") };
        return Some(format!("it is written `{written}`"));
    }
    let methods =
        ["size", "contains", "startsWith", "endsWith", "matches", "join", "split", "replace", "map", "filter"];
    let functions = ["size", "int", "double", "string", "bool", "matches", "has", "timestamp", "json"];
    let there_are = if is_method { methods.as_slice() } else { functions.as_slice() };
    Some(format!("there are {}; docs/language.md has them all", there_are.join(", ")))
}

/// How many arguments the forms take, the value that a method is called on left out.
fn counted(forms: &[&Function]) -> String {
    let mut counts: Vec<usize> = forms.iter().map(|form| form.takes.len() - usize::from(form.is_method)).collect();
    counts.sort_unstable();
    counts.dedup();
    let written: Vec<String> = counts.iter().map(ToString::to_string).collect();
    let noun = if counts == [1] { "argument" } else { "arguments" };
    format!("{} {noun}", written.join(" or "))
}
