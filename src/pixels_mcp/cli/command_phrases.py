"""What each next step is as a command."""

from __future__ import annotations

from pixels_mcp.next_steps import Phrases

COMMAND_PHRASES: Phrases = {
    "draw": '`pixels-mcp generate "a ruby potion"` draws a sprite',
    "follow_job": "`pixels-mcp status {JOB} --wait` waits for it",
    "cancel_job": "`pixels-mcp cancel {JOB}` stops it",
    "retry_job": "`pixels-mcp retry {JOB}` draws again what failed or was cancelled",
    "list_jobs": "`pixels-mcp status` lists the latest jobs",
    "show_queue": "`pixels-mcp queue` shows what is drawn next",
    "move_job": "`pixels-mcp move {JOB} first` has it drawn before all others",
    "vote": "`pixels-mcp comparison vote {ID}` shows the rounds blind and takes votes",
    "show_verdict": "`pixels-mcp comparison result {ID}` tells what the votes prove",
    "list_comparisons": "`pixels-mcp comparison list` shows those that there are",
    "list_sprites": "`pixels-mcp library list` shows those that there are",
    "list_trash": "`pixels-mcp library list --trash` shows what was removed",
    "view_sprite": "`pixels-mcp library show {ID}` shows it and where its file is",
    "deploy_sprite": "`pixels-mcp deploy {ID}` puts it into the game",
    "animate_sprite": "`pixels-mcp animate {ID}` makes it move",
    "redraw_sprite": '`pixels-mcp generate "WORDS" --reference {ID} --strength 0.2` redraws it gently',
    "import_sketch": "`pixels-mcp library import FILE` takes a drawing of your own, also one in letters",
    "restore_sprite": "`pixels-mcp library restore {ID}` brings it back",
    "search_words": "`pixels-mcp models list` shows what is drawn with",
    "regenerate_sprite": "`pixels-mcp regenerate {FILE}` makes it again",
    "remove_sprite": "`pixels-mcp library remove {ID}` removes it",
    "rebuild_library": "`pixels-mcp library rebuild` makes the index again from the files",
    "list_models": "`pixels-mcp models list` shows those that there are",
    "show_model": "`pixels-mcp models show {NAME}` tells what is known of it",
    "warm_model": "`pixels-mcp warm {NAME}` loads it beforehand",
    "prepare_game": "`pixels-mcp bevy init {PROJECT}` makes the folders and shows the lines to add",
    "check_game": "`pixels-mcp bevy doctor {PROJECT}` says what keeps a sprite from the screen",
    "choose_game": "`pixels-mcp config set project FOLDER` names it once for all",
    "undo_deploy": "`pixels-mcp deploy --undo {NAME}` brings back what stood there before",
    "force_undo": "`pixels-mcp deploy --undo {NAME} --force` takes the deploy back all the same",
    "force_redo": "`pixels-mcp deploy --redo {NAME} --force` brings it again all the same",
    "check_installation": "`pixels-mcp doctor` looks for the cause",
    "read_log": "`pixels-mcp doctor` says where the log file is, which tells more",
    "list_settings": "`pixels-mcp config list` shows every setting and what it is for",
    "start_worker": "`pixels-mcp worker` starts one, and so does `pixels-mcp generate`",
    "stop_worker": "`pixels-mcp worker stop` ends the one that runs and keeps its queue",
    "train_mini": "`pixels-mcp train mini` trains one",
    "make_token": "`pixels-mcp token new NAME` makes a token",
    "allow_host": "`pixels-mcp serve --allow-host NAME` lets it be called by a further name",
}
"""A clause for every step, and in braces what stands for the step's own word where it has none."""
