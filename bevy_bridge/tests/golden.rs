//! The manifests in `tests/golden/sprite_ron`, which the Python side writes and reads too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use bevy_pixels_mcp::{Frames, SheetError, SheetFile};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    valid: BTreeMap<String, Sheet>,
    broken: BTreeMap<String, Failure>,
}

#[derive(Deserialize)]
struct Sheet {
    image: String,
    size: (u32, u32),
    grid: Option<Grid>,
    rects: Vec<(u32, u32, u32, u32)>,
    pivot: Option<(f32, f32)>,
    animations: BTreeMap<String, Animation>,
}

#[derive(Deserialize, PartialEq, Debug)]
struct Grid {
    tile: (u32, u32),
    columns: u32,
    rows: u32,
}

#[derive(Deserialize, PartialEq, Debug)]
struct Animation {
    frames: Vec<usize>,
    ms: Vec<u32>,
    play: String,
}

#[derive(Deserialize)]
struct Failure {
    kind: String,
    says: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/sprite_ron")
}

fn expected() -> Expected {
    serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

/// Name and text of every manifest in a folder.
fn manifests(kind: &str) -> BTreeMap<String, String> {
    let named = fs::read_dir(folder().join(kind)).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = name.strip_suffix(".sprite.ron").unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    named.collect()
}

#[test]
fn valid_manifests_say_what_was_written() {
    let (texts, mut expected) = (manifests("valid"), expected().valid);
    assert!(!texts.is_empty());
    for (name, text) in texts {
        let sheet = SheetFile::parse(&text).unwrap();
        let expected = expected.remove(&name).unwrap();
        let rects = sheet.rects().into_iter();
        let rects: Vec<_> = rects
            .map(|r| (r.min.x, r.min.y, r.width(), r.height()))
            .collect();
        let grid = match sheet.frames {
            Frames::Grid {
                tile,
                columns,
                rows,
            } => Some(Grid {
                tile,
                columns,
                rows,
            }),
            _ => None,
        };
        let animations: BTreeMap<_, _> = sheet
            .animations
            .into_iter()
            .map(|(name, clip)| {
                let play = format!("{:?}", clip.play);
                let animation = Animation {
                    frames: clip.frames,
                    ms: clip.ms,
                    play,
                };
                (name, animation)
            })
            .collect();

        assert_eq!(sheet.image, expected.image, "{name}");
        assert_eq!(sheet.size, expected.size, "{name}");
        assert_eq!(grid, expected.grid, "{name}");
        assert_eq!(rects, expected.rects, "{name}");
        assert_eq!(sheet.pivot, expected.pivot, "{name}");
        assert_eq!(animations, expected.animations, "{name}");
    }
    assert!(expected.is_empty(), "manifests that are missing");
}

#[test]
fn broken_manifests_are_refused_with_their_reason() {
    let (texts, mut expected) = (manifests("broken"), expected().broken);
    assert!(!texts.is_empty());
    for (name, text) in texts {
        let error = SheetFile::parse(&text).expect_err(&name);
        let expected = expected.remove(&name).unwrap();
        let kind = match &error {
            SheetError::Version { .. } => "newer_version",
            SheetError::Syntax(_) => "syntax",
            SheetError::Size(_) => "size",
            SheetError::Animation { .. } => "frames",
            SheetError::Pivot { .. } => "pivot",
            SheetError::ImageName { .. } => "image",
            other => panic!("{name}: {other}"),
        };
        assert_eq!(kind, expected.kind, "{name}: {error}");
        for word in expected.says {
            assert!(
                error.to_string().contains(&word),
                "{name}: \"{word}\" is not in: {error}"
            );
        }
    }
    assert!(expected.is_empty(), "manifests that are missing");
}

#[test]
fn other_spacing_comments_and_a_missing_play_mean_the_same() {
    let loose = r#"(version:1,image:"hero.png", // the hero
        size:(64,32),frames:Grid(tile:(32,32),columns:2,rows:1),animations:{"walk":(frames:[0,1],ms:[9,9])})"#;
    let sheet = SheetFile::parse(loose).unwrap();
    assert_eq!(sheet.animations["walk"].play, bevy_pixels_mcp::Play::Loop);
}
