//! Plots how the cost per delivery grows.

use crate::{
    Result, Settings, rooms,
    server::{Server, ServerKind},
    statistics::median,
};
use plotters::prelude::*;
use std::{fs, path::Path};

/// A plot, and the counts for which it is measured.
struct Growth {
    file: &'static str,
    title: &'static str,
    along: &'static str,
    counts: Vec<usize>,
    plan: fn(usize) -> rooms::Plan,
}

type Curve = (ServerKind, Vec<(f64, f64)>);

/// Measures, and draws the plots into files in `folder`.
pub(crate) fn draw(folder: &Path, settings: &Settings) -> Result<()> {
    fs::create_dir_all(folder)?;
    for growth in [subscribers(settings), topics()] {
        let kinds = [ServerKind::Router, ServerKind::Bun];
        let chosen = kinds
            .into_iter()
            .filter(|kind| settings.servers.contains(kind));
        let mut curves = chosen
            .map(|kind| (kind, Vec::new()))
            .collect::<Vec<Curve>>();
        for &count in &growth.counts {
            for (kind, points) in &mut curves {
                let costs = (0..settings.rounds)
                    .map(|_| cost(*kind, (growth.plan)(count), settings))
                    .collect::<Result<Vec<_>>>()?;
                let cost = median(costs).unwrap_or_default();
                println!("{}: {count}: {}: {cost:.2} µs", growth.file, kind.name());
                points.push((count as f64, cost));
            }
        }
        plot(&folder.join(growth.file), &growth, &curves)
            .map_err(|error| format!("{}: {error}", growth.file))?;
    }
    Ok(())
}

fn subscribers(settings: &Settings) -> Growth {
    Growth {
        file: "subscribers.svg",
        title: "A message of 128 bytes to all subscribers of a topic",
        along: "subscribers",
        counts: vec![1, 10, 100, 1000, settings.connections],
        plan: |count| rooms::Plan {
            rooms: 1,
            members: count,
            sockets: count,
            window: 1,
            stalled: false,
        },
    }
}

fn topics() -> Growth {
    Growth {
        file: "topics.svg",
        title: "A message of 128 bytes to a random topic of 10 subscribers",
        along: "topics",
        counts: vec![1, 10, 100, 1000, 10_000, 100_000],
        plan: |count| rooms::Plan {
            rooms: count,
            members: 10,
            sockets: 1000,
            window: 1,
            stalled: false,
        },
    }
}

/// Measures the server's CPU time per delivery, in microseconds.
fn cost(kind: ServerKind, plan: rooms::Plan, settings: &Settings) -> Result<f64> {
    let server = Server::start(kind, false, settings.pin)?;
    let figures = rooms::run(&server, plan, settings.time)?;
    figures.cpu.ok_or_else(|| "nothing was measured".into())
}

fn plot(file: &Path, growth: &Growth, curves: &[Curve]) -> Result<()> {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let right = points().fold(1.0, |most: f64, (count, _)| most.max(*count));
    let top = points().fold(0.0, |most: f64, (_, cost)| most.max(*cost));

    let root = SVGBackend::new(file, (720, 400)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(growth.title, ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d((1.0..right).log_scale(), 0.0..top * 1.15)?;
    chart
        .configure_mesh()
        .x_desc(growth.along)
        .y_desc("CPU time per delivery, µs")
        .x_label_formatter(&|count| format!("{count:.0}"))
        .draw()?;
    for (kind, points) in curves {
        let color = if *kind == ServerKind::Router {
            RED
        } else {
            BLUE
        };
        chart
            .draw_series(LineSeries::new(
                points.iter().copied(),
                color.stroke_width(2),
            ))?
            .label(kind.name())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    root.present()?;
    Ok(())
}
