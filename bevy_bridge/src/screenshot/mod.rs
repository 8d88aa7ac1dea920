//! A picture of the window, when `.pixels/screenshot.request` asks for one.

mod scene;
#[cfg(feature = "tilemap")]
mod tilemap_scene;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bevy::{
    diagnostic::FrameCount,
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems,
        render_resource::PipelineCache,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    time::Real,
    window::PrimaryWindow,
};

use scene::Scene;

use crate::report::{Picture, Reporter, SpriteOnScreen, TilemapOnScreen};

/// A window that is not drawn gives no picture.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames without a shader to wait for, before the picture is believed.
const SETTLED_FRAMES: u32 = 3;

/// Whether this app draws into a window.
pub(crate) fn are_possible(app: &App) -> bool {
    let windows = app.world().try_query_filtered::<(), With<PrimaryWindow>>();
    app.get_sub_app(RenderApp).is_some()
        && windows.is_some_and(|mut windows| windows.iter(app.world()).next().is_some())
}

/// Answer requests from now on.
pub(crate) fn add(app: &mut App) {
    let settled = Settled::default();
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        render_app
            .insert_resource(settled.clone())
            .add_systems(Render, count_settled_frames.in_set(RenderSystems::Cleanup));
    }
    app.insert_resource(settled)
        .init_resource::<Pending>()
        .add_observer(finish)
        .add_systems(Last, take);
}

/// How many frames were drawn since the renderer last waited for a shader. While it waits it leaves
/// out what needs it: the first frames of a game are black.
#[derive(Resource, Clone, Default)]
struct Settled(Arc<AtomicU32>);

fn count_settled_frames(cache: Res<PipelineCache>, settled: Res<Settled>) {
    let frames = match cache.waiting_pipelines().next() {
        Some(_) => 0,
        None => settled.0.load(Ordering::Relaxed).saturating_add(1),
    };
    settled.0.store(frames, Ordering::Relaxed);
}

/// Screenshots that were asked for and are not there yet.
#[derive(Resource, Default)]
struct Pending(Vec<Asked>);

struct Asked {
    id: String,
    deadline: Duration,
    taken: bool,
}

/// Which request a picture is for, and what is in it.
#[derive(Component)]
struct Shot {
    id: String,
    frame: u32,
    sprites: Vec<SpriteOnScreen>,
    tilemaps: Vec<TilemapOnScreen>,
}

/// Ask the renderer for a picture of this frame, and note what stands where in it.
fn take(
    mut reporter: ResMut<Reporter>,
    mut pending: ResMut<Pending>,
    settled: Res<Settled>,
    time: Res<Time<Real>>,
    frame: Res<FrameCount>,
    scene: Scene,
    mut commands: Commands,
) {
    let now = time.elapsed();
    for id in reporter.screenshot_ids() {
        if scene.has_window() {
            pending.0.push(Asked {
                id,
                deadline: now + PATIENCE,
                taken: false,
            });
        } else {
            reporter.answer_screenshot(id, Err("the game has no window".into()));
        }
    }
    if settled.0.load(Ordering::Relaxed) >= SETTLED_FRAMES {
        for asked in pending.0.iter_mut().filter(|asked| !asked.taken) {
            asked.taken = true;
            let shot = Shot {
                id: asked.id.clone(),
                frame: frame.0,
                sprites: scene.sprites(),
                tilemaps: scene.tilemaps(),
            };
            commands.spawn((Screenshot::primary_window(), shot));
        }
    }
    for late in pending.0.extract_if(.., |asked| asked.deadline < now) {
        let seconds = PATIENCE.as_secs();
        let error = format!("no picture within {seconds} s: the window is hidden or minimised");
        reporter.answer_screenshot(late.id, Err(error));
    }
}

/// Answer, unless it was too late.
fn finish(
    captured: On<ScreenshotCaptured>,
    mut shots: Query<&mut Shot>,
    mut pending: ResMut<Pending>,
    reporter: Res<Reporter>,
) {
    if let Ok(mut shot) = shots.get_mut(captured.entity)
        && let Some(at) = pending.0.iter().position(|asked| asked.id == shot.id)
    {
        let picture = Picture {
            image: captured.image.clone(),
            frame: shot.frame,
            sprites: std::mem::take(&mut shot.sprites),
            tilemaps: std::mem::take(&mut shot.tilemaps),
        };
        let asked = pending.0.swap_remove(at);
        reporter.answer_screenshot(asked.id, Ok(picture));
    }
}
