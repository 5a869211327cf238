//! The relayer's own binary between real parts: anvil with our contracts, mosquitto over TLS, the embedded IPFS node,
//! SecantusDB. Nothing is faked; what is absent is said and left out.

mod anchored;
mod bad_input;
mod chain;
mod crashes;
mod outages;
mod parts;
mod rate;
mod rosters;
mod submissions;
mod world;

/// A test on a running world, or a loud word where a part is absent.
macro_rules! world_or_skip {
    ($options:expr) => {
        match crate::world::World::start($options).await {
            Some(world) => world,
            None => return,
        }
    };
}
pub(crate) use world_or_skip;
