"""The sentences for people that stand in C++ sources: string literals that read like one, with {} where something is put in."""
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent

LITERAL = re.compile(r'R"\((?:.|\n)*?\)"|\'(?:\\.|[^\'\\\n])\'|"((?:\\.|[^"\\\n])*)"|//[^\n]*|\n[ \t]*#[^\n]*')


def literals(source):
    """Literals in their order; those that stand next to each other are one."""
    found, last_end = [], None
    for match in LITERAL.finditer(source):
        if match.group(1) is None:
            continue
        text = re.sub(r"\\(.)", lambda escaped: {"n": "\n", "t": "\t"}.get(escaped.group(1), escaped.group(1)), match.group(1))
        if last_end is not None and not source[last_end:match.start()].strip():
            found[-1] += text
        else:
            found.append(text)
        last_end = match.end()
    return found


def is_sentence(text):
    return text.count(" ") >= 2 and re.search("[a-z]", text) and not re.match(r"\s*(SELECT|PRAGMA|CREATE|INSERT|DELETE|UPDATE|BEGIN|-c )", text)


def messages_of(*paths):
    """{message: file}, of files or folders (not what lies deeper)."""
    messages = {}
    for path in paths:
        full = REPOSITORY / path
        for file in sorted(full.glob("*.cc")) if full.is_dir() else [full]:
            for text in literals(file.read_text()):
                if is_sentence(text):
                    messages.setdefault(text, str(file.relative_to(REPOSITORY)))
    return messages


def fixed_parts(message):
    """What stands around the places where something is put in."""
    text = message.replace("{{", "\0").replace("}}", "\1")
    return [part.replace("\0", "{").replace("\1", "}") for part in re.split(r"\{[^{}]*\}", text)]
