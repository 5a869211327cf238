//! A lane: one task collects records into pages ([`collecting`]), one carries each page to the chain ([`pages`]):
//! sealed ([`sealing`]), published on IPFS, anchored ([`anchoring`]). Each step is stored before the next begins and
//! can be repeated, so that going on after a crash is the same code as going on.

pub mod anchoring;
pub mod collecting;
pub mod history;
pub mod pages;
pub mod sealing;
