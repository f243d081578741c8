import subprocess
import sys


def test_scoring_loads_no_torch():
    code = "import sys, fleeting.evaluation; raise SystemExit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
