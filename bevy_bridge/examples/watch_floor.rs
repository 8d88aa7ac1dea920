//! How long Bevy's own file watcher takes, with nothing behind it: for bench/deploy_latency.py, and for the curious.
//!
//! `watch_floor FOLDER MILLISECONDS` prints `ready`, then a line for each file that Bevy would load again: the time in nanoseconds
//! since 1970 and the path.

use std::{
    io::Write,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bevy::asset::io::{AssetSource, AssetSourceEvent};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, milliseconds] = words.as_slice() else {
        eprintln!("watch_floor FOLDER MILLISECONDS");
        return ExitCode::from(2);
    };
    let Ok(milliseconds) = milliseconds.parse() else {
        eprintln!("{milliseconds} is no number of milliseconds");
        return ExitCode::from(2);
    };
    let (sender, events) = async_channel::unbounded();
    let mut watch =
        AssetSource::get_default_watcher(folder.clone(), Duration::from_millis(milliseconds));
    let Some(_watcher) = watch(sender) else {
        eprintln!("there is no folder {folder}");
        return ExitCode::from(2);
    };
    let mut out = std::io::stdout();
    let mut told = writeln!(out, "ready").and_then(|()| out.flush());
    while told.is_ok() {
        let (AssetSourceEvent::AddedAsset(path) | AssetSourceEvent::ModifiedAsset(path)) =
            (match events.recv_blocking() {
                Ok(event) => event,
                Err(_) => break,
            })
        else {
            continue;
        };
        let now_ns = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        told = writeln!(out, "{now_ns} {}", path.display()).and_then(|()| out.flush());
    }
    ExitCode::SUCCESS
}
