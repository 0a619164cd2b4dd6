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
    """Return the commands of one module. With `positional`, required fields are arguments instead of options."""
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
    parameters = [_parameter(field, positional=positional) for field in declared.values()]
    taken = {parameter.name for parameter in parameters}
    parameters += [parameter for parameter in shared.parameters if parameter.name not in taken]

    def command(**given: Any) -> None:
        shared.run(service=service, method=method, fields=declared, given=given)

    command.__doc__ = method.comment or message.comment or f"{method.name} of {service}."
    command.__name__ = method.name
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _parameter(field: Any, *, positional: bool) -> Parameter:
    from qos.cli import fields as texts

    kind: Any = list[str] if texts.takes_many(field) else str
    if texts.is_flag(field):
        annotation: Any = Annotated[bool, typer.Option(help=field.comment)]
        return _keyword(field.name, annotation, default=False)
    metavar = texts.placeholder(field)
    if positional and field.required and not field.repeated:
        return _keyword(field.name, Annotated[kind, typer.Argument(help=field.comment, metavar=field.name.upper())])
    option = typer.Option(texts.option_name(field), help=field.comment, metavar=metavar)
    if field.required and not field.repeated:
        return _keyword(field.name, Annotated[kind, option])
    return _keyword(field.name, Annotated[kind | None, option], default=None)


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
