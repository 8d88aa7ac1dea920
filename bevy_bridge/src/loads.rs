//! Which pictures were loaded: told to the reporter, and taken back from it into the log.

use bevy::{asset::AssetLoadFailedEvent, diagnostic::FrameCount, prelude::*};

use crate::{
    error::SheetError,
    reload_log::{LoadEvent, RELOAD_LOG_LEN, Reload, ReloadLog},
    report::Reporter,
    retry::Retries,
    sheet::PixelSheet,
};

fn load_event<A: Asset>(event: &AssetEvent<A>) -> Option<(AssetId<A>, LoadEvent)> {
    match event {
        AssetEvent::Added { id } => Some((*id, LoadEvent::Added)),
        AssetEvent::Modified { id } => Some((*id, LoadEvent::Modified)),
        _ => None,
    }
}

/// What is loaded together with its picture.
pub(crate) trait WithPicture: Asset {
    /// Path, size and CRC32 of the picture.
    fn picture(&self) -> (String, UVec2, u32);
}

impl WithPicture for PixelSheet {
    fn picture(&self) -> (String, UVec2, u32) {
        let path = self.image_path.to_string();
        (path, self.file.size.into(), self.image_crc32)
    }
}

#[cfg(feature = "tilemap")]
impl WithPicture for crate::tileset::PixelTileset {
    fn picture(&self) -> (String, UVec2, u32) {
        let (file, tile) = (&self.file, UVec2::from(self.file.tile));
        let size = tile * UVec2::new(file.columns, file.rows);
        (self.image_path.to_string(), size, self.image_crc32)
    }
}

/// Report sheets and tilesets: their picture came with them.
pub(crate) fn log_manifests<A: WithPicture>(
    mut events: MessageReader<AssetEvent<A>>,
    mut failures: MessageReader<AssetLoadFailedEvent<A>>,
    assets: Res<Assets<A>>,
    frame: Res<FrameCount>,
    reporter: Res<Reporter>,
    mut log: ResMut<ReloadLog>,
) {
    for (id, event) in events.read().filter_map(load_event) {
        if let Some((path, size, crc32)) = assets.get(id).map(WithPicture::picture) {
            let mut reload = Reload::new(path, event, frame.0).sized(size);
            reload.crc32 = crc32;
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
