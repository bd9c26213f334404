"""The garbage collector of a process that has come up.

What has been loaded by then stays until the end. A collector that walks it again and again,
as it does by default while thousands of messages pass through, took a sixth of a worker's time.
"""

import gc

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 50


def settle() -> None:
    """Leave alone what is loaded, and look after the rest less often. Once, after start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
