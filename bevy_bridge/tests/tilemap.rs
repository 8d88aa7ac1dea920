//! Maps of a tileset: which tile lies where, and what a new version of the set does.
#![cfg(feature = "tilemap")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

mod common;

use std::fs;

use bevy::prelude::*;
use bevy_pixels_mcp::{LaidTiles, LoadEvent, PixelTilemap, PixelTileset, TileKind, TilesetFile};
use common::{Folder, Game, png, rgba};

const SHORE: &str = "sprites/shore.tileset.ron";

fn manifest(rows: u32, more: &str) -> String {
    let tiles: Vec<String> = (0..16)
        .map(|code| format!("{code}: [({code}, 1)]"))
        .collect();
    format!(
        "(version: 1, image: \"shore.png\", tile: (8, 8), columns: 4, rows: {rows}, kind: Corner, \
         terrains: [\"water\", \"grass\"], tiles: {{ {} }}, {more})",
        tiles.join(", ")
    )
}

fn deploy(folder: &Folder, rows: u32, seed: u8, more: &str) -> Vec<u8> {
    let rgba = rgba(32, 8 * rows, seed);
    folder.deploy("sprites/shore.png", &png(32, 8 * rows, &rgba));
    folder.deploy(SHORE, manifest(rows, more).as_bytes());
    rgba
}

/// An island in the middle.
fn island() -> PixelTilemap {
    let mut map = PixelTilemap::new(SHORE, UVec2::new(4, 3));
    map.set(UVec2::new(1, 1), 1);
    map.set(UVec2::new(2, 1), 1);
    map.set(UVec2::new(9, 9), 1);
    map
}

#[test]
fn corners_make_a_dual_grid_that_is_a_tile_smaller() {
    let map = island();
    assert_eq!(map.tiles(TileKind::Corner), UVec2::new(3, 2));
    let codes: Vec<i32> = (0..2)
        .flat_map(|row| (0..3).map(move |column| (column, row)))
        .map(|(column, row)| map.code(TileKind::Corner, column, row))
        .collect();
    assert_eq!(codes, [4, 12, 8, 2, 3, 1]);
}

#[test]
fn paths_end_at_the_rim_and_blobs_go_on_beyond_it() {
    let mut map = PixelTilemap::new("x", UVec2::new(3, 3));
    for cell in [UVec2::new(1, 0), UVec2::new(1, 1), UVec2::new(2, 1)] {
        map.set(cell, 1);
    }
    let code = |kind, column, row| map.code(kind, column, row);
    assert_eq!(code(TileKind::Edge, 1, 0), 4);
    assert_eq!(code(TileKind::Edge, 1, 1), 1 + 2);
    assert_eq!(code(TileKind::Edge, 2, 1), 8);
    assert_eq!(code(TileKind::Edge, 0, 0), -1);
    assert_eq!(code(TileKind::Blob, 1, 0), 1 + 16, "upward it goes on");
    assert_eq!(
        code(TileKind::Blob, 1, 1),
        1 + 4,
        "a corner counts with both its sides only"
    );
    assert_eq!(code(TileKind::Blob, 0, 0), -1);
    assert_eq!(code(TileKind::Wall, 2, 0), -1 - 8, "beside a wall");
    assert_eq!(code(TileKind::Wall, 1, 2), -1 - 1, "below a wall");
    assert_eq!(code(TileKind::Single, 0, 0), 0);
}

#[test]
fn every_code_of_every_map_has_a_tile() {
    for kind in [
        TileKind::Corner,
        TileKind::Edge,
        TileKind::Blob,
        TileKind::Wall,
    ] {
        let codes = kind.codes();
        for seed in 0..512_u32 {
            let mut map = PixelTilemap::new("x", UVec2::new(3, 3));
            for bit in 0..9 {
                map.set(UVec2::new(bit % 3, bit / 3), u8::from(seed >> bit & 1 == 1));
            }
            for (row, column) in (0..2).flat_map(|row| (0..2).map(move |column| (row, column))) {
                let code = map.code(kind, column, row);
                assert!(codes.contains(&code), "{kind:?} {seed:09b}: {code}");
            }
        }
    }
}

#[test]
fn a_map_is_laid_and_laid_again_when_terrain_or_tileset_change() {
    let folder = Folder::new();
    let rgba = deploy(&folder, 4, 1, "");
    let mut game = Game::start(&folder);
    let map = game.app.world_mut().spawn(island()).id();
    game.run_until("the map is laid", |game| {
        game.get::<LaidTiles>(map).is_laid()
    });
    let tiles = |game: &Game| -> Vec<u32> {
        game.get::<LaidTiles>(map)
            .tiles()
            .iter()
            .map(|tile| tile.unwrap())
            .collect()
    };
    assert_eq!(tiles(&game), [4, 12, 8, 2, 3, 1]);
    assert_eq!(
        game.get::<LaidTiles>(map).chunk(),
        None,
        "without a renderer nothing is drawn"
    );
    let loaded = |game: &mut Game, so: &dyn Fn(&TilesetFile, &Image) -> bool| {
        let world = game.app.world();
        let (tilesets, images) = (
            world.resource::<Assets<PixelTileset>>(),
            world.resource::<Assets<Image>>(),
        );
        tilesets
            .iter()
            .next()
            .is_some_and(|(_, set)| so(&set.file, images.get(&set.image).unwrap()))
    };
    assert!(loaded(&mut game, &|_, image| {
        let size = image.texture_descriptor.size;
        // The second layer is the second tile of the first row.
        let second: Vec<u8> = (0..8)
            .flat_map(|y| rgba[(y * 32 + 8) * 4..(y * 32 + 16) * 4].to_vec())
            .collect();
        (size.width, size.height, size.depth_or_array_layers) == (8, 8, 16)
            && image.data.as_ref().unwrap()[256..512] == second[..]
    }));

    game.app
        .world_mut()
        .get_mut::<PixelTilemap>(map)
        .unwrap()
        .set(UVec2::new(1, 1), 0);
    game.run_until("the terrain changed", |game| {
        tiles(game) == [0, 4, 8, 0, 2, 1]
    });

    deploy(&folder, 8, 2, "frames: { 0: [0, 16] }, frame_ms: 50");
    game.run_until("the new set is there", |game| {
        loaded(game, &|file, _| file.rows == 8)
    });
    game.run_until("the game told of its picture", |game| {
        game.log()
            .iter()
            .any(|line| line.event == LoadEvent::Modified && line.path == "sprites/shore.png")
    });
    assert_eq!(tiles(&game), [0, 4, 8, 0, 2, 1]);
}

#[test]
fn a_tileset_that_is_broken_is_told_and_the_map_waits() {
    let folder = Folder::new();
    folder.deploy("sprites/shore.png", &png(32, 32, &rgba(32, 32, 1)));
    folder.deploy(SHORE, manifest(5, "").as_bytes());
    let mut game = Game::start(&folder);
    let map = game.app.world_mut().spawn(island()).id();
    game.run_until("a failure", |game| {
        game.log().iter().any(|line| {
            line.event == LoadEvent::Failed
                && line
                    .error
                    .as_ref()
                    .is_some_and(|error| error.contains("is 32x32, the manifest says 32x40"))
        })
    });
    assert!(!game.get::<LaidTiles>(map).is_laid());
    assert!(fs::metadata(folder.path("assets/sprites/shore.png")).is_ok());
}

#[test]
fn a_tileset_that_came_before_its_picture_is_laid_when_the_picture_comes() {
    let folder = Folder::new();
    folder.deploy(SHORE, manifest(4, "").as_bytes());
    let mut game = Game::start(&folder);
    let map = game.app.world_mut().spawn(island()).id();
    game.run_until("a failure", |game| {
        game.log()
            .iter()
            .any(|line| line.event == LoadEvent::Failed)
    });

    folder.deploy("sprites/shore.png", &png(32, 32, &rgba(32, 32, 1)));

    game.run_until("the map is laid", |game| {
        game.get::<LaidTiles>(map).is_laid()
    });
}

#[test]
fn what_is_drawn_goes_through_the_frames_and_what_is_laid_stays() {
    let folder = Folder::new();
    deploy(
        &folder,
        8,
        2,
        "frames: { 4: [4, 20], 12: [12, 28] }, frame_ms: 20",
    );
    let mut game = Game::start(&folder);
    let map = game.app.world_mut().spawn(island()).id();
    let drawn = |game: &Game| -> Vec<u32> {
        let tiles = game.get::<LaidTiles>(map).drawn_tiles();
        tiles.iter().map(|tile| tile.unwrap()).collect()
    };
    game.run_until("the second frame", |game| {
        drawn(game) == [20, 28, 8, 2, 3, 1]
    });
    game.run_until("the first frame again", |game| {
        drawn(game) == [4, 12, 8, 2, 3, 1]
    });
    let laid = game.get::<LaidTiles>(map).tiles();
    assert_eq!(laid.first(), Some(&Some(4)));
}
