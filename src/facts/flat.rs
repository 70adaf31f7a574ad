//! The flat form of the facts: dotted path to value, which is all that the
//! decision rules ever see. A path that is missing is a fact that is not known.

/// Dotted fact paths (`kernel.version`, `cap.tun`, `needs.nodes`) to values.
/// A missing path and a `null` both mean "not known", never "no".
pub type FlatFacts = std::collections::BTreeMap<String, serde_json::Value>;
