//! Updates over the air, on a whole device with a bootloader: from the order to the receipt that confirms the image.

mod common;

use common::{
    World,
    operator::{BOARD, Fate, Operator, Way, public_of},
};
use device::ORDERS_TOPIC;
use p256::ecdsa::SigningKey;
use protocol::record::PowerStatus::{Off, On};
use rand::rngs::OsRng;
use simulators::{bootloader, flash::Cut};

impl World {
    fn operator(&mut self) -> &mut Operator {
        self.operator.as_mut().unwrap()
    }

    /// Publishes an order, retained.
    fn order(&mut self, kind: &str, bytes: &[u8]) {
        let topic = format!("{ORDERS_TOPIC}{}/{kind}", common::ID);
        let mut state = self.modem.state();
        state.broker.retained.insert(topic.clone(), bytes.to_vec());
        state.deliver(&topic, bytes);
    }

    /// Orders a release with an image of so many bytes of code.
    fn release(&mut self, release: u64, length: usize) {
        let image = bootloader::image(BOARD, release, 0, length);
        let manifest = self.operator().manifest(release, &image);
        self.operator().image = image;
        self.order("release", &manifest);
    }

    fn running(&self) -> Option<u64> {
        let orders = self.board.as_ref()?.orders()?;
        Some(orders.running().release)
    }

    fn is_confirmed(&self, release: u64) -> bool {
        self.running() == Some(release) && self.board.as_ref().is_some_and(|it| !it.orders().unwrap().is_on_trial())
    }

    fn run_until(&mut self, most_s: u64, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..most_s / 5 {
            if holds(self) {
                return;
            }
            self.run_s(5);
        }
        panic!("in vain: {what}; {:?}", self.board.as_ref().and_then(|it| it.orders()).map(|it| it.refused()));
    }
}

#[test]
fn a_release_is_fetched_started_and_confirmed_by_a_receipt() {
    let mut world = World::with_operator();
    world.run_s(120);
    assert_eq!(world.running(), Some(1));
    world.release(2, 20_000);
    world.run_until(900, "release 2", |world| world.is_confirmed(2));
    assert_eq!(world.operator().started, [1, 2]);
    let sectors = world.operator().image.len().div_ceil(4_096) as u32;
    assert_eq!(world.operator().requests, sectors, "one request a sector");
    // It stays, also after the power was gone.
    world.lose_power();
    world.start();
    world.run_s(120);
    assert!(world.is_confirmed(2));
    world.assert_whole();
}
