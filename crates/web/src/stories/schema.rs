//! A small reader of JSON Schema, as much of it as the description of the interface uses. It is stricter
//! than the standard: what is answered and not described is a mistake too.

use serde_json::Value;

/// What of `value` is not as `schema` says; `description` is the document that its references are in.
pub(super) fn violations(description: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(description, schema, value, "$", &mut found);
    found
}

fn check(description: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = description.pointer(reference.trim_start_matches('#')).expect(reference);
        return check(description, target, value, place, found);
    }
    for name in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[name].as_array() {
            let fits = |choice: &&Value| violations(description, choice, value).is_empty();
            if !choices.iter().any(|choice| fits(&choice)) {
                found.push(format!("{place}: fits none of {name}: {value}"));
            }
        }
    }
    if !is_of_type(&schema["type"], value) {
        found.push(format!("{place}: {value} is not {}", schema["type"]));
        return;
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        found.push(format!("{place}: {value} is none of {choices:?}"));
    }
    if let Some(text) = value.as_str() {
        check_format(schema["format"].as_str(), text, place, found);
    }
    if let Some(number) = value.as_f64() {
        let least = schema["minimum"].as_f64().is_none_or(|least| number >= least);
        let most = schema["maximum"].as_f64().is_none_or(|most| number <= most);
        if !(least && most) {
            found.push(format!("{place}: {number} is out of bounds"));
        }
    }
    if let Some(items) = value.as_array() {
        for (index, item) in items.iter().enumerate() {
            check(description, &schema["items"], item, &format!("{place}[{index}]"), found);
        }
    }
    if let Some(fields) = value.as_object()
        && schema["type"].is_string()
    {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                found.push(format!("{place}: {name} is missing"));
            }
        }
        for (name, field) in fields {
            let of_field = &schema["properties"][name];
            if of_field.is_null() {
                found.push(format!("{place}.{name} is not described"));
            } else {
                check(description, of_field, field, &format!("{place}.{name}"), found);
            }
        }
    }
}

fn is_of_type(wanted: &Value, value: &Value) -> bool {
    let is = |wanted: &Value| match wanted.as_str() {
        Some("null") => value.is_null(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match wanted {
        Value::Null => true,
        Value::Array(choices) => choices.iter().any(is),
        one => is(one),
    }
}

fn check_format(format: Option<&str>, text: &str, place: &str, found: &mut Vec<String>) {
    let is_right = match format {
        Some("uri") => url::Url::parse(text).is_ok(),
        Some("date-time") => {
            text.contains('T') && text.parse::<observatory_model::Timestamp>().is_ok()
        }
        _ => true,
    };
    if !is_right {
        found.push(format!("{place}: {text} is no {}", format.unwrap_or_default()));
    }
}

#[test]
fn what_is_not_as_described_is_found() {
    let description = serde_json::json!({"a": {"type": "string", "format": "date-time"}});
    let schema = serde_json::json!({
        "type": "object",
        "required": ["time", "names"],
        "properties": {
            "time": {"oneOf": [{"type": "null"}, {"$ref": "#/a"}]},
            "names": {"type": "array", "items": {"type": ["string", "null"], "enum": ["a", null]}},
            "count": {"type": "integer", "minimum": 0},
        }
    });
    let right =
        serde_json::json!({"time": "2026-11-25T00:00:00Z", "names": ["a", null], "count": 1});
    assert_eq!(violations(&description, &schema, &right), Vec::<String>::new());
    for wrong in [
        serde_json::json!({"names": []}),
        serde_json::json!({"time": "today", "names": []}),
        serde_json::json!({"time": null, "names": ["b"]}),
        serde_json::json!({"time": null, "names": [1]}),
        serde_json::json!({"time": null, "names": [], "count": -1}),
        serde_json::json!({"time": null, "names": [], "more": 1}),
        serde_json::json!([]),
    ] {
        assert_eq!(violations(&description, &schema, &wrong).len(), 1, "{wrong}");
    }
}
