//! Figures of one round, and summaries of several rounds.

use std::time::Duration;

/// The figures of one round. A case sets the figures that it measures.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) per_second: Option<f64>,
    /// Latencies in microseconds: median, 99th and 99.9th percentile.
    pub(crate) latency: Option<[f64; 3]>,
    /// The server's CPU seconds per million operations.
    pub(crate) cpu: Option<f64>,
    /// Bytes of a reply on the wire.
    pub(crate) wire: Option<f64>,
    /// Bytes of resident memory per connection, or per item that the case counts.
    pub(crate) memory: Option<f64>,
    /// Growth of resident memory under the load, in MiB.
    pub(crate) grown: Option<f64>,
    /// The generator's CPU seconds per million operations.
    pub(crate) generator: Option<f64>,
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 0 => Some(f64::midpoint(values[middle - 1], values[middle])),
        _ => Some(values[middle]),
    }
}

/// The median of the ratios of two servers in the same round.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs))
}

/// Returns the median, the 99th and the 99.9th percentile of latencies, in microseconds.
pub(crate) fn percentiles(latencies: &mut [Duration]) -> Option<[f64; 3]> {
    latencies.sort_unstable();
    let last = latencies.len().checked_sub(1)?;
    Some([0.5, 0.99, 0.999].map(|part| {
        let place = (part * last as f64).round() as usize;
        latencies[place].as_secs_f64() * 1e6
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0]), Some(2.5));
        assert_eq!(ratio(&[1.0, 4.0, 6.0], &[2.0, 4.0, 3.0]), Some(1.0));
    }

    #[test]
    fn percentiles_are_taken_from_sorted_latencies() {
        let mut latencies: Vec<Duration> = (0..=1000).rev().map(Duration::from_micros).collect();
        let [median, p99, p999] = percentiles(&mut latencies).unwrap_or_default();
        assert!((median - 500.0).abs() < 0.01);
        assert!((p99 - 990.0).abs() < 0.01 && (p999 - 999.0).abs() < 0.01);
        assert_eq!(percentiles(&mut []), None);
    }
}
