//! The window: a fixed room at a whole zoom, so that every pixel of a sprite is a square of screen
//! pixels.

use bevy::{camera::ClearColorConfig, prelude::*, window::WindowResolution};
use bevy_pixels_mcp::SheetShown;

use crate::room::ROOM_PX;

/// The window of a room at this zoom.
pub fn window(zoom: u32) -> WindowPlugin {
    let size_px = ROOM_PX * zoom;
    WindowPlugin {
        primary_window: Some(Window {
            title: "bevy_game".into(),
            // On a screen with large points too, a pixel of the room is `zoom` pixels of the screen.
            resolution: WindowResolution::new(size_px.x, size_px.y).with_scale_factor_override(1.0),
            resizable: false,
            ..default()
        }),
        ..default()
    }
}

pub struct ViewPlugin {
    pub zoom: u32,
}

impl Plugin for ViewPlugin {
    fn build(&self, app: &mut App) {
        let zoom = self.zoom;
        app.add_systems(Startup, move |mut commands: Commands| {
            commands.spawn(camera(zoom));
        })
        .add_observer(tell_in_title);
    }
}

/// A camera that sees the room: (0, 0) of the world is the top left corner, y goes up.
fn camera(zoom: u32) -> impl Bundle {
    let middle = ROOM_PX.as_vec2() / 2.0;
    (
        Camera2d,
        Camera {
            clear_color: ClearColorConfig::Custom(Color::srgb_u8(20, 16, 28)),
            ..default()
        },
        Projection::Orthographic(OrthographicProjection {
            scale: 1.0 / zoom as f32,
            ..OrthographicProjection::default_2d()
        }),
        // Smoothed edges would mix a sprite's border with the floor.
        Msaa::Off,
        Transform::from_xyz(middle.x, -middle.y, 0.0),
    )
}

/// Name the newest sprite in the window's title.
fn tell_in_title(shown: On<SheetShown>, names: Query<&Name>, mut windows: Query<&mut Window>) {
    if let (Ok(name), Ok(mut window)) = (names.get(shown.entity), windows.single_mut()) {
        window.title = format!("bevy_game: new {name}");
    }
}
