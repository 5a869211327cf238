//! Everything on one machine, as a library: what `script/up` starts and the end-to-end tests drive.
//!
//! - [`up::Devnet`] starts, watches and stops the parts; [`command`] is what a terminal sees of it.
//! - [`settings`] and [`tools`]: what a person sets, and where the programs are. [`keys`]: the devnet's secrets.
//! - [`chain`], [`broker`], [`scenario`], [`services`]: how each part is prepared. [`process`]: child processes.
//! - [`officials`]: who acts on complaints, and how long they have.
//! - [`page`]: the built web page, and its way to IPFS.
//! - [`endpoints`] and [`status`]: what others are told.

pub mod broker;
pub mod chain;
pub mod command;
pub mod endpoints;
pub mod error;
pub mod keys;
pub mod officials;
pub mod page;
pub mod process;
pub mod scenario;
pub mod services;
pub mod settings;
pub mod status;
pub mod tools;
pub mod up;
