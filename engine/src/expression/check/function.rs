//! The functions and methods that there are, and their types.

use cel::common::ast::{CallExpr, IdedExpr};

use super::Check;
use crate::{
    diagnostic::Code,
    expression::types::{Fields, Type},
    suggestion::similar,
};

/// A function, called as `name(a)` or `a.name()`.
struct Function {
    name: &'static str,
    /// Whether it is called on a value.
    method: bool,
    /// What it takes, the value that it is called on first.
    takes: &'static [Takes],
    gives: Gives,
}

#[derive(Clone, Copy)]
enum Takes {
    Anything,
    Text,
    /// A text, a list or an object.
    Sized,
    /// A text or a number.
    Numeric,
    /// A text, a number or a boolean.
    Scalar,
    /// A text or a boolean.
    Truth,
}

#[derive(Clone, Copy)]
enum Gives {
    Anything,
    Bool,
    Int,
    Float,
    Text,
}

const fn function(name: &'static str, takes: &'static [Takes], gives: Gives) -> Function {
    Function { name, method: false, takes, gives }
}

const fn method(name: &'static str, takes: &'static [Takes], gives: Gives) -> Function {
    Function { name, method: true, takes, gives }
}

const FUNCTIONS: [Function; 15] = [
    function("size", &[Takes::Sized], Gives::Int),
    function("int", &[Takes::Numeric], Gives::Int),
    function("double", &[Takes::Numeric], Gives::Float),
    function("uint", &[Takes::Numeric], Gives::Anything),
    function("string", &[Takes::Scalar], Gives::Text),
    function("bool", &[Takes::Truth], Gives::Bool),
    function("bytes", &[Takes::Text], Gives::Anything),
    function("dyn", &[Takes::Anything], Gives::Anything),
    function("type", &[Takes::Anything], Gives::Anything),
    function("matches", &[Takes::Text, Takes::Text], Gives::Bool),
    method("size", &[Takes::Sized], Gives::Int),
    method("matches", &[Takes::Text, Takes::Text], Gives::Bool),
    method("contains", &[Takes::Text, Takes::Text], Gives::Bool),
    method("startsWith", &[Takes::Text, Takes::Text], Gives::Bool),
    method("endsWith", &[Takes::Text, Takes::Text], Gives::Bool),
];

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
        let name = call.func_name.as_str();
        let is_method = call.target.is_some();
        let Some(function) = FUNCTIONS.iter().find(|known| known.name == name && known.method == is_method) else {
            return self.unknown(part, call);
        };
        let arguments: Vec<&IdedExpr> = call.target.iter().map(AsRef::as_ref).chain(&call.args).collect();
        if arguments.len() != function.takes.len() {
            let expected = function.takes.len() - usize::from(is_method);
            let message = format!("`{name}()` takes {}, found {}", counted(expected), call.args.len());
            let at = self.name_of(part, name);
            return self.fault(Code::UNKNOWN_FUNCTION, message, at);
        }
        for (argument, takes) in arguments.into_iter().zip(function.takes) {
            self.argument(argument, *takes, name);
        }
        match function.gives {
            Gives::Anything => Type::Any,
            Gives::Bool => Type::Bool,
            Gives::Int => Type::Int,
            Gives::Float => Type::Float,
            Gives::Text => Type::TEXT,
        }
    }

    fn argument(&mut self, argument: &IdedExpr, takes: Takes, function: &str) {
        let kind = self.value(argument);
        if !kind.may_be(&takes.kind()) {
            let at = self.places.part(argument).unwrap_or(self.whole.clone());
            self.fault(Code::TYPE_MISMATCH, format!("`{function}()` does not take {}", kind.name()), at);
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
        let bracket = self.places.bracket(part).unwrap_or(whole.end);
        let end = self.source[..bracket].trim_end().len();
        if self.source[..end].ends_with(name) { end - name.len()..end } else { whole }
    }
}

impl Takes {
    fn kind(self) -> Type {
        let number = [Type::Int, Type::Float];
        match self {
            Self::Anything => Type::Any,
            Self::Text => Type::TEXT,
            Self::Sized => {
                let any_object = Type::from(Fields { rest: Some(Box::new(Type::Any)), ..Fields::default() });
                Type::union([Type::TEXT, Type::Any.list_of(), any_object])
            }
            Self::Numeric => Type::union(number.into_iter().chain([Type::TEXT])),
            Self::Scalar => Type::union(number.into_iter().chain([Type::TEXT, Type::Bool])),
            Self::Truth => Type::union([Type::TEXT, Type::Bool]),
        }
    }
}

fn help_for(name: &str, is_method: bool) -> Option<String> {
    if let Some((_, example)) = MACROS.iter().find(|(known, _)| *known == name) {
        return Some(format!("as in `{example}`"));
    }
    let otherwise = OTHERWISE.iter().find(|(other, _)| *other == name).map(|(_, known)| *known);
    let names = FUNCTIONS.iter().filter(|known| known.method == is_method).map(|known| known.name);
    let macros = MACROS.iter().map(|(known, _)| *known);
    if let Some(near) = otherwise.or_else(|| similar(name, names.chain(macros))) {
        return Some(format!("did you mean `{near}`?"));
    }
    if let Some(known) = FUNCTIONS.iter().find(|known| known.name == name) {
        let written = if known.method { format!("value.{name}(…)") } else { format!("{name}(…)") };
        return Some(format!("it is written `{written}`"));
    }
    let methods =
        ["size", "contains", "startsWith", "endsWith", "matches", "map", "filter", "all", "exists", "exists_one"];
    let functions = ["size", "int", "double", "string", "bool", "matches", "has"];
    let there_are = if is_method { methods.as_slice() } else { functions.as_slice() };
    Some(format!("there are {}", there_are.join(", ")))
}

fn counted(arguments: usize) -> String {
    if arguments == 1 { "1 argument".to_owned() } else { format!("{arguments} arguments") }
}
