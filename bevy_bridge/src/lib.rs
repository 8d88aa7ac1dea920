#![doc = include_str!("../README.md")]

mod animation;
mod error;
mod facing;
mod fast;
mod headless;
mod loads;
mod missing;
mod placeholder;
mod plugin;
pub mod prelude;
mod reload_log;
mod report;
mod retry;
#[cfg(feature = "screenshot")]
mod screenshot;
mod sheet;
mod sheet_file;
mod sprite;
#[cfg(feature = "tilemap")]
mod tilemap;
#[cfg(feature = "tilemap")]
mod tileset;
mod tileset_file;

pub use animation::{AnimationFinished, AnimationLooped, AnimationStepped, Animator};
pub use error::SheetError;
pub use fast::{FAST_DEBOUNCE, fast_hot_reload};
pub use headless::HeadlessPlugins;
pub use plugin::{PixelsPlugin, PixelsSystems};
pub use reload_log::{LoadEvent, RELOAD_LOG_LEN, Reload, ReloadLog};
pub use sheet::PixelSheet;
pub use sheet_file::{Clip, Frames, MAX_FRAMES, MAX_SHEET_PX, Play, SHEET_VERSION, SheetFile};
pub use sprite::{PixelSprite, SheetShown, Shown};
#[cfg(feature = "tilemap")]
pub use tilemap::{LaidTiles, PixelTilemap};
#[cfg(feature = "tilemap")]
pub use tileset::PixelTileset;
pub use tileset_file::{MAX_TILES, TILESET_VERSION, TileKind, TilesetFile};
