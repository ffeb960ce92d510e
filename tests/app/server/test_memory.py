from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Long arrays and small things in turn, then only the small things stay: MB that no file backs, over those at the start.
LEFT_OVER = """
import sys
import numpy as np
from app.server.memory import give_back_long_arrays

def resident():
    return int(open("/proc/self/status").read().split("RssAnon:")[1].split()[0]) / 1024

if sys.argv[1] == "given back":
    assert give_back_long_arrays()
np.ones(1 << 20)
begun, long, small = resident(), [], []
for _ in range(30):
    long.append(np.ones(1 << 19))
    small.append(bytes(100_000))
assert resident() - begun > 100
del long
print(resident() - begun)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Only glibc keeps what was freed in this way.")
def test_long_arrays__go_back_to_the_system_although_small_things_lie_between_them():
    def left_over(how):
        made = subprocess.run([sys.executable, "-c", LEFT_OVER, how], capture_output=True, text=True, check=True)
        return float(made.stdout)

    assert left_over("given back") < 10
    assert left_over("as it is") > 50, "or there is no need for it any more"
