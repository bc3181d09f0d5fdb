//! permessage-deflate (RFC 7692 §7.2) with the C library zlib, which the framework itself does not use.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// Decompresses messages with a window of a given size. A message that refers back beyond the window is an
/// error.
#[derive(Debug)]
pub struct Inflater {
    inflate: Decompress,
    takeover: bool,
}

impl Inflater {
    /// The window has 2^`bits` bytes. With `takeover`, a message may refer to earlier messages.
    pub fn new(bits: u8, takeover: bool) -> Self {
        Self {
            inflate: Decompress::new_with_window_bits(false, bits),
            takeover,
        }
    }

    /// Decompresses a message from the server.
    pub fn message(&mut self, payload: &[u8]) -> Vec<u8> {
        if !self.takeover {
            self.inflate.reset(false);
        }
        let input = [payload, &TAIL].concat();
        let start = self.inflate.total_in();
        let mut message = Vec::new();
        loop {
            message.reserve(64 * 1024);
            let read = (self.inflate.total_in() - start) as usize;
            let status = self
                .inflate
                .decompress_vec(&input[read..], &mut message, FlushDecompress::Sync)
                .expect("the server's messages can be inflated, within the window");
            assert_ne!(
                status,
                Status::StreamEnd,
                "the server's blocks are not the last"
            );
            let read = (self.inflate.total_in() - start) as usize;
            if read == input.len() && message.len() < message.capacity() {
                return message;
            }
        }
    }
}

/// Compresses messages with a window of a given size.
#[derive(Debug)]
pub struct Deflater {
    deflate: Compress,
    takeover: bool,
}

impl Deflater {
    /// The window has 2^`bits` bytes. With `takeover`, a message may refer to earlier messages.
    pub fn new(bits: u8, takeover: bool) -> Self {
        Self {
            deflate: Compress::new_with_window_bits(Compression::default(), false, bits),
            takeover,
        }
    }

    /// Compresses a message for the server.
    pub fn message(&mut self, message: &[u8]) -> Vec<u8> {
        if !self.takeover {
            self.deflate.reset();
        }
        let start = self.deflate.total_in();
        let mut payload = Vec::new();
        loop {
            payload.reserve(64 * 1024);
            let read = (self.deflate.total_in() - start) as usize;
            self.deflate
                .compress_vec(&message[read..], &mut payload, FlushCompress::Sync)
                .expect("compressing can't fail");
            let read = (self.deflate.total_in() - start) as usize;
            if read == message.len() && payload.len() < payload.capacity() {
                assert!(payload.ends_with(&TAIL), "a sync flush");
                payload.truncate(payload.len() - TAIL.len());
                return payload;
            }
        }
    }
}
