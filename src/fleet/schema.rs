//! The form of a cluster report for programs that read one: a JSON Schema, made
//! from the types.

use schemars::generate::SchemaSettings;

use super::report::{ClusterReport, SCHEMA};

/// The schema (draft 2020-12) as JSON.
pub fn text() -> String {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<ClusterReport>();
    schema.insert(
        "title".into(),
        format!("groundcrew report of a fleet, {SCHEMA}").into(),
    );
    crate::report::json(&schema)
}
