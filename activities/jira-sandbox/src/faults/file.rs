//! What a file of faults may say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Fault, FaultError, FaultRateLimit, FaultRule, Faults};
use crate::{
    oauth::Endpoint,
    routes::served_operations,
    seed::{SeedError, parse},
};

/// Faults of the sandbox.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Faults of the flowrun sandbox")]
struct FaultsFile {
    /// For each request the first rule that fits and has a fault left decides.
    #[serde(default)]
    faults: Vec<RuleForm>,
}

/// Which requests meet a fault, and which one: exactly one of the keys from `delay` on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    /// The operation's name in Jira's OpenAPI document, such as `createIssue`; `authorize`, `token`,
    /// `accessible-resources`, `tenant-info` or `me` of the authorization server; or `any`.
    operation: String,
    /// The key or id of the issue that the request's path names.
    issue: Option<String>,
    /// So many fitting requests are let through first; those that another rule decides count too.
    #[serde(default)]
    skip: u64,
    /// So many requests after them meet the fault: a number, or `always`. 1 where it is left out.
    #[schemars(extend("anyOf" = [{ "type": "integer", "minimum": 0 }, { "const": "always" }]))]
    times: Option<Value>,
    /// It waits before anything is done; if its client hangs up meanwhile, nothing is done.
    delay: Option<Seconds>,
    /// It is done at once, and its answer waits.
    delay_reply: Option<Seconds>,
    /// It is done, and the connection closes without an answer.
    drop_reply: Option<Nothing>,
    /// It is done, and half of its answer is sent.
    cut_reply: Option<Nothing>,
    /// The connection is reset.
    reset: Option<ResetForm>,
    /// It is answered with an error, and not done.
    error_before: Option<ErrorForm>,
    /// It is done, and answered with an error.
    error_after: Option<ErrorForm>,
    /// It is answered with 429, and not done.
    rate_limit: Option<RateLimitForm>,
    /// It is answered with a gateway's HTML page, and not done.
    html: Option<Page>,
    /// A search does not see what changed in the last seconds.
    stale_search: Option<WholeSeconds>,
}

/// Nothing to say: write `{}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Seconds {
    /// For how long.
    #[schemars(range(min = 0.0, max = 86400.0))]
    seconds: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WholeSeconds {
    /// For how long a change is not seen.
    seconds: u64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetForm {
    /// Whether the request is done first.
    #[serde(default)]
    after: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ErrorForm {
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// The body, which need not be Jira's; Jira's own form where it is left out.
    body: Option<Value>,
    /// The header `Retry-After`, in seconds.
    retry_after: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RateLimitForm {
    /// The header `RateLimit-Reason`.
    reason: Option<String>,
    /// The header `Retry-After`, in seconds.
    retry_after: Option<u64>,
    /// The header `X-RateLimit-Reset`, in seconds from the request.
    reset: Option<u64>,
    /// More headers.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// Reads the file.
pub(super) fn parse(text: &str) -> Result<Faults, SeedError> {
    let file: FaultsFile = parse::yaml(text)?;
    let rules = file.faults.into_iter().enumerate();
    let rules = rules
        .map(|(index, rule)| rule.read().map_err(|message| SeedError::semantic(format!("faults[{index}]: {message}"))));
    Ok(Faults { rules: rules.collect::<Result<_, _>>()? })
}

/// The JSON Schema of files of faults.
pub fn faults_schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft07();
    settings.into_generator().into_root_schema_for::<FaultsFile>()
}

impl RuleForm {
    fn read(self) -> Result<FaultRule, String> {
        let operation = operation(&self.operation)?;
        let times = times(self.times.as_ref())?;
        let (issue, skip) = (self.issue.clone(), self.skip);
        Ok(FaultRule { operation, issue, skip, times, fault: self.fault()? })
    }

    fn fault(self) -> Result<Fault, String> {
        let stale = self.stale_search;
        let given = [
            self.delay.map(|delay| seconds(delay.seconds).map(|seconds| Fault::Delay { seconds })),
            self.delay_reply.map(|delay| seconds(delay.seconds).map(|seconds| Fault::DelayReply { seconds })),
            self.drop_reply.map(|Nothing {}| Ok(Fault::DropReply)),
            self.cut_reply.map(|Nothing {}| Ok(Fault::CutReply)),
            self.reset.map(|reset| Ok(Fault::Reset { after: reset.after })),
            self.error_before.map(|error| error.read().map(Fault::ErrorBefore)),
            self.error_after.map(|error| error.read().map(Fault::ErrorAfter)),
            self.rate_limit.map(|limit| limit.read().map(Fault::RateLimit)),
            self.html.map(|page| status(page.status).map(|status| Fault::Html { status })),
            stale.map(|stale| Ok(Fault::StaleSearch { seconds: stale.seconds })),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(fault), None) => fault,
            (None, _) => Err(format!("it names no fault; the faults are {FAULTS}")),
            (Some(_), Some(_)) => Err("it names more than one fault: write a rule for each".to_owned()),
        }
    }
}

const FAULTS: &str = "`delay`, `delay_reply`, `drop_reply`, `cut_reply`, `reset`, `error_before`, `error_after`, \
                      `rate_limit`, `html` and `stale_search`";

impl ErrorForm {
    fn read(self) -> Result<FaultError, String> {
        Ok(FaultError { status: status(self.status)?, body: self.body, retry_after: self.retry_after })
    }
}

impl RateLimitForm {
    fn read(self) -> Result<FaultRateLimit, String> {
        for (name, value) in &self.headers {
            let fits =
                axum::http::HeaderName::try_from(name).is_ok() && axum::http::HeaderValue::try_from(value).is_ok();
            if !fits {
                return Err(format!("`{name}: {value}` is not an HTTP header"));
            }
        }
        let Self { reason, retry_after, reset, headers } = self;
        Ok(FaultRateLimit { reason, retry_after, reset, headers })
    }
}

fn operation(name: &str) -> Result<Option<String>, String> {
    let served = served_operations();
    match name {
        "any" => Ok(None),
        name if served.iter().any(|operation| operation.id == name) => Ok(Some(name.to_owned())),
        name if Endpoint::OPERATIONS.contains(&name) => Ok(Some(name.to_owned())),
        name => {
            let names = served.iter().map(|operation| operation.id).chain(Endpoint::OPERATIONS);
            let served: Vec<_> = names.map(|name| format!("`{name}`")).collect();
            Err(format!("the sandbox serves no operation `{name}`; write `any` or one of {}", served.join(", ")))
        }
    }
}

fn times(given: Option<&Value>) -> Result<Option<u64>, String> {
    match given {
        None => Ok(Some(1)),
        Some(Value::String(always)) if always == "always" => Ok(None),
        Some(Value::Number(number)) if number.is_u64() => Ok(number.as_u64()),
        Some(other) => Err(format!("`times` is a number or `always`, not `{other}`")),
    }
}

fn seconds(seconds: f64) -> Result<f64, String> {
    let fits = (0.0..=86_400.0).contains(&seconds);
    fits.then_some(seconds).ok_or_else(|| format!("`seconds` is from 0 to 86400, not {seconds}"))
}

fn status(status: u16) -> Result<u16, String> {
    let fits = (400..=599).contains(&status);
    fits.then_some(status).ok_or_else(|| format!("`status` is from 400 to 599, not {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_read() {
        let text = r#"
faults:
  - { operation: any, delay: { seconds: 0.5 } }
  - { operation: getIssue, issue: OPS-1, skip: 2, times: always, delay_reply: { seconds: 1 } }
  - { operation: createIssue, times: 3, drop_reply: {} }
  - { operation: createIssue, cut_reply: {} }
  - { operation: createIssue, reset: {} }
  - { operation: createIssue, reset: { after: true } }
  - { operation: createIssue, error_before: { status: 503, body: { any: thing }, retry_after: 2 } }
  - { operation: createIssue, error_after: { status: 502 } }
  - { operation: any, rate_limit: { reason: jira-cost-based, retry_after: 1, reset: 60, headers: { x-a: b } } }
  - { operation: any, html: { status: 504 } }
  - { operation: searchAndReconsileIssuesUsingJqlPost, stale_search: { seconds: 30 } }
"#;
        let rules = Faults::parse(text).expect("a file of faults").rules;
        let second = FaultRule {
            operation: Some("getIssue".to_owned()),
            issue: Some("OPS-1".to_owned()),
            skip: 2,
            times: None,
            fault: Fault::DelayReply { seconds: 1.0 },
        };
        assert_eq!((rules.len(), &rules[1]), (11, &second));
        assert_eq!((rules[0].operation.clone(), rules[0].times), (None, Some(1)));
        assert_eq!((rules[2].times, &rules[5].fault), (Some(3), &Fault::Reset { after: true }));
        assert_eq!(Faults::parse("").expect("nothing"), Faults::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, line, words) in [
            ("faults:\n  - { operation: any }", None, "faults[0]: it names no fault; the faults are `delay`"),
            ("faults: [{ operation: any, drop_reply: {}, reset: {} }]", None, "more than one fault"),
            (
                "faults: [{ operation: makeIssue, drop_reply: {} }]",
                None,
                "no operation `makeIssue`; write `any` or one of",
            ),
            ("faults: [{ operation: any, times: often, drop_reply: {} }]", None, "`times` is a number or `always`"),
            ("faults: [{ operation: any, html: { status: 200 } }]", None, "`status` is from 400 to 599, not 200"),
            ("faults: [{ operation: any, delay: { seconds: -1 } }]", None, "`seconds` is from 0 to 86400"),
            (
                "faults: [{ operation: any, rate_limit: { headers: { 'a b': c } } }]",
                None,
                "`a b: c` is not an HTTP header",
            ),
            ("faults:\n  - operation: any\n    explode: {}", Some(3), "unknown field `explode`"),
            ("faults:\n  - drop_reply: {}", Some(2), "missing field `operation`"),
            ("faults: [", Some(2), ""),
        ] {
            let error = Faults::parse(text).expect_err(text);
            assert!(error.message.contains(words), "{text}: {error}");
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }
}
