//! One sheet on screen: `cargo run --example one_sheet --features hot_reload`.
//!
//! Change `examples/assets/sprites/potion.png` while it runs: the window follows.

use bevy::{asset::AssetPlugin, prelude::*};
use bevy_pixels_mcp::prelude::*;

fn main() {
    // A game of your own keeps its art in `assets`, and needs no `AssetPlugin` here.
    let assets = AssetPlugin {
        file_path: "examples/assets".into(),
        ..default()
    };
    App::new()
        .add_plugins((DefaultPlugins.set(assets), PixelsPlugin::default()))
        .add_systems(Startup, spawn)
        .run();
}

fn spawn(mut commands: Commands) {
    commands.spawn(Camera2d);
    commands.spawn((
        PixelSprite::new("sprites/potion.sprite.ron"),
        Transform::from_scale(Vec3::splat(8.0)),
    ));
}
