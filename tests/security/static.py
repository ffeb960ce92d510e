"""What may not stand in shipped code, found in its syntax tree: names are followed through their imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator

UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "jsonpickle"}
FETCHERS = {
    "requests", "httpx", "aiohttp", "urllib3", "pycurl", "ftplib", "smtplib", "telnetlib", "http.client",
    "urllib.request.urlopen", "urllib.request.urlretrieve", "socket.create_connection",
}  # fmt: skip
NEVER = {
    "eval": "runs text", "exec": "runs text", "compile": "runs text", "__import__": "runs what a name says",
    "importlib.import_module": "runs what a name says", "runpy.run_path": "runs a file",
    "yaml.load": "builds objects", "yaml.unsafe_load": "builds objects", "yaml.full_load": "builds objects",
    "numpy.fromregex": "reads a pattern as code", "pandas.read_pickle": "unpickles", "pandas.eval": "runs text",
    "pandas.read_html": "fetches", "torch.hub.load": "fetches and runs", "torch.jit.load": "runs what it loads",
    "os.system": "a shell reads text as commands", "os.popen": "a shell reads text as commands",
    "subprocess.getoutput": "a shell reads text as commands",
    "subprocess.getstatusoutput": "a shell reads text as commands",
    "streamlit.write": "guesses what a value is",
    "streamlit.html": "text must not become markup", "streamlit.iframe": "shows another page in ours",
    "streamlit.image": "a text is an address or a file to it: our gallery shows our own thumbnails",
    "streamlit.audio": "a text is an address or a file to it",
    "streamlit.video": "a text is an address or a file to it",
    "streamlit.logo": "a text is an address or a file to it", "streamlit.graphviz_chart": "text becomes markup",
    "streamlit.components.v1": "text must not become markup", "tempfile.mktemp": "somebody else can be quicker",
    "xml.etree.ElementTree.parse": "expands entities", "xml.etree.ElementTree.fromstring": "expands entities",
    "logging.config.dictConfig": "builds objects", "tarfile.open": "writes where a member says",
    "zipfile.ZipFile.extractall": "writes where a member says", "shutil.unpack_archive": "writes where a member says",
}  # fmt: skip
KEYWORDS = {
    "allow_pickle": "pickled data runs code", "unsafe_allow_html": "text must not become markup",
    "unsafe_allow_javascript": "text must not become code", "shell": "a shell reads text as commands",
    "persist": "Streamlit's cache on disk is pickled", "trust_remote_code": "runs code that came with weights",
}  # fmt: skip


def names(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def whole(node: ast.AST, known: dict[str, str]) -> str:
    """The whole name of what is written, `st.html` → `streamlit.html`; empty for what is no name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([known.get(node.id, node.id), *reversed(parts)])


def bans(tree: ast.AST, core: bool) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of everything in a module that may not stand there; `core` fetches nothing itself."""
    known = names(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _imports(node, core)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            yield from _named(node, whole(node, known), core)
        elif isinstance(node, ast.Call):
            yield from _call(node, whole(node.func, known))
        if isinstance(node, ast.Attribute) and node.attr in ("extractall", "to_pickle", "read_pickle"):
            yield node.lineno, f"{node.attr}: writes where a member says, or pickles"


def _imports(node: ast.Import | ast.ImportFrom, core: bool) -> Iterator[tuple[int, str]]:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    given = [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
    for module in modules:
        if module.split(".")[0] in UNPICKLERS:
            yield node.lineno, f"{module}: pickled data runs code"
    for module in [*modules, *given]:
        if core and (module in FETCHERS or module.split(".")[0] in FETCHERS):
            yield node.lineno, f"{module}: core fetches nothing itself"


def _named(node: ast.Name | ast.Attribute, name: str, core: bool) -> Iterator[tuple[int, str]]:
    # A builtin's name is only meant where it stands alone: `re.compile` is another thing.
    if name in NEVER:
        yield node.lineno, f"{name}: {NEVER[name]}"
    elif core and name in FETCHERS:
        yield node.lineno, f"{name}: core fetches nothing itself"


def _call(node: ast.Call, name: str) -> Iterator[tuple[int, str]]:
    given = {word.arg: word.value for word in node.keywords}
    for word, why in KEYWORDS.items():
        if word in given and not (isinstance(given[word], ast.Constant) and given[word].value in (False, None)):
            yield node.lineno, f"{word}: {why}"
    if name == "torch.load" and ast.unparse(given.get("weights_only", ast.Constant(None))) != "True":
        yield node.lineno, "torch.load: without weights_only it unpickles"
    first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    if name in ("open", "pathlib.Path", "os.open", "io.open") and str(first).startswith(("/", "~")):
        yield node.lineno, f"{name}({first!r}): a path of one machine"


SINKS = {
    "markdown", "caption", "button", "toast", "error", "warning", "info", "success", "header", "subheader", "title",
    "metric", "expander", "popover", "tabs", "progress", "badge", "radio", "checkbox", "toggle", "pills",
    "link_button", "page_link", "download_button", "text_input", "text_area", "number_input", "file_uploader",
}  # fmt: skip
WORDS = ("label", "body", "help", "text")
_NO_SINKS = ("safe", "messages", "_LOG")
_OURS = ("len", "sum", "min", "max", "round", "str", "abs")


def unescaped(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, expression) of every value that reaches a place where Streamlit reads markdown without `safe`.

    F-strings and sums are looked into, and names that a function binds itself are followed; parameters are not. What
    has a format is a number.
    """
    for function in [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Module))]:
        bound = _bound(function)
        for call in inside(function):
            if _is_sink(call):
                first = call.args[: call.func.attr != "progress"]
                shown = [*first, *(word.value for word in call.keywords if word.arg in WORDS)]
                for value in shown:
                    yield from _values(value, bound, frozenset())


def _is_sink(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in SINKS and ast.unparse(called.value) not in _NO_SINKS


def inside(function: ast.AST) -> Iterator[ast.AST]:
    """Everything that stands in a function, without the functions in it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node
            yield from inside(node)


def _bound(function: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in inside(function):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(value)
    return found


def _values(node: ast.AST, bound: dict[str, list[ast.expr]], seen: frozenset[str]) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Name) and node.id in bound and node.id not in seen:
        parts, seen = bound[node.id], seen | {node.id}
    else:
        parts = _parts(node)
    for part in parts:
        yield from _values(part, bound, seen)
    if not parts and not isinstance(node, (ast.Constant, ast.JoinedStr)) and not _is_clean(node):
        yield node.lineno, ast.unparse(node)


def _parts(node: ast.AST) -> list[ast.expr]:
    """What a text is put together from; nothing for what is not put together."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue) and not part.format_spec]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        return [node.elt]
    joined = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("'.join")
    return list(node.args[:1]) if joined else []


def _is_clean(node: ast.AST) -> bool:
    if isinstance(node, (ast.Name, ast.List, ast.Tuple)) or _is_of_a_table(node):
        return True
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return called.startswith("safe.") or called in _OURS


def _is_of_a_table(node: ast.AST) -> bool:
    """Whether something is taken out of a constant of the module, which is written in capitals."""
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id.isupper()
