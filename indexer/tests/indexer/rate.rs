//! How fast views are built. Run by hand: `cargo test -p indexer -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use crate::{fixture::Fixture, world::START};

/// The size of three days of the replay: 358 devices, batches of 15 minutes, about 80,000 public records.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; takes a minute or two"]
async fn three_days_of_replay() {
    let Some(mut f) = Fixture::start(4, 90).await else { return };
    f.stop().await;
    f.database().await.drop().await.expect("dropped");
    let devices: Vec<Vec<_>> = f.world.areas.iter().map(|area| area.devices[..90].to_vec()).collect();
    let mut records = 0;
    for page in 0..288_u64 {
        let at = START + page * 900;
        // Heartbeats of three quarters of the devices; now and then an outage.
        let arrived = devices.iter().map(|devices| {
            let heard = devices.iter().enumerate().filter(|(n, _)| !(*n as u64 + page).is_multiple_of(4));
            let records = heard.map(|(n, device)| {
                let mut statement = device.on(1, at + n as u64).statement;
                statement.sequence = page + 1;
                statement.previous_sequence = ((n as u64 + page) % 4 == 1 && page > 1).then(|| page - 1);
                if (n as u64 + page).is_multiple_of(41) {
                    statement.power_status = protocol::record::PowerStatus::Off;
                }
                device.sign(statement)
            });
            records.collect::<Vec<_>>().into()
        });
        let arrived: Vec<crate::world::Arrived> = arrived.collect();
        records += arrived.iter().map(|arrived| arrived.public.len()).sum::<usize>();
        f.world.page(arrived).await;
    }
    let begun = Instant::now();
    f.resume();
    loop {
        // Asked rarely: the question costs the store more than a batch.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let verified = f.views.totals().await.expect("read").verified;
        if verified == 4 * 288 {
            break;
        }
        println!("{:>5.1} s: {verified} batches", begun.elapsed().as_secs_f64());
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{records} records in {seconds:.1} s: {:.0} records/s", records as f64 / seconds);
    f.stop().await;
}
