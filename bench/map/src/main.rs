//! Measures the API that the map is drawn from, over views of many sites: fills an empty store, starts the real
//! service on it, asks over HTTP. Figures are JSON lines on standard output, progress is on standard error. The exit
//! status is 1 where a limit is missed.

mod figure;
mod fill;
mod measure;
mod service;
mod world;

use std::path::PathBuf;

use clap::Parser;
use store::Settings;

/// Measures the map's API over views of many sites.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// How many sites.
    #[arg(long, default_value_t = 1_300_000)]
    sites: usize,
    /// Connection string of an empty MongoDB or SecantusDB; or of one that an earlier run with as many sites filled,
    /// which is then used again.
    #[arg(long)]
    store: String,
    /// The program `graphql`.
    #[arg(long)]
    graphql: PathBuf,
    /// Leave the live readings out: of each site the last one is not anchored.
    #[arg(long)]
    without_live: bool,
    /// Store the timelines too, from which the sheets are made: 5 GB more, and nothing that is measured reads them.
    #[arg(long)]
    with_timelines: bool,
    /// Fill the store and end.
    #[arg(long)]
    only_fill: bool,
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let arguments = Arguments::parse();
    let settings = |database: &str| Settings { uri: arguments.store.clone(), database: database.into() };
    let (views, intake) = (settings("bench_views"), settings("bench_intake"));
    let extent = fill::Extent { live: !arguments.without_live, timelines: arguments.with_timelines };
    let mut figures = fill::fill(&views, &intake, arguments.sites, extent).await?;
    if !arguments.only_fill {
        let service = service::Service::start(&arguments.graphql, &arguments.store).await?;
        figures.extend(service.figures(arguments.sites)?);
        figures.extend(measure::measure(&service, &world::World::new(arguments.sites)).await?);
        figures.push(service.memory(arguments.sites)?);
    }
    for figure in &figures {
        println!("{}", figure.to_json());
    }
    let missed: Vec<_> = figures.iter().filter(|figure| figure.is_missed()).collect();
    for figure in &missed {
        eprintln!("MISSED: {} is {} {}", figure.name, figure.value, figure.unit);
    }
    if missed.is_empty() {
        return Ok(());
    }
    std::process::exit(1)
}
