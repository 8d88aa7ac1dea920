//! The manifests in `tests/golden/tileset_ron`, which the Python side writes and reads too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

#[path = "common/golden_files.rs"]
mod golden_files;

use std::collections::BTreeMap;

use bevy_pixels_mcp::TilesetFile;
use golden_files::GoldenFiles;
use serde::Deserialize;

const GOLDEN: GoldenFiles = GoldenFiles {
    folder: "tileset_ron",
    ending: ".tileset.ron",
};

#[derive(Deserialize)]
struct Tileset {
    image: String,
    tile: (u32, u32),
    columns: u32,
    rows: u32,
    kind: String,
    terrains: Vec<String>,
    tiles: BTreeMap<i32, Vec<(u32, u32)>>,
    frames: BTreeMap<u32, Vec<u32>>,
    frame_ms: Option<u32>,
}

#[test]
fn valid_manifests_say_what_was_written() {
    GOLDEN.check_valid(|name, text, wanted: Tileset| {
        let file = TilesetFile::parse(text).unwrap();
        assert_eq!(file.image, wanted.image, "{name}");
        assert_eq!(file.tile, wanted.tile, "{name}");
        assert_eq!(
            (file.columns, file.rows),
            (wanted.columns, wanted.rows),
            "{name}"
        );
        assert_eq!(format!("{:?}", file.kind), wanted.kind, "{name}");
        assert_eq!(file.terrains, wanted.terrains, "{name}");
        assert_eq!(file.tiles, wanted.tiles, "{name}");
        assert_eq!(file.frames, wanted.frames, "{name}");
        assert_eq!(file.frame_ms, wanted.frame_ms.unwrap_or(0), "{name}");
    });
}

#[test]
fn broken_manifests_are_refused_with_their_reason() {
    GOLDEN.check_broken(TilesetFile::parse);
}

#[test]
fn variants_are_laid_as_often_as_their_weights_say_and_always_alike() {
    let shore = TilesetFile::parse(&GOLDEN.manifests("valid")["shore"]).unwrap();
    let places = || (0..100).flat_map(|row| (0..100).map(move |column| (column, row)));
    let laid: Vec<u32> = places()
        .map(|(column, row)| shore.tile_at(0, column, row).unwrap())
        .collect();
    let plain = laid.iter().filter(|&&tile| tile == 0).count();
    assert!(
        (7_800..8_200).contains(&plain),
        "{plain} of 10,000, 8,000 are due"
    );
    assert!(laid.iter().all(|tile| [0, 16].contains(tile)));
    let again: Vec<u32> = places()
        .map(|(column, row)| shore.tile_at(0, column, row).unwrap())
        .collect();
    assert_eq!(laid, again);
    assert_eq!(shore.tile_at(99, 0, 0), None);
}
