//! Sprites without a window and without a GPU.

use bevy::{
    app::PluginGroupBuilder,
    asset::AssetPlugin,
    image::{CompressedImageFormats, ImageLoader, ImagePlugin, TextureAtlasPlugin},
    prelude::*,
};

/// Everything that sheets need, and no renderer: for a game's own tests, and for servers.
///
/// ```no_run
/// use bevy::{app::ScheduleRunnerPlugin, prelude::*};
/// use bevy_pixels_mcp::{HeadlessPlugins, PixelSprite, PixelsPlugin};
/// use std::time::Duration;
///
/// App::new()
///     .add_plugins((
///         HeadlessPlugins::new("assets")
///             .set(ScheduleRunnerPlugin::run_loop(Duration::from_millis(16))),
///         PixelsPlugin::default(),
///     ))
///     .add_systems(Startup, |mut commands: Commands| {
///         commands.spawn(PixelSprite::new("sprites/hero.sprite.ron").playing("walk"));
///     })
///     .run();
/// ```
pub struct HeadlessPlugins {
    assets: String,
}

impl HeadlessPlugins {
    /// Read from this folder, and watch it where the feature `hot_reload` is on.
    pub fn new(assets: impl Into<String>) -> Self {
        Self {
            assets: assets.into(),
        }
    }
}

impl PluginGroup for HeadlessPlugins {
    fn build(self) -> PluginGroupBuilder {
        MinimalPlugins
            .build()
            .add(TransformPlugin)
            .add(AssetPlugin {
                file_path: self.assets,
                ..default()
            })
            .add(ImagePlugin::default_nearest())
            .add(TextureAtlasPlugin)
            .add(ImageLoaderPlugin)
    }
}

/// With a renderer Bevy registers the loader once it knows the GPU; without one every load of a
/// picture would wait for ever.
struct ImageLoaderPlugin;

impl Plugin for ImageLoaderPlugin {
    fn build(&self, _app: &mut App) {}

    fn finish(&self, app: &mut App) {
        app.register_asset_loader(ImageLoader::new(CompressedImageFormats::NONE));
    }
}
