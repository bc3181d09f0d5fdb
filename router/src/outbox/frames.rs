//! Several published messages, framed back to back. They are handed to each receiver in one step and written
//! by one system call.

use crate::frame::{Encoded, encoded_frames};
use std::sync::{Arc, OnceLock};

pub(crate) struct Frames {
    whole: Arc<Encoded>,
    /// The frames one by one, created when a receiver first needs them separately.
    each: OnceLock<Box<[Arc<Encoded>]>>,
}

impl Frames {
    /// `bytes` must be whole frames, none of them compressed.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self {
            whole: Arc::new(Encoded::from_frames(bytes.into())),
            each: OnceLock::new(),
        }
    }

    /// All bytes.
    pub(super) fn len(&self) -> usize {
        self.whole.len()
    }

    /// The items to queue: each frame on its own, or one item for all of them.
    pub(super) fn items(&self, separately: bool) -> &[Arc<Encoded>] {
        if separately {
            self.each()
        } else {
            std::slice::from_ref(&self.whole)
        }
    }

    fn each(&self) -> &[Arc<Encoded>] {
        self.each.get_or_init(|| {
            let [_, bytes] = self.whole.parts();
            let mut start = 0;
            encoded_frames(bytes)
                .map(|(_, end)| {
                    let frame = self.whole.part(start..end);
                    start = end;
                    Arc::new(frame)
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Opcode;

    #[test]
    fn the_frames_of_a_group_are_found_again() {
        let messages = [vec![1; 3], vec![2; 200], Vec::new(), vec![3; 4000]];
        let frames = messages.map(|message| Encoded::copied(Opcode::Binary, &message));
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(|frame| frame.parts().concat())
            .collect();
        let group = Frames::new(bytes);
        assert_eq!(group.each().len(), frames.len());
        for (found, frame) in group.each().iter().zip(&frames) {
            assert_eq!(found.parts().concat(), frame.parts().concat());
        }
        let length: usize = frames.iter().map(Encoded::len).sum();
        assert_eq!(group.len(), length);
    }
}
