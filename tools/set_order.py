"""Find where the order of a set decides something: iterating one, taking from one, listing one.

Sets are recognised by shape, not by type inference: literals, comprehensions, set() and frozenset(), their operators
and methods, names and attributes annotated as sets or assigned one of these in the same file.
"""

import ast
from collections.abc import Iterator

SET_NAMES = frozenset({"set", "frozenset", "Set", "AbstractSet", "MutableSet", "FrozenSet"})
SET_METHODS = frozenset({"union", "intersection", "difference", "symmetric_difference"})
KEEPS_ORDER = frozenset({"list", "tuple", "enumerate", "iter", "zip", "map", "filter", "reversed", "dict", "deque"})
FORGETS_ORDER = frozenset({"sorted", "set", "frozenset", "len", "any", "all", "sum", "min", "max"})


def set_order_uses(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield each set expression whose order is used."""
    names = _names_bound_to_sets(tree)
    harmless = set(_order_forgetting_comprehensions(tree))
    for node in ast.walk(tree):
        for used in _used_in_order(node):
            if node not in harmless and _is_set(used, names):
                yield used


def _used_in_order(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that `node` goes through one by one."""
    match node:
        case ast.For(iter=used) | ast.YieldFrom(value=used) | ast.Starred(value=used):
            yield used
        case ast.ListComp() | ast.DictComp() | ast.GeneratorExp():
            yield from (generator.iter for generator in node.generators)
        case ast.Call(func=ast.Name(id=name), args=args) if name in KEEPS_ORDER:
            yield from args
        case ast.Call(func=ast.Attribute(attr="join" | "extend" | "fromkeys"), args=args):
            yield from args
        case ast.Call(func=ast.Attribute(attr="pop", value=used), args=[]):
            yield used
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=used):
            yield used


def _order_forgetting_comprehensions(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield generators handed straight to a function that gives the same for every order."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORGETS_ORDER:
            has_key = any(keyword.arg == "key" for keyword in node.keywords)
            if not has_key or node.func.id == "len":
                yield from (argument for argument in node.args if isinstance(argument, ast.GeneratorExp | ast.ListComp))


def _is_set(node: ast.expr, names: frozenset[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(func=ast.Attribute(attr=method, value=owner)) if method in SET_METHODS:
            return _is_set(owner, names)
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.BitXor() | ast.Sub(), left=left, right=right):
            return any(_is_set(side, names) or _is_keys_view(side) for side in (left, right))
        case ast.IfExp(body=body, orelse=other):
            return _is_set(body, names) or _is_set(other, names)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in names
    return False


def _is_keys_view(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"keys", "items"}


def _names_bound_to_sets(tree: ast.Module) -> frozenset[str]:
    """Return names and attribute names that hold a set somewhere in the file, and nothing else anywhere in it."""
    sets: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(tree):
        for name, is_set in _bindings(node):
            (sets if is_set else others).add(name)
    return frozenset(sets - others)


def _bindings(node: ast.AST) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.arg(arg=name, annotation=annotation):
            yield name, annotation is not None and _is_set_annotation(annotation)
        case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation):
            yield name, _is_set_annotation(annotation)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, _is_set(value, frozenset())
                elif isinstance(target, ast.Attribute):
                    yield target.attr, _is_set(value, frozenset())


def _is_set_annotation(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in SET_NAMES
        case ast.Subscript(value=value):
            return _is_set_annotation(value)
        case ast.BinOp(left=left, right=right):
            return _is_set_annotation(left) or _is_set_annotation(right)
    return False
