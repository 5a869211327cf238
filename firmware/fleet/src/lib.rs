//! Many devices in one process: the real [`node`] logic, each with its own key, over a line that can fail, to a real
//! broker.
//!
//! A tour:
//!
//! 1. [`scenario`]: sites and their outages, read from files or made by [`generate`].
//! 2. [`enrol`]: keys, a fixed shift in time, and the rows that a registrar needs. Done once, before the first run.
//! 3. [`run`]: every device through its past and on with the clock; records to the broker, receipts back.
//! 4. [`journal`]: what must survive a kill: it is durable before anything is published.
//! 5. [`list`] and [`status`]: what the fleet says of itself, for those who check it.
//! 6. [`drill`]: [`whole`] devices, drivers and all, through what the field does to them.
//!
//! Normal running and recovery are one path: a device starts at its last record and is brought to now by the same
//! code that then keeps it there.
#![warn(missing_docs)]

pub mod cli;
mod device;
pub mod drill;
pub mod enrol;
pub mod generate;
pub mod journal;
mod keys;
pub mod line;
mod link;
pub mod list;
mod member;
pub mod run;
pub mod scenario;
mod state;
pub mod status;
pub mod whole;

pub use ::device::{RECEIPTS_TOPIC, RECORDS_TOPIC};
pub use broker::{Broker, BrokerError};
pub use enrol::{AreaRows, EnrolConfig, EnrolError, Enrolment, enrol};
pub use line::Line;
pub use run::{FleetError, RunConfig, run};
pub use scenario::{Scenario, ScenarioError, Source};
pub use state::StateError;
pub use status::Status;

/// The most devices in one fleet.
pub const MAX_DEVICES: usize = 20_000;
/// The most connections to the broker.
pub const MAX_CONNECTIONS: usize = 1024;
