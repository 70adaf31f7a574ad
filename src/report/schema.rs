//! The form of a report for programs that read one: a JSON Schema, made from the
//! types.

use schemars::generate::SchemaSettings;

use super::{Report, SCHEMA};

/// The schema (draft 2020-12) as JSON. What a report holds is described by what
/// the types say of themselves; the facts are a document of their own.
pub fn text() -> String {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Report>();
    schema.insert(
        "title".into(),
        format!("groundcrew report, {SCHEMA}").into(),
    );
    super::json(&schema)
}
