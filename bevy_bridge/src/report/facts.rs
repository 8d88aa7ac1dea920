//! What does not change while the game runs, and the folder that it reports in.

use std::path::{Path, PathBuf};

use bevy::{asset::AssetPlugin, prelude::*};
use serde::Serialize;

use crate::fast::{FastHotReload, STOCK_DEBOUNCE};

/// What does not change while the game runs: the body of `game.json`.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct GameFacts {
    /// The Bevy that this crate is made for.
    pub bevy: &'static str,
    pub bevy_pixels_mcp: &'static str,
    pub assets_root: PathBuf,
    pub watching: bool,
    pub debounce_ms: u64,
    pub screenshots: bool,
}

/// The facts of this app, and the folder of its game.
pub(crate) fn inspect(app: &App, screenshots: bool) -> (PathBuf, GameFacts) {
    let base = base_path();
    let plugins = app.get_added_plugins::<AssetPlugin>();
    let file_path = plugins
        .first()
        .map_or("assets", |plugin| plugin.file_path.as_str());
    let fast = app.world().get_resource::<FastHotReload>();
    if let Some(fast) = fast.filter(|fast| fast.assets != file_path) {
        let watched = &fast.assets;
        warn!("fast_hot_reload watches \"{watched}\", the game loads from \"{file_path}\"");
    }
    let assets_root = base.join(file_path);
    let assets_root = std::path::absolute(&assets_root).unwrap_or(assets_root);
    let game = if Path::new(file_path).is_absolute() {
        assets_root.parent().map(Path::to_path_buf)
    } else {
        std::path::absolute(base).ok()
    };
    let watching = app
        .world()
        .get_resource::<AssetServer>()
        .is_some_and(AssetServer::watching_for_changes);
    if !assets_root.is_dir() {
        let folder = assets_root.display();
        warn!("the assets folder {folder} is missing: create it and start again to see changes");
    }
    let facts = GameFacts {
        bevy: "0.19",
        bevy_pixels_mcp: env!("CARGO_PKG_VERSION"),
        watching: watching && assets_root.is_dir(),
        debounce_ms: fast
            .map_or(STOCK_DEBOUNCE, |fast| fast.debounce)
            .as_millis() as u64,
        assets_root,
        screenshots,
    };
    (game.unwrap_or_default().join(".pixels"), facts)
}

/// The folder that relative paths of assets begin at.
#[cfg(not(target_arch = "wasm32"))]
fn base_path() -> PathBuf {
    bevy::asset::io::file::FileAssetReader::get_base_path()
}

/// In a browser there is no such folder, and nothing to write to.
#[cfg(target_arch = "wasm32")]
fn base_path() -> PathBuf {
    PathBuf::new()
}
