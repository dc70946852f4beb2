//! What is wrong with inputs that can be seen without asking Jira. The same checks are made when a definition is loaded,
//! before a run, and by the activity itself before its first request.

use flowrun_engine::{activity::Problem, requirement::Planned};
use serde_json::{Map, Value};

use super::{IssueKey, cut, day, is_user};
use crate::adf::RichText;

/// Collects the problems of one activity's inputs. What is not known yet has none.
pub(crate) struct Check<'a> {
    input: &'a Planned,
    found: Vec<Problem>,
}

impl<'a> Check<'a> {
    /// A check of these inputs.
    pub(crate) fn of(input: &'a Planned) -> Self {
        Self { input, found: Vec::new() }
    }

    /// The inputs.
    pub(crate) fn input(&self) -> &'a Planned {
        self.input
    }

    /// An issue's key, or its id.
    pub(crate) fn issue(self, field: &str) -> Self {
        let stated = |shown: &str| format!("`{}` is neither an issue's key, such as `OPS-7`, nor its id", cut(shown));
        let is_fraction = |value: &Value| value.is_number() && value.as_u64().is_none();
        let fractions = values(self.input, field).into_iter().filter(|(_, value)| is_fraction(value));
        let check = fractions.fold(self, |check, (place, value)| check.problem(place, stated(&value.to_string())));
        check.each(field, |text| IssueKey::read(text).is_none().then(|| stated(text)))
    }

    /// A day that is in the calendar.
    pub(crate) fn day(self, field: &str) -> Self {
        let wrong = |text: &str| {
            day(text).is_none().then(|| format!("`{}` is not a date: it takes one such as `2026-01-31`", cut(text)))
        };
        self.each(field, wrong)
    }

    /// A user, or one of some further words.
    pub(crate) fn user(self, field: &str, further: &[&str]) -> Self {
        let takes = ["an e-mail address", "an account id", "`me`"].map(str::to_owned).into_iter();
        let takes: Vec<_> = takes.chain(further.iter().map(|word| format!("`{word}`"))).collect();
        let wrong = |text: &str| {
            let is_word = |word: &&str| word.eq_ignore_ascii_case(text.trim()) && *word != text.trim();
            let word = ["me"].iter().chain(further).find(|word| is_word(word));
            let known = word.is_none() && (further.contains(&text.trim()) || is_user(text));
            let meant = word.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
            (!known).then(|| format!("`{}` is not a user: it takes {}{meant}", cut(text), takes.join(", ")))
        };
        self.each(field, wrong)
    }

    /// A text in which there is something.
    pub(crate) fn filled(self, field: &str) -> Self {
        self.each(field, |text| text.trim().is_empty().then(|| "it is empty".to_owned()))
    }

    /// A text that is no longer than this, in characters.
    pub(crate) fn at_most(self, field: &str, most: usize) -> Self {
        self.each(field, |text| too_long(text, most))
    }

    /// A rich text, or a list of them.
    pub(crate) fn rich_text(self, field: &str) -> Self {
        self.texts(field, |text| text.err())
    }

    /// A rich text in which there is something, or a list of them.
    pub(crate) fn filled_text(self, field: &str) -> Self {
        self.texts(field, |text| match text {
            Ok(text) => text.into_document().is_none().then(|| "it is empty".to_owned()),
            Err(cause) => Some(cause),
        })
    }

    /// A problem with an input.
    pub(crate) fn problem(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.found.push(Problem { field: field.into(), message: message.into(), help: None });
        self
    }

    /// The same problem, if `wrong`.
    pub(crate) fn problem_if(self, wrong: bool, field: &str, message: &str) -> Self {
        if wrong { self.problem(field, message) } else { self }
    }

    /// All problems that were found.
    pub(crate) fn found(self) -> Vec<Problem> {
        self.found
    }

    /// What is wrong with each text that an input has.
    fn each(mut self, field: &str, wrong: impl Fn(&str) -> Option<String>) -> Self {
        for (place, value) in values(self.input, field) {
            let message = value.as_str().and_then(&wrong);
            self.found.extend(message.map(|message| Problem { field: place, message, help: None }));
        }
        self
    }

    fn texts(mut self, field: &str, wrong: impl Fn(Result<RichText, String>) -> Option<String>) -> Self {
        for (place, value) in values(self.input, field).into_iter().filter(|(_, value)| !value.is_null()) {
            let message = wrong(RichText::of(value).map_err(|cause| cause.to_string()));
            self.found.extend(message.map(|message| Problem { field: place, message, help: None }));
        }
        self
    }
}

/// What is wrong with a text that is longer than `most` characters.
pub(crate) fn too_long(text: &str, most: usize) -> Option<String> {
    let length = text.chars().count();
    (length > most).then(|| format!("it has {length} characters, and Jira takes {most} at most"))
}

/// The known values of an input, with their places: of a list each item.
fn values(input: &Planned, field: &str) -> Vec<(String, Value)> {
    let numbered = |items: Vec<Planned>| {
        let known = items.into_iter().enumerate().filter_map(|(number, item)| Some((number, known(item)?)));
        known.map(|(number, value)| (format!("{field}[{number}]"), value)).collect()
    };
    match input.field(field) {
        Some(Planned::Known(Value::Array(items))) => numbered(items.into_iter().map(Planned::Known).collect()),
        Some(Planned::List(items)) => numbered(items),
        Some(one) => known(one).map(|value| (field.to_owned(), value)).into_iter().collect(),
        None => Vec::new(),
    }
}

/// A value that is known whole.
fn known(planned: Planned) -> Option<Value> {
    match planned {
        Planned::Known(value) => Some(value),
        Planned::Output { .. } | Planned::Unknown => None,
        Planned::List(items) => items.into_iter().map(known).collect(),
        Planned::Object(fields) => {
            let fields = fields.into_iter().map(|(name, field)| Some((name, known(field)?)));
            fields.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn told(input: Value) -> String {
        let input = Planned::Known(input);
        let check = Check::of(&input).issue("issue").day("due_date").user("assignee", &["default"]);
        let found = check.rich_text("description").filled_text("comment").filled_text("comments").found();
        let lines = found.into_iter().map(|problem| format!("{}: {}", problem.field, problem.message));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_snapshot!(told(json!({
            "issue": "OPS 7", "due_date": "2026-02-30", "assignee": "Ann Lee", "description": { "type": "paragraph" },
            "comment": " ", "comments": ["a", ""],
        })), @r"
        issue: `OPS 7` is neither an issue's key, such as `OPS-7`, nor its id
        due_date: `2026-02-30` is not a date: it takes one such as `2026-01-31`
        assignee: `Ann Lee` is not a user: it takes an e-mail address, an account id, `me`, `default`
        description: a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`
        comment: it is empty
        comments[1]: it is empty
        ");
    }

    #[test]
    fn what_is_right_or_not_known_is_no_problem() {
        let right =
            json!({ "issue": 10042, "due_date": null, "assignee": "default", "description": "", "comments": ["a"] });
        assert_eq!(told(right), "");
        assert!(told(json!({ "assignee": "Default" })).ends_with("`default`; did you mean `default`?"));
        let list = Planned::List(vec![Planned::Unknown, Planned::Known(json!(""))]);
        let input = Planned::Object(vec![("issue".into(), Planned::Unknown), ("comments".into(), list)]);
        let found = Check::of(&input).issue("issue").filled_text("comments").found();
        assert_eq!(found.into_iter().map(|problem| problem.field).collect::<Vec<_>>(), ["comments[1]"]);
    }

    #[test]
    fn a_fraction_is_no_issue_and_white_space_no_summary() {
        for number in [json!(1.5), json!(1e23), json!(-1)] {
            let told = told(json!({ "issue": number }));
            assert_eq!(told, format!("issue: `{number}` is neither an issue's key, such as `OPS-7`, nor its id"));
        }
        let input = Planned::Known(json!({ "summary": " \t" }));
        let found = Check::of(&input).filled("summary").found();
        assert_eq!(found.into_iter().map(|problem| problem.message).collect::<Vec<_>>(), ["it is empty"]);
    }

    #[test]
    fn a_text_that_is_too_long_is_told_in_characters() {
        for (length, told) in [(255, ""), (256, "it has 256 characters, and Jira takes 255 at most")] {
            let input = Planned::Known(json!({ "summary": "é".repeat(length) }));
            let found = Check::of(&input).at_most("summary", 255).found();
            assert_eq!(found.into_iter().map(|problem| problem.message).collect::<String>(), told);
        }
    }

    #[test]
    fn the_first_problem_is_the_failure() {
        let input = Planned::Known(json!({ "due_date": "soon" }));
        let failure = Problem::refuse(Check::of(&input).day("due_date").found()).unwrap_err();
        assert_eq!(failure.field.as_deref(), Some("due_date"));
        assert_eq!(failure.message, "`due_date`: `soon` is not a date: it takes one such as `2026-01-31`");
        assert_eq!(Problem::refuse(Vec::new()), Ok(()));
    }
}
