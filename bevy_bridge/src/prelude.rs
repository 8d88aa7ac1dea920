//! What most games need: `use bevy_pixels_mcp::prelude::*;`

pub use crate::{
    animation::{AnimationFinished, AnimationLooped, AnimationStepped, Animator},
    fast::{FAST_DEBOUNCE, fast_hot_reload},
    headless::HeadlessPlugins,
    plugin::PixelsPlugin,
    sheet::PixelSheet,
    sprite::{PixelSprite, SheetShown, Shown},
};
#[cfg(feature = "tilemap")]
pub use crate::{tilemap::PixelTilemap, tileset::PixelTileset};
