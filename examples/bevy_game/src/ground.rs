//! What lies where no floor was deployed. The magenta square that `bevy_pixels_mcp` shows for a missing
//! sprite would be too much, a hundred times.

use bevy::{
    asset::RenderAssetUsages,
    image::ImageSampler,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
};

use crate::room::TILE_PX;

const LIGHT: [u8; 4] = [52, 26, 58, 255];
const DARK: [u8; 4] = [40, 22, 46, 255];

/// The picture of bare ground.
#[derive(Resource)]
pub struct BareGround(pub Handle<Image>);

impl FromWorld for BareGround {
    fn from_world(world: &mut World) -> Self {
        Self(world.resource_mut::<Assets<Image>>().add(checkered()))
    }
}

/// A tile of checkers, 8 pixels each.
fn checkered() -> Image {
    let pixel = |x: u32, y: u32| {
        let light = (x / 8 + y / 8).is_multiple_of(2);
        if light { LIGHT } else { DARK }
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
