//! What is signed goes out while the signer fails.

use crate::{Node, Now, Publish, Signer, SignerError, Store};

/// Stands in for the one that fails.
struct NoSigner;

impl Signer for NoSigner {
    fn sign(&mut self, _message: &[u8]) -> Result<[u8; 64], SignerError> {
        Err(SignerError)
    }
}

impl Node {
    /// As [`Node::next_publish`], of what is signed already: for a device whose signer fails, which must not keep weeks of
    /// signed records with it.
    pub fn next_signed(&mut self, now: Now, store: &mut impl Store) -> Option<Publish> {
        if !self.may_publish(now) {
            return None;
        }
        while let Some(at) = self.queue.unsent_signed(self.config.window) {
            // Where its signature cannot be read any more it waits for the signer, and with it what comes later.
            if let Some(bytes) = self.sign(at, &mut NoSigner, store).ok()? {
                return Some(self.published(at, bytes, now));
            }
        }
        None
    }

    /// How many records are signed and without a receipt.
    #[must_use]
    pub fn signed_backlog(&self) -> usize {
        self.queue.signed()
    }
}
