//! A sheet is loaded and played without a window and without a GPU.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

mod common;

use std::time::Duration;

use bevy::{image::ImageSampler, prelude::*, sprite::Anchor, time::TimeUpdateStrategy};
use bevy_pixels_mcp::{
    AnimationFinished, AnimationLooped, AnimationStepped, LoadEvent, PixelSheet, PixelSprite, Shown,
};
use common::{Folder, Game, deploy_hero, manifest, png, rgba};

const HERO: &str = "sprites/hero.sprite.ron";

#[test]
fn a_sprite_shows_its_sheet_and_the_load_is_reported() {
    let folder = Folder::new();
    let rgba = deploy_hero(&folder, (16, 24), 4, 1);
    let mut game = Game::start(&folder);
    let hero = game.spawn(PixelSprite::new(HERO).playing("walk"));

    let reload = game.run_until_loaded("sprites/hero.png", &rgba);
    assert_eq!(
        (reload.event, reload.width_px, reload.height_px),
        (LoadEvent::Added, 64, 24)
    );
    assert_eq!(game.shown_rgba(hero), rgba);
    assert_eq!(game.layout(hero).size, UVec2::new(64, 24));
    assert_eq!(game.layout(hero).textures[3], URect::new(48, 0, 64, 24));
    assert_eq!(game.get::<Anchor>(hero), &Anchor::BOTTOM_CENTER);
    assert!(game.get::<Shown>(hero).is_shown());
}

#[test]
fn pictures_are_sampled_without_smoothing() {
    let folder = Folder::new();
    let rgba = deploy_hero(&folder, (8, 8), 1, 1);
    let mut game = Game::start(&folder);
    let hero = game.spawn(HERO.into());
    game.run_until_loaded("sprites/hero.png", &rgba);

    let image = game.get::<Sprite>(hero).image.clone();
    let images = game.app.world().resource::<Assets<Image>>();
    let ImageSampler::Descriptor(sampler) = &images.get(&image).unwrap().sampler else {
        panic!("the sampler is left to the game");
    };
    assert_eq!(sampler.mag_filter, bevy::image::ImageFilterMode::Nearest);
}

#[test]
fn a_pivot_is_taken_to_whole_pixels() {
    let folder = Folder::new();
    let text = manifest("hero.png", (15, 9), 1).replace("pivot: Some((0.5, 1.0)),", "");
    folder.deploy("sprites/hero.png", &png(15, 9, &rgba(15, 9, 1)));
    folder.deploy("sprites/hero.sprite.ron", text.as_bytes());
    let mut game = Game::start(&folder);
    let hero = game.spawn(HERO.into());
    game.run_until_loaded("sprites/hero.png", &rgba(15, 9, 1));

    let anchor = game.get::<Anchor>(hero).0;
    // The centre of 15x9 is 7.5, 4.5: the picture's corner would stand between two pixels.
    let corner_px = (Vec2::new(-0.5, 0.5) - anchor) * Vec2::new(15.0, 9.0);
    assert!(
        corner_px.distance(corner_px.round()) < 1e-4,
        "the corner is at {corner_px}"
    );
}

#[derive(Resource, Default)]
struct Heard {
    frames: Vec<usize>,
    looped: u32,
    finished: u32,
}

#[test]
fn an_animation_steps_and_loops_and_says_so() {
    let folder = Folder::new();
    deploy_hero(&folder, (8, 8), 3, 1);
    let mut game = Game::start(&folder);
    // The clock goes by frames, however slow this machine is.
    game.app
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(
            10,
        )))
        .init_resource::<Heard>()
        .add_observer(|step: On<AnimationStepped>, mut heard: ResMut<Heard>| {
            heard.frames.push(step.frame)
        })
        .add_observer(|_: On<AnimationLooped>, mut heard: ResMut<Heard>| heard.looped += 1);
    let hero = game.spawn(PixelSprite::new(HERO).playing("walk"));
    game.run_until("two turns", |game| {
        let heard = game.app.world().resource::<Heard>();
        let atlas = game.get::<Sprite>(hero).texture_atlas.as_ref();
        if let (Some(frame), Some(atlas)) = (heard.frames.last(), atlas) {
            assert_eq!(atlas.index, *frame, "what is told is what is shown");
        }
        heard.looped >= 2
    });
    let heard = game.app.world().resource::<Heard>();
    assert_eq!(heard.frames[..6], [1, 2, 0, 1, 2, 0]);
}

#[test]
fn an_animation_that_plays_once_ends_and_can_be_changed() {
    let folder = Folder::new();
    let text = manifest("hero.png", (8, 8), 2).replace("play: Loop", "play: Once");
    folder.deploy("sprites/hero.png", &png(16, 8, &rgba(16, 8, 1)));
    folder.deploy("sprites/hero.sprite.ron", text.as_bytes());
    let mut game = Game::start(&folder);
    game.app
        .init_resource::<Heard>()
        .add_observer(|_: On<AnimationFinished>, mut heard: ResMut<Heard>| heard.finished += 1);
    let hero = game.spawn(PixelSprite::new(HERO).playing("walk"));
    let index = |game: &Game| {
        let atlas = game.get::<Sprite>(hero).texture_atlas.as_ref();
        atlas.map(|atlas| atlas.index)
    };
    game.run_until("the end", |game| {
        game.app.world().resource::<Heard>().finished == 1
    });
    assert_eq!(index(&game), Some(1));

    let mut sprite = game.app.world_mut().get_mut::<PixelSprite>(hero).unwrap();
    sprite.animation = "unknown".into();
    game.app.update();
    assert_eq!(
        index(&game),
        Some(0),
        "an unknown animation shows the first frame"
    );
}

#[test]
fn until_a_sheet_is_there_the_sprite_shows_what_the_game_gave_it() {
    let folder = Folder::new();
    let mut game = Game::start(&folder);
    let mut images = game.app.world_mut().resource_mut::<Assets<Image>>();
    let own = images.add(Image::default());
    let placeholder = Sprite::from_image(own.clone());
    let hero = game
        .app
        .world_mut()
        .spawn((PixelSprite::new(HERO), placeholder));
    let hero = hero.id();

    let error = game.run_until_failed(HERO);
    assert!(error.contains("not found"), "{error}");
    assert_eq!(game.get::<Sprite>(hero).image, own);
    assert!(!game.get::<Shown>(hero).is_shown());

    let rgba = deploy_hero(&folder, (16, 16), 1, 2);
    game.run_until_loaded("sprites/hero.png", &rgba);
    assert_eq!(game.shown_rgba(hero), rgba);
}

#[test]
fn a_missing_sheet_is_seen_and_makes_room_for_the_real_one() {
    let folder = Folder::new();
    let mut game = Game::start(&folder);
    let hero = game.spawn(HERO.into());
    let corner = [255, 0, 220, 255];
    game.run_until("the placeholder", |game| {
        let images = game.app.world().resource::<Assets<Image>>();
        let image = images.get(&game.get::<Sprite>(hero).image);
        let rgba = image.and_then(|image| image.data.as_deref());
        rgba.is_some_and(|rgba| rgba.len() == 32 * 32 * 4 && rgba.starts_with(&corner))
    });

    let rgba = deploy_hero(&folder, (16, 16), 1, 2);
    game.run_until_loaded("sprites/hero.png", &rgba);
    assert_eq!(game.shown_rgba(hero), rgba);
}

#[test]
fn a_newer_manifest_is_refused_by_file_and_version() {
    let folder = Folder::new();
    let text = manifest("hero.png", (8, 8), 1).replace("version: 1", "version: 7");
    folder.deploy("sprites/hero.png", &png(8, 8, &rgba(8, 8, 1)));
    folder.deploy("sprites/hero.sprite.ron", text.as_bytes());
    let mut game = Game::start(&folder);
    game.spawn(HERO.into());

    let error = game.run_until_failed(HERO);
    assert!(
        error.contains(HERO) && error.contains("version 7"),
        "{error}"
    );
}

#[test]
fn a_picture_that_the_manifest_does_not_describe_is_refused() {
    let folder = Folder::new();
    deploy_hero(&folder, (8, 8), 2, 1);
    folder.deploy("sprites/hero.png", &png(8, 8, &rgba(8, 8, 1)));
    let mut game = Game::start(&folder);
    game.spawn(HERO.into());

    let error = game.run_until_failed("sprites/hero.png");
    assert!(error.contains("8x8") && error.contains("16x8"), "{error}");
}

#[test]
fn sixteen_bits_a_channel_are_refused() {
    let folder = Folder::new();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4, 4);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[7; 4 * 4 * 8]).unwrap();
    writer.finish().unwrap();
    folder.deploy("sprites/hero.png", &bytes);
    folder.deploy(
        "sprites/hero.sprite.ron",
        manifest("hero.png", (4, 4), 1).as_bytes(),
    );
    let mut game = Game::start(&folder);
    game.spawn(HERO.into());

    let error = game.run_until_failed("sprites/hero.png");
    assert!(error.contains("8 bits"), "{error}");
}

#[test]
fn a_plain_picture_is_reported_too() {
    let folder = Folder::new();
    let rgba = rgba(12, 10, 3);
    folder.deploy("sprites/sky.png", &png(12, 10, &rgba));
    let mut game = Game::start(&folder);
    let _sky = game.load::<Image>("sprites/sky.png");

    let reload = game.run_until_loaded("sprites/sky.png", &rgba);
    assert_eq!((reload.width_px, reload.height_px), (12, 10));
}

#[test]
fn sheets_can_be_used_without_a_sprite() {
    let folder = Folder::new();
    deploy_hero(&folder, (8, 8), 2, 1);
    let mut game = Game::start(&folder);
    let sheet = game.load::<PixelSheet>(HERO);
    game.run_until("the sheet", |game| game.sheet(&sheet).is_some());
    assert!(
        game.sheet(&sheet)
            .unwrap()
            .file
            .animations
            .contains_key("walk")
    );
}

#[test]
fn a_text_that_is_no_path_is_told_and_nothing_more() {
    let folder = Folder::new();
    let mut game = Game::start(&folder);
    for sheet in [
        "",
        "a://b://c#",
        "sprites/hero.sprite.ron#",
        "../../x.sprite.ron",
        "x.png",
    ] {
        game.spawn(sheet.into());
    }
    deploy_hero(&folder, (8, 8), 1, 1);
    let hero = game.spawn(HERO.into());
    game.run_until("the hero", |game| game.get::<Shown>(hero).is_shown());
}

#[test]
fn the_sheets_of_the_examples_have_what_the_examples_ask_for() {
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/assets");
    let mut app = App::new();
    app.add_plugins((
        bevy_pixels_mcp::HeadlessPlugins::new(assets.to_str().unwrap()),
        bevy_pixels_mcp::PixelsPlugin {
            report: false,
            ..default()
        },
    ));
    app.finish();
    app.cleanup();
    let mut game = Game { app };
    let wanted = [("potion", ""), ("hero", "idle"), ("hero", "walk")];
    let sprites = wanted.map(|(name, animation)| {
        game.spawn(PixelSprite::new(format!("sprites/{name}.sprite.ron")).playing(animation))
    });
    game.run_until_all_shown(&sprites);
    for sprite in sprites {
        assert!(!game.get::<Shown>(sprite).animation_is_missing());
    }
}
