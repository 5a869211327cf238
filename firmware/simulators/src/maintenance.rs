//! The other end of an update, without a broker between: the first image in its slot, the bootloader that starts what
//! the slots hold, and the operator, who orders releases and answers what a device asks.

use orders::{
    Layout, Manifest, Running,
    topics::{BLOCK, ORDERS_TOPIC, RELEASE, REQUESTS_TOPIC},
    transfer::Request,
};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    digest,
    key::{PublicKey, Signature},
};

use crate::{
    bootloader::{self, Bootloader},
    flash::SimFlash,
    sim7020::Sim7020,
};

/// What the images are built for.
pub const BOARD: &str = "esp32c3-atecc608-sim7020";
/// What boards are flashed with.
pub const FIRST_RELEASE: u64 = 1;

/// The maintenance of one device.
pub struct Maintenance {
    /// The device's name.
    pub device_id: String,
    /// Where the parts of an update lie in its flash.
    pub layout: Layout,
    /// What starts images.
    pub bootloader: Bootloader,
    /// Signs releases.
    pub release_key: SigningKey,
    /// The image that is served.
    pub image: Vec<u8>,
}

impl Maintenance {
    /// Puts the first release, with so many bytes of code, into the first slot, unless something is in either.
    #[must_use]
    pub fn new(device_id: &str, flash: &SimFlash, layout: Layout, release_key: SigningKey, code_bytes: usize) -> Self {
        let image = bootloader::image(BOARD, FIRST_RELEASE, 0, code_bytes);
        let mut cells = flash.cells();
        let mut bytes = cells.bytes().to_vec();
        let slots = layout.slots.map(|slot| slot as usize);
        if slots.iter().all(|slot| bytes[*slot..][..layout.slot_bytes].iter().all(|byte| *byte == 0xff)) {
            bytes[slots[0]..][..image.len()].copy_from_slice(&image);
            cells.set_bytes(&bytes);
        }
        drop(cells);
        let Layout { otadata, slots, slot_bytes, .. } = layout;
        let bootloader = Bootloader { otadata, slots, slot_bytes, secure_version: 0 };
        Self { device_id: device_id.into(), layout, bootloader, release_key, image }
    }

    /// What the bootloader starts; none where the power went meanwhile. It takes releases of the release key alone.
    pub fn boot(&self, flash: &mut SimFlash) -> Option<Running> {
        let slot = self.bootloader.start(flash)?;
        let release = self.bootloader.release(flash, slot).expect("the bootloader starts whole images only");
        let release_keys = vec![public_key(&self.release_key)];
        Some(Running { board: BOARD, release, security_version: 0, release_keys, slot })
    }

    /// Orders a release with so many bytes of code, and serves its image from now on.
    pub fn release(&mut self, modem: &Sim7020, release: u64, code_bytes: usize) {
        self.image = bootloader::image(BOARD, release, 0, code_bytes);
        self.order(modem, RELEASE, &self.manifest(release, &self.image));
    }

    /// The signed manifest of an image.
    #[must_use]
    pub fn manifest(&self, release: u64, image: &[u8]) -> Vec<u8> {
        let manifest = Manifest {
            board: BOARD.into(),
            image_sha256: digest(image),
            release,
            security_version: 0,
            size: image.len() as u64,
        };
        manifest.to_signed_bytes(&sign(&self.release_key, &manifest.to_bytes()))
    }

    /// Publishes an order, retained: it is there for whoever connects.
    pub fn order(&self, modem: &Sim7020, kind: &str, bytes: &[u8]) {
        let topic = format!("{ORDERS_TOPIC}{}/{kind}", self.device_id);
        let mut state = modem.state();
        state.broker.retained.insert(topic.clone(), bytes.to_vec());
        state.deliver(&topic, bytes);
    }

    /// Takes the requests out of what the device published, and answers them.
    pub fn serve(&self, modem: &Sim7020) {
        let mut state = modem.state();
        let asked: Vec<_> = state.broker.received.extract_if(.., |(topic, _)| self.is_request(topic)).collect();
        for request in asked.iter().filter_map(|(_, bytes)| Request::parse(bytes).ok()) {
            for answer in request.answers(&self.image) {
                state.deliver(&self.block_topic(), &answer);
            }
        }
    }

    /// Whether the device asks for blocks by this topic.
    #[must_use]
    pub fn is_request(&self, topic: &str) -> bool {
        topic.strip_prefix(REQUESTS_TOPIC) == Some(&self.device_id)
    }

    /// Where it listens for them.
    #[must_use]
    pub fn block_topic(&self) -> String {
        format!("{ORDERS_TOPIC}{}/{BLOCK}", self.device_id)
    }
}

/// An order's signature.
#[must_use]
pub fn sign(key: &SigningKey, text: &[u8]) -> Signature {
    let raw: EcdsaSignature = key.sign(text);
    Signature::normalized(&raw.to_bytes()).expect("a signature of P-256")
}

/// The public half of a key.
#[must_use]
pub fn public_key(key: &SigningKey) -> PublicKey {
    PublicKey::from_point(key.verifying_key().to_encoded_point(false).as_bytes()).expect("a key's own point")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, flash::SECTOR};

    const SLOT: usize = 4 * SECTOR;
    const LAYOUT: Layout =
        Layout { state: 0, otadata: 0x2000, slots: [0x4000, 0x4000 + SLOT as u32], slot_bytes: SLOT };

    fn maintenance(flash: &SimFlash) -> Maintenance {
        Maintenance::new("d-1", flash, LAYOUT, SigningKey::from_slice(&[7; 32]).unwrap(), 5_000)
    }

    #[test]
    fn the_first_release_is_started_and_not_flashed_over_another() {
        let mut flash = SimFlash::erased(4 + 2 * SLOT / SECTOR);
        let first = maintenance(&flash);
        let running = first.boot(&mut flash).unwrap();
        assert_eq!((running.release, running.slot, running.board), (FIRST_RELEASE, 0, BOARD));
        let mut bytes = flash.cells().bytes().to_vec();
        let other = bootloader::image(BOARD, 7, 0, 100);
        bytes[0x4000..][..other.len()].copy_from_slice(&other);
        flash.cells().set_bytes(&bytes);
        assert_eq!(maintenance(&flash).boot(&mut flash).unwrap().release, 7);
    }

    #[test]
    fn an_ordered_release_is_retained_and_signed_and_requests_of_other_devices_are_left() {
        let flash = SimFlash::erased(4 + 2 * SLOT / SECTOR);
        let modem = Sim7020::new(&Clock::default());
        let mut maintenance = maintenance(&flash);
        maintenance.release(&modem, 2, 6_000);
        let retained = modem.state().broker.retained["power/v1/orders/d-1/release"].clone();
        let manifest = Manifest::verify(&retained, &[public_key(&maintenance.release_key)]).unwrap();
        assert_eq!((manifest.release, manifest.image_sha256), (2, digest(&maintenance.image)));
        let request = Request { missing: 1, release: 2, sector: 0 };
        let received =
            ["power/v1/requests/d-1", "power/v1/requests/d-2"].map(|topic| (topic.into(), request.to_bytes()));
        modem.state().broker.received.extend(received);
        maintenance.serve(&modem);
        let left: Vec<_> = modem.state().broker.received.iter().map(|(topic, _)| topic.clone()).collect();
        assert_eq!(left, ["power/v1/requests/d-2"]);
    }
}
