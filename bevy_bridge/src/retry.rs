//! Sheets whose picture was missing or wrong when they were loaded.
//!
//! Bevy tells a sheet of changes to its picture only once both were loaded together. A sheet that
//! never was is watched here, until its picture arrives.

use bevy::{
    asset::{AssetLoadFailedEvent, AssetPath},
    platform::collections::HashMap,
    prelude::*,
};

use crate::{error::SheetError, sheet::PixelSheet};

/// Pictures that are waited for, by the sheet that waits.
#[derive(Resource, Default)]
pub(crate) struct Retries(HashMap<AssetPath<'static>, Waiting>);

struct Waiting {
    image: Handle<Image>,
    /// The picture can be loaded, and is another one than the manifest describes.
    mismatch: bool,
}

impl Retries {
    /// Whether a picture is held for a waiting sheet.
    pub fn hold(&self, id: AssetId<Image>) -> bool {
        self.0.values().any(|waiting| waiting.image.id() == id)
    }
}

pub(crate) fn retry_sheets(
    mut failures: MessageReader<AssetLoadFailedEvent<PixelSheet>>,
    mut sheet_events: MessageReader<AssetEvent<PixelSheet>>,
    mut image_events: MessageReader<AssetEvent<Image>>,
    server: Res<AssetServer>,
    mut retries: ResMut<Retries>,
) {
    for event in sheet_events.read() {
        if let AssetEvent::Added { id } | AssetEvent::Modified { id } = event
            && let Some(path) = server.get_path(*id)
        {
            retries.0.remove(&path.into_owned());
        }
    }
    for event in image_events.read() {
        for (sheet, waiting) in &retries.0 {
            let id = waiting.image.id();
            if event.is_modified(id) || (event.is_added(id) && !waiting.mismatch) {
                server.reload(sheet.clone());
            }
        }
    }
    for failure in failures.read() {
        let error = SheetError::of(&failure.error);
        if let Some(image) = error.and_then(SheetError::image) {
            let waiting = Waiting {
                image: server.load(image.clone()),
                mismatch: matches!(error, Some(SheetError::ImageMismatch { .. })),
            };
            retries.0.insert(failure.path.clone(), waiting);
        }
    }
}
