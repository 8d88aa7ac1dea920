//! The animator: which frame of a clip is shown now.

use bevy::prelude::*;

use crate::sheet_file::{Clip, Play};

/// Plays the animation that a [`PixelSprite`](crate::PixelSprite) names.
#[derive(Component, Reflect, Debug, Clone)]
#[reflect(Component, Default)]
pub struct Animator {
    /// How fast time goes; 1 is the sheet's own pace, 0 stands still.
    pub speed: f32,
    clip: Clip,
    /// Place in the turn, see [`Animator::step`].
    at: usize,
    shown_ms: f32,
    finished: bool,
}

/// Another step of the animation is shown. Sent for the entity that shows it.
#[non_exhaustive]
#[derive(EntityEvent, Debug, Clone)]
pub struct AnimationStepped {
    /// The entity with the [`PixelSprite`](crate::PixelSprite).
    pub entity: Entity,
    /// Which entry of the animation's frames is shown now.
    pub step: usize,
    /// The number of the frame in the sheet.
    pub frame: usize,
}

/// The animation begins another turn. Sent for the entity that shows it.
#[non_exhaustive]
#[derive(EntityEvent, Debug, Clone)]
pub struct AnimationLooped {
    /// The entity with the [`PixelSprite`](crate::PixelSprite).
    pub entity: Entity,
}

/// An animation that plays once has shown its last frame for its time. Sent for the entity that
/// shows it.
#[non_exhaustive]
#[derive(EntityEvent, Debug, Clone)]
pub struct AnimationFinished {
    /// The entity with the [`PixelSprite`](crate::PixelSprite).
    pub entity: Entity,
}

impl Default for Animator {
    fn default() -> Self {
        Self {
            speed: 1.0,
            clip: Clip::default(),
            at: 0,
            shown_ms: 0.0,
            finished: false,
        }
    }
}

/// What happened while time went on.
#[derive(Default, Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Progress {
    pub stepped: bool,
    pub looped: bool,
    pub finished: bool,
}

impl Animator {
    /// The number of the frame that is shown, in the sheet.
    #[must_use]
    pub fn frame(&self) -> usize {
        self.clip.frames.get(self.step()).copied().unwrap_or(0)
    }

    /// Which entry of the animation's frames is shown.
    #[must_use]
    pub fn step(&self) -> usize {
        // A turn of a ping-pong with 4 frames is 0 1 2 3 2 1: the way back counts down.
        if self.at < self.clip.frames.len() {
            self.at
        } else {
            self.turn_len().saturating_sub(self.at)
        }
    }

    /// Whether an animation that plays once has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Begin the current animation again.
    pub fn restart(&mut self) {
        self.at = 0;
        self.shown_ms = 0.0;
        self.finished = false;
    }

    /// Play another clip from its beginning.
    pub(crate) fn play(&mut self, clip: Clip) {
        self.clip = clip;
        self.restart();
    }

    /// Go on with a new version of the same clip, at the same place if it still has it.
    pub(crate) fn replace(&mut self, clip: Clip) {
        self.clip = clip;
        if self.at >= self.turn_len() || (self.finished && self.clip.play != Play::Once) {
            self.restart();
        }
    }

    /// Steps from one beginning to the next.
    fn turn_len(&self) -> usize {
        let frames = self.clip.frames.len();
        match self.clip.play {
            Play::PingPong if frames > 2 => 2 * frames - 2,
            _ => frames,
        }
    }

    fn step_ms(&self) -> f32 {
        self.clip.ms.get(self.step()).copied().unwrap_or(100).max(1) as f32
    }

    pub(crate) fn advance(&mut self, elapsed_ms: f32) -> Progress {
        let mut progress = Progress::default();
        let turn_len = self.turn_len();
        if self.finished || turn_len == 0 || (turn_len == 1 && self.clip.play != Play::Once) {
            return progress;
        }
        self.shown_ms += elapsed_ms * self.speed.max(0.0);
        // After a long stall the animation goes on; it does not run after the lost time.
        let most_steps = 2 * turn_len;
        for _ in 0..most_steps {
            let step_ms = self.step_ms();
            if self.shown_ms < step_ms {
                return progress;
            }
            if self.clip.play == Play::Once && self.at + 1 == turn_len {
                self.finished = true;
                progress.finished = true;
                return progress;
            }
            self.shown_ms -= step_ms;
            self.at = (self.at + 1) % turn_len;
            progress.stepped = true;
            progress.looped |= self.at == 0;
        }
        self.shown_ms = 0.0;
        progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn animator(frames: &[usize], play: Play) -> Animator {
        let mut animator = Animator::default();
        animator.play(Clip {
            frames: frames.to_vec(),
            ms: vec![100; frames.len()],
            play,
        });
        animator
    }

    /// The frames shown over `count` steps of 100 ms.
    fn shown(animator: &mut Animator, count: usize) -> Vec<usize> {
        let one = |_| {
            let frame = animator.frame();
            animator.advance(100.0);
            frame
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_loop_begins_again() {
        assert_eq!(
            shown(&mut animator(&[4, 5, 6], Play::Loop), 7),
            [4, 5, 6, 4, 5, 6, 4]
        );
    }

    #[test]
    fn ping_pong_shows_both_ends_once_a_turn() {
        let mut four = animator(&[0, 1, 2, 3], Play::PingPong);
        assert_eq!(shown(&mut four, 9), [0, 1, 2, 3, 2, 1, 0, 1, 2]);
        let mut two = animator(&[0, 1], Play::PingPong);
        assert_eq!(shown(&mut two, 5), [0, 1, 0, 1, 0]);
    }

    #[test]
    fn once_stays_on_the_last_frame_and_says_so_one_time() {
        let mut once = animator(&[0, 1], Play::Once);
        let finished: Vec<bool> = (0..5).map(|_| once.advance(100.0).finished).collect();
        assert_eq!(finished, [false, true, false, false, false]);
        assert_eq!(once.frame(), 1);
        assert!(once.is_finished());
    }

    #[test]
    fn a_turn_is_announced_when_it_begins_again() {
        let mut two = animator(&[0, 1], Play::Loop);
        let looped: Vec<bool> = (0..4).map(|_| two.advance(100.0).looped).collect();
        assert_eq!(looped, [false, true, false, true]);
    }

    #[test]
    fn unequal_times_are_kept() {
        let mut animator = Animator::default();
        animator.play(Clip {
            frames: vec![0, 1],
            ms: vec![30, 70],
            play: Play::Loop,
        });
        let frames: Vec<usize> = (0..10)
            .map(|_| {
                let frame = animator.frame();
                animator.advance(10.0);
                frame
            })
            .collect();
        assert_eq!(frames, [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn an_hour_of_stall_costs_no_hour_of_steps() {
        let mut animator = animator(&[0, 1, 2], Play::Loop);
        animator.advance(3_600_000.0);
        assert_eq!(animator.advance(99.0), Progress::default());
    }

    #[test]
    fn a_new_version_with_fewer_steps_begins_again() {
        let mut animator = animator(&[0, 1, 2, 3], Play::Loop);
        animator.advance(300.0);
        animator.replace(Clip {
            frames: vec![0, 1],
            ms: vec![100, 100],
            play: Play::Loop,
        });
        assert_eq!(animator.frame(), 0);
    }

    #[test]
    fn a_new_version_with_as_many_steps_goes_on() {
        let mut animator = animator(&[0, 1, 2, 3], Play::Loop);
        animator.advance(250.0);
        animator.replace(Clip {
            frames: vec![7, 8, 9, 10],
            ms: vec![100; 4],
            play: Play::Loop,
        });
        assert_eq!(animator.frame(), 9);
    }

    #[test]
    fn speed_zero_stands_still() {
        let mut animator = animator(&[0, 1], Play::Loop);
        animator.speed = 0.0;
        assert_eq!(animator.advance(1000.0), Progress::default());
    }
}
