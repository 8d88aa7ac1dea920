//! The room: a floor, a wall, some things, and someone who walks. A deployed tileset makes an island of it.

use bevy::{math::IRect, prelude::*};
use bevy_pixels_mcp::{PixelSheet, PixelSprite, SheetShown, Shown};

use crate::{ground::BareGround, island};

/// The side of a tile that nothing was deployed for, in pixels.
pub const TILE_PX: u32 = 32;
/// The room in pixels of its sprites. Places are counted from its top left corner, y down.
pub const ROOM_PX: UVec2 = UVec2::new(9 * TILE_PX, 6 * TILE_PX);

/// Things and where their pivots stand. The README promises these places.
const THINGS: [(&str, IVec2); 4] = [
    ("chest", IVec2::new(48, 48)),
    ("sword", IVec2::new(112, 48)),
    ("potion", IVec2::new(176, 48)),
    ("slime", IVec2::new(240, 112)),
];
/// The corners of the hero's way, clear of all things.
const HERO_WAY: [Vec2; 4] = [
    Vec2::new(48.0, 152.0),
    Vec2::new(200.0, 152.0),
    Vec2::new(200.0, 108.0),
    Vec2::new(48.0, 108.0),
];
const HERO_SPEED_PX_PER_S: f32 = 32.0;

pub struct RoomPlugin;

impl Plugin for RoomPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<BareGround>()
            .add_systems(Startup, (furnish, island::spawn))
            .add_systems(Update, (pave, island::shape, island::cover, walk))
            .add_observer(idle);
    }
}

fn path(name: &str) -> String {
    format!("sprites/{name}.sprite.ron")
}

/// Where a place of the room is in Bevy's world; what stands further down is nearer.
pub fn place(at: Vec2, layer: f32) -> Transform {
    Transform::from_xyz(at.x, -at.y, layer + at.y / 1000.0)
}

fn furnish(server: Res<AssetServer>, mut commands: Commands) {
    let (width, height) = ROOM_PX.as_ivec2().into();
    let thick = TILE_PX as i32;
    for (name, layer, area) in [
        ("floor", 0.0, IRect::new(0, 0, width, height)),
        ("wall", 1.0, IRect::new(0, 0, width, thick)),
        ("wall", 1.0, IRect::new(0, height - thick, width, height)),
        ("wall", 1.0, IRect::new(0, thick, thick, height - thick)),
        (
            "wall",
            1.0,
            IRect::new(width - thick, thick, width, height - thick),
        ),
    ] {
        commands.spawn((
            Name::new(format!("{name} paving")),
            Transform::from_xyz(0.0, 0.0, layer),
            Visibility::default(),
            Paving {
                name,
                sheet: server.load(path(name)),
                area,
                laid: None,
            },
        ));
    }
    let thing = |name: &'static str, animation: &'static str, at: IVec2| {
        (
            Name::new(name),
            PixelSprite::new(path(name)).playing(animation),
            place(at.as_vec2(), 2.0),
        )
    };
    for (name, at) in THINGS {
        commands.spawn((thing(name, "", at), Thing));
    }
    let [start, ..] = HERO_WAY;
    commands.spawn((
        thing("hero", "walk", start.as_ivec2()),
        Walker {
            at: start,
            corners: HERO_WAY,
            by_hand: false,
        },
    ));
}

/// Something that stands there.
#[derive(Component)]
struct Thing;

/// A thing plays `idle`, if its sheet has that.
fn idle(
    shown: On<SheetShown>,
    sheets: Res<Assets<PixelSheet>>,
    mut things: Query<(&Shown, &mut PixelSprite), With<Thing>>,
) {
    if let Ok((shown, mut sprite)) = things.get_mut(shown.entity)
        && let Some(sheet) = shown.sheet().and_then(|handle| sheets.get(handle))
    {
        let idles = sheet.file.animations.contains_key("idle");
        sprite.animation = if idles { "idle" } else { "" }.into();
    }
}

/// An area that is covered with copies of one sprite.
#[derive(Component)]
pub struct Paving {
    name: &'static str,
    sheet: Handle<PixelSheet>,
    area: IRect,
    /// Size and pivot of the tiles that lie there.
    laid: Option<(IVec2, IVec2)>,
}

/// Lay the tiles again when the sprite has another size.
fn pave(
    sheets: Res<Assets<PixelSheet>>,
    ground: Res<BareGround>,
    mut pavings: Query<(Entity, &mut Paving)>,
    mut commands: Commands,
) {
    for (entity, mut paving) in &mut pavings {
        let sheet = sheets.get(&paving.sheet);
        let size = sheet.map_or(UVec2::splat(TILE_PX), |sheet| sheet.frame_size_px(0));
        let pivot = sheet.map_or(Vec2::splat(TILE_PX as f32 / 2.0), |sheet| sheet.pivot_px(0));
        let tiles = (size.as_ivec2(), pivot.as_ivec2());
        if paving.laid == Some(tiles) {
            continue;
        }
        paving.laid = Some(tiles);
        let (area, (size, pivot)) = (paving.area, tiles);
        let corners = (area.min.y..area.max.y)
            .step_by(size.y as usize)
            .flat_map(|y| {
                (area.min.x..area.max.x)
                    .step_by(size.x as usize)
                    .map(move |x| IVec2::new(x, y))
            });
        commands.entity(entity).despawn_children();
        commands.entity(entity).with_children(|tiles| {
            for corner in corners {
                tiles.spawn((
                    Name::new(paving.name),
                    PixelSprite::new(path(paving.name)),
                    Sprite::from_image(ground.0.clone()),
                    place((corner + pivot).as_vec2(), 0.0),
                ));
            }
        });
    }
}

/// Someone who walks round the room, or where the arrow keys say.
#[derive(Component)]
struct Walker {
    at: Vec2,
    /// The next one first.
    corners: [Vec2; 4],
    by_hand: bool,
}

fn walk(
    time: Res<Time>,
    keys: Option<Res<ButtonInput<KeyCode>>>,
    mut walkers: Query<(&mut Walker, &mut Transform, &mut Sprite)>,
) {
    let step_px = HERO_SPEED_PX_PER_S * time.delta_secs();
    let pushed = keys.map_or(Vec2::ZERO, |keys| direction(&keys));
    for (mut walker, mut transform, mut sprite) in &mut walkers {
        let before = walker.at;
        walker.by_hand |= pushed != Vec2::ZERO;
        if walker.by_hand {
            let target = before + 2.0 * step_px * pushed.normalize_or_zero();
            let wall = Vec2::splat(TILE_PX as f32);
            walker.at = target.clamp(wall + Vec2::splat(12.0), ROOM_PX.as_vec2() - wall);
        } else {
            let [corner, ..] = walker.corners;
            walker.at = before.move_towards(corner, step_px);
            if walker.at == corner {
                walker.corners.rotate_left(1);
            }
        }
        let way = walker.at - before;
        if way.x != 0.0 {
            sprite.flip_x = way.x < 0.0;
        }
        // Between two pixels the sprite would shimmer.
        *transform = place(walker.at.round(), 2.0);
    }
}

fn direction(keys: &ButtonInput<KeyCode>) -> Vec2 {
    let pressed = |codes: [KeyCode; 2]| keys.any_pressed(codes) as i32 as f32;
    Vec2::new(
        pressed([KeyCode::ArrowRight, KeyCode::KeyD])
            - pressed([KeyCode::ArrowLeft, KeyCode::KeyA]),
        pressed([KeyCode::ArrowDown, KeyCode::KeyS]) - pressed([KeyCode::ArrowUp, KeyCode::KeyW]),
    )
}
