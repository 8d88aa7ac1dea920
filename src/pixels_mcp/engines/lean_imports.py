"""Import what draws without what drawing never asks for: imports are most of a cold worker's first sprite."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Generator
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch

PUT_OFF = frozenset(
    {"scipy.integrate", "scipy.optimize", "scipy.stats", "torch._dynamo", "torch.nn.attention.flex_attention"}
)
"""What schedules and losses of other models compute with; the compiler, and a kind of attention that is compiled, which
both bring SymPy. Nothing may take a type of these as its base while it is imported."""


@contextlib.contextmanager
def lean_imports() -> Generator[None]:
    """While diffusers and transformers are imported here for the first time, let what is put off wait until it is used.

    They also find neither torch.distributed nor flexible attention of transformers, as on a machine that has none, and
    keep to that: they would share weights among many cards with the one, and run language models with the other.

    For one thread: another that imports meanwhile would be given the same.
    """
    putting_off = _PuttingOff()
    sys.meta_path.insert(0, putting_off)
    try:
        import transformers.utils as utils

        with (
            _instead(torch.distributed, "is_available", _is_not_there),
            _instead(utils, "is_torch_flex_attn_available", _is_not_there),
            _instead(utils.import_utils, "is_torch_flex_attn_available", _is_not_there),
        ):
            yield
    finally:
        sys.meta_path.remove(putting_off)
        putting_off.end()


@contextlib.contextmanager
def lean_loading() -> Generator[None]:
    """While transformers makes a model on torch's device without memory, to fill it from a file, compute nothing there.

    Neither the random numbers of weights that have no memory nor the order of an empty tensor's numbers are worth the
    import of SymPy that torch needs to tell them. Tensors that have memory are treated as always.
    """
    normal, like = torch.nn.init.normal_, torch.empty_like

    def normal_(tensor: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
        return tensor if tensor.is_meta else normal(tensor, *arguments, **options)

    def empty_like(tensor: torch.Tensor, **options: Any) -> torch.Tensor:
        if not tensor.is_meta or not tensor.is_contiguous() or "memory_format" in options:
            return like(tensor, **options)
        usual: dict[str, Any] = {"dtype": tensor.dtype, "device": tensor.device}
        return torch.empty(tensor.shape, **usual | options)

    with _instead(torch.nn.init, "normal_", normal_), _instead(torch, "empty_like", empty_like):
        yield


class _PuttingOff:
    """The first of Python's finders as long as modules are put off."""

    def __init__(self) -> None:
        self._modules: list[_PutOff] = []

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find what is put off as the other finders do, and let its loader wait; leave all else to them."""
        if name not in PUT_OFF:
            return None
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((one for one in specs if one is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Waiting(spec.loader, self._modules)
        return spec

    def end(self) -> None:
        """From now on whatever is asked of the modules runs them."""
        for module in self._modules:
            module.wait_for_use()


class _Waiting(Loader):
    """Makes modules that are not run yet.

    The standard library's `LazyLoader` runs a package already when one of its modules is imported or a name is taken
    from it, which is all that happens here.
    """

    def __init__(self, loader: Loader, modules: list[_PutOff]) -> None:
        self.loader, self._modules = loader, modules

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _PutOff(spec.name)
        self._modules.append(module)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing yet."""


class _PutOff(ModuleType):
    """A module whose code runs when something of it is used, and not when something of it is imported."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._is_importing = True  # stays when the module has run, for functions that stand in for its own

    def __getattr__(self, name: str) -> Any:
        if name == "eval_frame":
            return _NothingCompiled()
        if self._is_importing and not name.startswith("__"):
            return self._stand_in(name)
        if self._is_importing or (name.startswith("__") and name != "__path__"):
            raise AttributeError(name)  # Python looks for more of them than a module has
        self._run()
        return getattr(self, name)

    def wait_for_use(self) -> None:
        """Everything that is asked from now on is a use, an import of one of its own modules too."""
        vars(self).pop("__path__", None)
        self._is_importing = False

    def _stand_in(self, name: str) -> Any:
        """What an import is given: for a type one that nothing is of, else a function that uses the module when called.

        What it is called with before is what it decorates (compiled or not, but nothing is compiled here), and stays.
        """
        if name[0].isupper():
            return type(name, (), {})

        def function(*arguments: Any, **options: Any) -> Any:
            if not self._is_importing:
                return getattr(self, name)(*arguments, **options)
            return arguments[0] if arguments and arguments[0] is not None else _as_it_is

        return function

    def _run(self) -> None:
        spec = self.__spec__
        assert spec is not None
        waiting = spec.loader
        assert isinstance(waiting, _Waiting)
        self.__class__ = ModuleType  # pyright: ignore[reportAttributeAccessIssue]  # as the standard library's LazyLoader
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations
        spec.loader = self.__loader__ = waiting.loader
        waiting.loader.exec_module(self)


class _NothingCompiled:
    """The compiler's types while it was never used, for whoever asks before each sprite whether a model is compiled."""

    OptimizedModule = type("OptimizedModule", (), {})

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("torch._dynamo.eval_frame"), name)


@contextlib.contextmanager
def _instead(owner: Any, name: str, other: Any) -> Generator[None]:
    """Another value of an attribute while the block runs; nothing where a version of the library has no such name."""
    before = getattr(owner, name, None)
    if before is None:
        yield
        return
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _is_not_there() -> bool:
    return False


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function
