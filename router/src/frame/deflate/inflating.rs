//! Inflating a message in turns, so that a large one does not keep others waiting.

use super::{Inflated, Inflater};
use crate::{
    frame::{Gathered, Violation},
    memory::Charge,
};

/// A message that is being inflated, with an inflater of its own if it refers to no other message.
#[derive(Debug, Default)]
pub(crate) struct Inflating {
    inflated: Inflated,
    fresh: Option<Inflater>,
    /// The inflater, once it is kept from the thread.
    charge: Charge,
}

impl Inflating {
    /// Inflates up to `turn` more bytes of a message. Without `takeover`, it refers to none before it. One
    /// of more than `limit` bytes is too big. Returns the message when it is complete.
    pub(crate) fn go_on(
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
        let is_complete = inflater.go_on(&mut self.inflated, payload, limit, turn)?;
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
