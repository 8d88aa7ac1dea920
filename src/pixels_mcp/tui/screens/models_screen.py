"""Models: what can be drawn with, what each file says of itself, and where to put more."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import ModelInfo
from pixels_mcp.models.pull.pull_model import Pulled, pull_model
from pixels_mcp.models.pull.sites import Offer
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.dialogs.confirm_dialog import ConfirmDialog
from pixels_mcp.tui.dialogs.words_dialog import WordsDialog
from pixels_mcp.tui.lines.arm_lines import lines_of_model
from pixels_mcp.tui.lines.model_lines import model_card, model_key, model_lines
from pixels_mcp.tui.lines.offer_lines import address_words, offer_words, share_words
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Draft, Rivals, Session
from pixels_mcp.tui.widgets.line_list import LineList

PROGRESS_S = 0.3


class ModelsScreen(ModeScreen):
    """Checkpoints, LoRAs and VAEs, read from their files; the worker adds which are loaded."""

    MODE: ClassVar[Place] = "models"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._models: list[ModelInfo] = []
        self._loaded: tuple[str, ...] | None = None
        self._asked = 0
        self._shown = (0, False)

    def compose_body(self) -> ComposeResult:
        """List above, card below."""
        yield LineList(empty="reading the models folder ...", widget_id="models")
        with VerticalScroll(classes="below pane", id="model-card-pane"):
            yield Static("", id="model-card", markup=False)

    @property
    def home(self) -> Widget:
        """The list."""
        return self.query_one("#models", LineList)

    def on_mount(self) -> None:
        """Read the folder."""
        self.action_rescan()

    def show_board(self, board: Board) -> None:
        """Ask the worker again when it loaded something."""
        loaded = board.health.loaded_models if board.health else None
        if loaded is not None and loaded != self._loaded:
            self._loaded = loaded
            self._asked += 1
            self._ask_worker()

    def action_rescan(self) -> None:
        """Look at the folder; the worker, where one is, says what is loaded."""
        self._asked += 1
        number, registry, default = self._asked, self.session.registry, self.session.settings.default_model
        self.session.near(
            lambda: registry.scan(default_model=default),
            lambda models: self._show(models, number, is_worker_s=False),
            self._unreadable,
        )
        if self.session.board.link == "ready":
            self._ask_worker()

    def _ask_worker(self) -> None:
        number = self._asked
        self.session.far(
            self.session.link.models, lambda models: self._show(models, number, is_worker_s=True), lambda _: None
        )

    def _unreadable(self, error: PixelsError) -> None:
        self.query_one("#models", LineList).empty = str(error)
        self.session.tell(error)

    def _show(self, models: list[ModelInfo], number: int, *, is_worker_s: bool) -> None:
        if (number, is_worker_s) < self._shown:
            return  # answers come in any order; of one question the worker's counts, which knows what is loaded
        self._shown = (number, is_worker_s)
        default = self.session.settings.default_model
        is_ready = self.session.board.link == "ready"
        loaded = {model_key(model) for model in self._models if model.loaded and is_ready and not is_worker_s}
        self._models = [
            model.model_copy(
                update={
                    "default": model.kind == "checkpoint" and model.name == default,
                    "loaded": model.loaded or model_key(model) in loaded,
                }
            )
            for model in models
        ]
        self.query_one("#models", LineList).show(model_lines(self._models))
        self._show_card()

    @property
    def _model(self) -> ModelInfo | None:
        key = self.query_one("#models", LineList).key
        return next((model for model in self._models if model_key(model) == key), None)

    @on(LineList.Moved)
    def _show_card(self) -> None:
        model = self._model
        folder = self.session.registry.models_dir
        more = [
            "",
            f"more: P fetches one; or put .safetensors files into {folder}/checkpoints, /loras or /vae, then R",
            "pickles (.ckpt, .pt, .bin) are never loaded: they can run any program",
        ]
        card = self.query_one("#model-card", Static)
        self.query_one("#model-card-pane").border_title = model.name if model else "Card"
        card.update("\n".join([*(model_card(model) if model else []), *more]))

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_use()

    def action_use(self) -> None:
        """Draw with it next."""
        model = self._model
        if model is None:
            return
        if model.problem or model.kind == "vae":
            why = model.problem or "a VAE is named in the card of a model"
            self.session.say(f"{model.name} cannot be drawn with: {why}", True)
            return
        self.session.draft = Draft({"loras" if model.kind == "lora" else "model": model.name})
        self.app.switch_mode("draw")

    def action_compare(self) -> None:
        """A new comparison of it with the default model."""
        model = self._model
        if model is None or model.problem or model.kind == "vae":
            self.session.say("only what can be drawn with can be compared", True)
            return
        self.session.rivals = Rivals(lines_of_model(model, self.session.settings.default_model))
        self.app.switch_mode("compare")

    def action_pull(self) -> None:
        """Ask what to fetch, tell what it is, and fetch it where its license is agreed to."""
        find = self.session.tools.find_offer

        def ask(address: str | None) -> None:
            if address and address.strip():
                self.session.far(lambda: find(address.strip()), tell)

        def tell(offer: Offer) -> None:
            dialog = ConfirmDialog("Fetch it under that license?", offer_words(offer))
            self.app.push_screen(dialog, lambda yes: self._fetch(offer) if yes else None)

        self.app.push_screen(WordsDialog("Fetch a model", address_words()), ask)

    def _fetch(self, offer: Offer) -> None:
        folder, session = self.session.registry.models_dir, self.session
        told_s = 0.0

        def progress(there: int, total: int | None) -> None:
            nonlocal told_s
            if time.monotonic() - told_s > PROGRESS_S:
                told_s = time.monotonic()
                session.give_back(lambda: self._fetching(f"{offer.file_name}: {share_words(there, total)}"))

        self._fetching(offer.file_name)
        session.far(lambda: pull_model(offer, folder, progress=progress), self._pulled, self._not_pulled)

    def _fetching(self, words: str) -> None:
        self.query_one("#model-card-pane").border_subtitle = f"fetching {words}" if words else ""

    def _pulled(self, pulled: Pulled) -> None:
        self._fetching("")
        former = f"; the former one is called {pulled.previous}" if pulled.previous else ""
        self.session.say(f"{pulled.name} is there, a {pulled.kind}{former}", False)
        self.action_rescan()

    def _not_pulled(self, error: PixelsError) -> None:
        self._fetching("")
        self.session.tell(error)

    def action_warm(self) -> None:
        """Load it before anything is asked for."""
        model, link = self._model, self.session.link
        if model is None or model.kind != "checkpoint" or model.problem:
            self.session.say("only a model that can be drawn with can be loaded", True)
            return
        self.session.say(f"{model.name} is being loaded", False)
        self.session.far(lambda: link.warm(model.name), self._warmed)

    def _warmed(self, model: ModelInfo) -> None:
        self.session.say(f"{model.name} is {'loaded' if model.loaded else 'still being loaded'}", False)
        self.action_rescan()

    def action_default(self) -> None:
        """Make it the default."""
        model = self._model
        if model is None or model.kind != "checkpoint" or model.problem:
            self.session.say("only a model that can be drawn with can be the default", True)
            return
        name = model.name
        self.session.near(lambda: self.session.set_value("default_model", name), lambda _: self._is_default(name))

    def _is_default(self, name: str) -> None:
        self.session.say(f"{name} is the default now; a running worker keeps its own until it ends", False)
        self.action_rescan()

    def copied(self) -> str | None:
        """The file's path."""
        model = self._model
        return model.path if model else None
