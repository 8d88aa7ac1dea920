//! What stands where a sheet is missing: a checkered square that nobody takes for art.

use bevy::{image::ImageSampler, prelude::*};

const SIDE_PX: usize = 32;
const CHECKER_PX: usize = 8;
const LIGHT: [u8; 4] = [255, 0, 220, 255];
const DARK: [u8; 4] = [28, 8, 28, 255];

/// The picture of a sprite whose sheet cannot be loaded.
#[derive(Resource)]
pub(crate) struct Placeholder(pub Handle<Image>);

impl FromWorld for Placeholder {
    fn from_world(world: &mut World) -> Self {
        Self(world.resource_mut::<Assets<Image>>().add(checkered()))
    }
}

/// Magenta and black, framed.
fn checkered() -> Image {
    let pixel = |at: usize| {
        let (x, y) = (at % SIDE_PX, at / SIDE_PX);
        let edge = [x, y]
            .iter()
            .any(|&place| place == 0 || place == SIDE_PX - 1);
        let light = (x / CHECKER_PX + y / CHECKER_PX).is_multiple_of(2);
        if edge || light { LIGHT } else { DARK }
    };
    // One white pixel of 8-bit sRGB, grown.
    let mut image = Image::default();
    image.texture_descriptor.size.width = SIDE_PX as u32;
    image.texture_descriptor.size.height = SIDE_PX as u32;
    image.data = Some((0..SIDE_PX * SIDE_PX).flat_map(pixel).collect());
    image.sampler = ImageSampler::nearest();
    image
}
