//! What the game writes into `.pixels/`, for those outside.
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
use bevy_pixels_mcp::{PixelSprite, Shown};
use common::{Folder, Game, deploy_hero, manifest, png, rgba};
use serde_json::Value;

const HERO: &str = "sprites/hero.sprite.ron";

fn json(folder: &Folder, name: &str) -> Option<Value> {
    let text = fs::read_to_string(folder.path(".pixels").join(name)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn acks(folder: &Folder) -> Vec<Value> {
    let text = fs::read_to_string(folder.path(".pixels/ack.jsonl")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_game_says_that_it_runs_and_that_it_ended() {
    let folder = Folder::new();
    let mut game = Game::start(&folder);
    game.run_until("game.json", |_| json(&folder, "game.json").is_some());
    let told = json(&folder, "game.json").unwrap();
    assert_eq!(told["pid"], std::process::id());
    assert_eq!(told["bevy"], "0.19");
    assert_eq!(told["assets_root"], folder.path("assets").to_str().unwrap());
    assert_eq!(told["watching"], true);
    assert_eq!(told["debounce_ms"], 50);
    assert_eq!(told["screenshots"], false);
    assert_eq!(
        fs::read_to_string(folder.path(".pixels/.gitignore")).unwrap(),
        "*\n"
    );

    drop(game);
    assert_eq!(json(&folder, "game.json"), None);
}

#[test]
fn the_heart_beats_while_frames_are_drawn() {
    let folder = Folder::new();
    let mut game = Game::start(&folder);
    let frame = || json(&folder, "game.json").and_then(|told| told["frame"].as_u64());
    game.run_until("a first beat", |_| frame().is_some());
    let first = frame();
    game.run_until("another beat", |_| frame() > first);
}

#[test]
fn every_load_is_a_line_with_all_fields() {
    let folder = Folder::new();
    let rgba = deploy_hero(&folder, (16, 16), 2, 1);
    let mut game = Game::start(&folder);
    game.spawn(PixelSprite::new(HERO));
    game.spawn(PixelSprite::new("sprites/missing.sprite.ron"));
    game.run_until("two lines", |_| acks(&folder).len() == 2);

    let lines = acks(&folder);
    let added = lines.iter().find(|line| line["event"] == "added").unwrap();
    assert_eq!(added["pid"], std::process::id());
    assert_eq!(added["path"], "sprites/hero.png");
    assert_eq!(
        (&added["width_px"], &added["height_px"]),
        (&32.into(), &16.into())
    );
    assert_eq!(added["crc32"], crc32fast::hash(&rgba));
    assert!(added["frame"].is_u64());
    assert_eq!(added["error"], Value::Null);
    let failed = lines.iter().find(|line| line["event"] == "failed").unwrap();
    assert_eq!(failed["path"], "sprites/missing.sprite.ron");
    assert!(failed["error"].as_str().unwrap().contains("not found"));
    let mut numbers: Vec<_> = lines
        .iter()
        .map(|line| line["seq"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn animations_that_a_sheet_lacks_are_told_while_they_are_asked_for() {
    let folder = Folder::new();
    deploy_hero(&folder, (16, 16), 2, 1);
    let mut game = Game::start(&folder);
    let missing = || json(&folder, "game.json").map(|told| told["missing_animations"].clone());
    let expected = serde_json::json!([{"sheet": HERO, "animation": "swim"}]);

    game.spawn(PixelSprite::new(HERO).playing("walk"));
    game.spawn(PixelSprite::new(HERO));
    let swimmer = game.spawn(PixelSprite::new(HERO).playing("swim"));
    game.spawn(PixelSprite::new(HERO).playing("swim"));
    game.run_until("swim is missed, and nothing else", |_| {
        missing().is_some_and(|told| told == expected)
    });
    assert!(game.get::<Shown>(swimmer).animation_is_missing());

    let with_swim = manifest("hero.png", (16, 16), 2).replace("\"walk\"", "\"swim\"");
    folder.deploy("sprites/hero.sprite.ron", with_swim.as_bytes());
    let expected = serde_json::json!([{"sheet": HERO, "animation": "walk"}]);
    game.run_until("now walk is missed", |_| {
        missing().is_some_and(|told| told == expected)
    });
    assert!(!game.get::<Shown>(swimmer).animation_is_missing());
}

#[test]
fn a_second_game_leaves_the_first_ones_words_alone_and_takes_over_after_it() {
    let folder = Folder::new();
    let old = deploy_hero(&folder, (16, 16), 2, 1);
    let mut first = Game::start(&folder);
    first.run_until("game.json", |_| json(&folder, "game.json").is_some());
    let mut second = Game::start(&folder);
    second.spawn(PixelSprite::new(HERO));
    second.run_until_loaded("sprites/hero.png", &old);
    assert_eq!(acks(&folder).len(), 0, "the second game keeps silent");

    drop(first);
    second.run_until("it takes over", |_| json(&folder, "game.json").is_some());
    let new = deploy_hero(&folder, (16, 16), 2, 2);
    let crc32 = crc32fast::hash(&new);
    second.run_until("it reports", |_| {
        acks(&folder).iter().any(|line| line["crc32"] == crc32)
    });
}

#[test]
fn the_log_is_bounded_and_keeps_the_newest_lines() {
    let folder = Folder::new();
    let old = "{\"old\":true}\n".repeat(100_000);
    fs::write(folder.path(".pixels/ack.jsonl"), &old).unwrap();
    let rgba = rgba(4, 4, 1);
    folder.deploy("sprites/a.png", &png(4, 4, &rgba));
    let mut game = Game::start(&folder);
    let _picture = game.load::<Image>("sprites/a.png");
    game.run_until_loaded("sprites/a.png", &rgba);
    game.run_until("it is cut", |_| acks(&folder).len() < 100_000);

    let size = fs::metadata(folder.path(".pixels/ack.jsonl"))
        .unwrap()
        .len();
    assert!((200_000..=262_144).contains(&size), "{size} bytes");
    assert_eq!(acks(&folder).last().unwrap()["path"], "sprites/a.png");
}

#[test]
fn a_game_that_is_not_to_report_writes_nothing() {
    let folder = Folder::new();
    fs::remove_dir_all(folder.path(".pixels")).unwrap();
    let mut app = App::new();
    app.add_plugins((
        bevy_pixels_mcp::HeadlessPlugins::new(folder.path("assets").to_str().unwrap()),
        bevy_pixels_mcp::PixelsPlugin {
            report: false,
            ..default()
        },
    ));
    app.finish();
    app.cleanup();
    app.update();
    drop(app);
    assert!(!folder.path(".pixels").exists());
}

#[test]
fn a_folder_that_cannot_be_written_costs_the_report_and_not_the_game() {
    let folder = Folder::new();
    let rgba = deploy_hero(&folder, (16, 16), 2, 1);
    fs::remove_dir_all(folder.path(".pixels")).unwrap();
    // A file where the folder should be: root may write anywhere else.
    fs::write(folder.path(".pixels"), "in the way").unwrap();
    let mut game = Game::start(&folder);
    let hero = game.spawn(PixelSprite::new(HERO));
    game.run_until_loaded("sprites/hero.png", &rgba);
    assert_eq!(game.shown_rgba(hero), rgba);
}

#[test]
fn a_missing_assets_folder_is_told() {
    let folder = Folder::new();
    let mut game = Game::start_at(&folder.path("nowhere"));
    game.spawn(PixelSprite::new(HERO));
    game.run_until("game.json", |_| json(&folder, "game.json").is_some());
    assert_eq!(json(&folder, "game.json").unwrap()["watching"], false);
    game.run_until_failed(HERO);
}

#[cfg(feature = "screenshot")]
#[test]
fn a_game_without_a_window_says_so_when_asked_for_its_picture() {
    let folder = Folder::new();
    let mut game = Game::start(&folder);
    let stage = folder.path(".pixels/stage/request");
    fs::write(&stage, r#"{"id": "a-1"}"#).unwrap();
    fs::rename(stage, folder.path(".pixels/screenshot.request")).unwrap();
    game.run_until("an answer", |_| {
        json(&folder, "screenshots/a-1.json").is_some()
    });

    let answer = json(&folder, "screenshots/a-1.json").unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["error"], "the game has no window");
    assert!(!folder.path(".pixels/screenshot.request").exists());
}
