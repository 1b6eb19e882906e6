"""What the installed official SDK says about Stripe's API.

The SDK's classes are generated from Stripe's OpenAPI specification, so their
annotations are the specification. They are read from source with `ast`
(importing them takes seconds and most names exist for type checkers only) and
turned into a handful of types, resolved one class at a time when first needed.
"""

# The syntax tree's types are wider than what the SDK's generator writes.
# mypy: disable-error-code="union-attr, attr-defined, arg-type, assignment, var-annotated"

import ast
import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(importlib.util.find_spec("stripe").origin).parent


@dataclass(frozen=True)
class Scalar:
    """`int`, `str`, `bool`, `float`, `decimal` (a number written as a string), `none` or `any`."""

    name: str


@dataclass(frozen=True)
class Enum:
    values: tuple


@dataclass(frozen=True)
class ListOf:
    item: object


@dataclass(frozen=True)
class MapOf:
    item: object


@dataclass(frozen=True)
class Page:
    """A cursor list of objects, as Stripe's list endpoints answer."""

    item: object


@dataclass(frozen=True)
class Either:
    options: tuple


@dataclass(frozen=True)
class Record:
    """A class of the SDK: an object in an answer, or a group of parameters."""

    file: Path
    name: str

    @property
    def is_params(self):
        return "params" in self.file.parts


@dataclass(frozen=True)
class Field:
    type: object
    required: bool


@dataclass(frozen=True)
class Route:
    """One operation; its types are looked up only when asked for."""

    method: str
    path: str
    name: str
    file: Path
    params_name: str | None
    returns: str

    @property
    def params(self):
        return self.params_name and find(self.file, "", self.params_name)

    @property
    def response(self):
        return read_type(ast.parse(self.returns, mode="eval").body, self.file, "")


ANY = Scalar("any")
NONE = Scalar("none")
SCALARS = {
    "int": Scalar("int"),
    "str": Scalar("str"),
    "bool": Scalar("bool"),
    "float": Scalar("float"),
    "Decimal": Scalar("decimal"),
    "Any": ANY,
    "object": ANY,
    "None": NONE,
}
OPEN_OBJECTS = {"UntypedStripeObject", "StripeObject", "Dict", "dict"}


@functools.cache
def api_version():
    """The API version the SDK was generated for, e.g. `2026-10-28.endive`."""
    return re.search(r'CURRENT = "([^"]+)"', (ROOT / "_api_version.py").read_text()).group(1)


@functools.cache
def routes():
    """Every operation of the SDK's v1 services."""
    found = []
    for file in sorted(ROOT.rglob("*_service.py")):
        for service in parse(file).body:
            if isinstance(service, ast.ClassDef):
                found += [route for method in service.body for route in _routes_of(file, service, method)]
    return tuple(found)


def _routes_of(file, service, method):
    if not isinstance(method, ast.FunctionDef):
        return
    for call in ast.walk(method):
        if not (isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_request"):
            continue
        path = call.args[1]
        path = path.func.value.value if isinstance(path, ast.Call) else path.value
        if not path.startswith("/v1/"):
            continue
        params = None
        for argument in method.args.args + method.args.posonlyargs + method.args.kwonlyargs:
            if argument.arg == "params":
                params = re.search(r"['\"](\w+)['\"]", ast.unparse(argument.annotation)).group(1)
        yield Route(
            call.args[0].value.upper(),
            path,
            f"{service.name}.{method.name}",
            file,
            params,
            ast.unparse(method.returns),
        )


@functools.cache
def object_classes():
    """From the value of `object` in an answer (`checkout.session`) to its class."""
    found = {}
    for file in sorted(ROOT.rglob("_*.py")):
        if {"params", "events", "v2"} & set(file.parts[len(ROOT.parts) :]) or "OBJECT_NAME" not in file.read_text():
            continue
        for name, node in classes(file).items():
            for line in [] if "." in name else getattr(node, "body", []):
                named = isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "OBJECT_NAME"
                if named and isinstance(line.value, ast.Constant):
                    found.setdefault(line.value.value, Record(file, name))
    return found


@functools.cache
def fields(record):
    """The fields of a class, by the name they have on the wire."""
    node = classes(record.file)[record.name]
    if isinstance(node, ast.Call):
        return _functional_fields(record.file, node)
    found = {}
    for base in node.bases:
        name = ast.unparse(base)
        target = None if name == "RequestOptions" else find(record.file, "", name)
        if target and isinstance(classes(target.file)[target.name], ast.Call):
            found.update(fields(target))
    renamed = {}
    for line in node.body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "_field_remappings":
            renamed = ast.literal_eval(line.value)
    for line in node.body:
        if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
            continue
        if line.target.id.startswith("_") or "ClassVar" in ast.unparse(line.annotation):
            continue
        key = renamed.get(line.target.id, line.target.id)
        found[key] = _field(line.annotation, record.file, record.name, record.is_params)
    return found


def _functional_fields(file, call):
    keys = [key.value for key in call.args[1].keys]
    return {key: _field(value, file, "", True) for key, value in zip(keys, call.args[1].values, strict=True)}


def _field(annotation, file, scope, is_params):
    optional = "NotRequired" if is_params else "Optional"
    text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    return Field(read_type(annotation, file, scope), not str(text).startswith(optional))


def read_type(node, file, scope):
    """An annotation as one of the types above; names are looked up from `scope` in `file`."""
    if isinstance(node, ast.Constant):
        return NONE if node.value is None else read_type(ast.parse(node.value.strip(), mode="eval").body, file, scope)
    if isinstance(node, ast.BinOp):
        return _either([node.left, node.right], file, scope)
    if isinstance(node, (ast.Name, ast.Attribute)):
        name = ast.unparse(node)
        if name in SCALARS:
            return SCALARS[name]
        if name in OPEN_OBJECTS:
            return MapOf(ANY)
        record = find(file, scope, name)
        if record is None:
            raise LookupError(f"{name} in {file.name} is unknown")
        return record
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    match ast.unparse(node.value).split(".")[-1]:
        case "NotRequired":
            return read_type(inner[0], file, scope)
        case "Optional":
            return _either([inner[0], ast.Constant(None)], file, scope)
        case "Union":
            return _either(inner, file, scope)
        case "ExpandableField":
            return _either([ast.Name("str"), inner[0]], file, scope)
        case "List" | "Sequence":
            return ListOf(read_type(inner[0], file, scope))
        case "Dict" | "Mapping":
            return MapOf(read_type(inner[1], file, scope))
        case "UntypedStripeObject":
            return MapOf(read_type(inner[0], file, scope))
        case "ListObject" | "SearchResultObject":
            return Page(read_type(inner[0], file, scope))
        case "Literal":
            return Enum(tuple(ast.literal_eval(value) for value in inner))
        case other:
            raise LookupError(f"{other} in {file.name} is unknown")


def _either(nodes, file, scope):
    options = []
    for node in nodes:
        type_ = read_type(node, file, scope)
        options += type_.options if isinstance(type_, Either) else [type_]
    # The SDK writes enumerations as "one of these, or any string" so that old
    # SDKs survive new values. What the specification says is the closed list.
    if any(isinstance(option, Enum) and option.values != ("",) for option in options):
        options = [option for option in options if option != SCALARS["str"]]
    options = list(dict.fromkeys(options))
    return options[0] if len(options) == 1 else Either(tuple(options))


@functools.cache
def find(file, scope, name):
    """The class that `name` means inside the class `scope` of `file`; None when the SDK has none."""
    known = classes(file)
    outer = scope.split(".") if scope else []
    for depth in range(len(outer), -1, -1):
        qualified = ".".join([*outer[:depth], name])
        if qualified in known:
            return Record(file, qualified)
    first, *rest = name.split(".")
    if first not in imports(file):
        return None
    module, original = imports(file)[first]
    if not module.startswith("stripe"):
        return None
    return find(_file_of(module), "", ".".join([original, *rest]))


def _file_of(module):
    path = ROOT.parent.joinpath(*module.split("."))
    return path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"


@functools.cache
def parse(file):
    return ast.parse(file.read_text(encoding="utf8"))


@functools.cache
def imports(file):
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(parse(file))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


@functools.cache
def classes(file):
    """Every class of a file by its qualified name; functional TypedDicts as their call."""
    found = {}

    def walk(body, prefix):
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[prefix + node.name] = node
                walk(node.body, prefix + node.name + ".")
            elif isinstance(node, ast.If):
                walk(node.body, prefix)
            elif isinstance(node, ast.Assign) and getattr(getattr(node.value, "func", None), "id", "") == "TypedDict":
                found[prefix + node.targets[0].id] = node.value

    walk(parse(file).body, "")
    return found
