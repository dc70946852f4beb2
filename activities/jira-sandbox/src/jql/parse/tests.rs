//! What is read of queries, and what is refused.

use super::*;

/// A tree in parentheses, so that tables can be read.
fn shown(clause: &Clause) -> String {
    let list = |clauses: &[Clause]| clauses.iter().map(shown).collect::<Vec<_>>().join(" ");
    match clause {
        Clause::All(clauses) => format!("(and {})", list(clauses)),
        Clause::Any(clauses) => format!("(or {})", list(clauses)),
        Clause::Not(clause) => format!("(not {})", shown(clause)),
        Clause::Term(Term { field, operator, operand }) => {
            let value = |value: &Value| match value {
                Value::Text(text) => text.clone(),
                Value::Function { name, arguments } => format!("{name}({})", arguments.join("|")),
                Value::Empty => "EMPTY".to_owned(),
            };
            match operand {
                Operand::One(one) => format!("[{field} {operator} {}]", value(one)),
                Operand::List(values) => {
                    format!("[{field} {operator} {{{}}}]", values.iter().map(value).collect::<Vec<_>>().join("|"))
                }
            }
        }
    }
}

#[test]
fn queries() {
    for (text, tree) in [
        ("project = OPS", "[project = OPS]"),
        ("a=1 OR b=2 AND c=3", "(or [a = 1] (and [b = 2] [c = 3]))"),
        ("(a=1 || b=2) && !c=3", "(and (or [a = 1] [b = 2]) (not [c = 3]))"),
        ("not (a=1 and not b=2)", "(not (and [a = 1] (not [b = 2])))"),
        ("status IN (\"To Do\", Done)", "[status in {To Do|Done}]"),
        (
            "status not in (Done) and x NOT IN membersOf('a b')",
            "(and [status not in {Done}] [x not in membersOf(a b)])",
        ),
        ("resolution is EMPTY and due is not null", "(and [resolution is EMPTY] [due is not EMPTY])"),
        ("created >= -14d AND updated < startOfDay(-1d)", "(and [created >= -14d] [updated < startOfDay(-1d)])"),
        ("\"Story points\" > 3 and cf[10103]<=5", "(and [Story points > 3] [cf[10103] <= 5])"),
        ("summary ~ \"\\\"exact words\\\"\" and text !~ 'it\\'s'", "(and [summary ~ \"exact words\"] [text !~ it's])"),
        ("creator = currentUser()", "[creator = currentUser()]"),
        ("a = \\u0041b", "[a = Ab]"),
        ("a in (EMPTY, currentUser(), x)", "[a in {EMPTY|currentUser()|x}]"),
        ("a\n=\t1", "[a = 1]"),
        ("a = (1)", "[a = 1]"),
    ] {
        let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(query.clause.as_ref().map(shown).as_deref(), Some(tree), "{text}");
    }
}

#[test]
fn orders() {
    let sorts = |text: &str| -> Vec<(String, bool)> {
        let order = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}")).order;
        order.into_iter().map(|sort| (sort.field, sort.descending)).collect()
    };
    let sort = |field: &str, descending| (field.to_owned(), descending);
    assert_eq!(sorts("a=1 order by created"), [sort("created", false)]);
    assert_eq!(
        sorts("ORDER BY a DESC, \"b c\" asc,cf[1]"),
        [sort("a", true), sort("b c", false), sort("cf[1]", false)]
    );
    assert_eq!(sorts(""), []);
    assert_eq!(parse("order by key desc").expect("a query").clause, None);
}

#[test]
fn what_is_not_jql() {
    for (text, message) in [
        ("project", "Expecting operator before the end of the query. The valid operators are"),
        ("project OPS", "Expecting operator but got 'OPS'. The valid operators are '=', '!='"),
        ("project =", "Expecting either a value, list or function before the end of the query."),
        ("project = )", "Expecting either a value, list or function but got ')'. (line 1, character 11)"),
        ("= OPS", "Expecting a field name but got '='. (line 1, character 1)"),
        ("project = OPS status = Done", "Expecting either 'OR' or 'AND' but got 'status'. (line 1, character 15)"),
        ("project = OPS AND", "Expecting a field name before the end of the query."),
        ("(project = OPS", "Expecting ')' before the end of the query."),
        ("a in (1, 2", "Expecting ')' before the end of the query."),
        ("a not 1", "Expecting 'IN' but got '1'. (line 1, character 7)"),
        ("a = 'b", "The quoted string 'b' has not been completed. (line 1, character 5)"),
        (
            "a = b@c",
            "The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\\u0040' instead. (line 1, character 6)",
        ),
        ("a = limit", "'limit' is a reserved JQL word."),
        ("order = 1", "'order' is a reserved JQL word."),
        ("a = \"\\x\"", "'\\x' is an illegal JQL escape sequence."),
        ("cf[abc] = 1", "Expecting a custom field id but got 'abc'. (line 1, character 4)"),
        ("a = (1, 2)", "Operator '=' does not support list operand."),
        ("a = 1 order created", "Expecting 'by' but got 'created'. (line 1, character 13)"),
        ("a = 1\nAND b", "Expecting operator before the end of the query."),
        ("a =\n  ,", "but got ','. (line 2, character 3)"),
    ] {
        let Err(JqlError::Refused(messages)) = parse(text) else { panic!("{text} is read") };
        assert!(messages[0].starts_with("Error in the JQL Query: "), "{text}: {messages:?}");
        assert!(messages[0].contains(message), "{text}: {messages:?}");
    }
}

#[test]
fn what_the_sandbox_does_not_know_is_named() {
    for (text, named) in [("status WAS Done", "WAS"), ("status changed", "CHANGED")] {
        assert_eq!(parse(text), Err(JqlError::NotServed(format!("the JQL operator {named}"))));
    }
}

#[test]
fn whatever_is_written_is_read_or_refused() {
    let parts = [
        "a",
        "=",
        "!",
        "~",
        "(",
        ")",
        ",",
        "\"",
        "'",
        "\\",
        "u00",
        "[",
        "]",
        "cf",
        " in ",
        " not ",
        " is ",
        "<",
        "order by ",
        "é",
        "\n",
        "@",
        "empty",
        " and ",
        " or ",
        "1",
    ];
    let mut random = fastrand::Rng::with_seed(8);
    for _ in 0..20_000 {
        let text: String = (0..random.usize(..12)).filter_map(|_| random.choice(parts)).collect();
        if let Err(JqlError::Refused(messages)) = parse(&text) {
            assert!(messages[0].starts_with("Error in the JQL Query: "), "{text}: {messages:?}");
        }
    }
}

#[test]
fn deep_queries_are_refused() {
    let deep = |depth: usize| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&deep(DEEPEST)).is_ok());
    assert!(parse(&deep(100_000)).is_err());
}
