//! Bytes held by one owner.

/// Bytes that are counted as held until this value is dropped.
#[derive(Debug, Default)]
pub(crate) struct Charge(usize);

impl Charge {
    pub(crate) fn new(bytes: usize) -> Self {
        super::add(bytes);
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0
    }

    /// Sets the number of bytes.
    pub(crate) fn set(&mut self, bytes: usize) {
        super::resized(self.0, bytes);
        self.0 = bytes;
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}
