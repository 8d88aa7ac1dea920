//! Which sprites stand where in the window.

use bevy::{camera::RenderTarget, prelude::*, sprite::Anchor, window::PrimaryWindow};

use crate::{
    animation::Animator,
    report::SpriteOnScreen,
    sheet::PixelSheet,
    sprite::{PixelSprite, Shown},
};

/// What is needed to know where sprites stand on screen.
#[derive(bevy::ecs::system::SystemParam)]
pub(crate) struct Scene<'w, 's> {
    window: Query<'w, 's, &'static Window, With<PrimaryWindow>>,
    cameras: Query<
        'w,
        's,
        (
            &'static Camera,
            &'static GlobalTransform,
            &'static RenderTarget,
        ),
    >,
    sheets: Res<'w, Assets<PixelSheet>>,
    sprites: Query<'w, 's, SpriteParts>,
}

type SpriteParts = (
    &'static PixelSprite,
    &'static Shown,
    &'static Animator,
    &'static Sprite,
    &'static Anchor,
    &'static GlobalTransform,
    &'static ViewVisibility,
    Option<&'static Name>,
);

impl Scene<'_, '_> {
    pub fn has_window(&self) -> bool {
        !self.window.is_empty()
    }

    /// The visible sprites of the window's first camera.
    pub fn sprites(&self) -> Vec<SpriteOnScreen> {
        let scale = self.window.iter().next().map_or(1.0, Window::scale_factor);
        let camera = self
            .cameras
            .iter()
            .filter(|(camera, _, target)| {
                camera.is_active && matches!(target, RenderTarget::Window(_))
            })
            .min_by_key(|(camera, _, _)| camera.order);
        let Some((camera, camera_place, _)) = camera else {
            return Vec::new();
        };
        let to_screen = |point: Vec3| {
            let point = camera.world_to_viewport(camera_place, point).ok()?;
            Some(point * scale)
        };
        self.sprites
            .iter()
            .filter_map(|parts| sprite_on_screen(parts, &self.sheets, to_screen))
            .collect()
    }
}

fn sprite_on_screen(
    (wanted, shown, animator, sprite, anchor, place, visibility, name): (
        &PixelSprite,
        &Shown,
        &Animator,
        &Sprite,
        &Anchor,
        &GlobalTransform,
        &ViewVisibility,
        Option<&Name>,
    ),
    sheets: &Assets<PixelSheet>,
    to_screen: impl Fn(Vec3) -> Option<Vec2>,
) -> Option<SpriteOnScreen> {
    if !visibility.get() || !shown.is_shown() {
        return None;
    }
    let sheet = sheets.get(shown.sheet()?)?;
    let source = *sheet.file.rects().get(animator.frame())?;
    let size = sprite.custom_size.unwrap_or(source.size().as_vec2());
    // The anchor stands at the entity's position; it is 0 in the middle, 0.5 at the right and top.
    let top_left = (Vec2::new(-0.5, 0.5) - anchor.as_vec()) * size;
    let bottom_right = (Vec2::new(0.5, -0.5) - anchor.as_vec()) * size;
    let one = to_screen(place.transform_point(top_left.extend(0.0)))?;
    let other = to_screen(place.transform_point(bottom_right.extend(0.0)))?;
    let (min, max) = (one.min(other), one.max(other));
    let screen = Rect::from_corners(min.round(), max.round());
    let zoom = screen.size() / source.size().as_vec2();
    // A corner that is elsewhere than at the top left: the sprite is turned.
    let whole_px = (screen.min - one).abs().max_element() < 0.01
        && (screen.max - other).abs().max_element() < 0.01
        && zoom.x == zoom.y
        && zoom.x >= 1.0
        && zoom.x.fract() == 0.0;
    Some(SpriteOnScreen {
        name: name.map(|name| name.as_str().to_owned()),
        sheet: wanted.sheet.clone(),
        animation: wanted.animation.clone(),
        animation_missing: shown.animation_is_missing(),
        frame: animator.frame(),
        source_px: [source.min.x, source.min.y, source.width(), source.height()],
        screen_px: [screen.min.x, screen.min.y, screen.width(), screen.height()]
            .map(|px| px as i32),
        whole_px,
        flip_x: sprite.flip_x,
        flip_y: sprite.flip_y,
        z: place.translation().z,
    })
}
