//! The room out of doors: where a tileset called `ground` is deployed, an island lies in place of floor
//! and walls.

use bevy::prelude::*;
use bevy_pixels_mcp::{LaidTiles, PixelTilemap, PixelTileset, TileKind};

use crate::room::{Paving, ROOM_PX, TILE_PX, place};

const TILESET: &str = "sprites/ground.tileset.ron";
/// Land where two tiles of 32 px meet; it lies below all things and the hero's way. Other tiles are
/// laid over the same island.
const LAND: [&[u8; 10]; 7] = [
    b"..........",
    b".######...",
    b".#######..",
    b".########.",
    b".########.",
    b".#######..",
    b"..........",
];

/// The map of the island, and the tiles that it was shaped for.
#[derive(Component)]
pub struct Island {
    tileset: Handle<PixelTileset>,
    shaped: Option<(TileKind, UVec2)>,
}

pub fn spawn(server: Res<AssetServer>, mut commands: Commands) {
    commands.spawn((
        Name::new("ground"),
        PixelTilemap::new(TILESET, UVec2::ZERO),
        place(ROOM_PX.as_vec2() / 2.0, 0.0),
        Island {
            tileset: server.load(TILESET),
            shaped: None,
        },
    ));
}

/// Give the map as many cells as the tiles need to fill the room.
pub fn shape(
    tilesets: Res<Assets<PixelTileset>>,
    mut islands: Query<(&mut Island, &mut PixelTilemap)>,
) {
    for (mut island, mut map) in &mut islands {
        let Some(tileset) = tilesets.get(&island.tileset) else {
            continue;
        };
        let tiles = (tileset.file.kind, UVec2::from(tileset.file.tile));
        if island.shaped == Some(tiles) {
            continue;
        }
        island.shaped = Some(tiles);
        let (kind, tile) = tiles;
        // The cells of a dual grid are where its tiles meet.
        let (one_more, half) = match kind {
            TileKind::Corner => (UVec2::ONE, UVec2::ZERO),
            _ => (UVec2::ZERO, tile / 2),
        };
        let size = ROOM_PX / tile + one_more;
        let cells = (0..size.y).flat_map(|y| (0..size.x).map(move |x| UVec2::new(x, y)));
        map.terrain = cells
            .map(|cell| u8::from(is_land(cell * tile + half)))
            .collect();
        map.size = size;
    }
}

fn is_land(at: UVec2) -> bool {
    let nearest = (at + TILE_PX / 2) / TILE_PX;
    let row = LAND.get(nearest.y as usize);
    row.and_then(|row| row.get(nearest.x as usize)) == Some(&b'#')
}

/// Out of doors there are no floor and no walls.
pub fn cover(
    islands: Query<&LaidTiles, (With<Island>, Changed<LaidTiles>)>,
    mut pavings: Query<&mut Visibility, With<Paving>>,
) {
    for island in &islands {
        let seen = if island.is_laid() {
            Visibility::Hidden
        } else {
            Visibility::Inherited
        };
        for mut paving in &mut pavings {
            paving.set_if_neq(seen);
        }
    }
}
