//! The operator's side of [`orders`]: signs releases and configurations, and serves them to devices over the broker.
//!
//! A tour: [`keys`] are PEM files; [`sign`] makes orders; [`serve`] publishes them, answers the devices' requests for
//! blocks, and shows their progress and self-test reports. Signing needs no network: the release key can stay on a machine
//! that has none, and what is served carries its signatures with it.
#![warn(missing_docs)]

pub mod cli;
pub mod keys;
pub mod serve;
pub mod sign;
