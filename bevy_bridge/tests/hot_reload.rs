//! What is deployed while the game runs is on screen at once, whole, or not at all.
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
use bevy_pixels_mcp::{LoadEvent, PixelSprite, SheetShown, Shown};
use common::{Folder, Game, deploy_hero, manifest, png, rgba};

const HERO: &str = "sprites/hero.sprite.ron";
const HERO_PNG: &str = "sprites/hero.png";

/// A game that shows a walking hero of 2 frames of 16x16.
fn walking(folder: &Folder) -> (Game, Entity) {
    let rgba = deploy_hero(folder, (16, 16), 2, 1);
    let mut game = Game::start(folder);
    let hero = game.spawn(PixelSprite::new(HERO).playing("walk"));
    game.run_until_loaded(HERO_PNG, &rgba);
    (game, hero)
}

/// Deploy another sprite and wait for it: what was written before has been judged by then.
fn pass_the_watcher(folder: &Folder, game: &mut Game, seed: u8) {
    let rgba = rgba(4, 4, seed);
    folder.deploy("sprites/mark.png", &png(4, 4, &rgba));
    game.run_until_loaded("sprites/mark.png", &rgba);
}

#[derive(Resource, Default)]
struct ReloadsShown(u32);

#[test]
fn new_pixels_replace_the_old_ones() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    game.app.init_resource::<ReloadsShown>();
    game.app
        .add_observer(|shown: On<SheetShown>, mut count: ResMut<ReloadsShown>| {
            count.0 += u32::from(shown.reloaded);
        });

    let new = deploy_hero(&folder, (16, 16), 2, 9);
    let reload = game.run_until_loaded(HERO_PNG, &new);
    assert_eq!(reload.event, LoadEvent::Modified);
    assert_eq!(game.shown_rgba(hero), new);
    assert!(game.app.world().resource::<ReloadsShown>().0 >= 1);
}

#[test]
fn picture_and_layout_change_in_the_same_frame() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    let sizes = [((16, 16), 4), ((32, 8), 1), ((16, 16), 6), ((5, 7), 2)];
    for (seed, (tile, columns)) in (10..).zip(sizes) {
        let new = deploy_hero(&folder, tile, columns, seed);
        game.run_until("the new sheet", |game| {
            let (sprite, layout) = (game.get::<Sprite>(hero), game.layout(hero));
            let images = game.app.world().resource::<Assets<Image>>();
            assert_eq!(images.get(&sprite.image).unwrap().size(), layout.size);
            let index = sprite.texture_atlas.as_ref().unwrap().index;
            assert!(index < layout.len(), "frame {index} of {}", layout.len());
            game.shown_rgba(hero) == new
        });
        assert_eq!(game.layout(hero).len(), columns as usize);
    }
}

#[test]
fn a_picture_that_arrives_long_before_its_manifest_waits_for_it() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    let old = game.shown_rgba(hero).to_vec();
    let new = rgba(48, 16, 5);
    folder.deploy(HERO_PNG, &png(48, 16, &new));
    let error = game.run_until_failed(HERO_PNG);
    assert!(error.contains("48x16"), "{error}");
    assert_eq!(game.shown_rgba(hero), old);
    assert_eq!(game.layout(hero).len(), 2);

    folder.deploy(HERO, manifest("hero.png", (16, 16), 3).as_bytes());
    game.run_until_loaded(HERO_PNG, &new);
    assert_eq!(game.shown_rgba(hero), new);
    assert_eq!(game.layout(hero).len(), 3);
}

#[test]
fn a_broken_picture_leaves_the_old_one_and_says_why() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    let old = game.shown_rgba(hero).to_vec();
    folder.deploy(HERO_PNG, b"not a picture");
    let error = game.run_until_failed(HERO_PNG);
    assert!(!error.is_empty());
    assert_eq!(game.shown_rgba(hero), old);

    let new = rgba(32, 16, 8);
    folder.deploy(HERO_PNG, &png(32, 16, &new));
    game.run_until_loaded(HERO_PNG, &new);
    assert_eq!(game.shown_rgba(hero), new);
}

#[test]
fn a_broken_manifest_leaves_the_old_sheet_and_says_why() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    let old = game.shown_rgba(hero).to_vec();
    let text = manifest("hero.png", (16, 16), 2).replace("[0, 1]", "[0, 9]");
    folder.deploy(HERO, text.as_bytes());
    let error = game.run_until_failed(HERO);
    assert!(
        error.contains("walk") && error.contains("frame 9"),
        "{error}"
    );
    assert_eq!(game.shown_rgba(hero), old);
    assert_eq!(game.layout(hero).len(), 2);
}

#[test]
fn a_manifest_may_name_another_picture_that_comes_later() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    folder.deploy(HERO, manifest("knight.png", (8, 8), 1).as_bytes());
    let error = game.run_until_failed("sprites/knight.png");
    assert!(error.contains("not found"), "{error}");

    let knight = rgba(8, 8, 77);
    folder.deploy("sprites/knight.png", &png(8, 8, &knight));
    game.run_until_loaded("sprites/knight.png", &knight);
    assert_eq!(game.shown_rgba(hero), knight);
}

#[test]
fn a_sheet_that_never_had_its_picture_gets_it() {
    let folder = Folder::new();
    folder.deploy(HERO, manifest("hero.png", (16, 16), 1).as_bytes());
    let mut game = Game::start(&folder);
    let hero = game.spawn(HERO.into());
    game.run_until_failed(HERO_PNG);
    assert!(!game.get::<Shown>(hero).is_shown());

    let rgba = rgba(16, 16, 3);
    folder.deploy(HERO_PNG, &png(16, 16, &rgba));
    game.run_until_loaded(HERO_PNG, &rgba);
    assert_eq!(game.shown_rgba(hero), rgba);
}

#[test]
fn a_sheet_that_began_with_a_wrong_picture_gets_the_right_one() {
    let folder = Folder::new();
    folder.deploy(HERO_PNG, &png(4, 4, &rgba(4, 4, 1)));
    folder.deploy(HERO, manifest("hero.png", (16, 16), 1).as_bytes());
    let mut game = Game::start(&folder);
    let hero = game.spawn(HERO.into());
    game.run_until_failed(HERO_PNG);

    let rgba = rgba(16, 16, 3);
    folder.deploy(HERO_PNG, &png(16, 16, &rgba));
    game.run_until_loaded(HERO_PNG, &rgba);
    assert_eq!(game.shown_rgba(hero), rgba);
}

#[test]
fn a_hundred_sprites_at_once_all_arrive() {
    let folder = Folder::new();
    let path = |number: usize| format!("sprites/s{number}");
    let deploy = |number: usize, seed: u8| {
        let rgba = rgba(8, 8 + number as u32, seed);
        let (w, h) = (8, 8 + number as u32);
        folder.deploy(&format!("{}.png", path(number)), &png(w, h, &rgba));
        let text = manifest(&format!("s{number}.png"), (w, h), 1);
        folder.deploy(&format!("{}.sprite.ron", path(number)), text.as_bytes());
        rgba
    };
    (0..100).for_each(|number| drop(deploy(number, 1)));
    let mut game = Game::start(&folder);
    let sprites: Vec<Entity> = (0..100)
        .map(|number| game.spawn(PixelSprite::new(format!("{}.sprite.ron", path(number)))))
        .collect();
    game.run_until("all are shown", |game| {
        sprites.iter().all(|&s| game.get::<Shown>(s).is_shown())
    });
    let new: Vec<Vec<u8>> = (0..100).map(|number| deploy(number, 2)).collect();
    game.run_until("all are new", |game| {
        sprites
            .iter()
            .zip(&new)
            .all(|(&sprite, new)| game.shown_rgba(sprite) == new)
    });
}

/// Bevy ignores a rename inside the watched folder once its watcher has told of the first name. When
/// this fails, Bevy has changed: then files may be staged inside the assets folder.
#[test]
fn a_rename_inside_the_assets_folder_is_lost_and_a_nudge_brings_it_back() {
    let folder = Folder::new();
    let (mut game, hero) = walking(&folder);
    folder.deploy("sprites/mark.png", &png(4, 4, &rgba(4, 4, 1)));
    let _mark = game.load::<Image>("sprites/mark.png");
    pass_the_watcher(&folder, &mut game, 2);
    let (old, new) = (game.shown_rgba(hero).to_vec(), rgba(32, 16, 66));

    let inside = folder.path("assets/sprites/hero.tmp.png");
    fs::write(&inside, png(32, 16, &new)).unwrap();
    pass_the_watcher(&folder, &mut game, 3);
    fs::rename(inside, folder.path("assets/sprites/hero.png")).unwrap();
    pass_the_watcher(&folder, &mut game, 4);
    assert_eq!(game.shown_rgba(hero), old);

    let file = fs::File::options()
        .write(true)
        .open(folder.path("assets/sprites/hero.png"))
        .unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    game.run_until_loaded(HERO_PNG, &new);
    assert_eq!(game.shown_rgba(hero), new);
}

#[cfg(unix)]
#[test]
fn an_assets_folder_that_is_a_link_is_watched() {
    let folder = Folder::new();
    let link = folder.path("linked");
    std::os::unix::fs::symlink(folder.path("assets"), &link).unwrap();
    let old = deploy_hero(&folder, (16, 16), 2, 1);
    let mut game = Game::start_at(&link);
    let hero = game.spawn(HERO.into());
    game.run_until_loaded(HERO_PNG, &old);

    let new = deploy_hero(&folder, (16, 16), 2, 2);
    game.run_until_loaded(HERO_PNG, &new);
    assert_eq!(game.shown_rgba(hero), new);
}
