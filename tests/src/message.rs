//! Messages of different sizes, told apart by their numbers.

/// A short message, a longer one, one that is too large to be copied, and so on.
pub fn message(number: usize) -> String {
    let length = [100, 5_000, 40_000][number % 3];
    format!("{:.<length$}", format!("{number} "))
}
