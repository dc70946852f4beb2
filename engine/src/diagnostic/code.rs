//! The one table of diagnostic codes. A code that is here has a page, which `flowrun explain` prints; its meaning never changes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A diagnostic's code: `FR` and four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

/// What `flowrun explain` prints of a code.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The code.
    pub code: Code,
    /// One line.
    pub title: &'static str,
    /// The whole page, Markdown.
    pub text: &'static str,
    /// What becomes of a run whose kept definition has a problem of the code.
    pub when_kept: WhenKept,
}

/// What becomes of a run where this version finds a problem in the definition that the run began with: an earlier version
/// accepted it.
///
/// A problem may be passed over only where nothing else than before runs then, or where the node says itself, when its time
/// comes, that it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenKept {
    /// It goes on: only the check minds.
    GoesOn,
    /// It goes on, unless the problem is of what makes the run what it is: a key of the language, a node that is waited for.
    Depends,
    /// It does not go on under this version: something else would run.
    Stops,
    /// No definition's text has such a problem.
    Elsewhere,
}

macro_rules! codes {
    ($($number:literal $name:ident $when_kept:ident $title:literal)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Self = Self(parse($number));)*

            /// Every code, in order.
            pub const PAGES: &'static [Page] = &[
                $(Page {
                    code: Self::$name,
                    title: $title,
                    text: include_str!(concat!("pages/FR", $number, ".md")),
                    when_kept: WhenKept::$when_kept,
                },)*
            ];
        }
    };
}

/// The number of a code that the table writes as text, so that its page's file name can be made of it.
const fn parse(digits: &str) -> u16 {
    let bytes = digits.as_bytes();
    let (mut at, mut number) = (0, 0);
    while at < bytes.len() {
        number = number * 10 + (bytes[at] - b'0') as u16;
        at += 1;
    }
    number
}

codes! {
    "0101" YAML_SYNTAX Stops "the file is not YAML"
    "0102" DUPLICATE_KEY Stops "a key is written twice"
    "0103" TAG Stops "YAML tags are not allowed"
    "0104" MERGE_KEY Stops "the merge key `<<` is not allowed"
    "0105" KEY_NOT_TEXT Stops "a key is not a string"
    "0106" SECOND_DOCUMENT Stops "a file holds one definition"
    "0107" NOT_FINITE Stops "a number is not finite"
    "0108" FILE_TOO_LARGE GoesOn "the file is too large"
    "0109" TOO_DEEP Stops "the file is nested too deeply"
    "0110" TOO_MANY_YAML_NODES Stops "the file has too many values"
    "0111" TOO_MANY_NODES GoesOn "the graph has too many nodes"
    "0112" UNREADABLE Elsewhere "the file cannot be read"
    "0113" UNQUOTED_EXPRESSION Stops "an expression must be quoted here"

    "0114" GLUED_COMMENT GoesOn "the rest of a string is a comment"
    "0115" MISREAD GoesOn "YAML reads this differently than it looks"
    "0201" UNKNOWN_KEY Depends "no such key"
    "0202" MISSING_KEY Depends "a key is missing"
    "0203" WRONG_TYPE Depends "a value has the wrong type"
    "0204" VALUE_NOT_ALLOWED Depends "a value is not allowed"
    "0205" KIND_OF_NODE Stops "a node has exactly one kind"
    "0206" UNKNOWN_ACTIVITY Stops "no such activity"
    "0207" DEFAULT_DOES_NOT_FIT GoesOn "a default does not fit its input"
    "0208" NOT_BUILT_YET Stops "this part of the language is not built yet"
    "0209" BAD_NAME Depends "a name is not allowed"
    "0210" KEY_DOES_NOT_APPLY GoesOn "a key does not apply here"
    "0211" BAD_INPUT_SCHEMA Depends "an input's schema is not a JSON Schema"
    "0212" BAD_DURATION Stops "not a duration"
    "0213" INPUT_VALUE Elsewhere "an input's value does not fit"
    "0214" ACTIVITY_INPUT GoesOn "an activity cannot work with this input"
    "0215" SANDBOX_FILE Elsewhere "a file for the sandbox is wrong"
    "0216" AT_LEAST_ONCE GoesOn "an effect may be done twice, by choice"

    "0301" UNKNOWN_NODE Stops "no such node"
    "0302" CYCLE Stops "nodes wait for each other"
    "0303" FINALLY_EDGE Stops "a node cannot wait for a node of `finally`"
    "0304" NODE_TWICE Stops "a node's id is used twice"

    "0401" EXPRESSION_SYNTAX Stops "an expression is broken"
    "0402" UNKNOWN_NAME Depends "no such name in an expression"
    "0403" UNKNOWN_FIELD GoesOn "no such field"
    "0404" NOT_HERE Depends "a name has no meaning here"
    "0405" TYPE_MISMATCH GoesOn "an expression has the wrong type"
    "0406" UNKNOWN_FUNCTION Stops "no such function"
    "0407" DELIMITERS Stops "`${{ }}` is missing, broken or too much"
    "0408" TOO_COMPLEX Stops "an expression is too complex"
    "0409" MAY_BE_MISSING GoesOn "an output may be missing, or null"
    "0410" NOT_TEXT GoesOn "a list or map in a string"
    "0411" NEVER_EQUAL GoesOn "a comparison is never true"
    "0412" BUDGET Elsewhere "an expression took too many steps or too much memory"
    "0413" TEXT_KIND Depends "a value cannot be used there in a text"

    "0501" SCOPE_MISSING Elsewhere "the access token lacks a scope"
    "0502" SCOPE_UNKNOWN Elsewhere "a scope could not be checked"

    "0601" PERMISSION_MISSING Elsewhere "the user lacks a permission"
    "0602" NOT_VISIBLE Elsewhere "a project or issue is not there, or cannot be seen"
    "0603" PERMISSION_UNKNOWN Elsewhere "a permission could not be checked"

    "0701" INPUT_REFUSED Elsewhere "an activity's input does not fit"
    "0702" EXPRESSION_FAILED Elsewhere "an expression failed"
    "0703" REFUSED Elsewhere "the request was refused"
    "0704" NOT_AUTHORISED Elsewhere "the access token or a permission is not sufficient"
    "0705" NOT_FOUND Elsewhere "not found, or not visible"
    "0706" UNAVAILABLE Elsewhere "the service is unavailable"
    "0707" RATE_LIMITED Elsewhere "a rate limit was reached"
    "0708" TIMED_OUT Elsewhere "an attempt took too long"
    "0709" DEADLINE_PASSED Elsewhere "a step's deadline passed"
    "0710" EFFECT_UNKNOWN Elsewhere "it is unknown whether an effect happened"
    "0711" ABORTED Elsewhere "given up by decision"
    "0712" STOPPED Elsewhere "stopped before it was sent"
    "0713" ACTIVITY_BROKEN Elsewhere "an activity misbehaved"
    "0714" CONFLICT Elsewhere "someone else changed it at the same time"
    "0715" DONE_OTHERWISE Elsewhere "a list has changed where its items are done"
    "0716" LEFT_UNDONE Elsewhere "a retry left something undone"
    "0717" DONE_DIFFERS Elsewhere "what is done is not what the corrected definition says"

    "0801" STATE_LOCKED Elsewhere "the state directory is in use"
    "0802" STATE_NEWER Elsewhere "the store was written by another version of flowrun"
    "0803" STATE_DAMAGED Elsewhere "the store is damaged"
    "0804" STATE_IO Elsewhere "the store cannot be read or written"
    "0805" NO_SUCH_RUN Elsewhere "no such run"
    "0806" RUN_KEY_TAKEN Elsewhere "a run with this key exists"
    "0807" STATE_GONE Elsewhere "the store vanished while it was open"
    "0808" CANNOT_GO_ON Elsewhere "a run cannot go on under this version"
    "0809" CANNOT_RETRY Elsewhere "a run cannot be retried so"
    "0811" STATE_UNSUITABLE Elsewhere "the state directory cannot be there"
    "0812" RUN_DRIVEN Elsewhere "another process drives the run"
    "0813" NOT_ADMITTED Elsewhere "a run with this key goes on already"

    "0901" NO_ACCESS_TOKEN Elsewhere "there is no access token"
    "0902" TOKEN_NOT_RECOGNISED Elsewhere "the access token is not recognised"
    "0903" GRANT_LOST Elsewhere "the access token must be re-authorized"
    "0904" TOKENS_UNUSABLE Elsewhere "the kept access tokens cannot be used"
    "0905" CONSENT_FAILED Elsewhere "the access token could not be obtained"
    "0906" SITE_NOT_GRANTED Elsewhere "the access token does not open this site"
    "0907" CREDENTIAL_REFUSED Elsewhere "this kind of credential is not supported"
}

/// Pages are found by halving, so they stand in order.
const _: () = {
    let mut at = 1;
    while at < Code::PAGES.len() {
        assert!(Code::PAGES[at - 1].code.0 < Code::PAGES[at].code.0);
        at += 1;
    }
};

impl Code {
    /// Its page.
    pub fn page(self) -> &'static Page {
        Self::find(self.0).expect("a `Code` is made from the table only")
    }

    fn find(number: u16) -> Option<&'static Page> {
        let at = Self::PAGES.binary_search_by_key(&number, |page| page.code.0).ok()?;
        Some(&Self::PAGES[at])
    }
}

/// The number of a code that is written as it is shown, in capital letters or small ones.
fn number(text: &str) -> Option<u16> {
    let (letters, digits) = text.split_at_checked(2)?;
    let is_written_so = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_written_so && letters.eq_ignore_ascii_case("FR")).then(|| parse(digits))
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FR{:04}", self.0)
    }
}

/// A text that is not a code of the table.
#[derive(Debug, thiserror::Error)]
#[error("no such code: `{0}`")]
pub struct UnknownCode(String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        number(text).and_then(Self::find).map(|page| page.code).ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written() {
        for page in Code::PAGES {
            let text = page.code.to_string();
            assert_eq!(text.parse::<Code>().ok(), Some(page.code));
            assert_eq!(text.to_lowercase().parse::<Code>().ok(), Some(page.code));
            assert_eq!(page.code.page().code, page.code);
        }
        for text in ["", "FR", "FR101", "FR00101", "FR9999", "XR0101", "0101", "FR+101", "FRé01", "é0101", "FR 101"] {
            assert!(text.parse::<Code>().is_err(), "{text}");
        }
    }
}
