//! A headless game in a folder of its own, and someone who deploys sprites into it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use bevy::prelude::*;
use bevy_pixels_mcp::{
    FAST_DEBOUNCE, HeadlessPlugins, LoadEvent, PixelSheet, PixelSprite, PixelsPlugin, Reload,
    ReloadLog, Shown, fast_hot_reload,
};

/// A folder that is removed in the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bevy_pixels_mcp-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("assets/sprites")).unwrap();
        fs::create_dir_all(path.join(".pixels/stage")).unwrap();
        Self(path)
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    /// Put a file into place as pixels-mcp does: staged outside the assets folder, renamed whole.
    pub fn deploy(&self, name: &str, bytes: &[u8]) {
        let stage = self.path(".pixels/stage/file");
        fs::write(&stage, bytes).unwrap();
        fs::rename(&stage, self.path("assets").join(name)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running game.
pub struct Game {
    pub app: App,
}

impl Game {
    pub fn start(folder: &Folder) -> Self {
        Self::start_at(&folder.path("assets"))
    }

    pub fn start_at(assets: &Path) -> Self {
        let assets = assets.to_str().unwrap();
        let mut app = App::new();
        fast_hot_reload(&mut app, assets, FAST_DEBOUNCE);
        app.add_plugins((
            HeadlessPlugins::new(assets),
            PixelsPlugin {
                report: true,
                ..default()
            },
        ));
        app.finish();
        app.cleanup();
        Self { app }
    }

    pub fn spawn(&mut self, sprite: PixelSprite) -> Entity {
        self.app.world_mut().spawn(sprite).id()
    }

    pub fn get<C: Component>(&self, entity: Entity) -> &C {
        self.app.world().get::<C>(entity).unwrap()
    }

    /// What was loaded; nothing in a game that does not report.
    pub fn log(&self) -> &[Reload] {
        let log = self.app.world().get_resource::<ReloadLog>();
        log.map_or(&[], |log| log.last.as_slice())
    }

    /// Draw frames until every sprite's sheet is on screen.
    pub fn run_until_all_shown(&mut self, sprites: &[Entity]) {
        self.run_until("all sheets are shown", |game| {
            let is_shown = |&sprite: &Entity| game.get::<Shown>(sprite).is_shown();
            sprites.iter().all(is_shown)
        });
    }

    /// Draw frames until it is so.
    pub fn run_until(&mut self, what: &str, so: impl Fn(&mut Self) -> bool) {
        let start = Instant::now();
        while !so(self) {
            let waited = start.elapsed();
            assert!(
                waited < Duration::from_secs(20),
                "waited for: {what}; {:?}",
                self.log()
            );
            self.app.update();
            sleep(Duration::from_millis(2));
        }
    }

    /// Draw frames until this picture is reported.
    pub fn run_until_loaded(&mut self, path: &str, rgba: &[u8]) -> Reload {
        let crc32 = crc32fast::hash(rgba);
        let is_it = |reload: &Reload| reload.path == path && reload.crc32 == crc32;
        self.run_until(&format!("{path} with CRC {crc32}"), |game| {
            game.log().iter().any(is_it)
        });
        self.log().iter().rfind(|r| is_it(r)).unwrap().clone()
    }

    /// Draw frames until a failure is reported.
    pub fn run_until_failed(&mut self, path: &str) -> String {
        let is_it = |reload: &&Reload| reload.path == path && reload.event == LoadEvent::Failed;
        self.run_until(&format!("{path} fails"), |game| {
            game.log().iter().any(|r| is_it(&r))
        });
        let failure = self.log().iter().rfind(is_it).unwrap();
        failure.error.clone().unwrap()
    }

    /// The bytes that a sprite shows.
    pub fn shown_rgba(&self, entity: Entity) -> &[u8] {
        let images = self.app.world().resource::<Assets<Image>>();
        let image = images.get(&self.get::<Sprite>(entity).image).unwrap();
        image.data.as_deref().unwrap()
    }

    pub fn layout(&self, entity: Entity) -> &TextureAtlasLayout {
        let layouts = self.app.world().resource::<Assets<TextureAtlasLayout>>();
        let atlas = self.get::<Sprite>(entity).texture_atlas.as_ref().unwrap();
        layouts.get(&atlas.layout).unwrap()
    }

    pub fn load<A: Asset>(&self, path: &'static str) -> Handle<A> {
        self.app.world().resource::<AssetServer>().load(path)
    }

    pub fn sheet(&self, handle: &Handle<PixelSheet>) -> Option<&PixelSheet> {
        self.app
            .world()
            .resource::<Assets<PixelSheet>>()
            .get(handle)
    }
}

/// RGBA bytes that differ for each `seed`.
pub fn rgba(width: u32, height: u32, seed: u8) -> Vec<u8> {
    (0..width * height)
        .flat_map(|i| [seed, (i % width) as u8, (i / width) as u8, 255])
        .collect()
}

pub fn png(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(rgba).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A manifest of a row of tiles with an animation `walk` of them all, 20 ms each.
pub fn manifest(image: &str, tile: (u32, u32), columns: u32) -> String {
    let (w, h) = tile;
    let frames: Vec<String> = (0..columns).map(|frame| frame.to_string()).collect();
    let ms = vec!["20"; columns as usize];
    format!(
        r#"(
    version: 1,
    image: "{image}",
    size: ({}, {h}),
    frames: Grid(tile: ({w}, {h}), columns: {columns}, rows: 1),
    pivot: Some((0.5, 1.0)),
    animations: {{ "walk": (frames: [{}], ms: [{}], play: Loop) }},
)
"#,
        w * columns,
        frames.join(", "),
        ms.join(", "),
    )
}

/// Deploy a row of tiles, picture first; its RGBA bytes.
pub fn deploy_hero(folder: &Folder, tile: (u32, u32), columns: u32, seed: u8) -> Vec<u8> {
    let (width, height) = (tile.0 * columns, tile.1);
    let rgba = rgba(width, height, seed);
    folder.deploy("sprites/hero.png", &png(width, height, &rgba));
    folder.deploy(
        "sprites/hero.sprite.ron",
        manifest("hero.png", tile, columns).as_bytes(),
    );
    rgba
}
