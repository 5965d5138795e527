//! The JSON Schema of the document, made from its types.

use crate::document::Document;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::sync::OnceLock;

/// The JSON Schema of the document (draft 2020-12), for editors.
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut value = generator.into_root_schema_for::<Document>().to_value();
        for_toml(&mut value);
        value
    })
}

/// TOML has no null, so what may be absent needs no such type; unknown keys are errors everywhere.
fn for_toml(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(for_toml),
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    map.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(mut any)) = map.remove("anyOf") {
                any.retain(|one| one.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(one)] = any.as_slice() {
                    map.extend(one.clone());
                } else {
                    map.insert("anyOf".into(), Value::Array(any));
                }
            }
            if map.contains_key("properties") {
                map.insert("additionalProperties".into(), Value::Bool(false));
            }
            map.values_mut().for_each(for_toml);
        }
        _ => {}
    }
}

/// Follows a reference within the schema.
pub(crate) fn resolve<'s>(root: &'s Value, node: &'s Value) -> &'s Value {
    let target = node.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    target.and_then(|path| root.pointer(path)).unwrap_or(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_schema_may_be_null_or_open() {
        let text = schema().to_string();
        assert!(!text.contains("null"), "{text}");
        assert!(!text.contains("anyOf"));
        assert!(!text.contains("allOf"));
        let objects = text.matches("\"properties\"").count();
        assert_eq!(text.matches("\"additionalProperties\":false").count(), objects);
    }
}
