//! Inflating a message in turns, so that a large message does not delay other tasks.

use super::{Inflated, Inflater};
use crate::{
    frame::{Gathered, Violation},
    memory::Charge,
};

/// A message that is being inflated, with its own inflater if it does not refer to other messages.
#[derive(Debug, Default)]
pub(crate) struct Inflating {
    inflated: Inflated,
    fresh: Option<Inflater>,
    /// Counts the memory of `fresh`. It is set when the first turn ends before the message is complete.
    charge: Charge,
}

impl Inflating {
    /// Inflates more of a message, and returns it when it is complete. Stops after about `turn` bytes of
    /// work. Without `takeover`, the message does not refer to earlier ones. Fails if the message is
    /// longer than `limit` bytes.
    pub(crate) fn inflate_some(
        &mut self,
        takeover: Option<&mut Inflater>,
        payload: &[u8],
        limit: usize,
        turn: usize,
    ) -> Result<Option<Gathered>, Violation> {
        let inflater = match takeover {
            Some(inflater) => inflater,
            None => self.fresh.get_or_insert_with(Inflater::fresh),
        };
        let is_complete = inflater.inflate_some(&mut self.inflated, payload, limit, turn)?;
        if !is_complete && self.fresh.is_some() {
            self.charge.set(Inflater::MEMORY);
        }
        Ok(is_complete.then(|| std::mem::take(&mut self.inflated.message)))
    }
}

impl Drop for Inflating {
    fn drop(&mut self) {
        if let Some(fresh) = self.fresh.take() {
            fresh.give_back();
        }
    }
}
