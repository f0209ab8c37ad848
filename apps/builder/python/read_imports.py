"""Reads what a scoring script imports from its syntax tree; nothing of it is executed.

Input (JSON on stdin): {"root": folder of /app, "entry": path of the script below it}.
Output (JSON on stdout): {"error": {"file", "line", "message"} | null, "imports": [{"file", "line", "name", "certain"}],
"indirect": bool}. `imports` holds top-level names that are neither in the standard library nor among the files;
`certain` says that the script cannot start or answer without it; `indirect` that the script changes how modules are found.
"""

import ast
import json
import os
import resource
import sys

GUARDS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
FINDERS = {"path", "modules", "meta_path", "path_hooks"}


def names_of(node):
    if node is None:
        return {"BaseException"}
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    return {n.id if isinstance(n, ast.Name) else n.attr if isinstance(n, ast.Attribute) else "" for n in nodes}


def is_typing_check(test):
    return "TYPE_CHECKING" in names_of(test)


def is_main_check(test):
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def suppresses(item):
    call = item.context_expr
    if not isinstance(call, ast.Call) or names_of(call.func) != {"suppress"}:
        return False
    return any(names_of(argument) & GUARDS for argument in call.args)


class Reader:
    """Collects the imports of one file: (node, certain)."""

    def __init__(self, is_entry):
        self.is_entry = is_entry
        self.found = []

    def body(self, statements, certain, top=False):
        for node in statements:
            self.statement(node, certain, top)

    def statement(self, node, certain, top):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.found.append((node, certain))
        elif isinstance(node, ast.If):
            if not is_typing_check(node.test) and not is_main_check(node.test):
                self.body(node.body, False)
            self.body(node.orelse, certain and is_typing_check(node.test))
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            if not any(names_of(handler.type) & GUARDS for handler in node.handlers):
                self.body(node.body, certain)
                for handler in node.handlers:
                    self.body(handler.body, False)
                self.body(node.orelse, certain)
            self.body(node.finalbody, certain)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            if not any(suppresses(item) for item in node.items):
                self.body(node.body, certain)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.body(node.body, certain and top and self.is_entry and node.name in ("init", "run"))
        elif isinstance(node, ast.ClassDef):
            self.body(node.body, certain)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self.body(node.body, False)
            self.body(node.orelse, False)
        elif type(node).__name__ == "Match":
            for case in node.cases:
                self.body(case.body, False)


def is_indirect(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FINDERS and names_of(node.value) == {"sys"}:
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "sys" and any(a.name in FINDERS for a in node.names):
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("addsitedir", "pip"):
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value == "pip" or "pip install" in node.value:
                return True
    return False


class Project:
    def __init__(self, root, entry):
        self.root = root
        self.entry = entry
        self.places = list(dict.fromkeys([os.path.dirname(entry), ""]))
        self.anywhere = set()
        for _, folders, files in os.walk(root):
            self.anywhere.update(folders)
            self.anywhere.update(name.split(".")[0] for name in files if name.endswith((".py", ".so", ".pyc")))
        self.imports = []
        self.indirect = False
        self.seen = {}

    def locate(self, parts):
        """Path of a module below the root (a folder for a package), or None."""
        for place in self.places:
            path = os.path.join(place, *parts)
            full = os.path.join(self.root, path)
            if os.path.isdir(full) or os.path.isfile(full + ".py"):
                return path
        return None

    def files_of(self, path):
        full = os.path.join(self.root, path)
        if os.path.isdir(full):
            init = os.path.join(path, "__init__.py")
            return [init] if os.path.isfile(os.path.join(self.root, init)) else []
        return [path + ".py"] if os.path.isfile(full + ".py") else []

    def read(self, file, certain):
        known = self.seen.get(file)
        if known is not None and (known or not certain):
            return
        self.seen[file] = certain
        with open(os.path.join(self.root, file), "rb") as stream:
            source = stream.read()
        try:
            tree = ast.parse(source, file)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if certain:
                line = getattr(error, "lineno", None) or 1
                raise Unreadable(file, line, getattr(error, "msg", None) or str(error) or type(error).__name__)
            return
        self.indirect = self.indirect or is_indirect(tree)
        reader = Reader(file == self.entry)
        reader.body(tree.body, certain, top=True)
        for node, sure in reader.found:
            self.follow(file, node, sure)

    def follow(self, file, node, certain):
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.module(file, node, alias.name.split("."), certain)
        elif node.level == 0:
            parts = (node.module or "").split(".")
            self.module(file, node, parts, certain)
            for alias in node.names:
                if self.locate(parts):
                    self.visit(self.locate(parts + [alias.name]), certain)
        else:
            package = os.path.dirname(file)
            for _ in range(node.level - 1):
                package = os.path.dirname(package)
            base = os.path.join(package, *(node.module or "").split(".")) if node.module else package
            for path in [base] + [os.path.join(base, alias.name) for alias in node.names]:
                self.visit(path, certain)

    def module(self, file, node, parts, certain):
        top = parts[0]
        if top in sys.stdlib_module_names or top == "__future__":
            return
        if self.locate(parts[:1]) is None:
            if top not in self.anywhere:
                self.imports.append({"file": file, "line": node.lineno, "name": top, "certain": certain})
            return
        for end in range(1, len(parts) + 1):
            self.visit(self.locate(parts[:end]), certain)

    def visit(self, path, certain):
        if path is not None:
            for file in self.files_of(path):
                self.read(file, certain)


class Unreadable(Exception):
    def __init__(self, file, line, message):
        self.answer = {"file": file, "line": line, "message": message}


def main():
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    project = Project(asked["root"], asked["entry"])
    error = None
    try:
        project.read(asked["entry"], True)
    except Unreadable as unreadable:
        error = unreadable.answer
    json.dump({"error": error, "imports": project.imports, "indirect": project.indirect}, sys.stdout)


main()
