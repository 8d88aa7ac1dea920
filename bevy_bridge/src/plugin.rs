//! [`PixelsPlugin`].

use std::path::PathBuf;

use bevy::{
    asset::AssetEventSystems, camera::visibility::VisibilitySystems, prelude::*,
    transform::TransformSystems,
};

use crate::{
    animation::Animator,
    loads, missing,
    placeholder::Placeholder,
    reload_log::ReloadLog,
    report::{self, Reporter},
    retry::{self, Retries},
    sheet::{PixelSheet, SheetLoader},
    sprite::{self, PixelSprite},
};
#[cfg(feature = "tilemap")]
use bevy::sprite_render::{TilemapChunkMeshCache, update_tilemap_chunk_indices};

#[cfg(feature = "tilemap")]
use crate::{
    tilemap::{self, PixelTilemap},
    tileset::{PixelTileset, TilesetLoader},
};

/// Loads `*.sprite.ron`, shows [`PixelSprite`]s, and reports to pixels-mcp. Add it after
/// `DefaultPlugins`.
#[derive(Debug, Clone)]
pub struct PixelsPlugin {
    /// Tell what was loaded: in [`ReloadLog`] and in the game's folder `.pixels/`. On in debug
    /// builds; a released game writes nothing.
    pub report: bool,
    /// Another folder than `.pixels/` beside the assets folder.
    pub folder: Option<PathBuf>,
}

impl Default for PixelsPlugin {
    fn default() -> Self {
        Self {
            report: cfg!(all(debug_assertions, not(target_arch = "wasm32"))),
            folder: None,
        }
    }
}

/// When this crate works, in [`PostUpdate`].
#[non_exhaustive]
#[derive(SystemSet, Debug, Clone, PartialEq, Eq, Hash)]
pub enum PixelsSystems {
    /// Sprites take their sheet's newest version and the frame of their animation.
    Show,
    /// Loads are reported.
    Report,
}

impl Plugin for PixelsPlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<PixelSheet>()
            .init_asset_loader::<SheetLoader>()
            .register_type::<PixelSprite>()
            .register_type::<Animator>()
            .init_resource::<Retries>()
            .configure_sets(
                PostUpdate,
                (
                    // In the frame in which a sheet arrives, before the sprite's size is asked for.
                    PixelsSystems::Show
                        .before(TransformSystems::Propagate)
                        .before(VisibilitySystems::CalculateBounds),
                    PixelsSystems::Report.after(AssetEventSystems),
                ),
            )
            .add_systems(
                PostUpdate,
                (
                    sprite::show_sprites.in_set(PixelsSystems::Show),
                    (
                        retry::forget_loaded::<PixelSheet>,
                        retry::retry_waiting,
                        retry::wait_for_pictures::<PixelSheet>,
                    )
                        .chain()
                        .in_set(PixelsSystems::Report),
                ),
            );
        #[cfg(feature = "tilemap")]
        app.init_asset::<PixelTileset>()
            .init_asset_loader::<TilesetLoader>()
            .register_type::<PixelTilemap>()
            .add_systems(
                PostUpdate,
                (
                    tilemap::lay_tilemaps,
                    // Bevy's own turn is in `Update`: what was laid here would be drawn a frame later.
                    update_tilemap_chunk_indices.run_if(resource_exists::<TilemapChunkMeshCache>),
                )
                    .chain()
                    .before(AssetEventSystems)
                    .in_set(PixelsSystems::Show),
            )
            .add_systems(
                PostUpdate,
                (
                    retry::forget_loaded::<PixelTileset>.before(retry::retry_waiting),
                    retry::wait_for_pictures::<PixelTileset>.after(retry::retry_waiting),
                )
                    .in_set(PixelsSystems::Report),
            );
    }

    fn finish(&self, app: &mut App) {
        app.init_resource::<Placeholder>();
        if !self.report {
            return;
        }
        #[cfg(feature = "screenshot")]
        let screenshots = crate::screenshot::are_possible(app);
        #[cfg(not(feature = "screenshot"))]
        let screenshots = false;
        let (folder, facts) = report::inspect(app, screenshots);
        let folder = self.folder.clone().unwrap_or(folder);
        app.register_type::<ReloadLog>()
            .init_resource::<ReloadLog>()
            .insert_resource(Reporter::start(folder, facts))
            .add_systems(
                PostUpdate,
                (
                    loads::collect_reloads,
                    loads::log_manifests::<PixelSheet>,
                    loads::log_images,
                )
                    .chain()
                    // What a waiting manifest holds is no picture on screen.
                    .after(retry::wait_for_pictures::<PixelSheet>)
                    .in_set(PixelsSystems::Report),
            )
            .add_systems(
                PostUpdate,
                missing::report_missing
                    .after(PixelsSystems::Show)
                    .in_set(PixelsSystems::Report),
            )
            .add_systems(Last, report::count_frames);
        #[cfg(feature = "tilemap")]
        app.add_systems(
            PostUpdate,
            loads::log_manifests::<PixelTileset>
                .after(loads::collect_reloads)
                .after(retry::wait_for_pictures::<PixelTileset>)
                .before(loads::log_images)
                .in_set(PixelsSystems::Report),
        );
        #[cfg(feature = "screenshot")]
        crate::screenshot::add(app);
    }
}
