//! What stands where in the window.

use bevy::{camera::RenderTarget, prelude::*, sprite::Anchor, window::PrimaryWindow};

use crate::{
    animation::Animator,
    report::{SpriteOnScreen, TilemapOnScreen},
    sheet::PixelSheet,
    sprite::{PixelSprite, Shown},
};

/// The window, and the cameras that look at the world.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct View<'w, 's> {
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
}

impl View<'_, '_> {
    /// From places of the world to pixels of the window, as its first camera sees them.
    fn to_screen(&self) -> impl Fn(Vec3) -> Option<Vec2> {
        let scale = self.window.iter().next().map_or(1.0, Window::scale_factor);
        let camera = self
            .cameras
            .iter()
            .filter(|(camera, _, target)| {
                camera.is_active && matches!(target, RenderTarget::Window(_))
            })
            .min_by_key(|(camera, _, _)| camera.order);
        move |point: Vec3| {
            let (camera, place, _) = camera?;
            Some(camera.world_to_viewport(place, point).ok()? * scale)
        }
    }
}

/// What is needed to know what stands where on screen.
#[derive(bevy::ecs::system::SystemParam)]
pub(crate) struct Scene<'w, 's> {
    view: View<'w, 's>,
    sheets: Res<'w, Assets<PixelSheet>>,
    sprites: Query<'w, 's, SpriteParts>,
    #[cfg(feature = "tilemap")]
    maps: super::tilemap_scene::Maps<'w, 's>,
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
        !self.view.window.is_empty()
    }

    /// The visible sprites of the window's first camera.
    pub fn sprites(&self) -> Vec<SpriteOnScreen> {
        let to_screen = self.view.to_screen();
        self.sprites
            .iter()
            .filter_map(|parts| sprite_on_screen(parts, &self.sheets, &to_screen))
            .collect()
    }

    /// The visible maps of that camera.
    #[cfg(feature = "tilemap")]
    pub fn tilemaps(&self) -> Vec<TilemapOnScreen> {
        self.maps.on_screen(self.view.to_screen())
    }

    /// Maps need the feature `tilemap`.
    #[cfg(not(feature = "tilemap"))]
    #[expect(clippy::unused_self, reason = "with maps it is not")]
    pub fn tilemaps(&self) -> Vec<TilemapOnScreen> {
        Vec::new()
    }
}

/// Where a rectangle around a place of the world lies on screen.
pub(super) struct Placed {
    /// x, y, width and height, rounded.
    pub screen_px: [i32; 4],
    /// Upright on whole pixels, magnified by a whole number.
    pub is_whole: bool,
}

/// Place the corners of a picture of so many pixels.
pub(super) fn place_on_screen(
    place: &GlobalTransform,
    [top_left, bottom_right]: [Vec2; 2],
    picture_px: Vec2,
    to_screen: impl Fn(Vec3) -> Option<Vec2>,
) -> Option<Placed> {
    let one = to_screen(place.transform_point(top_left.extend(0.0)))?;
    let other = to_screen(place.transform_point(bottom_right.extend(0.0)))?;
    let (min, max) = (one.min(other), one.max(other));
    let screen = Rect::from_corners(min.round(), max.round());
    let zoom = screen.size() / picture_px;
    // A corner that is elsewhere than at the top left: the picture is turned.
    let is_whole = (screen.min - one).abs().max_element() < 0.01
        && (screen.max - other).abs().max_element() < 0.01
        && zoom.x == zoom.y
        && zoom.x >= 1.0
        && zoom.x.fract() == 0.0;
    let screen_px = [screen.min.x, screen.min.y, screen.width(), screen.height()];
    Some(Placed {
        screen_px: screen_px.map(|px| px as i32),
        is_whole,
    })
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
    let placed = place_on_screen(
        place,
        [top_left, bottom_right],
        source.size().as_vec2(),
        to_screen,
    )?;
    Some(SpriteOnScreen {
        name: name.map(|name| name.as_str().to_owned()),
        sheet: wanted.sheet.clone(),
        animation: wanted.animation.clone(),
        animation_missing: shown.animation_is_missing(),
        frame: animator.frame(),
        source_px: [source.min.x, source.min.y, source.width(), source.height()],
        screen_px: placed.screen_px,
        whole_px: placed.is_whole,
        flip_x: sprite.flip_x,
        flip_y: sprite.flip_y,
        z: place.translation().z,
    })
}
