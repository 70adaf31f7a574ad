//! The facts as the rules see them: dotted paths to values.

use std::collections::BTreeMap;

/// Dotted fact paths to values. A path that is not there is unknown.
pub type FlatFacts = BTreeMap<String, serde_json::Value>;
