"""Has the text of the scripts that reproduce a fault: the frame, and the functions that a test of a response calls."""

from __future__ import annotations

HELPERS = {
    "at(": """def at(data, pointer):
    for step in pointer.split("/")[1:]:
        item = isinstance(data, list) and step.isdigit() and int(step) < len(data)
        data = data[int(step)] if item else data.get(step) if isinstance(data, dict) else None
    return data
""",
    "events(": """def events(text):
    return [json.loads(d) if d[:1] in "{[" and d != "[DONE]" else d
            for d in (line[5:].strip() for line in text.splitlines() if line.startswith("data:"))]
""",
    "plain(": """def plain(value):
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"[A-Za-z0-9]{16,}|[0-9a-f]{8}-[0-9a-f-]{20,}", "id", value)
    return "large" if isinstance(value, (int, float)) and value > 10**8 else value
""",
    "order(": """def order(text):
    kinds = [str(e.get("type", "chunk")) if isinstance(e, dict) else str(e)[:20] for e in events(text)]
    return [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
""",
    "under(": """def under(data, key):
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [v for name, item in pairs for v in ([item] if name == key and item is not None else []) + under(item, key)]
""",
    "written(": """def written(text, key):
    found = under(events(text), key)
    texts = [value for value in found if isinstance(value, str)]
    return "".join(texts) if texts else found[-1] if found else None
""",
    "totals(": """def totals(data):
    names = (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"), ("total_tokens", "total_tokens"))
    found = [[usage.get(one, usage.get(other)) for one, other in names]
             for usage in under(data, "usage") if isinstance(usage, dict)]
    return [counts for counts in found if all(type(count) is int for count in counts)], len(found)
""",
    "miscounts(": """def miscounts(data):
    return any(first + second != total for first, second, total in totals(data)[0])
""",
    "adds_up(": """def adds_up(data):
    counts, usages = totals(data)
    return len(counts) == usages > 0 and not miscounts(data)
""",
    "named(": """def named(text, names):
    return any(re.search(r"(?<![a-z0-9])" + re.escape(name.lower()) + r"(?![a-z0-9])", text.lower()) for name in names)
""",
    "failed(": """def failed(text):
    parts = [json.loads(text)] if text[:1] == "{" else events(text)
    return any(isinstance(part, dict) and (part.get("error") or part.get("type") == "error") for part in parts)
""",
}
"""Functions of a script by the call that needs them, each after the functions that it calls."""

_NEEDS = {
    "order(": ("events(",),
    "written(": ("events(", "under("),
    "miscounts(": ("under(", "totals("),
    "adds_up(": ("under(", "totals(", "miscounts("),
    "failed(": ("events(",),
}

SCRIPT = '''#!/usr/bin/env python3
"""{title}

{expected}
Exit code: 1 while the fault is there, 0 when the requirement was seen to be met, 2 when the verdict is open.
Usage: {key_env}=... python reproduce.py [BASE_URL]
"""
import {modules}

BASE = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else {base!r}
KEY = "Bearer " + os.environ.get({key_env!r}, "")

def leave_open(why):
    print("The verdict is open:", why)
    print("This command judges it: conformance run", BASE, {options!r})
    os._exit(sys.stdout.flush() or 2)

sys.excepthook = lambda *error: leave_open(error[1])

def send(method, path, headers, data):
    url = urllib.parse.urljoin(BASE + "/", path)
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode("utf-8", "replace")

{helpers}faults, unproved = [], []
{tests}
if faults:
    print("The fault is there.")
    sys.exit(1)
if unproved:
    leave_open("the response is not the faulty one, but it does not prove " + " and ".join(unproved) + ".")
print("The fault is gone:", {proved!r})
sys.exit(0)
'''

TEST = """{control}{faulty}
body = json.loads(text) if headers.get_content_type() == "application/json" else None
print("faulty request:", status, text[:500])
# {where}: expected {expected}
if {fault}:
    faults.append({name!r})
elif not ({holds}):
    unproved.append({name!r})
"""
"""The test of one response; a script has two of them if a fault was seen in whole responses and in streams."""


def helpers_of(text: str) -> str:
    """Return the functions that the text of a script calls."""
    used = {name for name in HELPERS if name in text}
    needed = used.union(*(_NEEDS.get(name, ()) for name in used))
    return "".join(f"{HELPERS[name]}\n" for name in HELPERS if name in needed)
