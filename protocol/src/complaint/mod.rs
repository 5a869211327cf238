//! Complaints, apart from the chain that holds them: what is done and said about them in words and numbers, the course
//! that they take, what contradicts a "fixed", what officials' scorecards count, and the block of a text.

mod contradiction;
mod course;
mod effort;
mod scorecard;
mod text;
mod words;

pub use contradiction::{
    Backing, CONTRADICTED_WITHIN_S, Contradiction, ContradictionKind, SENSOR_WINDOW_S, Supply, backing, backings,
    contradiction,
};
pub use course::{Closing, Course, Opening, Stage, Step, WrongStep};
pub use effort::{effort_bits, find_effort};
pub use scorecard::{Case, Counts, Period, Scorecard};
pub use text::{MAX_TEXT_BYTES, MAX_TEXT_CHARACTERS, Text, TextError};
pub use words::{Act, Say, UnknownWords};
