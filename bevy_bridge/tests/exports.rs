//! Files that pixels-mcp exports, read by the crates that games read them with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

use std::{fs, path::PathBuf};

use asefile::{AnimationDirection, AsepriteFile};
use ldtk2::Ldtk;
use tiled::{Loader, WangSetType};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/golden/exports")
        .join(name)
}

#[test]
fn aseprite_files_have_frames_times_tags_and_pixels() {
    let file = AsepriteFile::read_file(&golden("blinker.aseprite")).unwrap();
    assert_eq!((file.width(), file.height(), file.num_frames()), (6, 4, 5));
    let times: Vec<u32> = (0..5).map(|frame| file.frame(frame).duration()).collect();
    assert_eq!(times, [120, 80, 200, 60, 60]);
    let walk = file.tag_by_name("walk").unwrap();
    assert_eq!((walk.from_frame(), walk.to_frame()), (0, 1));
    assert_eq!(walk.animation_direction(), AnimationDirection::Forward);
    let turn = file.tag_by_name("turn").unwrap();
    assert_eq!((turn.from_frame(), turn.to_frame()), (2, 4));
    assert_eq!(turn.animation_direction(), AnimationDirection::PingPong);
    for frame in 0..5 {
        let image = file.frame(frame).image();
        for (x, y, pixel) in image.enumerate_pixels() {
            // The frame's number is its red, its column its green; the top row is empty.
            let wanted = if y == 0 {
                [0; 4]
            } else {
                [40 * frame as u8 + 10, x as u8 * 30, 7, 255]
            };
            assert_eq!(pixel.0, wanted, "frame {frame} at {x}, {y}");
        }
    }
}

#[test]
fn tiled_tilesets_have_terrains_chances_and_animations() {
    let set = Loader::new().load_tsx_tileset(golden("shore.tsx")).unwrap();
    assert_eq!((set.tile_width, set.columns, set.tilecount), (16, 4, 40));
    let wang = &set.wang_sets[0];
    assert!(matches!(wang.wang_set_type, WangSetType::Corner));
    let names: Vec<&str> = wang
        .wang_colors
        .iter()
        .map(|color| color.name.as_str())
        .collect();
    assert_eq!(names, ["deep water", "green grass"]);
    assert_eq!(wang.wang_tiles.len(), 20);
    let variant = set.get_tile(16).unwrap();
    assert!((variant.probability - 0.25).abs() < 1e-6);
    let shown = variant.animation.as_ref().unwrap();
    assert_eq!(
        shown.iter().map(|frame| frame.tile_id).collect::<Vec<_>>(),
        [16, 36]
    );
    assert_eq!(shown[0].duration, 250);
}

#[test]
fn ldtk_projects_have_terrain_rules_and_the_tiles_that_the_rules_lay() {
    let text = fs::read_to_string(golden("shore.ldtk")).unwrap();
    let project: Ldtk = serde_json::from_str(&text).unwrap();
    assert_eq!(project.json_version, "1.5.3");
    let set = &project.defs.tilesets[0];
    assert_eq!(set.rel_path.as_deref(), Some("shore.png"));
    assert_eq!((set.tile_grid_size, set.px_wid, set.px_hei), (16, 64, 160));
    let layer = &project.defs.layers[0];
    let named = |value: &ldtk2::IntGridValueDefinition| {
        (value.value, value.identifier.clone().unwrap_or_default())
    };
    let values: Vec<_> = layer.int_grid_values.iter().map(named).collect();
    assert_eq!(
        values,
        [(1, "Deep_water".to_owned()), (2, "Green_grass".to_owned())]
    );
    let rules = &layer.auto_rule_groups[0].rules;
    assert_eq!(rules.len(), 16);
    assert_eq!(rules[15].tile_rects_ids, [[15], [18], [19]]);

    let level = &project.levels[0];
    let laid = &level.layer_instances.as_ref().unwrap()[0];
    assert_eq!((laid.c_wid, laid.c_hei), (5, 4));
    let island: String = laid
        .int_grid_csv
        .chunks(5)
        .map(|row| row.iter().map(i64::to_string).collect::<String>() + " ")
        .collect();
    assert_eq!(island, "11111 12221 12221 11111 ");
    // A tile lies half a tile to the upper left of its cell, between four of them.
    let tile_at = |x: i64, y: i64| {
        let at = |tile: &&ldtk2::TileInstance| tile.px == [x, y];
        laid.auto_layer_tiles.iter().find(at).unwrap().t
    };
    assert_eq!(
        [tile_at(8, 8), tile_at(24, 8), tile_at(24, 24)],
        [4, 12, 15]
    );
    assert_eq!(tile_at(56, 40), 1);
}
