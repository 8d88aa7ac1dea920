//! What stands where a sprite is missing: a checkered square that nobody takes for art.

use bevy::{
    asset::RenderAssetUsages,
    image::ImageSampler,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
};

use crate::room::TILE_PX;

/// The two squares.
#[derive(Resource)]
pub struct Placeholders {
    /// For things: magenta and black.
    pub thing: Handle<Image>,
    /// For the ground, which is everywhere: the same, in the dark.
    pub ground: Handle<Image>,
}

impl FromWorld for Placeholders {
    fn from_world(world: &mut World) -> Self {
        let mut images = world.resource_mut::<Assets<Image>>();
        Self {
            thing: images.add(checkered([255, 0, 220, 255], [28, 8, 28, 255])),
            ground: images.add(checkered([52, 26, 58, 255], [40, 22, 46, 255])),
        }
    }
}

/// A square of one tile: checkers of 8 pixels, framed in the first colour.
fn checkered(light: [u8; 4], dark: [u8; 4]) -> Image {
    let last = TILE_PX - 1;
    let pixel = |x: u32, y: u32| {
        let frame = x == 0 || y == 0 || x == last || y == last;
        let checker = (x / 8 + y / 8).is_multiple_of(2);
        if frame || checker { light } else { dark }
    };
    let rgba = (0..TILE_PX).flat_map(|y| (0..TILE_PX).flat_map(move |x| pixel(x, y)));
    let size = Extent3d {
        width: TILE_PX,
        height: TILE_PX,
        depth_or_array_layers: 1,
    };
    let mut image = Image::new(
        size,
        TextureDimension::D2,
        rgba.collect(),
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::default(),
    );
    image.sampler = ImageSampler::nearest();
    image
}
