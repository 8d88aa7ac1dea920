//! A watcher that waits less than Bevy's own.

use std::time::Duration;

use bevy::{
    asset::io::{AssetSource, AssetSourceBuilder, AssetSourceId},
    prelude::*,
};

/// How long Bevy's own watcher holds back a change.
pub(crate) const STOCK_DEBOUNCE: Duration = Duration::from_millis(300);
/// A good time for [`fast_hot_reload`]: short enough to feel at once, long enough for a picture and
/// its manifest to arrive together.
pub const FAST_DEBOUNCE: Duration = Duration::from_millis(50);

/// What [`fast_hot_reload`] was called with.
#[derive(Resource, Clone, Debug)]
pub(crate) struct FastHotReload {
    pub assets: String,
    pub debounce: Duration,
}

/// Watch the assets folder with another waiting time than Bevy's 300 ms.
///
/// Call it before `DefaultPlugins` are added, with the same folder as `AssetPlugin::file_path`
/// (`"assets"` unless changed). Files must be put into place whole (`rename`), as pixels-mcp does: a
/// file that is still being written may be read too early.
///
/// ```no_run
/// use bevy::prelude::*;
/// use bevy_pixels_mcp::{FAST_DEBOUNCE, PixelsPlugin, fast_hot_reload};
///
/// let mut app = App::new();
/// fast_hot_reload(&mut app, "assets", FAST_DEBOUNCE);
/// app.add_plugins((DefaultPlugins, PixelsPlugin::default())).run();
/// ```
pub fn fast_hot_reload(app: &mut App, assets: &str, debounce: Duration) {
    let path = || assets.to_owned();
    app.register_asset_source(
        AssetSourceId::Default,
        AssetSourceBuilder::new(AssetSource::get_default_reader(path()))
            .with_writer(AssetSource::get_default_writer(path()))
            .with_watcher(AssetSource::get_default_watcher(path(), debounce))
            .with_watch_warning(AssetSource::get_default_watch_warning()),
    );
    app.insert_resource(FastHotReload {
        assets: path(),
        debounce,
    });
}
