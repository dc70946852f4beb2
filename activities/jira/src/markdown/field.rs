//! Texts for fields of which only Jira knows whether they are rich texts. Where a value means something in Markdown, both
//! forms are given, and the field's type decides. What was read of such a field is handed on to another as it is.

use flowrun_engine::text::{Fault, Part, Planned, TextKind};
use serde_json::{Value, json};

use super::{Piece, markdown, misplaced, pieces};

/// A rich text or a plain one.
pub(crate) struct FieldText;

impl TextKind for FieldText {
    fn name(&self) -> &'static str {
        "field"
    }

    fn title(&self) -> &'static str {
        "a string"
    }

    fn function(&self) -> Option<&'static str> {
        None
    }

    fn takes(&self, fragment: &str) -> bool {
        ["field", "markdown"].contains(&fragment)
    }

    fn check(&self, parts: &[Planned<'_>]) -> Vec<Fault> {
        misplaced(parts)
    }

    fn assemble(&self, parts: &[Part<'_>]) -> Result<Value, Fault> {
        let pieces = pieces(parts)?;
        let plain: String = pieces.iter().map(Piece::text).collect();
        let markdown = markdown(&pieces);
        Ok(if plain == markdown { plain.into() } else { json!({ "plain": plain, "markdown": markdown }) })
    }
}

/// The one of both forms that a field takes; any other value as it is.
pub(crate) fn by_type(given: Value, is_rich_text: bool) -> Value {
    let form = if is_rich_text { "markdown" } else { "plain" };
    let both = given.as_object().filter(|fields| fields.len() == 2);
    let texts = both.and_then(|fields| Some((fields.get("plain")?.as_str()?, fields.get("markdown")?.as_str()?)));
    match texts {
        Some(_) => given[form].clone(),
        None => given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_the_field_decides() {
        let value = json!("5*3*2");
        let parts = [Part::Literal("It is "), Part::Value { source: "x", value: &value }];
        let given = FieldText.assemble(&parts).expect("a text");
        assert_eq!(by_type(given.clone(), false), json!("It is 5*3*2"));
        let rich = by_type(given, true);
        let document = crate::adf::from_markdown(rich.as_str().expect("a text")).expect("a document");
        assert_eq!(document["content"][0]["content"], json!([{ "type": "text", "text": "It is 5*3*2" }]));
        let plain = json!("OPS");
        assert_eq!(FieldText.assemble(&[Part::Value { source: "x", value: &plain }]), Ok(json!("OPS")));
        for own in [json!({ "plain": "a" }), json!({ "plain": 1, "markdown": 2 }), json!("a"), json!(null)] {
            assert_eq!(by_type(own.clone(), true), own);
        }
    }
}
