//! The guide: pages about a topic rather than an item.
//!
//! | page | is about |
//! |---|---|
//! | [`limits`] | what clients may cost, all limits, and which to set |

#[doc = include_str!("limits.md")]
pub mod limits {}
