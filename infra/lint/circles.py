#!/usr/bin/env python3
"""Fails when source files of a crate import each other in a circle, unless a comment defends it.

A file depends on the file that defines what it imports, also through a re-export. A module and the modules inside it may use each other. Tests are left out. A circle is defended by a line `// Circle: REASON` in one of its files.
"""

import collections
import os
import re
import sys

ITEM = r"(?:^|\n)\s*(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+|const\s+|async\s+)*(?:fn|struct|enum|trait|type|const|static|union)\s+(\w+)"
IN_MACRO = r"\b\w+!\s*[\{(]\s*(?:///[^\n]*\s*|#\[[^\]]*\]\s*)*(?:pub\s+)?(?:enum|struct)\s+(\w+)"
USE = r"(?:^|\n)[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);"
DEFENCE = "// Circle: "


def code(text):
    """The text without comments, strings and tests."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    while found := re.search(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:mod|use|fn)\b[^{;]*([{;])", text):
        end, depth = found.end(), found.group(1) == "{"
        while depth and end < len(text):
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
        text = text[:found.start()] + text[end:]
    return text


def paths_of(tree, prefix=()):
    """The paths of a use tree, each with its alias."""
    parts, depth, part = [], 0, ""
    for letter in tree:
        depth += (letter == "{") - (letter == "}")
        if letter == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += letter
    for part in filter(None, map(str.strip, [*parts, part])):
        group = re.match(r"^((?:\w+\s*::\s*)*)\{(.*)\}$", part, re.S)
        if group:
            segments = [segment.strip() for segment in group.group(1).split("::") if segment.strip()]
            yield from paths_of(group.group(2), (*prefix, *segments))
        else:
            path, _, alias = part.partition(" as ")
            segments = [*prefix, *(segment.strip() for segment in path.split("::") if segment.strip())]
            if segments[-1] == "self":
                segments.pop()
            yield tuple(segments), alias.strip() or segments[-1]


class Crate:
    """The modules of a crate, what each defines, and what each imports."""

    def __init__(self, source):
        self.files, self.text = {}, {}
        self.items = collections.defaultdict(set)
        self.imports = collections.defaultdict(list)
        root = next(name for name in ("lib.rs", "main.rs") if os.path.exists(f"{source}/{name}"))
        self.load(f"{source}/{root}", ())
        for module, text in self.text.items():
            self.items[module] = set(re.findall(ITEM, text)) | set(re.findall(IN_MACRO, text))
            for public, tree in re.findall(USE, text):
                self.imports[module] += [(*path, bool(public)) for path in paths_of(tree)]

    def load(self, path, module):
        with open(path, encoding="utf-8") as file:
            self.files[module], self.text[module] = path, code(file.read())
        folder, name = os.path.split(path)
        inside = folder if name in ("lib.rs", "main.rs") else os.path.join(folder, name.removesuffix(".rs"))
        for child in re.findall(r"(?:^|\n)\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", self.text[module]):
            if os.path.exists(f"{inside}/{child}.rs"):
                self.load(f"{inside}/{child}.rs", (*module, child))

    def start(self, module, path):
        """Where a path begins, and what is left of it; None for another crate."""
        first, rest = path[0], path[1:]
        if first == "crate":
            return (), rest
        if first == "self":
            return module, rest
        if first == "super":
            while path and path[0] == "super":
                module, path = module[:-1], path[1:]
            return module, path
        return (module, path) if (*module, first) in self.files else None

    def definer(self, module, path, seen=frozenset()):
        """The module that defines what a path names."""
        for position, name in enumerate(path):
            if (*module, name) in self.files:
                module = (*module, name)
                continue
            if name in self.items[module] or (module, name) in seen:
                return module
            for imported, alias, _ in self.imports[module]:
                if alias == name:
                    begin = self.start(module, imported)
                    if begin is None and imported[0] != name:
                        return self.definer(module, (*imported, *path[position + 1:]), seen | {(module, name)})
                    if begin is None:
                        return module
                    return self.definer(begin[0], (*begin[1], *path[position + 1:]), seen | {(module, name)})
            return module
        return module

    def edges(self):
        """The modules that each module depends on, without those around it and inside it."""
        edges = collections.defaultdict(set)
        for module, text in self.text.items():
            named = [path for path, _, public in self.imports[module] if not public]
            body = re.sub(USE, "\n", text)
            named += [tuple(path.split("::")) for path in re.findall(r"\b((?:crate|super|self)(?:::\w+)+)", body)]
            aliases = {alias: path for path, alias, _ in self.imports[module]}
            for path in re.findall(r"(?<![\w:.])([a-z_]\w*(?:::\w+)+)", body):
                first, *rest = path.split("::")
                if first in aliases:
                    named.append((*aliases[first], *rest))
                elif (*module, first) in self.files:
                    named.append((first, *rest))
            for path in named:
                begin = self.start(module, path)
                other = begin and self.definer(*begin)
                if other is not None and other[:len(module)] != module and module[:len(other)] != other:
                    edges[module].add(other)
        return edges

    def circles(self):
        """Groups of modules that depend on each other (Tarjan)."""
        edges, order, low, stack, found = self.edges(), {}, {}, [], []

        def visit(module):
            order[module] = low[module] = len(order)
            stack.append(module)
            for other in edges[module]:
                if other not in order:
                    visit(other)
                if other in stack:
                    low[module] = min(low[module], low[other])
            if low[module] == order[module]:
                position = stack.index(module)
                group = stack[position:]
                del stack[position:]
                if len(group) > 1:
                    found.append(sorted(self.files[member] for member in group))

        for module in self.files:
            if module not in order:
                visit(module)
        return found


def is_defended(circle):
    return any(DEFENCE in open(path, encoding="utf-8").read() for path in circle)


def main():
    sys.setrecursionlimit(10_000)
    os.chdir(os.path.join(os.path.dirname(__file__), "../.."))
    sources = [f"{group}/{name}/src" for group in ("shared", "functions", "infra") for name in sorted(os.listdir(group))]
    crates = [Crate(source) for source in sources if os.path.isdir(source)]
    circles = [circle for crate in crates for circle in crate.circles()]
    bad = [circle for circle in circles if not is_defended(circle)]
    for circle in bad:
        print("these files import each other in a circle:", *circle, sep="\n    ")
    if bad:
        print(f"Move what they share to a file of its own, or write `{DEFENCE}REASON` in one of them.")
    print(f"{len(crates)} crates, {sum(len(crate.files) for crate in crates)} files, {len(circles)} circles, {len(bad)} without a reason")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
