//! The manifests in `tests/golden/sprite_ron`, which the Python side writes and reads too.
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

use bevy_pixels_mcp::{Frames, SheetFile};
use golden_files::GoldenFiles;
use serde::Deserialize;

const GOLDEN: GoldenFiles = GoldenFiles {
    folder: "sprite_ron",
    ending: ".sprite.ron",
};

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

#[test]
fn valid_manifests_say_what_was_written() {
    GOLDEN.check_valid(|name, text, expected: Sheet| {
        let sheet = SheetFile::parse(text).unwrap();
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
    });
}

#[test]
fn broken_manifests_are_refused_with_their_reason() {
    GOLDEN.check_broken(SheetFile::parse);
}

#[test]
fn other_spacing_comments_and_a_missing_play_mean_the_same() {
    let loose = r#"(version:1,image:"hero.png", // the hero
        size:(64,32),frames:Grid(tile:(32,32),columns:2,rows:1),animations:{"walk":(frames:[0,1],ms:[9,9])})"#;
    let sheet = SheetFile::parse(loose).unwrap();
    assert_eq!(sheet.animations["walk"].play, bevy_pixels_mcp::Play::Loop);
}
