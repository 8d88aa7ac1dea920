//! Which pictures were loaded, as a resource and, through [`crate::report`], in `ack.jsonl`.

use bevy::{asset::AssetLoadFailedEvent, diagnostic::FrameCount, prelude::*};
use serde::Serialize;

use crate::{PixelSheet, SheetError, report::Reporter, retry::Retries};

/// How many entries [`ReloadLog`] keeps.
pub const RELOAD_LOG_LEN: usize = 256;

/// The last loads of pictures, oldest first. Filled where
/// [`PixelsPlugin::report`](crate::PixelsPlugin::report) is on.
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
    fn new(path: String, event: LoadEvent, frame: u32) -> Self {
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

    fn sized(mut self, size: UVec2) -> Self {
        (self.width_px, self.height_px) = size.into();
        self
    }
}

fn load_event<A: Asset>(event: &AssetEvent<A>) -> Option<(AssetId<A>, LoadEvent)> {
    match event {
        AssetEvent::Added { id } => Some((*id, LoadEvent::Added)),
        AssetEvent::Modified { id } => Some((*id, LoadEvent::Modified)),
        _ => None,
    }
}

/// Report sheets: their picture came with them.
pub(crate) fn log_sheets(
    mut events: MessageReader<AssetEvent<PixelSheet>>,
    mut failures: MessageReader<AssetLoadFailedEvent<PixelSheet>>,
    sheets: Res<Assets<PixelSheet>>,
    frame: Res<FrameCount>,
    reporter: Res<Reporter>,
    mut log: ResMut<ReloadLog>,
) {
    for (id, event) in events.read().filter_map(load_event) {
        if let Some(sheet) = sheets.get(id) {
            let mut reload = Reload::new(sheet.image_path.to_string(), event, frame.0)
                .sized(sheet.file.size.into());
            reload.crc32 = sheet.image_crc32;
            reporter.send(reload, None, &mut log);
        }
    }
    for failure in failures.read() {
        let own = SheetError::of(&failure.error);
        let path = own.and_then(SheetError::image).unwrap_or(&failure.path);
        let mut reload = Reload::new(path.to_string(), LoadEvent::Failed, frame.0);
        reload.error = Some(format!("{}: {}", failure.path, cause(own, &failure.error)));
        reporter.send(reload, None, &mut log);
    }
}

fn cause(own: Option<&SheetError>, bevy: &bevy::asset::AssetLoadError) -> String {
    own.map_or_else(|| bevy.to_string(), ToString::to_string)
}

/// Report pictures that the game loads by themselves.
pub(crate) fn log_images(
    mut events: MessageReader<AssetEvent<Image>>,
    mut failures: MessageReader<AssetLoadFailedEvent<Image>>,
    images: Res<Assets<Image>>,
    server: Res<AssetServer>,
    retries: Res<Retries>,
    frame: Res<FrameCount>,
    reporter: Res<Reporter>,
    mut log: ResMut<ReloadLog>,
) {
    for (id, event) in events.read().filter_map(load_event) {
        // Without a path: made by code. With a label: part of a sheet or of a scene.
        let path = server.get_path(id).filter(|path| path.label().is_none());
        if let (Some(path), Some(image), false) = (path, images.get(id), retries.hold(id)) {
            let reload = Reload::new(path.to_string(), event, frame.0).sized(image.size());
            reporter.send(reload, image.data.clone(), &mut log);
        }
    }
    for failure in failures.read() {
        if !retries.hold(failure.id) {
            let mut reload = Reload::new(failure.path.to_string(), LoadEvent::Failed, frame.0);
            reload.error = Some(failure.error.to_string());
            reporter.send(reload, None, &mut log);
        }
    }
}

/// Take back what the reporter has finished.
pub(crate) fn collect_reloads(mut reporter: ResMut<Reporter>, mut log: ResMut<ReloadLog>) {
    let finished = reporter.finished();
    if !finished.is_empty() {
        log.last.extend(finished);
        let surplus = log.last.len().saturating_sub(RELOAD_LOG_LEN);
        log.last.drain(..surplus);
    }
}
