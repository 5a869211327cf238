//! The only crate that knows MongoDB. Two databases with two credentials:
//!
//! - [`intake`]: what was acknowledged and must never be lost: records as they arrived, the pages they go into, live
//!   readings, refusals; what citizens and officials submitted, with its words, photos and evidence. Written by the
//!   relayer, and by GraphQL what is submitted; read by GraphQL for what is not anchored yet.
//! - [`views`]: all that is derived from chain and IPFS, which can be dropped and rebuilt to the same content.
//!   Written by the indexer, read by GraphQL.
//!
//! Every write is with majority write concern; what a function returns `Ok` for is durable. `documents` in each half
//! says what a collection holds.

mod connect;
mod error;
pub mod intake;
pub mod views;
pub mod watch;

pub use connect::Settings;
pub use error::StoreError;
