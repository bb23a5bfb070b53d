"""A network from the user's own file, and what is said when the file gives none."""

import importlib.util
import os.path
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from steelyard.core.errors import UserError, did_you_mean


@dataclass(frozen=True)
class UserFile:
    """A place ``file.py:function`` as the user gave it.

    Attributes
    ----------
    spec : ``file.py:function``.
    option : where it was given, such as ``--backbone``.
    wanted : what the function has to do, for the mend: "takes ... and returns ...".
    """

    spec: str
    option: str
    wanted: str

    @property
    def path(self) -> Path:
        return Path(self.spec.rpartition(":")[0])

    def module(self, *arguments: object, seed: int = 0, **settings: object) -> nn.Module:
        """What the function returns for these arguments, its random weights drawn from ``seed``.

        Raises
        ------
        UserError
            E161: no such file or function, it fails, or it returns no ``nn.Module``.
        """
        function = self._function()
        try:
            # A module with random weights must be the same one at the next call.
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                module = function(*arguments, **settings)
        except (Exception, SystemExit) as error:
            raise self.explained(error, f"the function of '{self.path}' failed") from error
        if not isinstance(module, nn.Module):
            raise UserError(
                "E161",
                f"the function returns a {type(module).__name__}, not a torch.nn.Module",
                where=self.where,
                fix=f"the function {self.wanted}",
            )
        return module

    @property
    def where(self) -> str:
        return f"{self.option} {self.spec}"

    def explained(self, error: BaseException, what: str) -> UserError:
        """The user's error as ours: what went wrong, why, and the likely mend."""
        why = f"{type(error).__name__}: {error}"
        fix = f"mend the file; the function {self.wanted}"
        if "torchvision::nms" in why:
            why += " (this torchvision was built for another torch)"
            fix = (
                "install the torchvision of this torch: pip install --force-reinstall --no-deps "
                "torchvision --index-url https://download.pytorch.org/whl/cpu"
            )
        elif isinstance(error, ModuleNotFoundError) and error.name:
            fix = f"pip install {error.name.partition('.')[0]}"
        return UserError("E161", what, where=self.where, why=why[:400], fix=fix)

    def _function(self) -> Callable[..., object]:
        file, name = self.path, self.spec.rpartition(":")[2]
        if not os.path.isfile(file):  # also no for a name too long
            near = [p.name for p in file.parent.glob("*.py")] if os.path.isdir(file.parent) else []
            raise UserError(
                "E161",
                f"there is no file '{file}'",
                where=self.where,
                fix=did_you_mean(file.name, near)
                or "give the path of a Python file, then :function",
            )
        loaded = self._import()
        function = getattr(loaded, name, None)
        if not callable(function):
            known = [k for k, v in vars(loaded).items() if callable(v) and not k.startswith("_")]
            raise UserError(
                "E161",
                f"'{file}' has no function '{name}'",
                where=self.where,
                fix=did_you_mean(name, known)
                or "name a function of the file that returns the module",
            )
        return function  # type: ignore[no-any-return]

    def _import(self) -> ModuleType:
        file = self.path
        name = f"steelyard_user_{file.stem}"
        found = importlib.util.spec_from_file_location(name, file)
        if found is None or found.loader is None:
            raise UserError("E161", f"'{file}' is no Python file", where=self.where)
        loaded = importlib.util.module_from_spec(found)
        sys.modules[name] = loaded  # dataclasses look their module up here
        folder = str(file.parent.resolve())
        if folder not in sys.path:
            sys.path.append(folder)  # last: the file finds its neighbours and shadows nothing
        try:
            found.loader.exec_module(loaded)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise self.explained(error, f"'{file}' cannot be imported") from error
        return loaded
