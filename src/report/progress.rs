//! What happens while a plan is carried out, for programs: a JSON object a line.

use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::apply::engine::Event;
use crate::apply::journal::StepState;

/// Version of the lines' form.
pub const VERSION: u32 = 1;

/// One line. Keys that say nothing for an event are null.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Version of this form: 1.
    pub v: u32,
    /// When, as RFC 3339 in UTC.
    pub at: String,
    /// Milliseconds since the program began.
    pub elapsed_ms: u64,
    /// What happened.
    pub event: Kind,
    /// Number of the step, from 1.
    pub step: Option<usize>,
    /// How many steps there are; while verifying, how many peers.
    pub total: Option<usize>,
    /// What the step does, or what is said, in one line.
    pub title: Option<String>,
    /// Where the step stands.
    pub state: Option<StepState>,
    /// Why it failed.
    pub error: Option<String>,
    /// The exit code that follows from the end of a run.
    pub exit: Option<u8>,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A run begins or goes on.
    Begin,
    /// A step has come to a state.
    Step,
    /// From here on the run is undone by itself unless it is confirmed.
    Guarded,
    /// The data path is verified.
    Verifying,
    /// A run has ended; the title says how.
    End,
    /// Something to know.
    Notice,
    /// The program ends with an error.
    Error,
}

impl Line {
    /// A line about `event` with nothing else in it.
    pub fn new(event: Kind, at: String, elapsed_ms: u64) -> Self {
        Self {
            v: VERSION,
            at,
            elapsed_ms,
            event,
            step: None,
            total: None,
            title: None,
            state: None,
            error: None,
            exit: None,
        }
    }

    /// The line of what happened in a run of `steps` steps.
    pub fn of_event(event: Event, steps: usize, at: String, elapsed_ms: u64) -> Self {
        match event {
            Event::Step {
                step,
                title,
                state,
                error,
            } => Self {
                step: Some(step + 1),
                total: Some(steps),
                title: Some(title),
                state: Some(state),
                error,
                ..Self::new(Kind::Step, at, elapsed_ms)
            },
            Event::Kept { path, copy } => Self {
                title: Some(format!(
                    "{path} was changed by somebody else; kept as {copy}"
                )),
                ..Self::new(Kind::Notice, at, elapsed_ms)
            },
            Event::Left { text } => Self {
                title: Some(text),
                ..Self::new(Kind::Notice, at, elapsed_ms)
            },
            Event::Guarded { within } => Self {
                title: Some(format!("undone unless it is confirmed within {within} s")),
                ..Self::new(Kind::Guarded, at, elapsed_ms)
            },
            Event::Verifying { peers } => Self {
                total: Some(peers),
                ..Self::new(Kind::Verifying, at, elapsed_ms)
            },
        }
    }

    /// As JSON, without a line end.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The JSON Schema (draft 2020-12) of a line.
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Line>();
    schema.insert(
        "title".into(),
        format!("a line of groundcrew --progress json, {VERSION}").into(),
    );
    super::json(&schema)
}
