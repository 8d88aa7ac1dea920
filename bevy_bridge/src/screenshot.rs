//! A picture of the window, when `.pixels/screenshot.request` asks for one.

use std::time::Duration;

use bevy::{
    camera::RenderTarget,
    diagnostic::FrameCount,
    prelude::*,
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
    sprite::Anchor,
    time::Real,
    window::PrimaryWindow,
};
use serde::{Deserialize, Serialize};

use crate::{
    Animator, PixelSheet, PixelSprite, Shown,
    report::{Picture, Reporter},
};

/// A window that is not drawn gives no picture.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_ID_LEN: usize = 64;

/// `.pixels/screenshot.request`.
#[derive(Deserialize)]
struct Request {
    id: String,
}

/// `.pixels/screenshots/ID.json`.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    ok: bool,
    error: Option<String>,
    /// Beside this file.
    image: Option<String>,
    width_px: u32,
    height_px: u32,
    frame: u32,
    sprites: Vec<SpriteOnScreen>,
}

/// Where a sprite stands in the picture.
#[derive(Serialize, Debug)]
pub(crate) struct SpriteOnScreen {
    /// The entity's `Name`.
    name: Option<String>,
    sheet: String,
    animation: String,
    frame: usize,
    /// The frame in the sheet: x, y, width and height.
    source_px: [u32; 4],
    /// The frame in the picture: x, y, width and height.
    screen_px: [i32; 4],
    /// Whether `screen_px` are whole numbers, and a whole multiple of `source_px`.
    whole_px: bool,
    flip_x: bool,
    flip_y: bool,
    /// Higher ones cover lower ones.
    z: f32,
}

/// Screenshots that were asked for and are not there yet.
#[derive(Resource, Default)]
pub(crate) struct Pending(Vec<(String, Duration)>);

/// The id in a request.
pub(crate) fn request_id(bytes: &[u8]) -> Result<String, String> {
    let request: Request = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let id = request.id;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() || id.len() > MAX_ID_LEN || !id.chars().all(plain) || id.starts_with('.') {
        return Err(format!(
            "\"id\" needs 1 to {MAX_ID_LEN} letters, digits, - _ or . (not first)"
        ));
    }
    Ok(id)
}

/// Ask the renderer for a picture of this frame, and note what stands where in it.
pub(crate) fn take_screenshots(
    mut reporter: ResMut<Reporter>,
    mut pending: ResMut<Pending>,
    time: Res<Time<Real>>,
    frame: Res<FrameCount>,
    scene: Scene,
    mut commands: Commands,
) {
    for id in reporter.screenshot_ids() {
        if scene.window.is_empty() {
            reporter.answer_screenshot(id, Err("the game has no window".into()));
            continue;
        }
        pending.0.push((id.clone(), time.elapsed() + PATIENCE));
        let mut sprites = Some(scene.sprites());
        let frame = frame.0;
        commands.spawn(Screenshot::primary_window()).observe(
            move |captured: On<ScreenshotCaptured>,
                  reporter: Res<Reporter>,
                  mut pending: ResMut<Pending>| {
                let waiting = pending.0.len();
                pending.0.retain(|(other, _)| *other != id);
                if pending.0.len() < waiting
                    && let Some(sprites) = sprites.take()
                {
                    let image = captured.image.clone();
                    let picture = Picture {
                        image,
                        frame,
                        sprites,
                    };
                    reporter.answer_screenshot(id.clone(), Ok(picture));
                }
            },
        );
    }
    let now = time.elapsed();
    let late = pending.0.extract_if(.., |(_, deadline)| *deadline < now);
    for (id, _) in late {
        let seconds = PATIENCE.as_secs();
        let error = format!("no picture within {seconds} s: the window is hidden or minimised");
        reporter.answer_screenshot(id, Err(error));
    }
}

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
    /// The visible sprites of the window's first camera.
    fn sprites(&self) -> Vec<SpriteOnScreen> {
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
    let whole_px = (screen.min - min).abs().max_element() < 0.01
        && (screen.max - max).abs().max_element() < 0.01
        && zoom.fract() == Vec2::ZERO;
    Some(SpriteOnScreen {
        name: name.map(|name| name.as_str().to_owned()),
        sheet: wanted.sheet.clone(),
        animation: wanted.animation.clone(),
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

/// Write the picture first and the answer last: whoever sees the answer finds the picture.
pub(crate) fn write_answer(
    id: &str,
    picture: Result<Picture, String>,
    mut write: impl FnMut(&str, &[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut answer = Answer {
        id,
        ok: false,
        error: None,
        image: None,
        width_px: 0,
        height_px: 0,
        frame: 0,
        sprites: Vec::new(),
    };
    let drawn = picture.and_then(|picture| {
        answer.frame = picture.frame;
        answer.sprites = picture.sprites;
        (answer.width_px, answer.height_px) = picture.image.size().into();
        encode(picture.image).map_err(|error| error.to_string())
    });
    match drawn {
        Ok(png) => {
            let name = format!("{id}.png");
            write(&name, &png)?;
            answer.image = Some(name);
            answer.ok = true;
        }
        Err(error) => answer.error = Some(error),
    }
    write(&format!("{id}.json"), &serde_json::to_vec_pretty(&answer)?)
}

/// The picture as an RGB PNG; a window has no alpha.
fn encode(image: Image) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let rgb = image.try_into_dynamic()?.to_rgb8();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, rgb.width(), rgb.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb.as_raw())?;
    writer.finish()?;
    Ok(bytes)
}
