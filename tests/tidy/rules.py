"""The rules: each takes a tree ({path: text}) and gives findings, sentences that say what to do instead."""
import os
import posixpath
import re

from table import EMPTY_NAMES, FREE_OF_OUTSIDE, LINES_MAX, LONGER, MAY_INCLUDE, OUTSIDE

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

# Put together from pieces, so that this file is not its own first finding.
MACHINE_PATH = re.compile(r"(?<![\w.$}/~-])/(?:" + "|".join(["work", "root", "home/[a-z]+", "Users/[A-Za-z]+", "mnt/[a-z]+"]) + r")(?:/|\b)")
REGISTRY_HOST = re.compile("|".join(re.escape(".".join(parts)) for parts in [
    ("registry", "npmjs", "org"), ("pypi", "org"), ("files", "pythonhosted", "org"), ("repo", "maven", "apache", "org"),
    ("repo1", "maven", "org"), ("deb", "debian", "org"), ("proxy", "golang", "org"), ("crates", "io")]) +
    r"|\b(?:https?://)[\w.-]*(?:artifactory|nexus|mirror|registry)[\w.-]*")
MARKER = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")


def is_cpp(path):
    return path.endswith((".cc", ".h"))


def part_of(path):
    """The longest part of the table that holds this path; None outside of it."""
    folder = posixpath.dirname(path)
    while folder:
        if folder in MAY_INCLUDE:
            return folder
        folder = posixpath.dirname(folder)
    return None


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes(tree):
    """(path, line, is quoted, what) of every #include."""
    for path, text in tree.items():
        if is_cpp(path):
            for match in INCLUDE.finditer(text):
                yield path, line_of(text, match.start()), match.group(1) == '"', match.group(2)


def include_edges(tree):
    """Edges between folders that the table does not have."""
    for path, line, quoted, target in includes(tree):
        part = part_of(path)
        if part is None:
            yield f"{path}: lies in no folder of tests/tidy/table.py; put it into one, or add the folder there and to docs/architecture.md"
            continue
        if not quoted:
            continue
        if target not in tree:
            yield f'{path}:{line}: "{target}" is no file here; write includes from the top of the repository ("cdc/lsn.h")'
            continue
        allowed, wanted = MAY_INCLUDE[part], part_of(target)
        if "*" in allowed or wanted == part or wanted in allowed or target in allowed:
            continue
        yield (f"{path}:{line}: {part} may not include {target}; it may include {', '.join([part, *allowed])}. Hand over what "
               f"it needs as a plain value, or move the code to a folder that may know both")


def outside_headers(tree):
    """A library that belongs to one folder, included in another."""
    for path, line, quoted, target in includes(tree):
        part = part_of(path)
        if part in FREE_OF_OUTSIDE or quoted and target in tree:
            continue
        for start, (parts, instead) in OUTSIDE.items():
            if target.startswith(start) and part not in parts:
                yield f"{path}:{line}: {target} belongs to {' and '.join(parts)}; {instead}"


def include_cycles(tree):
    edges = {}
    for path, _, quoted, target in includes(tree):
        if quoted and target in tree:
            edges.setdefault(path, []).append(target)
    done = set()
    for start in sorted(edges):
        trail, on_trail = [], set()

        def visit(path):
            if path in on_trail:
                circle = trail[trail.index(path):] + [path]
                yield f"{' -> '.join(circle)}: includes form a circle; forward-declare, or move what both need into a third header"
                return
            if path in done:
                return
            trail.append(path)
            on_trail.add(path)
            for target in edges.get(path, []):
                yield from visit(target)
            trail.pop()
            on_trail.remove(path)
            done.add(path)

        yield from visit(start)


def file_names(tree):
    for path in tree:
        stem = posixpath.basename(path).split(".")[0].lower()
        if stem in EMPTY_NAMES or stem.split("_")[-1] in EMPTY_NAMES:
            yield f"{path}: this name says nothing; name the file after the concept in it, and split it when there are two"


def file_lengths(tree):
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        lines, lines_max = text.count("\n"), LONGER.get(path, LINES_MAX)
        if lines > lines_max:
            yield f"{path}: {lines} lines, {lines_max} are the limit; split it by concept (about 100 lines a file is usual)"
        elif path in LONGER and lines < LONGER[path]:
            yield f"{path}: {lines} lines now; lower its number in tests/tidy/table.py, so that it cannot grow again"
    for path in LONGER:
        if path not in tree:
            yield f"{path}: is gone; take it out of LONGER in tests/tidy/table.py"


def white_space(tree):
    for path, text in tree.items():
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                yield f"{path}:{number}: white space at the end of the line; take it away (make fmt, for C++)"
        if "\t" in text and is_cpp(path):
            yield f"{path}:{line_of(text, text.index(chr(9)))}: a tab; indent by spaces (make fmt)"
        if text and not text.endswith("\n"):
            yield f"{path}: the last line has no end; add a newline"


def pragma_once(tree):
    for path, text in tree.items():
        if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield f"{path}: no `#pragma once`; add it behind the header's comment"


def machine_traces(tree):
    """What is true on one machine only."""
    for path, text in tree.items():
        for match in MACHINE_PATH.finditer(text):
            yield (f"{path}:{line_of(text, match.start())}: a path of one machine ({match.group(0)}); use a relative path, a temporary "
                   f"folder or a setting")
        for match in REGISTRY_HOST.finditer(text):
            yield (f"{path}:{line_of(text, match.start())}: the host of a package registry ({match.group(0)}); leave it to the client's "
                   f"own configuration")


def markers(tree):
    for path, text in tree.items():
        for match in MARKER.finditer(text):
            yield f"{path}:{line_of(text, match.start())}: {match.group(0)} left behind; do it now, or open an issue"


def broken_links(tree):
    """Links of a page to a file that is not there."""
    folders = {posixpath.dirname(path) for path in tree}
    folders |= {parent for folder in list(folders) for parent in parents(folder)}
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        for match in LINK.finditer(text):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if reached not in tree and reached not in folders and not os.path.splitext(reached)[1] in (".svg", ".png"):
                yield f"{path}:{line_of(text, match.start())}: {target} is not there; mend the link"


def python_syntax(tree):
    """A script that no quick test runs is at least Python."""
    for path, text in tree.items():
        if not path.endswith(".py") and not re.match(r"#!.*python", text):
            continue
        try:
            compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"


def parents(folder):
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


RULES = [include_edges, outside_headers, include_cycles, file_names, file_lengths, white_space, pragma_once, machine_traces,
         markers, broken_links, python_syntax]
