"""Command trees from declarations: a group a module, a command a method, an option a field.

Built only when a `tx` or `query` command is asked for; a plain function with a made signature is what typer takes.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

Parameter = inspect.Parameter
_VARIABLES = re.compile(r"\{([a-z0-9_]+)")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Shared:
    """Parameters that every command of a tree has beside those of its message, and what carries it out."""

    parameters: tuple[Parameter, ...]
    run: Callable[..., None]


def command_name(method: str) -> str:
    """Turn a method's name into a command's: AllBalances is `balances`."""
    return "-".join(_WORDS.split(method)).lower().removeprefix("all-")


def area_names(service: str) -> list[str]:
    """Return the modules that have a service of this name."""
    from qos.proto import catalog

    return sorted({each.area for each in catalog.services(service)})


def area_app(service: str, area: str, shared: Shared, *, positional: bool) -> typer.Typer:
    """Return the commands of one module. With `positional`, what a request names is arguments, not options."""
    from qos.proto import catalog

    found = [each for each in catalog.services(service) if each.area == area]
    app = typer.Typer(help=found[0].comment if found else "", no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_group)  # a Typer with one command would be that command
    taken: set[str] = set()
    for each in found:
        for method in each.methods:
            name = command_name(method.name)
            # Where clients know two forms of a service the newer one, which comes first, is the command.
            if name not in taken:
                taken.add(name)
                app.command(name)(_command(each.full_name, method, shared, positional=positional))
    return app


def _group() -> None:
    """Commands of one module."""


def _command(service: str, method: Any, shared: Shared, *, positional: bool) -> Callable[..., None]:
    from qos.proto import catalog

    message = catalog.message(method.request)
    skipped = {field.name for field in message.fields if field.name == message.signer and field.kind == "text"}
    declared = {field.name: field for field in message.fields if field.name not in skipped}
    named = _arguments(method, declared) if positional else {}
    parameters = [_parameter(field, named.get(field.name)) for field in declared.values()]
    taken = {parameter.name for parameter in parameters}
    parameters += [parameter for parameter in shared.parameters if parameter.name not in taken]

    def command(**given: Any) -> None:
        shared.run(service=service, method=method, fields=declared, given=given)

    command.__doc__ = method.comment or message.comment or f"{method.name} of {service}."
    command.__name__ = method.name
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _arguments(method: Any, declared: dict[str, Any]) -> dict[str, bool]:
    """Return which fields are arguments: those a request must have or its HTTP path names; and whether each must be.

    One that may be left out stands behind all that may not.
    """
    in_path = set(_VARIABLES.findall(method.http[0].template)) if method.http else set()
    chosen = [field for field in declared.values() if not field.repeated and (field.required or field.name in in_path)]
    last = max((place for place, field in enumerate(chosen) if field.required), default=-1)
    return {field.name: place <= last for place, field in enumerate(chosen)}


def _parameter(field: Any, argument: bool | None) -> Parameter:
    """Declare one field: as an option, or as an argument that must be given or may be left out."""
    from qos.cli import fields as texts

    kind: Any = list[str] if texts.takes_many(field) else str
    if texts.is_flag(field):
        annotation: Any = Annotated[bool, typer.Option(help=field.comment)]
        return _keyword(field.name, annotation, default=False)
    metavar = texts.placeholder(field)
    if argument is not None:
        given = typer.Argument(help=field.comment, metavar=field.name.upper())
        return _keyword(field.name, Annotated[kind, given]) if argument else _optional(field.name, kind, given)
    option = typer.Option(texts.option_name(field), help=field.comment, metavar=metavar)
    if field.required and not field.repeated:
        return _keyword(field.name, Annotated[kind, option])
    return _optional(field.name, kind, option)


def _optional(name: str, kind: Any, how: Any) -> Parameter:
    return _keyword(name, Annotated[kind | None, how], default=None)


_REQUIRED = inspect.Parameter.empty


def _keyword(name: str, annotation: Any, default: Any = _REQUIRED) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def shared_parameters(function: Callable[..., None]) -> tuple[Parameter, ...]:
    """Return the keyword parameters a function declares for all commands of a tree."""
    return tuple(
        parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in inspect.signature(function).parameters.values()
    )


class LazyGroup(TyperGroup):
    """A group whose subgroups are made when they are asked for."""

    service = ""
    positional = False
    shared = staticmethod(lambda: Shared((), lambda **_: None))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return own commands and the modules."""
        return sorted({*super().list_commands(ctx), *area_names(self.service)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, making the module's group when it is one."""
        known = super().get_command(ctx, cmd_name)
        if known is not None or cmd_name not in area_names(self.service):
            return known
        app = area_app(self.service, cmd_name, self.shared(), positional=self.positional)
        return typer.main.get_command(app)
