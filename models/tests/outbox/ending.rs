//! How a connection ends is nothing that the models look at.

#[derive(Debug, Clone)]
pub(super) struct Ending;

pub(super) type Ended = ();
