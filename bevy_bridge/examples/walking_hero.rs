//! A hero that walks where the arrow keys say, and stands when none is pressed:
//! `cargo run --example walking_hero --features hot_reload`.

use bevy::{asset::AssetPlugin, prelude::*};
use bevy_pixels_mcp::prelude::*;

const SPEED_PX_PER_S: f32 = 60.0;
/// Screen pixels for a pixel of the sheet.
const ZOOM: f32 = 4.0;

#[derive(Component)]
struct Hero {
    /// In pixels of the sheet; what is drawn stands on whole ones.
    at: Vec2,
}

fn main() {
    let mut app = App::new();
    // Before DefaultPlugins: a change is on screen after 50 ms instead of 300.
    fast_hot_reload(&mut app, "examples/assets", FAST_DEBOUNCE);
    let assets = AssetPlugin {
        file_path: "examples/assets".into(),
        ..default()
    };
    app.add_plugins((DefaultPlugins.set(assets), PixelsPlugin::default()))
        .add_systems(Startup, spawn)
        .add_systems(Update, walk)
        .run();
}

fn spawn(mut commands: Commands) {
    commands.spawn((Camera2d, Transform::from_scale(Vec3::splat(1.0 / ZOOM))));
    commands.spawn((
        Hero { at: Vec2::ZERO },
        PixelSprite::new("sprites/hero.sprite.ron").playing("idle"),
    ));
}

fn walk(
    time: Res<Time>,
    keys: Res<ButtonInput<KeyCode>>,
    mut heroes: Query<(&mut Hero, &mut PixelSprite, &mut Sprite, &mut Transform)>,
) {
    let axis = |less, more| keys.pressed(more) as i32 - keys.pressed(less) as i32;
    let way = IVec2::new(
        axis(KeyCode::ArrowLeft, KeyCode::ArrowRight),
        axis(KeyCode::ArrowDown, KeyCode::ArrowUp),
    );
    let step = way.as_vec2().normalize_or_zero() * SPEED_PX_PER_S * time.delta_secs();
    for (mut hero, mut sprite, mut picture, mut place) in &mut heroes {
        hero.at += step;
        place.translation = hero.at.round().extend(0.0);
        if way.x != 0 {
            picture.flip_x = way.x < 0;
        }
        let animation = if way == IVec2::ZERO { "idle" } else { "walk" };
        // Set only when it is another one: a change begins the animation anew.
        if sprite.animation != animation {
            sprite.animation = animation.into();
        }
    }
}
