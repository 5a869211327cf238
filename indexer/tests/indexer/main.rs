//! The indexer on a real chain, a real IPFS node and a real store.

#[path = "../../../verifier/tests/world/mod.rs"]
mod world;

mod bad;
mod complaints;
mod faults;
mod fixture;
mod good;
mod rate;
mod testimonies;
