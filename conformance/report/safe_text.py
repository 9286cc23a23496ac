"""Makes text from a target safe to show in a terminal, XML, Markdown, HTML and JSON."""

from __future__ import annotations

import re

# Everything that moves the cursor, reorders or hides what a reader sees, or that XML 1.0 forbids: C0 but tab and
# newline, DEL and C1, soft hyphen, Arabic and Mongolian format marks, zero-width and bidirectional controls, line
# and paragraph separators, surrogates, the byte order mark, interlinear marks, noncharacters, and tag characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# Commands to the CI system that reads a log: GitHub (`::error::`, after any white space; `##[error]` anywhere), Azure, TeamCity.
_COMMAND = re.compile(r"::(?=[^\W\d])|##(?=\[|vso\[|teamcity\[)")
_JSON_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
# What a page makes a link or a mention of, though it is no markup: as code it stays text.
_LIVE = r"(?P<live>(?:https?://|www\.(?=\w)|@(?=\w)|#(?=\d))[^\s`]*[^\s`.,;:!?)\]])"
# What can begin markup in a line of Markdown. A backslash takes that away, and leaves the line readable as plain text.
_MARKDOWN = re.compile(_LIVE + r"|[\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])")
_BACKTICKS = re.compile("`+")


def visible(text: str) -> str:
    """Return the text with a visible sign for each invisible or cursor-moving character, such as `␛` for ESC.

    Newlines and tabs in the text stay unchanged. The returned text contains only characters that XML 1.0 allows, and no
    lone surrogates.
    """
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub(_name, text)


def _name(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"⟨U+{code:04X}⟩"


def clip(text: str, limit: int) -> str:
    """Return at most `limit` characters of the text, and the number of omitted characters."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def one_line(text: str, limit: int = 300) -> str:
    """Return the text on one line, for a table or title.

    Invisible characters are made visible, whitespace is collapsed, and at most `limit` characters are kept.
    """
    return _SPACES.sub(" ", visible(clip(text, limit))).strip()


def for_terminal(text: str, encoding: str = "utf-8") -> str:
    """Return the text without characters that could control a terminal, or a CI system that reads the log.

    All lines of the text after the first line are indented, so that they cannot be mistaken for lines that the suite
    printed. Characters that `encoding` lacks become escape sequences.
    """
    text = _COMMAND.sub(lambda match: " ".join(match.group()), visible(text)).replace("\n", "\n    ")
    return text.encode(encoding, "backslashreplace").decode(encoding)


def error_line(text: str) -> str:
    """Return an error message for the terminal on one line, even if it contains a file name or text from the target."""
    return for_terminal(one_line(text, 4_000))


def for_xml(text: str) -> str:
    """Return the text with only the characters that XML 1.0 allows.

    The function does not escape markup, because the XML writer escapes it.
    """
    return visible(text)


def for_json(text: str) -> str:
    """Return text that any JSON parser accepts: lone surrogates become U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def for_json_text(document: str) -> str:
    r"""Return a JSON document with every invisible character written as `\uXXXX`.

    The returned document is equivalent JSON that is safe to print on a terminal.
    """
    return _JSON_COMMAND.sub(r"\\u0023#", _INVISIBLE.sub(_json_escape, document))


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def markdown_text(text: str, limit: int = 600) -> str:
    """Return a sentence that the suite wrote, as one line of Markdown, which may be a table cell.

    All Markdown syntax in the sentence is escaped, except that names in backticks become code.
    """
    parts = one_line(text, limit).split("`")
    if len(parts) % 2 == 0:
        return _harmless("`".join(parts))
    return "".join(markdown_code(part, limit) if number % 2 else _harmless(part) for number, part in enumerate(parts))


def _harmless(text: str) -> str:
    return _MARKDOWN.sub(lambda match: markdown_code(match["live"]) if match["live"] else f"\\{match.group()}", text)


def markdown_code(text: str, limit: int = 300) -> str:
    """Return text from a target for a line or table cell of Markdown, formatted as code without markup, links or mentions.

    The returned text must not be used inside HTML, where backticks have no meaning. A `|`, which would end a table
    cell, becomes `¦`.
    """
    text = one_line(text, limit).replace("|", "¦")
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(text)), default=0) + 1)
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"


def markdown_block(text: str, language: str = "", limit: int = 4000) -> str:
    """Return the text as a fenced code block whose fence is longer than any run of backticks in the text."""
    text = visible(clip(text, limit))
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
