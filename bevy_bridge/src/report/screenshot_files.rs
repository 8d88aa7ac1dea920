//! The files of a screenshot: `screenshot.request` in, `screenshots/ID.png` and `ID.json` out.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

const MAX_ID_LEN: usize = 64;

/// A picture of the window, and what is in it.
pub(crate) struct Picture {
    pub image: Image,
    pub frame: u32,
    pub sprites: Vec<SpriteOnScreen>,
    pub tilemaps: Vec<TilemapOnScreen>,
}

/// Where a map lies in the picture, and what of its tileset is drawn there.
#[derive(Serialize, Debug)]
pub(crate) struct TilemapOnScreen {
    /// The entity's `Name`.
    pub name: Option<String>,
    pub tileset: String,
    /// Columns and rows of cells.
    pub size: [u32; 2],
    /// Of each cell, row by row from the top left; 0 is the lower terrain.
    pub terrain: Vec<u8>,
    /// Columns and rows of tiles.
    pub laid: [u32; 2],
    /// Of the tileset's picture, as they are drawn in this frame, row by row from the top left.
    pub tiles: Vec<Option<u32>>,
    /// The map in the picture: x, y, width and height.
    pub screen_px: [i32; 4],
    /// Whether the map lies upright on whole pixels, magnified by a whole number.
    pub whole_px: bool,
    /// Higher ones cover lower ones.
    pub z: f32,
}

/// Where a sprite stands in the picture.
#[derive(Serialize, Debug)]
pub(crate) struct SpriteOnScreen {
    /// The entity's `Name`.
    pub name: Option<String>,
    pub sheet: String,
    pub animation: String,
    /// The sheet has no animation of that name.
    pub animation_missing: bool,
    pub frame: usize,
    /// The frame in the sheet: x, y, width and height.
    pub source_px: [u32; 4],
    /// The frame in the picture: x, y, width and height.
    pub screen_px: [i32; 4],
    /// Whether the frame stands upright on whole pixels, magnified by a whole number.
    pub whole_px: bool,
    pub flip_x: bool,
    pub flip_y: bool,
    /// Higher ones cover lower ones.
    pub z: f32,
}

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
    tilemaps: Vec<TilemapOnScreen>,
}

/// The id in a request.
pub(super) fn request_id(bytes: &[u8]) -> Result<String, String> {
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

/// Write the picture first and the answer last: whoever sees the answer finds the picture.
pub(super) fn write_answer(
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
        tilemaps: Vec::new(),
    };
    let drawn = picture.and_then(|picture| {
        answer.frame = picture.frame;
        answer.sprites = picture.sprites;
        answer.tilemaps = picture.tilemaps;
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
