//! Sheets and tilesets whose picture was missing or wrong when they were loaded.
//!
//! Bevy tells a manifest of changes to its picture only once both were loaded together. One that
//! never was is watched here, until its picture arrives.

use bevy::{
    asset::{AssetLoadFailedEvent, AssetPath},
    platform::collections::HashMap,
    prelude::*,
};

use crate::error::SheetError;

/// Pictures that are waited for, by the manifest that waits.
#[derive(Resource, Default)]
pub(crate) struct Retries(HashMap<AssetPath<'static>, Waiting>);

struct Waiting {
    image: Handle<Image>,
    /// The picture can be loaded, and is another one than the manifest describes.
    mismatch: bool,
}

impl Retries {
    /// Whether a picture is held for a waiting manifest.
    pub fn hold(&self, id: AssetId<Image>) -> bool {
        self.0.values().any(|waiting| waiting.image.id() == id)
    }
}

/// Forget what has its picture now.
pub(crate) fn forget_loaded<A: Asset>(
    mut events: MessageReader<AssetEvent<A>>,
    server: Res<AssetServer>,
    mut retries: ResMut<Retries>,
) {
    for event in events.read() {
        if let AssetEvent::Added { id } | AssetEvent::Modified { id } = event
            && let Some(path) = server.get_path(*id)
        {
            retries.0.remove(&path.into_owned());
        }
    }
}

/// Load again what waits for a picture that has come.
pub(crate) fn retry_waiting(
    mut events: MessageReader<AssetEvent<Image>>,
    server: Res<AssetServer>,
    retries: Res<Retries>,
) {
    for event in events.read() {
        for (manifest, waiting) in &retries.0 {
            let id = waiting.image.id();
            if event.is_modified(id) || (event.is_added(id) && !waiting.mismatch) {
                server.reload(manifest.clone());
            }
        }
    }
}

/// Wait for the pictures that failed.
pub(crate) fn wait_for_pictures<A: Asset>(
    mut failures: MessageReader<AssetLoadFailedEvent<A>>,
    server: Res<AssetServer>,
    mut retries: ResMut<Retries>,
) {
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
