//! JSON Schema (2020-12) of the documents, derived from the structs.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::{Kind, Meta, Name, Spec};

/// The schema of one kind's spec, with its definitions inside.
pub fn spec_schema(kind: Kind) -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let schema = Spec::schema(kind, &mut generator);
    let mut value = schema.to_value();
    if let Value::Object(object) = &mut value {
        object.insert("$defs".into(), Value::Object(generator.take_definitions(true)));
    }
    value
}

/// The schema of any document: one of the kinds, each with its spec.
pub fn document_schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let name = generator.subschema_for::<Name>().to_value();
    let meta = generator.root_schema_for::<Meta>().to_value();
    let kinds: Vec<Value> = Kind::ALL
        .iter()
        .map(|&kind| {
            let spec = Spec::schema(kind, &mut generator).to_value();
            let mut properties = meta["properties"].as_object().cloned().unwrap_or_default();
            properties.insert("kind".into(), json!({ "const": kind.as_str() }));
            properties.insert("team".into(), name.clone());
            properties.insert("environment".into(), name.clone());
            properties.insert("name".into(), name.clone());
            properties.insert("spec".into(), spec);
            json!({
                "title": kind.as_str(),
                "type": "object",
                "properties": properties,
                "required": ["kind", "name"],
                "additionalProperties": false,
            })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Weir document",
        "oneOf": kinds,
        "$defs": generator.take_definitions(true),
    })
}
