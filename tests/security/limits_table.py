"""The table of limits in SECURITY.md, from core/limits.py: `python tests/security/limits_table.py` writes it anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- limits: written by tests/security/limits_table.py -->\n", "<!-- end of limits -->"
_LINE = re.compile(r"^    (\w+): int = [^#\n]+?(?:  # (.+))?$", re.MULTILINE)


def table() -> str:
    """Every cap with its value and what it is about, in the order of core/limits.py."""
    from core.limits import DEFAULT

    about = dict(_LINE.findall((ROOT / "core" / "limits.py").read_text(encoding="utf-8")))
    lines = ["| limit | value | what |", "|---|---|---|"]
    lines += [f"| `{name}` | {shown(name, value)} | {about[name]} |" for name, value in DEFAULT.rows()]
    return "\n".join(lines) + "\n"


def shown(name: str, value: int) -> str:
    """A value as a person reads it; bytes in MiB where they come out even."""
    if name.endswith("_bytes") and value % (1 << 20) == 0:
        return f"{value >> 20:,} MiB"
    return f"{value:,}" + (" bytes" if name.endswith("_bytes") else "")


def written(page: str) -> str:
    """A page with the table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    place = ROOT / "SECURITY.md"
    place.write_text(written(place.read_text(encoding="utf-8")), encoding="utf-8")
