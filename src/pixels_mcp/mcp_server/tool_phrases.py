"""What each next step is as a tool; where there is no tool for it, what the person can do."""

from __future__ import annotations

from pixels_mcp.next_steps import Phrases

TOOL_PHRASES: Phrases = {
    "draw": "generate_sprite draws one",
    "follow_job": 'get_status with job_id "{JOB}" and wait_s 25 waits for it',
    "cancel_job": 'cancel_job with job_id "{JOB}" stops it',
    "retry_job": "the person can draw again what failed or was cancelled with `pixels-mcp retry {JOB}`",
    "list_jobs": "get_status lists the latest jobs",
    "show_queue": "`pixels-mcp queue`, in a terminal, shows what is drawn next",
    "move_job": "the person can have it drawn before all others with `pixels-mcp move {JOB} first`",
    "vote": "`pixels-mcp comparison vote {ID} --as assistant`, in a terminal, shows a pair blind",
    "show_verdict": "`pixels-mcp comparison result {ID}`, in a terminal, tells what the votes prove",
    "list_comparisons": "`pixels-mcp comparison list`, in a terminal, shows those that there are",
    "list_sprites": "find_sprites shows those that there are",
    "list_trash": "find_sprites with in_trash true shows what was removed",
    "view_sprite": 'view_sprite with sprite_ids ["{ID}"] shows it and where its file is',
    "deploy_sprite": 'deploy_to_bevy with sprite_id "{ID}" puts it into the game',
    "animate_sprite": 'animate_sprite with sprite_id "{ID}" makes it move',
    "redraw_sprite": 'generate_sprite with a prompt, reference "{ID}" and strength 0.2 redraws it gently',
    "import_sketch": "draw it yourself with import_sprite (rows of letters and a legend)",
    "restore_sprite": 'choose_sprites with restore ["{ID}"] brings it back',
    "search_words": 'list_models with a query, for example "{WORD}", shows what the embedded model can draw',
    "regenerate_sprite": "generate_sprite with the same words and seed draws it anew",
    "remove_sprite": 'choose_sprites with trash ["{ID}"] removes it',
    "rebuild_library": "the person can make the index again from the files with `pixels-mcp library rebuild`",
    "list_models": "list_models shows those that there are",
    "show_model": "list_models tells what is known of it",
    "warm_model": "the person can load it beforehand with `pixels-mcp warm {NAME}`",
    "prepare_game": "`pixels-mcp bevy init {PROJECT}`, in a terminal, makes the folders and shows the lines to add",
    "check_game": "`pixels-mcp bevy doctor {PROJECT}`, in a terminal, says what keeps a sprite from the screen",
    "choose_game": "the person can name it once for all with `pixels-mcp config set project FOLDER`",
    "undo_deploy": 'deploy_to_bevy with undo "{NAME}" brings back what stood there before',
    "force_undo": "the person can take it back all the same with `pixels-mcp deploy --undo {NAME} --force`",
    "force_redo": "the person can bring it again all the same with `pixels-mcp deploy --redo {NAME} --force`",
    "check_installation": "the person can look for the cause with `pixels-mcp doctor`",
    "read_log": "`pixels-mcp doctor`, in a terminal, says where the log file is, which tells more",
    "list_settings": "`pixels-mcp config list`, in a terminal, shows every setting and what it is for",
    "start_worker": "generate_sprite starts one",
    "stop_worker": "the person can end the one that runs with `pixels-mcp worker stop`; its queue is kept",
    "train_mini": "the person can train one with `pixels-mcp train mini`",
    "make_token": "`pixels-mcp token new NAME`, on the server's machine, makes one for `Authorization: Bearer TOKEN`",
    "allow_host": "the person can allow a further name with `pixels-mcp serve --allow-host NAME`",
}
"""A clause for every step, and in braces what stands for the step's own word where it has none."""
