//! Values that are chosen from a list: options, options below options, and everything that a project or site has names for.

use flowrun_engine::activity::Failure;
use serde_json::{Value, json};

use crate::{
    input::{cut, refused},
    resolve::{Field, Named, choose, field, list},
};

impl Field {
    /// An object that only names one of the allowed values, as that name, and one that names an option below another as
    /// both names.
    pub(super) fn by_name(&self, given: Value) -> Value {
        if let Some(levels) = self.by_names(&given) {
            return levels;
        }
        let named = match given.as_object() {
            Some(object) if object.len() == 1 => object.get("name").or_else(|| object.get("value")),
            _ => None,
        };
        match named {
            Some(Value::String(name)) if self.allowed_values.is_some() => Value::String(name.clone()),
            _ => given,
        }
    }

    /// The names in `{"value": parent, "child": {"value": child}}`.
    fn by_names(&self, given: &Value) -> Option<Value> {
        let (object, child) = (given.as_object()?, given["child"].as_object()?);
        let names = [object.get("value")?, child.get("value")?];
        let only_names = object.len() == 2 && child.len() == 1 && names.iter().all(|name| name.is_string());
        let listed = self.schema.name == "option-with-child" && self.allowed_values.is_some();
        (only_names && listed).then(|| json!(names))
    }

    /// The one that `given` names.
    pub(super) fn chosen(&self, kind: &str, given: &Value) -> Result<Value, Failure> {
        let wanted = self.name_in(given)?;
        if self.allowed_values.is_none() {
            // Too many to list: Jira looks it up.
            let key = if kind == "option" { "value" } else { "name" };
            return Ok(json!({ key: wanted }));
        }
        let kind = match kind {
            "securitylevel" => "security level",
            kind => kind,
        };
        let chosen = self.pick(kind, &wanted, &self.allowed(), "")?;
        Ok(json!({ "id": chosen.id }))
    }

    /// An option, or an option and one below it: `[parent, child]`, or `parent > child`.
    pub(super) fn cascading(&self, given: &Value) -> Result<Value, Failure> {
        let wanted = match given {
            Value::Array(names) => names.iter().map(|name| self.name_in(name)).collect::<Result<Vec<_>, _>>()?,
            name => self.levels(&self.name_in(name)?),
        };
        let (parent, child) = match wanted.as_slice() {
            [parent] => (parent, None),
            [parent, child] => (parent, Some(child)),
            _ => {
                let form = "`[parent, child]`, or `parent > child`";
                return Err(refused(format!("{self} takes an option and one below it: {form}")));
            }
        };
        let parent = self.pick("option", parent, &self.allowed(), "")?;
        let Some(child) = child else { return Ok(json!({ "id": parent.id })) };
        let below = self.allowed_values.iter().flatten().find(|value| value["id"] == parent.id.as_str());
        let below = below.and_then(|value| value["children"].as_array()).into_iter().flatten();
        let below: Vec<_> = below.filter_map(field::allowed).collect();
        let child = self.pick("option", child, &below, &format!("below `{}` ", parent.name))?;
        Ok(json!({ "id": parent.id, "child": { "id": child.id } }))
    }

    /// A name or an id. What is neither is answered with the names that there are.
    fn name_in(&self, given: &Value) -> Result<String, Failure> {
        let allowed = self.allowed();
        if allowed.is_empty() || given.is_string() || given.is_number() {
            return self.text(given);
        }
        let given = given.to_string();
        Err(refused(format!("{self} takes one of {}, not `{}`", list(&allowed), cut(&given))))
    }

    /// The parts of `parent > child`, unless an option has that whole name.
    fn levels(&self, name: &str) -> Vec<String> {
        let is_one = self.allowed().iter().any(|option| option.name == name);
        let (false, Some((parent, child))) = (is_one, name.split_once('>')) else { return vec![name.to_owned()] };
        vec![parent.trim().to_owned(), child.trim().to_owned()]
    }

    /// The one of `among` that is named so. `place` says where in the field they are.
    fn pick(&self, kind: &str, name: &str, among: &[Named], place: &str) -> Result<Named, Failure> {
        choose(kind, name, among).cloned().map_err(|cause| refused(format!("{self}: {place}{cause}")))
    }
}
