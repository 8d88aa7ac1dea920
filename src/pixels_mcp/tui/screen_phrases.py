"""What each next step is on the screens."""

from __future__ import annotations

from pixels_mcp.next_steps import Phrases

SCREEN_PHRASES: Phrases = {
    "draw": "`1` and a prompt draw a sprite",
    "follow_job": "`5` shows how {JOB} stands",
    "cancel_job": "`5`, then `x` on {JOB}, stops it",
    "retry_job": "`5`, then `R` on {JOB}, draws again what failed or was cancelled",
    "show_queue": "`5` shows what is drawn next",
    "move_job": "`5`, then `[` on {JOB}, has it drawn before all others",
    "warm_model": "`4`, then `w` on {NAME}, loads it beforehand",
    "list_jobs": "`5` shows the jobs",
    "list_sprites": "`2` shows those that there are",
    "list_trash": "`2`, then `T`, shows what was removed",
    "view_sprite": "`2`, then Enter on {ID}, shows it",
    "deploy_sprite": "`2`, then `d` on {ID}, puts it into the game",
    "animate_sprite": "`pixels-mcp animate {ID}`, on the command line, makes it move",
    "redraw_sprite": "`1` with a prompt and {ID} as its reference redraws it",
    "import_sketch": "`pixels-mcp library import FILE`, on the command line, takes a drawing of your own",
    "restore_sprite": "`2`, then `T` and Enter on {ID}, brings it back",
    "stop_worker": "the worker is ended on the command line",
    "regenerate_sprite": "`2`, then `r` on it, makes it again",
    "remove_sprite": "`2`, then `x` on {ID}, removes it",
    "rebuild_library": "Gallery: the palette's `rebuild` makes the index again from the files",
    "list_models": "`4` shows those that there are",
    "show_model": "`4` tells what is known of {NAME}",
    "prepare_game": "`8` tells what the game's folder lacks",
    "check_game": "`8` says what keeps a sprite from the screen",
    "choose_game": "`7`, then `project`, names the game once for all",
    "undo_deploy": "`u` brings back what stood there before",
    "force_undo": "look at the game's files first: they were changed by hand",
    "force_redo": "look at the game's files first: they were changed by hand",
    "check_installation": "`8` looks for the cause",
    "read_log": "`6` shows the log, which tells more",
    "list_settings": "`7` shows every setting and what it is for",
    "list_comparisons": "`3` shows the comparisons",
    "vote": "`3` shows the next round of {ID}",
    "show_verdict": "`3`, then `r`, shows what {ID} came to",
    "make_token": "a token is made on the command line",
    "allow_host": "further names are allowed where the server is started",
    "start_worker": "`Ctrl+R` starts one",
    "train_mini": "a mini is trained on the command line",
}
"""A clause for every step, and in braces what stands for the step's own word where it has none."""
