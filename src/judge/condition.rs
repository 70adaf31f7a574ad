//! Conditions over facts that may be unknown: Kleene's three-valued logic.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::facts::flat::FlatFacts;
use crate::version::Version;

/// Three-valued truth: what is not known is neither true nor false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// A fact is missing that would decide it.
    Unknown,
}

impl Truth {
    fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    fn or(self, other: Truth) -> Truth {
        self.negate().and(other.negate()).negate()
    }

    fn negate(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

/// A condition over facts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "RawCond")]
pub enum Cond {
    /// All of them hold.
    All(Vec<Cond>),
    /// At least one of them holds.
    Any(Vec<Cond>),
    /// It does not hold.
    Not(Box<Cond>),
    /// One fact against a value.
    Test {
        /// Dotted path of the fact.
        fact: String,
        /// The comparison.
        op: Op,
    },
}

/// A comparison of one fact. A missing fact is unknown under each of them,
/// `Ne` and `Nin` too; only `Known` is false for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// At least: a number, or a version when the value is a text.
    Ge(Value),
    /// Less than: a number, or a version when the value is a text.
    Lt(Value),
    /// The same value.
    Eq(Value),
    /// Another value.
    Ne(Value),
    /// One of the values.
    In(Vec<Value>),
    /// None of the values.
    Nin(Vec<Value>),
    /// The fact is a list and holds the value.
    Has(Value),
    /// The fact is true.
    True,
    /// The fact is false.
    False,
    /// The fact is known, whatever it is.
    Known,
}

/// A condition as written, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCond {
    all: Option<Vec<Cond>>,
    any: Option<Vec<Cond>>,
    not: Option<Box<Cond>>,
    fact: Option<String>,
    op: Option<String>,
    value: Option<Value>,
}

impl TryFrom<RawCond> for Cond {
    type Error = String;

    fn try_from(raw: RawCond) -> Result<Self, String> {
        match raw {
            RawCond {
                all: Some(list),
                any: None,
                not: None,
                fact: None,
                op: None,
                value: None,
            } if !list.is_empty() => Ok(Cond::All(list)),
            RawCond {
                all: None,
                any: Some(list),
                not: None,
                fact: None,
                op: None,
                value: None,
            } if !list.is_empty() => Ok(Cond::Any(list)),
            RawCond {
                all: None,
                any: None,
                not: Some(inner),
                fact: None,
                op: None,
                value: None,
            } => Ok(Cond::Not(inner)),
            RawCond {
                all: None,
                any: None,
                not: None,
                fact: Some(fact),
                op: Some(op),
                value,
            } => Ok(Cond::Test {
                op: Op::read(&op, value).map_err(|why| format!("{fact}: {why}"))?,
                fact,
            }),
            _ => Err(
                "wanted one of: all: [..], any: [..], not: .., or fact: with op: (and value:)"
                    .to_owned(),
            ),
        }
    }
}

impl Op {
    fn read(name: &str, value: Option<Value>) -> Result<Op, String> {
        let ordered = |value: Value| match &value {
            Value::Number(_) => Ok(value),
            Value::String(text) => match text.parse::<Version>() {
                Ok(_) => Ok(value),
                Err(error) => Err(error.to_string()),
            },
            other => Err(format!("{name} {other}: wanted a number or a version")),
        };
        match (name, value) {
            ("ge", Some(value)) => ordered(value).map(Op::Ge),
            ("lt", Some(value)) => ordered(value).map(Op::Lt),
            ("eq", Some(value)) => Ok(Op::Eq(value)),
            ("ne", Some(value)) => Ok(Op::Ne(value)),
            ("in", Some(Value::Array(list))) => Ok(Op::In(list)),
            ("nin", Some(Value::Array(list))) => Ok(Op::Nin(list)),
            ("has", Some(value)) => Ok(Op::Has(value)),
            ("true", None) => Ok(Op::True),
            ("false", None) => Ok(Op::False),
            ("known", None) => Ok(Op::Known),
            (other, value) => Err(format!(
                "op: {other} with value: {}; wanted ge, lt, eq, ne, has with a value, in, nin \
                 with a list, or true, false, known without a value",
                value.map_or("(none)".to_owned(), |v| v.to_string())
            )),
        }
    }

    fn eval(&self, fact: &Value) -> Truth {
        match self {
            Op::Ge(wanted) => at_least(fact, wanted),
            Op::Lt(wanted) => at_least(fact, wanted).negate(),
            Op::Eq(wanted) => same(fact, wanted),
            Op::Ne(wanted) => same(fact, wanted).negate(),
            Op::In(list) => one_of(fact, list),
            Op::Nin(list) => one_of(fact, list).negate(),
            Op::Has(wanted) => match fact {
                Value::Array(list) => one_of(wanted, list),
                _ => Truth::Unknown,
            },
            Op::True => same(fact, &Value::Bool(true)),
            Op::False => same(fact, &Value::Bool(false)),
            Op::Known => Truth::True,
        }
    }
}

fn one_of(value: &Value, list: &[Value]) -> Truth {
    list.iter()
        .fold(Truth::False, |truth, one| truth.or(same(value, one)))
}

/// Whether two values are the same; unknown when they are of different kinds,
/// since a fact of another kind than the rule expects was not understood.
fn same(fact: &Value, wanted: &Value) -> Truth {
    match (fact, wanted) {
        (Value::Bool(a), Value::Bool(b)) => (a == b).into(),
        (Value::String(a), Value::String(b)) => (a == b).into(),
        (_, Value::Number(_)) => match (number(fact), number(wanted)) {
            (Some(a), Some(b)) => (a == b).into(),
            _ => Truth::Unknown,
        },
        _ => Truth::Unknown,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a fact is at least the wanted number or version.
fn at_least(fact: &Value, wanted: &Value) -> Truth {
    let Value::String(wanted) = wanted else {
        return match (number(fact), number(wanted)) {
            (Some(a), Some(b)) => (a >= b).into(),
            _ => Truth::Unknown,
        };
    };
    let Ok(wanted) = wanted.parse::<Version>() else {
        return Truth::Unknown;
    };
    let judge = |text: &str| match text.parse::<Version>() {
        Ok(version) => version.at_least(&wanted).into(),
        Err(_) => Truth::Unknown,
    };
    match fact {
        Value::String(text) => judge(text),
        // `kernel.version: 3.10` without quotes is the number 3.1 in YAML and
        // JSON: the zero is lost. Only where both readings agree is it known.
        Value::Number(n) if n.is_f64() => {
            let text = n.to_string();
            let (short, long) = (judge(&text), judge(&format!("{text}0")));
            if short == long { short } else { Truth::Unknown }
        }
        Value::Number(n) => judge(&n.to_string()),
        _ => Truth::Unknown,
    }
}

impl Cond {
    /// Evaluates the condition; a fact that is missing or null is unknown.
    pub fn eval(&self, facts: &FlatFacts) -> Truth {
        match self {
            Cond::All(list) => list
                .iter()
                .fold(Truth::True, |truth, cond| truth.and(cond.eval(facts))),
            Cond::Any(list) => list
                .iter()
                .fold(Truth::False, |truth, cond| truth.or(cond.eval(facts))),
            Cond::Not(inner) => inner.eval(facts).negate(),
            Cond::Test { fact, op } => match facts.get(fact) {
                None | Some(Value::Null) => match op {
                    Op::Known => Truth::False,
                    _ => Truth::Unknown,
                },
                Some(value) => op.eval(value),
            },
        }
    }

    /// The fact paths that the condition reads, each once, in order.
    pub fn facts(&self) -> Vec<&str> {
        let mut out = Vec::new();
        self.visit(&mut |fact, _| {
            if !out.contains(&fact) {
                out.push(fact);
            }
        });
        out
    }

    /// Calls `each` for every comparison in it, with the fact's path.
    pub fn visit<'a>(&'a self, each: &mut impl FnMut(&'a str, &'a Op)) {
        match self {
            Cond::All(list) | Cond::Any(list) => {
                for cond in list {
                    cond.visit(each);
                }
            }
            Cond::Not(inner) => inner.visit(each),
            Cond::Test { fact, op } => each(fact, op),
        }
    }
}

/// A value as a sentence shows it: `yes` and `no`, lists with commas.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => show_list(list),
        other => other.to_string(),
    }
}

fn show_list(list: &[Value]) -> String {
    let shown: Vec<String> = list.iter().map(show).collect();
    shown.join(", ")
}

/// The condition in words: `kernel.version >= 3.10 or os.family is el6`.
impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |list: &[Cond], word: &str| {
            let parts: Vec<String> = list
                .iter()
                .map(|cond| match cond {
                    Cond::All(l) | Cond::Any(l) if l.len() > 1 => format!("({cond})"),
                    _ => cond.to_string(),
                })
                .collect();
            parts.join(word)
        };
        match self {
            Cond::All(list) => f.write_str(&joined(list, " and ")),
            Cond::Any(list) => f.write_str(&joined(list, " or ")),
            Cond::Not(inner) => write!(f, "not ({inner})"),
            // The way the rules say "this cannot be met".
            Cond::Test { fact, .. } if fact == "const.false" => f.write_str("nothing"),
            Cond::Test { fact, op } => match op {
                Op::Ge(value) => write!(f, "{fact} >= {}", show(value)),
                Op::Lt(value) => write!(f, "{fact} < {}", show(value)),
                Op::Eq(value) => write!(f, "{fact} is {}", show(value)),
                Op::Ne(value) => write!(f, "{fact} is not {}", show(value)),
                Op::In(list) => write!(f, "{fact} is one of {}", show_list(list)),
                Op::Nin(list) => write!(f, "{fact} is none of {}", show_list(list)),
                Op::Has(value) => write!(f, "{fact} holds {}", show(value)),
                Op::True => write!(f, "{fact} is yes"),
                Op::False => write!(f, "{fact} is no"),
                Op::Known => write!(f, "{fact} is known"),
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cond(yaml: &str) -> Cond {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn facts(value: Value) -> FlatFacts {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_missing_fact_is_unknown_under_every_operator_but_known() {
        for op in [
            "{fact: a, op: ge, value: 1}",
            "{fact: a, op: lt, value: '3.10'}",
            "{fact: a, op: eq, value: x}",
            "{fact: a, op: ne, value: x}",
            "{fact: a, op: in, value: [x]}",
            "{fact: a, op: nin, value: [x]}",
            "{fact: a, op: has, value: x}",
            "{fact: a, op: 'true'}",
            "{fact: a, op: 'false'}",
        ] {
            assert_eq!(cond(op).eval(&facts(json!({}))), Truth::Unknown, "{op}");
            let null = facts(json!({"a": null}));
            assert_eq!(cond(op).eval(&null), Truth::Unknown, "{op} of null");
        }
        let known = cond("{fact: a, op: known}");
        assert_eq!(known.eval(&facts(json!({}))), Truth::False);
        assert_eq!(known.eval(&facts(json!({"a": false}))), Truth::True);
    }

    #[test]
    fn unknown_goes_through_and_or_not_as_kleene_says() {
        use Truth::{False, True, Unknown};
        let table = [
            (True, Unknown, Unknown, True),
            (False, Unknown, False, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
            (True, False, False, True),
        ];
        for (a, b, and, or) in table {
            assert_eq!((a.and(b), b.and(a)), (and, and), "{a:?} and {b:?}");
            assert_eq!((a.or(b), b.or(a)), (or, or), "{a:?} or {b:?}");
        }
        assert_eq!(Unknown.negate(), Unknown);
    }

    #[test]
    fn values_are_compared_by_kind() {
        let at_310 = cond("{fact: k, op: ge, value: '3.10'}");
        for (value, expected) in [
            (json!("2.6.32-754.el6"), Truth::False),
            (json!("3.10.0-1160.el7.x86_64"), Truth::True),
            (json!("5.15.153.1"), Truth::True),
            (json!(4), Truth::True),
            (json!(3.16), Truth::True),
            // 3.1 or 3.10: the zero may have been lost on the way.
            (json!(3.1), Truth::Unknown),
            (json!(true), Truth::Unknown),
            (json!("<unknown>"), Truth::Unknown),
        ] {
            let host = facts(json!({"k": value}));
            assert_eq!(at_310.eval(&host), expected, "{value}");
        }
        let bits = cond("{fact: b, op: eq, value: 64}");
        assert_eq!(bits.eval(&facts(json!({"b": 64}))), Truth::True);
        assert_eq!(bits.eval(&facts(json!({"b": "64"}))), Truth::True);
        assert_eq!(bits.eval(&facts(json!({"b": "x86_64"}))), Truth::Unknown);
        let airgap = cond("{fact: n, op: ne, value: true}");
        assert_eq!(airgap.eval(&facts(json!({"n": "yes"}))), Truth::Unknown);
        let has = cond("{fact: s, op: has, value: swarm}");
        assert_eq!(
            has.eval(&facts(json!({"s": ["native", "swarm"]}))),
            Truth::True
        );
        assert_eq!(has.eval(&facts(json!({"s": []}))), Truth::False);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for bad in [
            "{}",
            "{all: []}",
            "{fact: a}",
            "{fact: a, op: gt, value: 1}",
            "{fact: a, op: ge}",
            "{fact: a, op: ge, value: abc}",
            "{fact: a, op: in, value: x}",
            "{fact: a, op: known, value: 1}",
            "{fact: a, op: known, colour: red}",
            "{all: [{fact: a, op: known}], fact: a, op: known}",
        ] {
            assert!(serde_yaml::from_str::<Cond>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_condition_can_be_read_aloud() {
        let text = "{any: [{fact: k, op: ge, value: '3.10'}, {all: [{fact: f, op: eq, value: el6}, \
                    {not: {fact: v, op: in, value: [a, b]}}]}]}";
        assert_eq!(
            cond(text).to_string(),
            "k >= 3.10 or (f is el6 and not (v is one of a, b))"
        );
    }
}
