//! The front ends: the full-screen wizard, plain prompts and line mode. They
//! show and ask; what is known, decided, planned and done comes through
//! [`backend::Backend`], and every question from
//! [`crate::answers::questions`].

pub mod backend;
pub mod editor;
pub mod ending;
pub mod events;
pub mod ladder;
pub mod prompt;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod sample;
pub mod screen;
pub mod signals;
pub mod text;
pub mod theme;
pub mod tui;
pub mod verdicts;
pub mod view;
pub mod wire;
pub mod wizard;
