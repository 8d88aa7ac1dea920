//! Which maps lie where in the window.

use bevy::prelude::*;

use super::scene::place_on_screen;
use crate::{
    report::TilemapOnScreen,
    tilemap::{LaidTiles, PixelTilemap},
    tileset::PixelTileset,
};

/// What is needed to know where maps lie on screen.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Maps<'w, 's> {
    tilesets: Res<'w, Assets<PixelTileset>>,
    maps: Query<
        'w,
        's,
        (
            &'static PixelTilemap,
            &'static LaidTiles,
            Option<&'static Name>,
        ),
    >,
    chunks: Query<'w, 's, (&'static GlobalTransform, &'static ViewVisibility)>,
}

impl Maps<'_, '_> {
    /// The visible ones.
    pub fn on_screen(&self, to_screen: impl Fn(Vec3) -> Option<Vec2>) -> Vec<TilemapOnScreen> {
        let on_screen = |(map, laid, name)| self.one(map, laid, name, &to_screen);
        self.maps.iter().filter_map(on_screen).collect()
    }

    fn one(
        &self,
        map: &PixelTilemap,
        laid: &LaidTiles,
        name: Option<&Name>,
        to_screen: impl Fn(Vec3) -> Option<Vec2>,
    ) -> Option<TilemapOnScreen> {
        let (place, visibility) = self.chunks.get(laid.chunk()?).ok()?;
        if !visibility.get() {
            return None;
        }
        let file = &self.tilesets.get(laid.tileset()?)?.file;
        let tiles = map.tiles(file.kind);
        let size_px = (tiles * UVec2::from(file.tile)).as_vec2();
        let corners = [
            Vec2::new(-0.5, 0.5) * size_px,
            Vec2::new(0.5, -0.5) * size_px,
        ];
        let placed = place_on_screen(place, corners, size_px, to_screen)?;
        Some(TilemapOnScreen {
            name: name.map(|name| name.as_str().to_owned()),
            tileset: map.tileset.clone(),
            size: map.size.into(),
            terrain: map.terrain.clone(),
            laid: tiles.into(),
            tiles: laid.drawn_tiles().to_vec(),
            screen_px: placed.screen_px,
            whole_px: placed.is_whole,
            z: place.translation().z,
        })
    }
}
