//! A game without a window that shows many sheets at once: for bench/deploy_latency.py.
//!
//! `crowd PROJECT COUNT fast|stock` loads `sprites/crowd-0.sprite.ron` and so on from `PROJECT/assets`, and reports in `PROJECT/.pixels`.

use std::{process::ExitCode, time::Duration};

use bevy::{app::ScheduleRunnerPlugin, prelude::*};
use bevy_pixels_mcp::{FAST_DEBOUNCE, HeadlessPlugins, PixelSprite, PixelsPlugin, fast_hot_reload};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [project, count, watcher] = words.as_slice() else {
        eprintln!("crowd PROJECT COUNT fast|stock");
        return ExitCode::from(2);
    };
    let Ok(count) = count.parse::<usize>() else {
        eprintln!("{count} is no number of sheets");
        return ExitCode::from(2);
    };
    let assets = format!("{project}/assets");
    let mut app = App::new();
    if watcher == "fast" {
        fast_hot_reload(&mut app, &assets, FAST_DEBOUNCE);
    }
    app.add_plugins((
        HeadlessPlugins::new(assets).set(ScheduleRunnerPlugin::run_loop(Duration::from_millis(16))),
        PixelsPlugin::default(),
    ))
    .add_systems(Startup, move |mut commands: Commands| {
        for number in 0..count {
            commands.spawn(PixelSprite::new(format!(
                "sprites/crowd-{number}.sprite.ron"
            )));
        }
    })
    .run();
    ExitCode::SUCCESS
}
