//! The manifests in `tests/golden/tileset_ron`, which the Python side writes and reads too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use bevy_pixels_mcp::{SheetError, TilesetFile};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    valid: BTreeMap<String, Tileset>,
    broken: BTreeMap<String, Failure>,
}

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

#[derive(Deserialize)]
struct Failure {
    kind: String,
    says: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/tileset_ron")
}

fn expected() -> Expected {
    serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

/// Name and text of every manifest in a folder.
fn manifests(kind: &str) -> BTreeMap<String, String> {
    let named = fs::read_dir(folder().join(kind)).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = name.strip_suffix(".tileset.ron").unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    named.collect()
}

#[test]
fn valid_manifests_say_what_was_written() {
    let (texts, mut expected) = (manifests("valid"), expected().valid);
    assert!(!texts.is_empty());
    for (name, text) in texts {
        let file = TilesetFile::parse(&text).unwrap();
        let wanted = expected.remove(&name).unwrap();
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
    }
    assert!(expected.is_empty(), "manifests that are missing");
}

#[test]
fn broken_manifests_are_refused_with_their_reason() {
    let (texts, mut expected) = (manifests("broken"), expected().broken);
    assert!(!texts.is_empty());
    for (name, text) in texts {
        let error = TilesetFile::parse(&text).expect_err(&name);
        let wanted = expected.remove(&name).unwrap();
        let kind = match &error {
            SheetError::Version { .. } => "newer_version",
            SheetError::Syntax(_) => "syntax",
            SheetError::Size(_) => "size",
            SheetError::Tiles(_) => "tiles",
            SheetError::ImageName { .. } => "image",
            other => panic!("{name}: {other}"),
        };
        assert_eq!(kind, wanted.kind, "{name}: {error}");
        for word in wanted.says {
            assert!(error.to_string().contains(&word), "{name}: {error}");
        }
    }
    assert!(expected.is_empty(), "manifests that are missing");
}

#[test]
fn variants_are_laid_as_often_as_their_weights_say_and_always_alike() {
    let shore = TilesetFile::parse(&manifests("valid")["shore"]).unwrap();
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
