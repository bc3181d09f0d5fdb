//! A placeholder: the models do not examine how a connection ends.

#[derive(Debug, Clone)]
pub(super) struct Ending;

pub(super) type Ended = ();
