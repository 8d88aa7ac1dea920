//! Which pictures were loaded, as a resource and, through [`crate::report`], in `ack.jsonl`.

use bevy::prelude::*;
use serde::Serialize;

/// How many entries [`ReloadLog`] keeps.
pub const RELOAD_LOG_LEN: usize = 256;

/// The last loads of pictures, oldest first. Filled where
/// [`PixelsPlugin::report`](crate::PixelsPlugin::report) is on.
#[non_exhaustive]
#[derive(Resource, Reflect, Default, Debug)]
#[reflect(Resource, Default)]
pub struct ReloadLog {
    /// The newest entries, at most [`RELOAD_LOG_LEN`].
    pub last: Vec<Reload>,
    /// The number of the newest load, counted from 1.
    pub seq: u64,
    /// Loads that were too many at once to be reported.
    pub lost: u64,
}

/// One load of a picture: a plain image, or the picture of a sheet.
#[non_exhaustive]
#[derive(Reflect, Serialize, Clone, Debug, PartialEq, Eq)]
pub struct Reload {
    /// Number of the load, from 1, without gaps unless [`ReloadLog::lost`] counts some.
    pub seq: u64,
    /// The picture below the assets folder; the manifest where the manifest itself is at fault.
    pub path: String,
    /// What happened.
    pub event: LoadEvent,
    /// Width in pixels, 0 when it failed.
    pub width_px: u32,
    /// Height in pixels, 0 when it failed.
    pub height_px: u32,
    /// CRC32 of the RGBA bytes, 0 when it failed.
    pub crc32: u32,
    /// The frame of the game from which on it is on screen.
    pub frame: u32,
    /// Why it failed.
    pub error: Option<String>,
}

/// What happened to a picture.
#[non_exhaustive]
#[derive(Reflect, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LoadEvent {
    /// Loaded for the first time.
    Added,
    /// Loaded again.
    Modified,
    /// Not loaded; what stood there before stays.
    Failed,
}

impl Reload {
    pub(crate) fn new(path: String, event: LoadEvent, frame: u32) -> Self {
        Self {
            seq: 0,
            path,
            event,
            width_px: 0,
            height_px: 0,
            crc32: 0,
            frame,
            error: None,
        }
    }

    pub(crate) fn sized(mut self, size: UVec2) -> Self {
        (self.width_px, self.height_px) = size.into();
        self
    }
}
