//! The smallest game that shows sprites deployed by pixels-mcp, and swaps each of them live.
//! README.md says how to start it.

mod arguments;
mod ground;
mod island;
mod room;
mod view;

use std::{process::ExitCode, time::Duration};

use bevy::{
    app::{AppExit, ScheduleRunnerPlugin, TerminalCtrlCHandlerPlugin},
    asset::AssetPlugin,
    log::LogPlugin,
    prelude::*,
};
use bevy_pixels_mcp::{FAST_DEBOUNCE, HeadlessPlugins, PixelsPlugin, fast_hot_reload};

use arguments::{Arguments, USAGE};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let assets = arguments.project.join("assets");
    // Bevy watches only what is there when it starts.
    if let Err(error) = std::fs::create_dir_all(assets.join("sprites")) {
        eprintln!("{} cannot be made: {error}", assets.display());
        return ExitCode::from(2);
    }
    let Some(assets) = assets.to_str() else {
        eprintln!("{} is not UTF-8", assets.display());
        return ExitCode::from(2);
    };
    match play(&arguments, assets) {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

fn play(arguments: &Arguments, assets: &str) -> AppExit {
    let mut app = App::new();
    if arguments.fast_watcher {
        fast_hot_reload(&mut app, assets, FAST_DEBOUNCE);
    }
    if arguments.headless {
        let frame = Duration::from_secs_f64(1.0 / 60.0);
        app.add_plugins((
            HeadlessPlugins::new(assets).set(ScheduleRunnerPlugin::run_loop(frame)),
            LogPlugin::default(),
            TerminalCtrlCHandlerPlugin,
        ));
    } else {
        let assets = AssetPlugin {
            file_path: assets.to_owned(),
            ..default()
        };
        app.add_plugins((
            DefaultPlugins
                .set(assets)
                .set(ImagePlugin::default_nearest())
                .set(view::window(arguments.zoom)),
            view::ViewPlugin {
                zoom: arguments.zoom,
            },
        ));
    }
    app.add_plugins((PixelsPlugin::default(), room::RoomPlugin));
    if let Some(exit_after) = arguments.exit_after {
        app.add_systems(
            Last,
            move |time: Res<Time<Real>>, mut exit: MessageWriter<AppExit>| {
                if time.elapsed() >= exit_after {
                    exit.write(AppExit::Success);
                }
            },
        );
    }
    app.run()
}
