//! What Jira refuses of a new project, in terms of the inputs.

use flowrun_engine::activity::Failure;

use crate::client::JiraError;

/// Jira's names for what it refuses, and the inputs that they come from \[FAKE\].
const BLAMED: [(&str, &str); 9] = [
    ("projectKey", "key"),
    ("projectName", "name"),
    ("leadAccountId", "lead"),
    ("projectLead", "lead"),
    ("projectTypeKey", "type"),
    ("projectTemplateKey", "template"),
    ("projectDescription", "description"),
    ("projectUrl", "url"),
    ("assigneeType", "default_assignee"),
];

/// Jira's refusal, in terms of the inputs.
pub(super) fn explain(error: JiraError) -> Failure {
    let input_of = |name: &str| BLAMED.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
    let Some((first, _)) = error.words.fields.first() else { return error.into() };
    let blamed = input_of(first);
    let told = error.words.fields.iter().map(|(name, words)| format!("`{}`: {words}", input_of(name).unwrap_or(name)));
    let told: Vec<_> = error.words.messages.iter().cloned().chain(told).collect();
    let failure = error.retold("Jira refuses the new project", told.join("; "));
    let failure = match blamed {
        Some("lead") => failure.with_help("`lead` must be an e-mail address, an account id or `me`"),
        _ => failure,
    };
    Failure { field: blamed.map(str::to_owned), ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ErrorKind;

    #[test]
    fn a_refusal_is_told_in_terms_of_the_inputs() {
        let mut error = JiraError::of_read("a new project", ErrorKind::Refused);
        error.status = Some(400);
        error.words.fields = vec![
            ("projectName".into(), "A project with that name already exists.".into()),
            ("other".into(), "no".into()),
        ];
        let failure = explain(error);
        assert_eq!(failure.field.as_deref(), Some("name"));
        let expected =
            "Jira refuses the new project (400): `name`: A project with that name already exists.; `other`: no";
        assert_eq!((failure.message.as_str(), failure.help), (expected, None));
    }

    #[test]
    fn a_lead_who_is_refused_is_said_how_to_give() {
        let mut error = JiraError::of_read("a new project", ErrorKind::Refused);
        error.words.fields = vec![("projectLead".into(), "You must specify a valid project lead.".into())];
        let failure = explain(error);
        assert_eq!(failure.help.as_deref(), Some("`lead` must be an e-mail address, an account id or `me`"));
    }
}
