//! The figures of a case, as a Markdown table.

use crate::{
    cases::Case,
    server::ServerKind,
    statistics::{Figures, median, ratio},
};
use std::fmt::Write as _;

/// The heading of a column, and how its value is taken from the figures.
type Column = (&'static str, fn(&Figures) -> Option<f64>);

const COLUMNS: [Column; 9] = [
    ("per second", |figures| figures.per_second),
    ("p50 µs", |figures| figures.latency.map(|[p50, _, _]| p50)),
    ("p99 µs", |figures| figures.latency.map(|[_, p99, _]| p99)),
    ("p99.9 µs", |figures| {
        figures.latency.map(|[_, _, p999]| p999)
    }),
    ("reply bytes", |figures| figures.wire),
    ("bytes each", |figures| figures.memory),
    ("MiB grown", |figures| figures.grown),
    ("generator CPU s per million", |figures| figures.generator),
    ("CPU s per million", |figures| figures.cpu),
];

pub(crate) fn of(case: Case, rows: &[(ServerKind, Vec<Figures>)]) -> String {
    let is_measured = |(_, take): &&Column| {
        rows.iter()
            .flat_map(|(_, all)| all)
            .any(|f| take(f).is_some())
    };
    let columns: Vec<&Column> = COLUMNS.iter().filter(is_measured).collect();
    // The servers are compared by the last column: CPU time, or memory if that is measured.
    let Some((_, what_counts)) = columns.last() else {
        return format!("## {}\n\nnothing was measured\n", case.name());
    };
    let counted =
        |figures: &[Figures]| -> Vec<f64> { figures.iter().filter_map(what_counts).collect() };
    let base = rows
        .first()
        .map(|(kind, figures)| (kind.name(), counted(figures)));
    let (base_name, base) = base.unwrap_or_default();

    let mut text = format!("## {}: {}\n\n| server |", case.name(), case.description());
    for (name, _) in &columns {
        let _ = write!(text, " {name} |");
    }
    let _ = write!(text, " ÷ {base_name} |\n|---|");
    text.push_str(&"--:|".repeat(columns.len() + 1));
    for (kind, figures) in rows {
        let _ = write!(text, "\n| {} |", kind.name());
        for (_, take) in &columns {
            let value = median(figures.iter().filter_map(take));
            let _ = write!(text, " {} |", value.map_or("–".to_owned(), number));
        }
        let ratio = ratio(&counted(figures), &base);
        let _ = write!(
            text,
            " {} |",
            ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
        );
    }
    text.push('\n');
    text
}

/// Formats a value with three significant digits.
fn number(value: f64) -> String {
    match value {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measured_figures_have_a_column() {
        let figures = |cpu| Figures {
            per_second: Some(1000.0),
            cpu: Some(cpu),
            ..Figures::default()
        };
        let rows = [
            (ServerKind::Bun, vec![figures(2.0), figures(4.0)]),
            (ServerKind::Router, vec![figures(1.0), figures(1.0)]),
        ];
        let table = of(Case::Connect, &rows);
        assert!(
            table.contains("| server | per second | CPU s per million | ÷ bun |"),
            "{table}"
        );
        assert!(table.contains("| router | 1000 | 1.00 | 0.38 |"), "{table}");
    }
}
