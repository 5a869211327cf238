//! The operator's side of an update, and the bootloader: what stands between a board and the images in its slots.

use std::io;

use device::{ORDERS_TOPIC, REQUESTS_TOPIC};
use orders::{Layout, Manifest, Running, transfer::Request};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    digest,
    key::{PublicKey, Signature},
};
use simulators::{
    bootloader::{self, Bootloader},
    flash::{SECTOR, SimFlash},
    sim7020::Sim7020,
};

const BOARD: &str = "esp32c3-atecc608-sim7020";
/// Orders' state, `otadata`, and what each slot holds, in sectors.
const STATE_SECTORS: usize = 2;
/// See [`STATE_SECTORS`].
const OTADATA_SECTORS: usize = 2;
/// See [`STATE_SECTORS`]. A board's are 368: images here are as short as their download shall be.
const SLOT_SECTORS: usize = 16;
/// Behind the queue.
pub(super) const SECTORS: usize = STATE_SECTORS + OTADATA_SECTORS + 2 * SLOT_SECTORS;
/// Bytes of code in an image.
const CODE_BYTES: usize = 60_000;
/// Signs the drill's releases, which run on simulated boards alone: the same in every run, and no secret.
const RELEASE_KEY: [u8; 32] = [0x5a; 32];
/// What the boards were flashed with.
pub(super) const FIRST_RELEASE: u64 = 1;

/// The operator of one board, with the release that he offers.
pub(super) struct Maintenance {
    layout: Layout,
    bootloader: Bootloader,
    release_key: SigningKey,
    image: Vec<u8>,
}

impl Maintenance {
    /// Puts the first release into the first slot of an erased flash, behind a queue of `queue_sectors`.
    ///
    /// # Errors
    /// None with the key that is there.
    pub(super) fn new(flash: &SimFlash, queue_sectors: usize) -> io::Result<Self> {
        let release_key = SigningKey::from_slice(&RELEASE_KEY).map_err(io::Error::other)?;
        let address = |sectors: usize| ((queue_sectors + sectors) * SECTOR) as u32;
        let first = STATE_SECTORS + OTADATA_SECTORS;
        let layout = Layout {
            state: address(0),
            otadata: address(STATE_SECTORS),
            slots: [address(first), address(first + SLOT_SECTORS)],
            slot_bytes: SLOT_SECTORS * SECTOR,
        };
        let image = bootloader::image(BOARD, FIRST_RELEASE, 0, CODE_BYTES);
        let mut cells = flash.cells();
        let mut bytes = cells.bytes().to_vec();
        let slot = layout.slots[0] as usize;
        if bytes[slot..].iter().all(|byte| *byte == 0xff) {
            bytes[slot..][..image.len()].copy_from_slice(&image);
            cells.set_bytes(&bytes);
        }
        drop(cells);
        let Layout { otadata, slots, slot_bytes, .. } = layout;
        let bootloader = Bootloader { otadata, slots, slot_bytes, secure_version: 0 };
        Ok(Self { layout, bootloader, release_key, image })
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// What the bootloader starts; none where the power went meanwhile.
    pub(super) fn boot(&self, flash: &mut SimFlash) -> Option<Running> {
        let slot = self.bootloader.start(flash)?;
        let release = self.bootloader.release(flash, slot)?;
        let point = self.release_key.verifying_key().to_encoded_point(false);
        let release_keys = PublicKey::from_point(point.as_bytes()).into_iter().collect();
        Some(Running { board: BOARD, release, security_version: 0, release_keys, slot })
    }

    /// Orders the next release: the message is there for whoever connects.
    pub(super) fn order(&mut self, device_id: &str, modem: &Sim7020) -> io::Result<()> {
        let release = FIRST_RELEASE + 1;
        self.image = bootloader::image(BOARD, release, 0, CODE_BYTES);
        let manifest = Manifest {
            board: BOARD.into(),
            image_sha256: digest(&self.image),
            release,
            security_version: 0,
            size: self.image.len() as u64,
        };
        let raw: EcdsaSignature = self.release_key.sign(&manifest.to_bytes());
        let signature = Signature::normalized(&raw.to_bytes()).map_err(io::Error::other)?;
        let topic = format!("{ORDERS_TOPIC}{device_id}/release");
        let bytes = manifest.to_signed_bytes(&signature);
        let mut state = modem.state();
        state.broker.retained.insert(topic.clone(), bytes.clone());
        state.deliver(&topic, &bytes);
        Ok(())
    }

    /// Answers the requests among what was published.
    pub(super) fn serve(&self, device_id: &str, modem: &Sim7020) {
        let mut state = modem.state();
        let requests = format!("{REQUESTS_TOPIC}{device_id}");
        let asked: Vec<_> = state.broker.received.extract_if(.., |(topic, _)| *topic == requests).collect();
        for request in asked.iter().filter_map(|(_, bytes)| Request::parse(bytes).ok()) {
            for answer in request.answers(&self.image) {
                state.deliver(&format!("{ORDERS_TOPIC}{device_id}/block"), &answer);
            }
        }
    }
}
